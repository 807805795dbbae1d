"""Rival structures of the human model: each refitted to the same studies, then asked to predict studies left out.

    python benchmarks/rivals.py [--question limit|leaving|nk] [--out benchmarks/results] [--parts FOLDER] [--workers 2]

The fit is that of ``bimodal fit human`` with fewer steps, and for each study left out one descent more. The rivals of
the density limit begin at the centre of every prior; those of the other questions begin at the shipped values, their
own rows at the centre of their priors. Without a study every descent begins at the centre of every prior, so that
nothing of the study left out is in where it starts. What is finished lies in FOLDER and is not done again.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from bimodal.evidence.band import band
from bimodal.fit import run_fit
from bimodal.fit.human.human import FREE, STUDIES, HumanData, human_problem, with_offsets
from bimodal.fit.human.typical import typical_study
from provenance import provenance
from rival_questions import LEAVING, NK
from rival_variants import BESIDE, DENSITY, LIMIT, RIVALS, Variant


@dataclass(frozen=True)
class Question:
    """What the rivals of one table disagree about, and the studies that know most about it, left out one by one."""

    title: str
    file: str
    rivals: tuple[Variant, ...]
    left_out: tuple[str, ...]
    beside: tuple[Variant, ...] = ()
    rounds: tuple[int, ...] = (12,)
    fold_steps: int = 25
    from_priors: bool = False


QUESTIONS = {
    "limit": Question(
        "the density limit",
        "rivals",
        RIVALS,
        ("koreth-2011", "hartemann-2013", "dilt1d-2016", "meropol-1996"),
        BESIDE,
        rounds=(25, 20),
        fold_steps=20,
        from_priors=True,
    ),
    "leaving": Question(
        "the loss of Treg without signal", "rivals_leaving", LEAVING, ("dilfrequency", "hartemann-2013", "koreth-2011")
    ),
    "nk": Question("the division of CD56bright NK cells", "rivals_nk", NK, ("meropol-1996", "caligiuri-1993")),
}
#: Virtual patients of the difference to a population, and tolerance of a descent.
PATIENTS, TOLERANCE = 100, 1e-3
MOVED = 0.02
SHARED = tuple(name for name in FREE if name not in LIMIT)


def judge(data: HumanData, simulated: np.ndarray) -> dict[str, bool]:
    """Say of each target whether it lies in its band, or has its sign and least size."""
    said = {}
    for target, value in zip(data.targets, simulated.tolist(), strict=True):
        ends = band(target)
        size = value * math.copysign(1.0, target.published)
        within = size > 0 and size >= target.least if ends is None else ends[0] <= value <= ends[1]
        said[f"{target.study}/{target.id}"] = bool(within)
    return said


def predicting(variant: Variant, workers: int, question: Question) -> dict[str, Any]:
    """Fit one structure to everything in two rounds, then without one study after the other."""
    began = time.time()
    solver = variant.solver()
    bare = HumanData(solver, tuple(typical_study(name, solver) for name in STUDIES), {})
    parameters = variant.parameters()
    if not question.from_priors:
        shipped = solver.table.values()
        parameters = tuple(p if p.id in variant.free else replace(p, start=shipped[p.id]) for p in parameters)
    ids = [parameter.id for parameter in parameters]
    values = {parameter.id: parameter.start for parameter in parameters}
    data, full = bare, None
    for steps in question.rounds:
        data = with_offsets(bare, values, patients=PATIENTS, workers=workers)
        begin = tuple(replace(parameter, start=values[parameter.id]) for parameter in parameters)
        problem = human_problem(data, parameters=begin, workers=workers)
        full = run_fit(problem, tolerance=TOLERANCE, max_evaluations=steps)
        values = full.values
        print(f"  cost {full.cost:.3f} ({full.starts[0].message}), {time.time() - began:.0f} s", flush=True)
    assert full is not None
    inside = judge(data, data.simulate(ids, np.array([list(values.values())]), workers=workers)[0])
    problem = human_problem(data, parameters=variant.parameters(), workers=workers)
    folds = {}
    for study in question.left_out:
        groups = [group for group in problem.group_index if group.startswith(f"{study}/")]
        fold = run_fit(problem.without(groups), tolerance=TOLERANCE, max_evaluations=question.fold_steps)
        x = np.array([list(fold.values.values())])
        residuals = problem.evaluate(x)[0]
        own = np.concatenate([residuals[problem.group_index[group]] for group in groups])
        said = judge(data, data.simulate(ids, x, workers=workers)[0])
        folds[study] = {
            "squares": float(own @ own),
            "residuals": len(own),
            "inside": sum(said[group] for group in groups),
            "targets": len(groups),
            "missed": [group.split("/")[1] for group in groups if not said[group]],
        }
        print(f"  without {study}: {folds[study]}, {time.time() - began:.0f} s", flush=True)
    return {
        "name": variant.name,
        "what": variant.what,
        "states": len(solver.model.network.state_ids),
        "free": len(ids),
        "cost": full.cost,
        "cost_data": full.cost_data,
        "cost_priors": full.cost_priors,
        "inside": sum(inside.values()),
        "targets": len(inside),
        "missed": [name for name, yes in inside.items() if not yes],
        "values": {name: float(f"{value:.4g}") for name, value in values.items()},
        "folds": folds,
        "rms_out": math.sqrt(
            sum(fold["squares"] for fold in folds.values()) / max(sum(fold["residuals"] for fold in folds.values()), 1)
        ),
        "inside_out": sum(fold["inside"] for fold in folds.values()),
        "targets_out": sum(fold["targets"] for fold in folds.values()),
    }


def moved(variant: Variant, workers: int, _: Question) -> dict[str, Any]:
    """Say how many targets an added structure moves by 2 % when everything else stays as shipped."""
    shipped = {}
    for each in (DENSITY, variant):
        solver = each.solver()
        data = HumanData(solver, tuple(typical_study(name, solver) for name in STUDIES), {})
        clearance = solver.table.values()["clearance"]
        shipped[each.name] = data.simulate(("clearance",), np.array([[clearance]]), workers=workers)[0]
        ids = [f"{target.study}/{target.id}" for target in data.targets]
    change = np.abs(shipped[variant.name] - shipped[DENSITY.name]) / np.maximum(np.abs(shipped[DENSITY.name]), 1e-12)
    return {
        "name": variant.name,
        "moved": int((change > MOVED).sum()),
        "targets": len(ids),
        "most": {ids[k]: float(f"{change[k]:.3g}") for k in np.argsort(-change)[:5].tolist()},
    }


def main() -> None:
    """Run what is not there yet and write the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--parts", type=Path, default=Path("results/rivals"))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--question", choices=QUESTIONS, default="limit")
    options = parser.parse_args()
    question = QUESTIONS[options.question]
    options.parts.mkdir(parents=True, exist_ok=True)

    def done(variant: Variant, work: Any, ending: str = "") -> dict[str, Any]:
        path = options.parts / f"{variant.name}{ending}.json"
        return kept(path, variant, work, options.workers, question)

    rows = [done(variant, predicting) for variant in question.rivals]
    added = [done(variant, moved, " added") for variant in question.beside]
    about = provenance(
        seed=1,
        patients=PATIENTS,
        steps={"rounds": question.rounds, "fold": question.fold_steps, "tolerance": TOLERANCE},
        left_out=question.left_out,
    )
    content = {**about, "rivals": rows} | ({"beside, not refitted": added} if added else {})
    (options.out / f"{question.file}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    (options.out / f"{question.file}.md").write_text(text(question, about, rows, added), encoding="utf-8")


def kept(path: Path, variant: Variant, work: Any, workers: int, question: Question) -> dict[str, Any]:
    """Return what is in a file, or do the work and put it there."""
    if not path.exists():
        print(f"{variant.name}: {work.__name__}", flush=True)
        path.write_text(json.dumps(work(variant, workers, question)), encoding="utf-8")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def text(question: Question, about: dict[str, Any], rows: list[dict[str, Any]], added: list[dict[str, Any]]) -> str:
    """Write the tables for people, best prediction first."""
    start = "the centre of every prior" if question.from_priors else "the shipped values, own rows at their priors"
    ranked = sorted(rows, key=lambda row: row["rms_out"])
    lines = [
        f"# Rivals of {question.title}, refitted",
        "",
        f"Commit {about['commit']}, `{about['command']}`. Every structure is fitted to the same {rows[0]['targets']} "
        f"calibration targets from the same start ({start}): at most {' and '.join(map(str, question.rounds))} steps, "
        f"tolerance {TOLERANCE:g}, the difference between a population and its median person from {PATIENTS} patients. "
        f"Then each of {', '.join(question.left_out)} is left out (not every study: these know most about it), "
        f"the rest is fitted from the centre of every prior with at most {question.fold_steps} steps, and the study "
        "left out is predicted. Best prediction first.",
        "",
        "| structure | states | fitted rows | cost, all studies (data + priors) | inside, fitted | "
        "error of studies left out, rms | inside, left out |",
        "|---" * 7 + "|",
        *(
            f"| {row['name']} | {row['states']} | {row['free']} | {_cost(row)} | {row['inside']} of {row['targets']} | "
            f"{row['rms_out']:.2f} | {row['inside_out']} of {row['targets_out']} |"
            for row in ranked
        ),
        "",
        "| structure | " + " | ".join(question.left_out) + " |",
        "|---" * (1 + len(question.left_out)) + "|",
        *(
            f"| {row['name']} | " + " | ".join(_fold(row["folds"][study]) for study in question.left_out) + " |"
            for row in ranked
        ),
        "",
        "Root mean square of the residuals of the study left out (heavy-tailed, as fitted), and what was missed.",
        "",
        *(
            f"- **{row['name']}**: {row['what']}. Own rows: {own_rows(row)}. "
            f"Missed when fitted: {', '.join(row['missed']) or 'none'}."
            for row in rows
        ),
        *(["", *_BESIDE] if added else []),
        *(
            f"- {row['name']}: moves {row['moved']} of {row['targets']} targets by more than {100 * MOVED:g} %; most: "
            + ", ".join(f"{name} ({100 * change:.0f} %)" for name, change in row["most"].items())
            for row in added
        ),
    ]
    return "\n".join(lines) + "\n"


_BESIDE = (
    "## Beside the density limit",
    "",
    "Added to the shipped model with nothing refitted, each with its rows at the centre of their priors:",
    "",
)


def own_rows(row: dict[str, Any]) -> str:
    """List the fitted values of the rows a structure has for itself."""
    return ", ".join(f"{name} {value:g}" for name, value in row["values"].items() if name not in SHARED) or "none"


def _cost(row: dict[str, Any]) -> str:
    return f"{row['cost']:.1f} ({row['cost_data']:.1f} + {row['cost_priors']:.1f})"


def _fold(fold: dict[str, Any]) -> str:
    missed = f" ({', '.join(fold['missed'])})" if fold["missed"] else ""
    return f"{math.sqrt(fold['squares'] / fold['residuals']):.2f}{missed}"


if __name__ == "__main__":
    main()
