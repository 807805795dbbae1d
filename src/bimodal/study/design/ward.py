"""Escalation trials under way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.study.design.clock import Clock
from bimodal.study.design.escalated import Escalated
from bimodal.study.design.step import Step

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
#: Of so many trials every cohort is written down.
WATCHED = 6


@dataclass(eq=False)
class Ward:
    """Trials under way: who is treated next, and what is known of each dose.

    Parameters
    ----------
    luck
        (T, N) a uniform number for each patient: a dose is too much for those whose number is below its probability,
        so that the same patient bears less of a higher dose in every design.
    truth
        (D,) true probabilities.
    clock
        When toxicities are seen; None: time is not counted.
    """

    luck: Array
    truth: Array
    clock: Clock | None = None

    def __post_init__(self) -> None:
        trials, doses = len(self.luck), len(self.truth)
        self.patients = np.zeros((trials, doses), np.int64)
        self.dlts = np.zeros((trials, doses), np.int64)
        self.next = np.zeros(trials, np.int64)
        self.all = np.arange(trials)
        self.days = np.zeros(trials)
        self.traces: list[list[Step]] = [[] for _ in range(min(WATCHED, trials))]
        self._cohort: list[list[bool]] = [[] for _ in self.traces]
        self._filled: list[list[tuple[int, bool]]] = [[] for _ in self.traces]

    def treat(self, dose: Counts, size: Counts) -> Counts:
        """Treat a cohort of each trial at a dose until all are known, and say how many have a toxicity, (T,)."""
        seen = np.zeros(len(dose), np.int64)
        takes = np.zeros(len(dose))
        for own in self._cohort:
            own.clear()
        for k in range(int(size.max(initial=0))):
            treated = k < size
            hit, known = self._one(dose, treated)
            seen += hit
            if self.clock is not None:
                takes = np.where(treated, np.maximum(takes, k * self.clock.gap + known), takes)
            for trial in np.flatnonzero(treated[: len(self.traces)]).tolist():
                self._cohort[trial].append(bool(hit[trial]))
        self.days += takes
        return seen

    def fill(self, dose: Counts, treated: Flags) -> None:
        """Treat one more patient of some trials at a dose, while their cohort is observed."""
        hit, _ = self._one(dose, treated)
        for trial in np.flatnonzero(treated[: len(self.traces)]).tolist():
            self._filled[trial].append((int(dose[trial]), bool(hit[trial])))

    def _one(self, dose: Counts, treated: Flags) -> tuple[Flags, Array]:
        luck = self.luck[self.all, np.where(treated, self.next, 0)]
        hit = treated & (luck < self.truth[dose])
        self.patients[self.all, dose] += treated
        self.dlts[self.all, dose] += hit
        self.next += treated
        return hit, np.zeros(0) if self.clock is None else self.clock.observed(luck, self.truth[dose], dose)

    def at(self, dose: Counts) -> tuple[Counts, Counts]:
        """Give patients and toxicities so far at a dose of each trial."""
        return self.patients[self.all, dose], self.dlts[self.all, dose]

    def decided(self, active: Flags, dose: Counts, then: Counts, going: Flags, why: Callable[[int], str]) -> None:
        """Write down what was decided after a cohort, of the trials that are watched.

        Parameters
        ----------
        active, dose
            Which trials had a cohort, and at which dose.
        then, going
            The dose that comes next, and which trials go on.
        why
            From the position of a trial to the rule that said so.
        """
        for k, steps in enumerate(self.traces):
            if active[k]:
                n, y = int(self.patients[k, dose[k]]), int(self.dlts[k, dose[k]])
                coming = int(then[k]) if going[k] else None
                steps.append(Step(int(dose[k]), tuple(self._cohort[k]), tuple(self._filled[k]), n, y, coming, why(k)))
                self._filled[k].clear()

    def ended(self, selected: Counts) -> Escalated:
        """Close the trials."""
        days = None if self.clock is None else self.days
        return Escalated(selected, self.patients, self.dlts, days, [tuple(steps) for steps in self.traces])
