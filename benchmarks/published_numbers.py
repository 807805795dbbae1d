"""Every number a study sets against a published one, and every number per course, in two versions of the package.

Run ``python benchmarks/published_numbers.py --patients 150 [--before SRC]``, SRC being the ``src`` folder of another
version; writes ``published_numbers.json`` and ``published_numbers.md`` to ``benchmarks/results``: what moved, how many
targets lie inside, and which do not. Studies with a tumour have 60 people. The same people and seed in both versions.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
ONCOLOGY = 60
#: A difference this small is rounding of the solver.
MOVED = 1e-4
#: Studies that show what saved days did to numbers: three infusions a day, the same saved weekly, and a long infusion.
OWN = {
    "three infusions a day": ("", "600000 IU/kg IV over 15 min q8h x14"),
    "three infusions a day, saved weekly": ("save_every_days = 7\n", "600000 IU/kg IV over 15 min q8h x14"),
    "infusion over five days": ("", "9 MIU/m2/day CIV for 5 days"),
}
PK = ("cmax", "tmax_h", "auc_0_24", "auc_tau", "t_half_h", "c0", "trough", "accumulation")


def own_study(name: str) -> str:
    """Write one of our own studies, of one healthy person."""
    saved, regimen = OWN[name]
    ends = "\n".join(f'[[endpoint]]\nid = "{endpoint}"' for endpoint in PK)
    return (
        f'name = "own"\nmodel = "human"\nhorizon = 8\n{saved}[population]\ncohort = "healthy"\npatients = 1\n'
        f'[[arm]]\nname = "one"\ndrug = "aldesleukin"\nregimen = "{regimen}"\n{ends}\n'
    )


def measure(patients: int) -> dict[str, dict[str, Any]]:
    """Simulate every study with the package that is imported; a row for each target and number per course."""
    from bimodal.errors import BimodalError
    from bimodal.evidence import list_studies
    from bimodal.study import RunOptions, load_study, parse_study
    from bimodal.study.plan.make_plan import make_plan
    from bimodal.study.plan.model_choice import choose_model
    from bimodal.study.run.in_memory import run_in_memory
    from bimodal.study.solver.engine_solver import load_solver

    rows: dict[str, dict[str, Any]] = {}
    solvers: dict[str, Any] = {}
    for name in [*list_studies(), *OWN]:
        spec = parse_study(own_study(name), where=name) if name in OWN else load_study(name)
        try:
            model = choose_model(spec).name
            solver = solvers.setdefault(model, load_solver(model))
            count = None if name in OWN else patients if model == "human" else ONCOLOGY
            plan = make_plan(spec, RunOptions(patients=count), solver)
            began = time.process_time()
            summary = run_in_memory(plan).summary
        except BimodalError as fault:
            print(f"{name}: {fault.what}", file=sys.stderr)
            continue
        rows[f"{name}: CPU, s"] = {"value": time.process_time() - began}
        for target in summary["targets"]:
            keys = ("endpoint", "published", "within", "role", "quality")
            rows[f"{name}: {target['id']}"] = {"value": target["simulated"], **{key: target.get(key) for key in keys}}
        for arm in summary["arms"]:
            for row in arm["endpoints"]:
                if row["day"] is None and row["value"] is not None:
                    rows[f"{name}, {arm['name']}: {row['id']}"] = {"value": row["value"], "endpoint": row["id"]}
        print(f"{name}: {rows[f'{name}: CPU, s']['value']:.1f} s of CPU", file=sys.stderr)
    return rows


def moved(before: dict[str, dict[str, Any]], now: dict[str, dict[str, Any]]) -> list[str]:
    """List the names of numbers that differ, in the order of now, then those that are gone."""
    out: list[str] = []
    for name in [*now, *(name for name in before if name not in now)]:
        old, new = (rows.get(name, {}).get("value") for rows in (before, now))
        if name.endswith("CPU, s") or (name not in before and ": " not in name):
            continue
        if (old is None) != (new is None) or (old is not None and abs(old - new) > MOVED * max(abs(old), abs(new))):
            out.append(name)
    return out


def report(record: dict[str, Any]) -> str:
    """Write the page."""
    now, before = record["now"], record.get("before")
    scored = {name: row for name, row in now.items() if row.get("within") is not None}
    inside = sum(row["within"] for row in scored.values())
    lines = [
        "# Numbers set against published ones",
        "",
        f"`{record['command']}`, commit {record['commit']}, {record['machine']}, seed 1, {record['patients']} people "
        f"per arm ({ONCOLOGY} where there is a tumour).",
        "",
        f"{inside} of {len(scored)} targets with a verdict lie inside (directions and recalled ones too). Outside:",
        "",
        "| target | endpoint | published | simulated | role, quality |",
        "|---|---|---:|---:|---|",
    ]
    for name, row in scored.items():
        if not row["within"]:
            lines.append(
                f"| {name} | `{row['endpoint']}` | {_number(row['published'])} | {_number(row['value'])} "
                f"| {row['role']}, {row['quality']} |"
            )
    if before is None:
        return "\n".join(lines) + "\n"
    names = moved(before, now)
    turned = [n for n in scored if n in before and before[n].get("within") not in (None, scored[n]["within"])]
    took = {key: sum(row["value"] for name, row in rows.items() if name.endswith("CPU, s")) for key, rows in
            (("before", before), ("now", now))}  # fmt: skip
    lines += [
        "",
        f"Against commit {record['commit_before']}: {len(names)} numbers moved by more than {MOVED:g}, "
        f"{len(turned)} verdicts changed; CPU of all studies {took['before']:.0f} -> {took['now']:.0f} s.",
        "",
        "| number | before | now | change |",
        "|---|---:|---:|---:|",
    ]
    for name in names:
        old, new = (rows.get(name, {}).get("value") for rows in (before, now))
        change = f"{100 * (new / old - 1):+.2f} %" if old and new else ""
        lines.append(f"| {name} | {_number(old)} | {_number(new)} | {change} |")
    return "\n".join(lines) + "\n"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.5g}"


def _commit(folder: Path) -> str:
    words = ["git", "-C", str(folder), "rev-parse", "--short=12", "HEAD"]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip() or "unknown"


def main() -> None:
    """Measure one or two versions and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=150)
    parser.add_argument("--before", type=Path, help="the src folder of another version")
    parser.add_argument("--rows", type=Path, help="write the rows of this version alone to a file, and end")
    given = parser.parse_args()
    if given.rows is not None:
        given.rows.write_text(json.dumps(measure(given.patients)), "utf-8")
        return
    here = Path(__file__).parents[1]
    record: dict[str, Any] = {
        "command": "python benchmarks/published_numbers.py"
        + f" --patients {given.patients}" + (" --before SRC" if given.before else ""),
        "commit": _commit(here), "patients": given.patients,
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
    }  # fmt: skip
    if given.before is not None:
        rows = RESULTS / "published_numbers.rows"
        words = [sys.executable, __file__, "--patients", str(given.patients), "--rows", str(rows)]
        subprocess.run(words, check=True, env={**os.environ, "PYTHONPATH": str(given.before.resolve())})
        record["before"], record["commit_before"] = json.loads(rows.read_text("utf-8")), _commit(given.before)
        rows.unlink()
    record["now"] = measure(given.patients)
    (RESULTS / "published_numbers.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    (RESULTS / "published_numbers.md").write_text(report(record), "utf-8")
    print(report(record))


if __name__ == "__main__":
    main()
