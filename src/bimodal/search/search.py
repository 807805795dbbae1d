"""Runs a search: candidates simulated or taken from what an earlier call kept, then the front of all."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bimodal import INTENDED_USE, __version__
from bimodal.errors import BimodalError, OutputError
from bimodal.files.as_json import read_json
from bimodal.files.fingerprint import json_sha256
from bimodal.files.read import FileKind
from bimodal.files.write import write_text
from bimodal.search.candidate import Candidate, grid
from bimodal.search.evaluate import Evaluator
from bimodal.search.front import ends, non_dominated, surely_non_dominated
from bimodal.search.optimiser import optimise
from bimodal.search.spec import SearchSpec
from bimodal.study import RunOptions
from bimodal.study.run.ensemble import Ensemble

Progress = Callable[[int, int, str], None]
_KEPT = FileKind("a kept candidate", OutputError, max_bytes=10_000_000)


def run_search(
    spec: SearchSpec,
    *,
    options: RunOptions | None = None,
    ensemble: Ensemble | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Simulate the candidates of a search and find those that no other beats in every goal.

    Every candidate is kept on disk under the fingerprint of what decides it, so the same call again, or one with a
    larger budget, simulates only what is missing. The same seed gives the same candidates and numbers.

    Parameters
    ----------
    options
        Seed, workers, and the folder (``results/search-<name>-<hash>`` if none is given).
    ensemble
        Parameter sets that fit about as well, for a range of every goal.
    progress
        Called with (candidates done, candidates in all, what is being done).

    Returns
    -------
    dict
        What ``search.json`` holds: ``candidates`` with their goals, ``front`` (no other is better by the middle
        values) and ``front_possible`` (none is better beyond both intervals).
    """
    options = options or RunOptions()
    folder = options.out or Path("results") / f"search-{spec.name}-{_hash(spec, options)[:12]}"
    if (folder / "run.json").exists():
        raise OutputError(
            "the folder holds the results of a run", where=str(folder), fix="choose another folder with --out"
        )
    run = _Search(Evaluator(spec, options, ensemble), folder, progress)
    fixed = spec.dose.grid is not None
    if fixed:
        everyone = grid(spec)
        run.all_of(_within(everyone, spec.budget, options.seed))
    else:
        everyone = []
        optimise(spec, seed=options.seed, tell=run.goals)
    result = _result(spec, options, list(run.found.values()), len(everyone) if fixed else None)
    write_text(folder / "search.json", json.dumps(result, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    write_text(folder / "candidates.csv", _csv(result))
    return {**result, "folder": str(folder)}


@dataclass
class _Search:
    evaluator: Evaluator
    folder: Path
    progress: Progress | None
    found: dict[Candidate, dict[str, Any]] = field(default_factory=dict[Candidate, dict[str, Any]])

    def all_of(self, candidates: list[Candidate]) -> None:
        # every candidate is laid out first, so that a bad one is refused before anything is simulated
        plans = {candidate: self.evaluator.plan(candidate) for candidate in candidates}
        for candidate in plans:
            self.one(candidate, plans[candidate], len(plans))
        self._tell(len(plans), len(plans), "")

    def goals(self, candidate: Candidate) -> list[float] | None:
        if candidate not in self.found:
            self.one(candidate, self.evaluator.plan(candidate), self.evaluator.spec.budget)
        rows = self.found[candidate]["goals"]
        signs = [goal.sign for goal in self.evaluator.spec.read_goals]
        values = [row["value"] for row in rows]
        return None if None in values else [sign * value for sign, value in zip(signs, values, strict=True)]

    def one(self, candidate: Candidate, plan: Any, total: int) -> None:
        self._tell(len(self.found), total, f"{candidate.drug} {candidate.regimen}")
        key = self.evaluator.key(plan)
        path = self.folder / "candidates" / f"{key}.json"
        kept = _kept(path, key)
        if kept is None:
            kept = self.evaluator.evaluate(
                candidate, plan, lambda: self._tell(len(self.found), total, f"{candidate.drug} {candidate.regimen}")
            )
            text = json.dumps({"key": key, "sha256": json_sha256(kept), "candidate": kept}, allow_nan=False)
            write_text(path, text + "\n")
        self.found[candidate] = kept

    def _tell(self, done: int, total: int, what: str) -> None:
        if self.progress is not None:
            self.progress(done, total, what)


def _kept(path: Path, key: str) -> dict[str, Any] | None:
    """Read a candidate that an earlier call kept; what is damaged or of another is simulated again."""
    try:
        said = read_json(path, _KEPT)
        whole = said["key"] == key and json_sha256(said["candidate"]) == said["sha256"]
        return said["candidate"] if whole else None
    except (BimodalError, KeyError, TypeError):
        return None


def _within(candidates: list[Candidate], budget: int, seed: int) -> list[Candidate]:
    """Keep a budget of candidates, drawn by the seed, in their order; all where they fit."""
    if len(candidates) <= budget:
        return candidates
    drawn = np.random.Generator(np.random.Philox(key=seed)).permutation(len(candidates))[:budget]
    return [candidates[place] for place in sorted(drawn.tolist())]


def _result(spec: SearchSpec, options: RunOptions, found: list[dict[str, Any]], whole: int | None) -> dict[str, Any]:
    goals = spec.read_goals
    sides = [ends([row["goals"][k] for row in found], goal.sign) for k, goal in enumerate(goals)]
    middle, near, far = (np.array([side[k] for side in sides]).T for k in range(3))
    front, possible = non_dominated(middle), surely_non_dominated(near, far)
    ended = whole is not None and whole > len(found)
    warnings = [f"the budget ends after {len(found)} of {whole} candidates, drawn by the seed"] if ended else []
    return {
        "schema": 1,
        "bimodal": __version__,
        "search": spec.name,
        "seed": options.seed,
        "patients": spec.patients,
        "cohort": spec.cohort,
        "days": spec.days,
        "intended_use": INTENDED_USE,
        "goals": [str(goal) for goal in goals],
        "warnings": [*warnings, *_lacking(found, [str(goal) for goal in goals])],
        "candidates": [
            {**row, "front": bool(front[k]), "front_possible": bool(possible[k])} for k, row in enumerate(found)
        ],
        "front": [k for k in range(len(found)) if front[k]],
        "front_possible": [k for k in range(len(found)) if possible[k]],
    }


def _lacking(found: list[dict[str, Any]], goals: list[str]) -> list[str]:
    """Say which candidates are not all there: without a value of a goal, or with patients that failed."""
    texts: list[str] = []
    for place, goal in enumerate(goals):
        none = sum(row["goals"][place]["value"] is None for row in found)
        if none:
            texts.append(f"{none} of {len(found)} candidates have no value of '{goal}': they are in no front")
    failed = sum(row["failed"] > 0 for row in found)
    if failed:
        texts.append(f"{failed} of {len(found)} candidates have patients that could not be computed, who are left out")
    return texts


def _csv(result: dict[str, Any]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    keys = ("value", "lower", "upper", "ensemble_lower", "ensemble_upper")
    used = [key for key in keys if any(key in goal for row in result["candidates"] for goal in row["goals"])]
    labels = [goal.partition(" ")[2] for goal in result["goals"]]
    heads = ["drug", "dose", "unit", "schedule", "front", "front_possible", "failed", "outside"]
    writer.writerow([*heads, *(f"{label} {key}" for label in labels for key in used)])
    for row in result["candidates"]:
        goals = [goal.get(key) for goal in row["goals"] for key in used]
        own = [row[key] for key in heads[:-1]]
        writer.writerow([*own, "; ".join(row["outside"]), *("" if value is None else value for value in goals)])
    return text.getvalue()


def _hash(spec: SearchSpec, options: RunOptions) -> str:
    said = spec.model_dump(mode="json", exclude={"budget"})
    return json_sha256([said, options.seed, options.rtol, options.atol])
