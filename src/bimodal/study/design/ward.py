"""Escalation trials under way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.study.design.escalated import Escalated

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


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
    """

    luck: Array
    truth: Array

    def __post_init__(self) -> None:
        trials, doses = len(self.luck), len(self.truth)
        self.patients = np.zeros((trials, doses), np.int64)
        self.dlts = np.zeros((trials, doses), np.int64)
        self.next = np.zeros(trials, np.int64)
        self.all = np.arange(trials)

    def treat(self, dose: Counts, size: Counts) -> Counts:
        """Treat so many patients of each trial at a dose, and say how many have a dose-limiting toxicity, (T,)."""
        seen = np.zeros(len(dose), np.int64)
        for k in range(int(size.max(initial=0))):
            treated = k < size
            who = np.minimum(self.next, self.luck.shape[1] - 1)
            hit = treated & (self.luck[self.all, who] < self.truth[dose])
            seen += hit
            self.patients[self.all, dose] += treated
            self.dlts[self.all, dose] += hit
            self.next += treated
        return seen

    def at(self, dose: Counts) -> tuple[Counts, Counts]:
        """Give patients and toxicities so far at a dose of each trial."""
        return self.patients[self.all, dose], self.dlts[self.all, dose]

    def ended(self, selected: Counts) -> Escalated:
        """Close the trials."""
        return Escalated(selected, self.patients, self.dlts)
