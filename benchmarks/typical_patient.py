"""What one typical patient of the shipped human models costs: processor time of the engine alone, one thread.

    python benchmarks/typical_patient.py [--rounds 15] [--out benchmarks/results]

The models take turns, so that what else the machine does falls on all of them. Each solves the median person of a study
at the default accuracy: one dose a day for 90 days, and high dose every 8 hours.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from bimodal.fit.median_person import median_person
from bimodal.study import RunOptions, simulate_spec
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.solver.engine_solver import load_solver
from provenance import provenance

HIGH = "600000 IU/kg IV over 15 min q8h x14, repeat on day 15"
CASES = {
    "human, 1 MIU/m2 under the skin daily, 90 days": ("human", "1 MIU/m2 SC daily for 90 days", "healthy"),
    "human, 600 kIU/kg every 8 hours, two cycles": ("human", HIGH, "melanoma"),
    "human_oncology, 600 kIU/kg every 8 hours, two cycles": ("human_oncology", HIGH, "melanoma"),
}
GOAL_MS = 3.0


def solving(name: str, regimen: str, cohort: str) -> tuple[int, Callable[[], object]]:
    """Lay one median person out, and return the number of states and the one call that is timed."""
    solver = load_solver(name)
    spec = simulate_spec(["aldesleukin"], [regimen], cohort=cohort, patients=1, report_days=(28.0,))
    plan = median_person(make_plan(spec, RunOptions(patients=1), solver))
    parameters, events = plan.inputs(0, 0, 1)
    return len(solver.model.network.state_ids), lambda: solver.solve(parameters, events, plan.times_h, 1)


def main() -> None:
    """Time all cases in turn and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    options = parser.parse_args()
    cases = {label: solving(*case) for label, case in CASES.items()}
    spent: dict[str, list[float]] = {label: [] for label in cases}
    for turn in range(options.rounds + 1):
        for label, (_, work) in cases.items():
            began = time.process_time()
            work()
            if turn:  # the first compiles
                spent[label].append(1000.0 * (time.process_time() - began))
    rows = [
        {"case": label, "states": states, "median_ms": statistics.median(spent[label]), "lowest_ms": min(spent[label])}
        for label, (states, _) in cases.items()
    ]
    about = provenance(rounds=options.rounds)
    (options.out / "typical_patient.json").write_text(json.dumps({**about, "rows": rows}, indent=1) + "\n")
    lines = [
        "# One typical patient of the shipped human models",
        "",
        f"Commit {about['commit']}, `{about['command']}`: processor time of the engine, one thread, default accuracy; "
        f"goal below {GOAL_MS:g} ms (90 states are the most the human may have).",
        "",
        "| case | states | median, ms | lowest, ms |",
        "|---|---|---|---|",
        *(f"| {row['case']} | {row['states']} | {row['median_ms']:.1f} | {row['lowest_ms']:.1f} |" for row in rows),
    ]
    (options.out / "typical_patient.md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
