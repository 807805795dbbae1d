"""How often trials reject: a probability with the chance of the trials and of the virtual patients in its interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from bimodal.study.design.estimate import Estimate
from bimodal.study.design.trial_draws import TrialDraws

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Decide = Callable[[list[Array]], Flags]

#: What the interval of such a probability is called.
WORDS = "95 % Monte-Carlo (Wilson), of the simulated trials and of the virtual patients they are drawn from"


def rejections(
    draws: TrialDraws, sizes: Sequence[tuple[str, int]], decide: Decide, *, reduced: bool = True
) -> Estimate:
    """Estimate how often trials with these arms reject.

    Parameters
    ----------
    decide
        From what is measured in each arm, (trials, patients), to which trials reject, (trials,).
    reduced
        Whether the readings of a person are one number (else they stay apart).

    Notes
    -----
    The trials are drawn from a finite number of virtual patients. How far other virtual patients would move the answer
    follows from how often each is drawn into a trial that rejects (the infinitesimal jackknife; B. Efron, J Am Stat
    Assoc 2014;109:991, with the correction for a finite number of trials of S. Wager, T. Hastie, B. Efron, J Mach Learn
    Res 2014;15:1625). What the chance of the trials alone would show of it is taken off. The same holds where people
    are drawn by weight: how often each is drawn then carries its weight along.
    """
    pool = draws.outcome.people
    drawn, rejecting = np.zeros(pool), np.zeros(pool)
    count = patients = 0
    for values, people in draws.arms(sizes, reduced=reduced):
        found = decide(values)
        count += int(found.sum())
        patients = people.shape[1]
        drawn += np.bincount(people.ravel(), minlength=pool)
        rejecting += np.bincount(people[found].ravel(), minlength=pool)
    share = count / draws.trials
    spread = float((((rejecting - share * drawn) / draws.trials) ** 2).sum())
    by_chance = patients * share * (1.0 - share) / draws.trials
    return Estimate.share(count, draws.trials, max(0.0, spread - by_chance))
