"""Same bytes: batch, order, workers, lanes, chunks and back ends change nothing."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from bimodal.engine import System, solve
from bimodal.engine.compiled import keep
from bimodal.engine.kernel import compile_system, host_width
from bimodal.model.model import fresh_model
from bimodal.qualify.bodies import HIGH, LOW, Array, bodies
from bimodal.qualify.figure import Figure, exactly, within
from bimodal.qualify.package_hash import installed_version
from bimodal.qualify.request import Work
from bimodal.qualify.section import Section
from bimodal.study import RunOptions, run_study, simulate_spec

_N = 70
_WIDTHS = (1, 2, 4, 8)
#: What lane width may change, as the design allows; in truth it changes no byte.
_WIDTH_MOST = 1e-9


def compute(work: Work) -> Section:
    """Solve the same people in different company, and run the same study in different ways."""
    figures = [*_engine(work), *_lanes(work), *_studies(work)]
    same = sum(row.status == "passed" for row in figures)
    said = f"{same} of {sum(row.counts for row in figures)} ways of computing give the same bytes."
    notes = [
        "Bytes are compared on one machine: another operating system, processor or version of a library may differ in "
        "the last bits (bimodal doctor says which machines have stored hashes)."
    ]
    if work.quick:
        notes.append("Quick: lanes are compared with a small model of a tumour, not with the human.")
    return Section.judged("invariance", "Same bytes", said, figures, notes)


def _engine(work: Work) -> list[Figure]:
    people = bodies("human", LOW, "healthy", _N)
    work.tell(0, 3, f"{_N} people in batches")
    whole = people.run().values
    found: list[Figure] = []
    for size in (1, 7, 64):
        parts = [people.run(who=slice(low, min(low + size, _N))).values for low in range(0, _N, size)]
        found.append(_bytes(f"batch-{size}", f"{_N} people in batches of {size}", np.concatenate(parts), whole))
    order = np.random.default_rng(5).permutation(_N)
    shuffled = np.empty_like(whole)
    shuffled[order] = people.run(who=order).values
    found.append(_bytes("order", f"{_N} people in another order", shuffled, whole))
    found.append(_bytes("workers", f"{_N} people on two workers", people.run(workers=2).values, whole))
    return found


def _lanes(work: Work) -> list[Figure]:
    work.tell(1, 3, "lanes")
    system, inputs, run = _tumours() if work.quick else _people()
    whole = run(system)
    widest = host_width(functions=True)
    found: list[Figure] = []
    for width in _WIDTHS:
        name, group = f"lanes-{width}", "lanes"
        what = f"{len(inputs)} people, {width} side by side in a lane"
        if width > widest:
            note = f"this machine works on {widest} numbers at once"
            found.append(Figure(what=what, value=None, status="not run", note=note, id=name, group=group))
            continue
        own = replace(system)
        keep(own, compile_system(own, width=width))
        values = run(own)
        gap = float(np.nanmax(np.abs(values - whole) / np.where(whole != 0.0, np.abs(whole), 1.0)))
        note = "the same bytes" if values.tobytes() == whole.tobytes() else "not the same bytes"
        found.append(within(gap, _WIDTH_MOST, what=f"{what}: largest relative change", note=note, id=name, group=group))
    return found


def _people() -> tuple[System, Array, Callable[[System], Array]]:
    people = bodies("human", LOW, "healthy", _N)
    return people.system, people.inputs, lambda own: people.run(system=own).values


def _tumours() -> tuple[System, Array, Callable[[System], Array]]:
    """Return a small model with people who differ in every number above 1, and how it is run."""
    model = fresh_model("tumour_alone")
    row = np.array([[model.table.values()[name] for name in model.system.parameter_ids]])
    inputs = (row * (1.0 + 0.01 * np.arange(16)[:, None] * (row > 1.0))).astype(np.float64)
    times = np.linspace(0.0, 24.0 * 28, 29)
    return model.system, inputs, lambda own: solve(own, inputs, None, times).values


def _studies(work: Work) -> list[Figure]:
    work.tell(2, 3, "studies")
    count = 6 if work.quick else 40
    ways: dict[str, tuple[str, RunOptions]] = {
        "chunks": ("in chunks of 4 on two threads", RunOptions(workers=2, chunk=4)),
        "processes": ("in two processes", RunOptions(workers=2, chunk=4, backend="processes")),
        "dask": ("on a cluster of Dask", RunOptions(workers=2, chunk=4, backend="dask", scheduler="local")),
    }
    whole = _hash(RunOptions(), count)
    found: list[Figure] = []
    for name, (how, options) in ways.items():
        what = f"a high-dose study of {count} patients {how}"
        missing = name == "dask" and not installed_version("distributed")
        left = work.quick and name != "chunks"
        if missing or left:
            note = 'pip install "bimodal[dask]"' if missing else "left out by --quick"
            found.append(
                Figure(id=f"study-{name}", what=what, value=None, status="not run", note=note, group="studies")
            )
            continue
        said = "the same bytes" if _hash(options, count) == whole else "other bytes"
        found.append(exactly(said, "the same bytes", id=f"study-{name}", what=what, group="studies"))
    return found


def _hash(options: RunOptions, patients: int) -> str:
    """Run a study in a folder that is thrown away; return the hash of its rows and of its summary."""
    spec = simulate_spec(["aldesleukin"], [HIGH], cohort="melanoma", patients=patients, report_days=(7.0, 28.0))
    with tempfile.TemporaryDirectory() as place:
        result = run_study(spec, options=replace(options, out=Path(place) / "run"))
        assert result is not None
        text = (Path(place) / "run" / "summary.json").read_bytes()
        return result.summary["provenance"]["results_sha256"] + hashlib.sha256(text).hexdigest()


def _bytes(name: str, what: str, values: Array, whole: Array) -> Figure:
    said = "the same bytes" if values.tobytes() == whole.tobytes() else "other bytes"
    return exactly(said, "the same bytes", id=name, what=what, group="engine")
