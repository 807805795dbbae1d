"""Solves many experiments with many parameter sets: each set alone, or small changes of the first in its steps."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bimodal.engine import Carried, Settings, System, solve
from bimodal.engine.sensitivities import sensitivities
from bimodal.engine.status import SolverStatus
from bimodal.exchange.petab.rest import run_to_rest
from bimodal.model.model import FILE_RTOL

FloatArray = npt.NDArray[np.float64]
#: Tolerances of all runs.
SETTINGS = Settings(rtol=FILE_RTOL)


@dataclass(frozen=True, eq=False)
class Solved:
    """E experiments with K sets.

    Parameters
    ----------
    states
        (E, K, T, n), NaN where one failed.
    carried
        Where the triggers stand.
    failures
        Why sets failed, by place.
    """

    states: FloatArray
    carried: Carried | None
    failures: dict[int, str] = field(default_factory=dict[int, str])

    def carried_of(self, experiment: int) -> Carried | None:
        """Return where the triggers of the sets of one experiment stand."""
        return None if self.carried is None else self.carried.of(range(*self._places(experiment)))

    def failures_of(self, experiment: int) -> dict[int, str]:
        """Return why sets of one experiment failed, by set."""
        low, high = self._places(experiment)
        return {who - low: sentence for who, sentence in self.failures.items() if low <= who < high}

    def _places(self, experiment: int) -> tuple[int, int]:
        sets = self.states.shape[1]
        return experiment * sets, (experiment + 1) * sets


@dataclass(frozen=True, eq=False)
class SetSolver:
    """Runs of one system.

    Parameters
    ----------
    system
        Its outputs are its states, and its last inputs their starting values.
    sets
        K.
    together
        Whether sets after the first are small changes of it and take its steps.
    workers
        Threads.
    """

    system: System
    sets: int
    together: bool
    workers: int

    def march(
        self, rows: FloatArray, times: FloatArray, start: float, carried: Carried | None, *, hold: bool
    ) -> Solved:
        """Run to the last of the times.

        Parameters
        ----------
        rows
            (E, K, P) inputs.
        times
            (T,).
        hold
            Whether events at the very end are left to the next run.
        """
        if self.together:
            return self._in_step(rows, times, start)
        count, sets, width = rows.shape
        run = solve(
            self.system, rows.reshape(count * sets, width), None, times, start=start, settings=SETTINGS,
            carried=carried, hold=hold, workers=self.workers,
        )  # fmt: skip
        failed = np.flatnonzero(run.status > SolverStatus.DONE_BY_FALLBACK)
        failures = {who: run.sentence(who) for who in failed.tolist()}
        return Solved(run.values.reshape(count, sets, len(times), -1), run.carried, failures)

    def rest(self, rows: FloatArray, start: float, carried: Carried | None) -> Solved:
        """Run until it rests; (E, K, 1, n) states."""
        count, sets, width = rows.shape
        own = rows[:, :1] if self.together else rows
        found = run_to_rest(
            self.system, own.reshape(-1, width), start=start, settings=SETTINGS,
            carried=carried, workers=self.workers,
        )  # fmt: skip
        if not self.together:
            return Solved(found.states.reshape(count, sets, 1, -1), found.carried, found.sentences)
        states = np.full((count, sets, 1, len(self.system.state_ids)), np.nan)
        for when in np.unique(found.times[np.isfinite(found.times)]).tolist():
            who = np.flatnonzero(found.times == when)
            states[who] = self._in_step(rows[who], np.array([when]), start).states
        return Solved(states, None, {place * sets: sentence for place, sentence in found.sentences.items()})

    def _in_step(self, rows: FloatArray, times: FloatArray, start: float) -> Solved:
        sets = rows.shape[1]
        changes = rows[:, 1:] - rows[:, :1]
        moved = np.flatnonzero((changes != 0.0).any(axis=(0, 2)))
        if not len(moved):
            run = solve(self.system, rows[:, 0], None, times, start=start, settings=SETTINGS, workers=self.workers)
            return Solved(np.repeat(run.values[:, None], sets, axis=1), None)
        names = [f"change {place}" for place in moved.tolist()]
        found = sensitivities(
            self.system, rows[:, 0], None, times, wrt=names, start=start, settings=SETTINGS, workers=self.workers,
            input_slopes={name: changes[:, place] for name, place in zip(names, moved.tolist(), strict=True)},
            step=dict.fromkeys(names, 1.0),
        )  # fmt: skip
        states = np.repeat(found.values[:, None], sets, axis=1)
        states[:, 1 + moved] += np.moveaxis(found.derivatives, -1, 1)
        return Solved(states, None)
