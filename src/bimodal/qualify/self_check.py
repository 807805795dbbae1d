"""Small cases computed again and held against closed forms and stored numbers."""

from __future__ import annotations

import json
import math
import platform
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from bimodal.engine.kernel import has_fused, host_width
from bimodal.qualify.check import Check

_CLOSED = 1e-6
# processors with other vector widths may differ below 1e-9; a solver that took another step would differ by more
_STORED = 1e-8
_VERSIONS = ("numpy", "scipy", "llvmlite", "numba", "duckdb")


def stored() -> dict[str, Any]:
    """Return the stored numbers, and the hashes by kind of machine."""
    return json.loads(files("bimodal.qualify").joinpath("data/self_check.json").read_text("utf-8"))


def machine() -> dict[str, str]:
    """Return what the last bits of a result may depend on."""
    bits = f"{host_width(functions=True)} numbers at once, {'fused' if has_fused() else 'unfused'}"
    return {"kind": f"{platform.system()} {platform.machine()}, {bits}", **{name: _version(name) for name in _VERSIONS}}


def check_closed_form() -> Check:
    """Solve an infusion into one compartment, and compare it with its formula.

    The amount is ``rate / k * (1 - exp(-k t))`` during the infusion and decays with ``k`` afterwards.
    """
    from bimodal.exchange import time_course

    rate, k, hours, end = 3.0, 0.7, 2.0, 12.0
    text = f"model m\n rate = {rate}; k = {k}; A = 0;\n A' = piecewise(rate, time < {hours}, 0) - k*A;\nend\n"
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "infusion.ant"
        path.write_text(text, "utf-8", newline="\n")
        course = time_course(path, until=end, points=25)
    times, found = course.times, course.values["A"]
    during = rate / k * -np.expm1(-k * np.minimum(times, hours))
    right = during * np.exp(-k * np.maximum(times - hours, 0.0))
    error = float(np.max(np.abs(found - right)) / right.max())
    return _judged("closed form", error, _CLOSED, "an infusion into one compartment against its formula")


def run_case() -> dict[str, Any]:
    """Run a small low-dose study into a folder that is thrown away; return its endpoints and the hash of its rows."""
    from bimodal.study import RunOptions, run_study, simulate_spec

    regimen = "1 MIU/m2 SC daily for 5 days"
    spec = simulate_spec(["aldesleukin"], [regimen], patients=8, report_days=[1.0, 5.0, 9.0], follow_up_days=5.0)
    with tempfile.TemporaryDirectory() as place:
        result = run_study(spec, options=RunOptions(out=Path(place) / "run", workers=1))
        assert result is not None  # only a shard has none
        summary = result.summary
    (arm,) = summary["arms"]
    values = {f"{row['id']} {row['statistic']} day {row.get('day')}": row["value"] for row in arm["endpoints"]}
    provenance = summary["provenance"]
    return {
        "model_sha256": provenance["model_sha256"],
        "parameters_sha256": provenance["parameters_sha256"],
        "results_sha256": provenance["results_sha256"],
        "failed": summary["failed"],
        "values": {name: value for name, value in values.items() if value is not None},
    }


def check_stored() -> Check:
    """Run the small study, and compare it with what was stored: to the bit on a known kind of machine."""
    known, begun = stored(), time.perf_counter()
    found = run_case()
    seconds = time.perf_counter() - begun
    changed = [name for name in ("model_sha256", "parameters_sha256") if found[name] != known[name]]
    if changed or not set(known["values"]) <= set(found["values"]):
        said = "the model or its parameters are not those of this version"
        return Check("low-dose study", "failed", said, fix="install bimodal again")
    error = max((_apart(found["values"][name], value) for name, value in known["values"].items()), default=math.inf)
    if found["failed"] or error > _STORED:
        said = f"8 patients, {found['failed']} failed; the largest difference from the stored numbers is {error:.1e}"
        fix = "report it with this output, please: numbers of this installation are not to be trusted"
        return Check("low-dose study", "failed", said, fix=fix)
    here, took = machine(), f"{len(known['values'])} numbers of 8 patients in {seconds:.1f} s"
    same = next((one for one in known["hashes"] if one["machine"] == here), None)
    if same is None:
        said = f"{took}, within {error:.1e} of those stored; no hash is stored for this machine and these versions"
        return Check("low-dose study", "passed", said)
    if same["results_sha256"] != found["results_sha256"]:
        said = f"{took}, within {error:.1e} of those stored, but not the same bytes"
        return Check("low-dose study", "warning", said, fix="compare runs of this machine with each other only")
    return Check("low-dose study", "passed", f"{took}, the same bytes as stored")


def _apart(a: float, b: float) -> float:
    if not (math.isfinite(a) and math.isfinite(b)):
        return 0.0 if a == b or (math.isnan(a) and math.isnan(b)) else math.inf
    return abs(a - b) / max(abs(b), 1e-300) if a != b else 0.0


def _judged(name: str, error: float, most: float, what: str) -> Check:
    right = error <= most
    said = f"{what}: largest difference {error:.1e} of the peak (at most {most:.0e})"
    fix = "" if right else "report it with this output, please: numbers of this installation are not to be trusted"
    return Check(name, "passed" if right else "failed", said, fix=fix)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
