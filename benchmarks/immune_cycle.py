"""The optional immune cycle: what an aimed start changes, how much the start phase matters, and who would be found.

    python benchmarks/immune_cycle.py [--patients 1000] [--series 100] [--out benchmarks/results]

Responses of the study timing-hypothesis with starts that are random, aimed, and fixed at four phases, H1 beside H0; and
the statuses that `bimodal timing assess` would give the same kind of patients after 28 daily samples. Responses hang on
the calibrated tables of the models: run it again when those change.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from bimodal.study import RunOptions, StudySpec, load_study
from bimodal.study.immune_cycle.series import crp_series
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.run.in_memory import run_in_memory
from bimodal.study.solver.engine_solver import EngineSolver, load_solver
from bimodal.timing import compare_hypotheses
from bimodal.timing.decide import decide
from bimodal.timing.wording import SAFETY

PHASES = (0.0, 0.25, 0.5, 0.75)
SWINGS = ((1.0, 0.4), (1.0, 0.2), (1.5, 0.4), (1.5, 0.2))
DAYS = 28


def with_phases(study: StudySpec) -> StudySpec:
    """Add arms whose patients all start at one phase to those of the study."""
    arms = list(study.arm)
    for arm in study.arm:
        if arm.name.endswith("H1 random"):
            name = arm.name.removesuffix("random")
            arms += [
                arm.model_copy(update={"name": f"{name}phase {phase:g}", "set": {**arm.set, "cycle_phase": phase}})
                for phase in PHASES
            ]
    return study.model_copy(update={"arm": tuple(arms)})


def responses(study: StudySpec, solver: EngineSolver, options: RunOptions) -> dict[str, Any]:
    """Run the courses one after the other, which keeps memory small."""
    rates: dict[str, dict[str, float]] = {}
    differences: list[dict[str, Any]] = []
    whole = with_phases(study)
    for course in ("14 doses", "3 doses", "1 dose"):
        part = whole.model_copy(update={"arm": tuple(arm for arm in whole.arm if arm.name.startswith(course))})
        summary = run_in_memory(make_plan(part, options, solver)).summary
        differences += summary["timing"]["differences"]
        rates |= {arm["name"]: {end["id"]: end["value"] for end in arm["endpoints"]} for arm in summary["arms"]}
        print(f"{course}: done", flush=True)
    return {"rates": rates, "differences": differences}


def found(study: StudySpec, solver: EngineSolver, *, series: int, seed: int) -> list[dict[str, Any]]:
    """Count the statuses of patients with a cycle and without, by size of swing and of noise."""
    rows: list[dict[str, Any]] = []
    for swing, noise in SWINGS:
        spec = study.model_copy(update={"set": {**study.set, "cycle_il6_swing": swing}})
        plan = make_plan(spec, RunOptions(patients=series, seed=seed), solver)
        for kind in ("H1", "H0"):
            values = crp_series(plan, f"14 doses x2, {kind} random", range(series), days=DAYS, noise_sd=noise)
            answers = compare_hypotheses(np.arange(float(DAYS)), np.log(values))
            statuses = Counter(decide(one, sufficient=True).value for one in answers)
            row = {"swing": swing, "noise_sd": noise, "hypothesis": kind}
            rows.append(row | {"statuses": dict(sorted(statuses.items()))})
        print(f"swing {swing:g}, noise {noise:g}: done", flush=True)
    return rows


def points(row: dict[str, Any]) -> str:
    """Write a difference with its interval in percentage points."""
    middle, low, high = (f"{100 * row[name]:+.1f}" for name in ("difference", "lower", "upper"))
    return f"{middle} ({low} to {high})"


def markdown(made: dict[str, Any]) -> str:
    """Write the tables."""
    about, rates = made["about"], made["responses"]["rates"]
    lines = [SAFETY, "", "# Immune cycle: a hypothesis beside its null", ""]
    place = f"Commit {about['commit']}, {about['machine']}"
    lines += [f"{place}, `{about['command']}`, {about['processor_seconds']} s of processor time.", ""]
    lines += [f"Responses in percent, {made['patients']} patients; interval: {made['interval']}.", ""]
    heads = ["course", "endpoint", "H0", "H1 random", "H1 aimed", "H1 aimed - random", "H0 aimed - random"]
    lines += ["| " + " | ".join([*heads, "H1, all at one phase: lowest to highest of 4"]) + " |"]
    lines += ["|---|---|---|---|---|---|---|---|"]
    rows = {(row["random_arm"], row["endpoint"]): row for row in made["responses"]["differences"]}
    for course in ("14 doses x2", "3 doses x2", "1 dose x2"):
        for end in ("orr", "cr_rate"):
            h1, h0 = rows[f"{course}, H1 random", end], rows[f"{course}, H0 random", end]
            fixed = [rates[f"{course}, H1 phase {phase:g}"][end] for phase in PHASES]
            cells = [course, end, *(f"{100 * value:.1f}" for value in (h0["random"], h1["random"], h1["aimed"]))]
            cells += [points(row) for row in (h1, h0)]
            lines.append("| " + " | ".join([*cells, f"{100 * min(fixed):.1f} to {100 * max(fixed):.1f}"]) + " |")
    lines += ["", f"Statuses after {DAYS} daily samples before the first dose, {made['series']} patients each.", ""]
    lines += ["| swing of IL-6 production (ln) | noise (SD, ln) | truth | statuses |", "|---|---|---|---|"]
    for row in made["found"]:
        said = ", ".join(f"{name} {count}" for name, count in row["statuses"].items())
        lines.append(f"| {row['swing']:g} | {row['noise_sd']:g} | {row['hypothesis']} | {said} |")
    return "\n".join([*lines, "", SAFETY, ""])


def main() -> None:
    """Run it and write both files."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--patients", type=int, default=1000)
    parser.add_argument("--series", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    start, study, solver = time.process_time(), load_study("timing-hypothesis"), load_solver("human_cycle")
    seen = found(study, solver, series=options.series, seed=options.seed)
    run = RunOptions(patients=options.patients, seed=options.seed, workers=options.workers)
    answers = responses(study, solver, run)
    commit = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=False)
    asked = f"--patients {options.patients} --series {options.series} --seed {options.seed}"
    made = {
        "about": {
            "commit": commit.stdout.strip(),
            "model_sha256": solver.model_sha256,
            "parameters_sha256": solver.table_sha256,
            "command": f"python benchmarks/immune_cycle.py {asked}",
            "machine": f"{platform.machine()}, Python {platform.python_version()}",
            "processor_seconds": round(time.process_time() - start),
        },
        "patients": options.patients,
        "series": options.series,
        "interval": "95 % Monte-Carlo, the same patients in both arms",
        "responses": answers,
        "found": seen,
    }
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "immune_cycle.json").write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    (options.out / "immune_cycle.md").write_text(markdown(made), encoding="utf-8")
    print(markdown(made))


if __name__ == "__main__":
    main()
