"""Candidates chosen by a library optimiser, where doses lie between two ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bimodal.fit.extras import need
from bimodal.search.candidate import Candidate
from bimodal.search.spec import SearchSpec, rounded

_TRIES = 4  # proposals for each candidate of the budget: rounding and small spaces make them repeat


def optimise(spec: SearchSpec, *, seed: int, tell: Callable[[Candidate], Sequence[float] | None]) -> None:
    """Propose candidates until the budget is spent, by NSGA-II (Deb 2002, IEEE Trans Evol Comput 6:182; optuna).

    Parameters
    ----------
    tell
        Simulates a candidate and gives its goals, less is nearer; None where one has no value.

    Raises
    ------
    BimodalError
        The library is not installed.
    """
    optuna: Any = need("optuna", "a search between two doses")
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        sampler = optuna.samplers.NSGAIISampler(population_size=spec.generation, seed=seed)
        study = optuna.create_study(directions=["minimize"] * len(spec.goals), sampler=sampler)
        seen: set[Candidate] = set()
        for _ in range(_TRIES * spec.budget):
            trial = study.ask()
            candidate = Candidate(
                trial.suggest_categorical("drug", list(spec.drugs)),
                rounded(trial.suggest_float("dose", spec.dose.low, spec.dose.high, log=True)),
                spec.dose.unit,
                trial.suggest_categorical("schedule", list(spec.schedules)),
            )
            found = tell(candidate)
            if found is None:
                study.tell(trial, state=optuna.trial.TrialState.FAIL)
            else:
                study.tell(trial, list(found))
            seen.add(candidate)
            if len(seen) >= spec.budget:
                return
    finally:
        optuna.logging.set_verbosity(before)
