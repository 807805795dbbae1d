"""How often trials reject: a probability with the chance of the trials and of the virtual patients in its interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from bimodal.study.design.estimate import Estimate
from bimodal.study.design.pool_scores import pool_scores
from bimodal.study.design.trial_draws import TrialDraws
from bimodal.timing.streams import stream

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Decide = Callable[[list[Array]], Flags]
_READINGS = 32  # of every virtual patient: the probability of a response that is read with noise

#: What the interval of such a probability is called.
WORDS = "95 % Monte-Carlo (Wilson), of the simulated trials and of the virtual patients they are drawn from"


def rejections(
    draws: TrialDraws,
    sizes: Sequence[tuple[str, int]],
    decide: Decide,
    *,
    one_number: Callable[[Array], Array] | None = None,
) -> Estimate:
    """Estimate how often trials with these arms reject.

    Parameters
    ----------
    decide
        From what is measured in each arm, (trials, patients), to which trials reject, (trials,).
    one_number
        Where the readings of a person stay apart, (trials, patients, readings): what of (people, readings) is compared.

    Notes
    -----
    The trials are drawn from a finite number of virtual patients. How far other virtual patients would move the answer
    follows from how much each adds to it (the infinitesimal jackknife; B. Efron, J Am Stat Assoc 2014;109:991). Patient
    by patient that is mostly chance of the trials, so it is fitted on a few scores of the patient, each a covariance
    over all trials. What chance adds to the sum of their squares is known (S. Wager, T. Hastie, B. Efron, J Mach Learn
    Res 2014;15:1625, for the unfitted one); of a sum s with c expected from chance s^2 / (s + c) is counted: never
    below 0, without a step, and s - c where the patients matter. Where people are drawn by weight, a patient adds in
    proportion to the weight.
    """
    pool = draws.outcome.people
    weights = draws.outcome.even_weights
    scores = [pool_scores(_numbers(draws, arm, one_number), weights) for arm, _ in sizes]
    ends = np.cumsum([size for _, size in sizes])[:-1]
    count = 0
    together = [np.zeros(own.shape[1]) for own in scores]
    alone = [np.zeros(own.shape[1]) for own in scores]
    for values, people in draws.arms(sizes, reduced=one_number is None):
        found = decide(values)
        count += int(found.sum())
        for slot, who in enumerate(np.split(people, ends, axis=1)):
            sums = scores[slot][who].sum(axis=1)
            together[slot] += sums[found].sum(axis=0)
            alone[slot] += sums.sum(axis=0)
    share = count / draws.trials
    adds = np.zeros(pool)
    by_chance = 0.0
    for own, both, each, (_, size) in zip(scores, together, alone, sizes, strict=True):
        adds += weights * (own @ ((both - share * each) / draws.trials))
        # of equal weights every score counts 1
        counts = float(np.mean((weights[:, None] * own) ** 2, axis=0).sum())
        by_chance += counts * size * share * (1.0 - share) / draws.trials / pool
    spread = float(np.mean(adds**2)) / pool
    return Estimate.share(count, draws.trials, spread**2 / (spread + by_chance) if spread > 0.0 else 0.0)


def _numbers(draws: TrialDraws, arm: str, one_number: Callable[[Array], Array] | None) -> Array:
    outcome = draws.outcome
    if one_number is not None:
        return one_number(outcome.values[arm])
    if outcome.kind == "time":
        # censored people come after those with an event on the same day
        return np.nextafter(np.abs(own := outcome.values[arm][:, -1]), np.where(np.signbit(own), np.inf, 0.0))
    if outcome.kind == "rate" and outcome.log_sd > 0.0:
        who = np.broadcast_to(np.arange(outcome.people)[:, None], (outcome.people, _READINGS))
        return outcome.read(arm, who, stream(draws.seed, "design", "responder", arm)).mean(axis=1)
    return outcome.exact(arm)
