"""Why orderings of mice are missed: shares of parameter sets by half-life of free IL-2, and without shared room.

Run ``python benchmarks/mouse_misses.py --write`` from the root of the checkout; it runs the studies below twice with
every set and writes ``benchmarks/results/mouse_misses.json``, which docs/mouse.md quotes. Nothing is fitted and no set
is drawn.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from bimodal.cohort.parameter_sets import read_parameter_sets
from bimodal.model.conditions import load_conditions
from bimodal.study import RunOptions, StudySpec, load_study
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.run.in_memory import run_in_memory
from bimodal.study.run.runner import shipped_solver
from bimodal.study.verdict.comparison import reading
from bimodal.study.verdict.share_of_sets import agreements
from provenance import provenance

RESULTS = Path(__file__).parent / "results" / "mouse_misses.json"
STUDIES = ("shin-2011", "zeiser-2008", "baeyens-2013", "grinberg-bleyer-2010", "rabinovitch-2002", "webster-2009-eae")
HALF_LIVES = ("il2-half-life-2-min", "il2-half-life-9-min", "il2-half-life-20-min", "il2-half-life-2-h")


def half_lives(table: Any) -> dict[str, Any]:
    """Say which sets have which half-life of free IL-2, by the clearance and the exchange that go with it."""
    known = load_conditions("mouse")
    found = read_parameter_sets("mouse-sets", table).parameters
    return {
        name: np.all([np.isclose(found[key], value) for key, value in known[name].values.items()], axis=0)
        for name in HALF_LIVES
    }


def shares(spec: StudySpec, *, split: bool) -> dict[str, Any]:
    """Run a study and give for each target the share of sets that agree, and with `split` that of each half-life."""
    solver = shipped_solver(spec)
    plan = make_plan(spec, RunOptions(), solver)
    result = run_in_memory(plan)
    groups = half_lives(solver.table) if split else {}
    out: dict[str, Any] = {}
    for target in plan.targets:
        if target.role == "context" or target.endpoint is None:
            continue
        agree = agreements(target, [reading(target, arm, result.readings) for arm in target.arms])
        if agree is not None:
            out[target.id] = {
                "label": target.label,
                "all": round(float(agree.mean()), 3),
                **{name: round(float(agree[own].mean()), 3) for name, own in groups.items()},
            }
    return out


def main() -> None:
    """Measure, print, and with ``--write`` keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    found: dict[str, Any] = {"about": provenance(), "half_lives": {}, "no_shared_room": {}}
    for name in STUDIES:
        spec = load_study(name)
        found["half_lives"][name] = shares(spec, split=True)
        found["no_shared_room"][name] = shares(spec.model_copy(update={"set": {"crowding": 0.0}}), split=False)
        print(json.dumps({name: found["half_lives"][name]}, indent=1))
        print(json.dumps({f"{name}, crowding = 0": found["no_shared_room"][name]}, indent=1), flush=True)
    if args.write:
        RESULTS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
