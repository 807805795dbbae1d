"""What the shipped models give for every published study: the table of ``bimodal list evidence`` and of the page.

Run ``python benchmarks/evidence.py``: every built-in study that has a number to simulate, as ``bimodal run NAME`` does
it (seed 1, the patients of its file), small ones first. Finished studies stay in ``--parts`` and are run again only if
their inputs have changed; ``--most-cost`` leaves out those with more patient-days, ``--patients`` takes fewer patients
where a file has more, and the table says of each how many it had. ``--write`` puts the parts into
``src/bimodal/evidence/data/simulated.json``; a study without one stays there as it was, or is "not run".
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from bimodal.errors import BimodalError
from bimodal.evidence import list_studies, load_targets
from bimodal.evidence.simulated import Simulated, inputs_sha256
from bimodal.files.write import write_text
from bimodal.study import RunOptions, load_study
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.plan.plan import Plan
from bimodal.study.run.runner import run_plan, shipped_solver
from bimodal.study.spec.spec import StudySpec
from provenance import provenance

TABLE = Path(__file__).resolve().parents[1] / "src" / "bimodal" / "evidence" / "data" / "simulated.json"
SEED = 1
#: What is kept of a judged target: the published side is read from targets.csv.
KEPT = ("id", "simulated", "simulated_lower", "simulated_upper", "simulated_interval", "simulated_n", "share_of_sets",
        "criterion", "within", "rule")  # fmt: skip


def plans(patients: int | None) -> tuple[dict[str, Plan], dict[str, str]]:
    """Lay out the studies that have a number to simulate, the cheapest first; of those that cannot be, why not."""
    found: dict[str, Plan] = {}
    refused: dict[str, str] = {}
    for name in list_studies():
        spec = load_study(name)
        try:
            fewer = None if patients is None else min(patients, planned(spec))
            plan = make_plan(spec, RunOptions(patients=fewer, seed=SEED), shipped_solver(spec))
        except BimodalError as fault:
            refused[name] = fault.what
            continue
        if any(target.role != "context" for target in plan.targets):
            found[name] = plan
    return dict(sorted(found.items(), key=lambda each: cost(each[1]))), refused


def cost(plan: Plan) -> float:
    """Give the patient-days of a study; visit rules and a tumour make a day dearer."""
    return plan.population.count * len(plan.arms) * plan.horizon


def part_of(plan: Plan) -> dict[str, Any]:
    """Run a study in a folder of its own and keep its summary."""
    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        options = replace(plan.options, out=Path(folder) / "run")
        result = run_plan(replace(plan, options=options))
    assert result is not None
    return {
        "run": plan.run,
        "cpu_s": round(time.process_time() - began, 1),
        "commit": provenance()["commit"],
        "summary": result.summary,
    }


def row(part: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    """Write what the table says of one study."""
    summary, name = part["summary"], plan.spec.name
    about = summary["provenance"]
    return {
        "model": about["model"],
        "model_sha256": about["model_sha256"],
        "table_sha256": plan.solver.table_sha256,
        "parameters_sha256": about["parameters_sha256"],
        "inputs_sha256": inputs_sha256(name, load_targets(name)),
        "run": part["run"],
        "cohort": about["cohort"],
        "patients": summary["patients"],
        "planned": planned(plan.spec),
        "failed": summary["failed"],
        "seed": summary["seed"],
        "bimodal": summary["bimodal"],
        "commit": part["commit"],
        "targets": [{key: one[key] for key in KEPT if one.get(key) is not None} for one in summary["targets"]],
    }


def planned(spec: StudySpec) -> int:
    """Give the patients of each arm that a study file asks for."""
    return make_plan(spec, RunOptions(seed=SEED), shipped_solver(spec)).population.count


def table(rows: Mapping[str, Any], refused: Mapping[str, str]) -> str:
    """Write the table: new rows, and of the other studies those that are there already, with the run they came from."""
    kept = json.loads(TABLE.read_text(encoding="utf-8"))["studies"] if TABLE.is_file() else {}
    whole = {
        "schema": 1,
        "command": "python benchmarks/evidence.py --write",
        "studies": {name: {**kept, **rows}[name] for name in list_studies() if name in {**kept, **rows}},
        "refused": dict(refused),
    }
    Simulated.model_validate(whole)
    return json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def main() -> None:
    """Run what is missing, then write the table if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=Path, default=Path("results") / "evidence", help="folder of finished studies")
    parser.add_argument("--only", nargs="*", default=None, help="names of studies; the others are left")
    parser.add_argument("--patients", type=int, default=None, help="at most so many virtual patients in a study")
    parser.add_argument("--most-cost", type=float, default=float("inf"), help="most patient-days of a study")
    parser.add_argument("--write", action="store_true", help="write the shipped table")
    given = parser.parse_args()
    given.parts.mkdir(parents=True, exist_ok=True)
    found, refused = plans(given.patients)
    rows: dict[str, Any] = {}
    for name, plan in found.items():
        path = given.parts / f"{name}.json"
        kept = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
        if kept is None or kept["run"] != plan.run:
            kept = None
            if (given.only is None or name in given.only) and cost(plan) <= given.most_cost:
                kept = part_of(plan)
                write_text(path, json.dumps(kept))
                print(f"{name}: {kept['cpu_s']} s of CPU, {cost(plan):.0f} patient-days", file=sys.stderr, flush=True)
        if kept is not None:
            rows[name] = row(kept, plan)
    if given.write:
        write_text(TABLE, table(rows, refused))
        print(f"{len(rows)} studies of this model, {len(found) - len(rows)} others, {len(refused)} refused")


if __name__ == "__main__":
    main()
