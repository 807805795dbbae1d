"""Trials drawn from virtual patients: who is in which arm, and what is measured of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.study.design.outcome import Outcome
from bimodal.timing.streams import stream

Array = npt.NDArray[np.float64]
People = npt.NDArray[np.int64]
BLOCK = 250


@dataclass(frozen=True, eq=False)
class TrialDraws:
    """The same trials for any number of patients: the first n of an arm are those of a smaller trial.

    Every arm has people of its own. Two designs drawn from one seed, and the trials under the hypothesis that the arms
    are the same, have the same people with the same noise, so that they differ by what was given alone.

    Parameters
    ----------
    trials
        How many; they come in blocks.

    Examples
    --------
    >>> pool = Outcome("value", "x", {"a": np.arange(5.0)[:, None]})
    >>> draws = TrialDraws(pool, 1, 250)
    >>> small, large = (next(draws.arms([("a", n)]))[0][0] for n in (2, 4))
    >>> bool((large[:, :2] == small).all())
    True
    """

    outcome: Outcome
    seed: int
    trials: int

    def arms(self, sizes: Sequence[tuple[str, int]], *, reduced: bool = True) -> Iterator[tuple[list[Array], People]]:
        """Draw blocks of trials with these arms.

        Parameters
        ----------
        reduced
            Whether a person's readings become one number.

        Returns
        -------
        iterator of (values, people)
            For each arm (trials, patients), or (trials, patients, readings); and who is in any, (trials, people).
        """
        for block, start in enumerate(range(0, self.trials, BLOCK)):
            count = min(BLOCK, self.trials - start)
            values: list[Array] = []
            people: list[People] = []
            for slot, (arm, size) in enumerate(sizes):
                # patients are rows: more of them leave the numbers of the first where they are
                chosen = stream(self.seed, "design", "people", block, slot).random((size, BLOCK))
                who = self._people(chosen)
                noise = stream(self.seed, "design", "noise", block, slot)
                found = (self.outcome.read if reduced else self.outcome.readings)(arm, who, noise)
                values.append(np.swapaxes(found, 0, 1)[:count])
                people.append(who.T[:count])
            yield values, np.concatenate(people, axis=1)

    def _people(self, chosen: Array) -> People:
        """Turn numbers from 0 to 1 into people, each as likely as the weight says."""
        if self.outcome.weights is None:
            return (chosen * self.outcome.people).astype(np.int64)
        ends = np.cumsum(self.outcome.weights)
        return np.minimum(np.searchsorted(ends, chosen * ends[-1], side="right"), self.outcome.people - 1)
