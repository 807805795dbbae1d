"""Randomisation that follows the responses seen so far: who gets what, and what it costs in power."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, betaln

from bimodal.study.design.design_table import DesignTable
from bimodal.study.design.estimate import Estimate
from bimodal.study.design.found import Found
from bimodal.study.design.outcome import Outcome
from bimodal.study.spec.design import DesignSpec
from bimodal.timing.streams import stream

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
TRIALS, PATIENTS, BURN_IN, BLOCK, CAP, DECLARE = 2000, 100, 20, 10, 0.8, 0.975
_READINGS = 20  # of every virtual patient, where readings have noise
INTERVAL = "95 % Monte-Carlo of the simulated trials (Wilson for shares)"


def adaptive(asked: DesignSpec, outcome: Outcome, arms: Sequence[str], seed: int) -> Found:
    """Try a trial with response-adaptive randomisation many times, beside the same trial with equal shares.

    Parameters
    ----------
    arms
        The last is the control.

    Notes
    -----
    After `burn_in` patients, each next block is randomised with the posterior probability of each arm to have the
    largest response (W. R. Thompson, Biometrika 1933;25:285; uniform priors), no arm above `allocation_cap`. An arm is
    called better than the control at the end if the posterior probability of that is above `declare_above`.

    Examples
    --------
    >>> new, old = (np.repeat([1.0, 0.0], [k, 10 - k])[:, None] for k in (6, 2))
    >>> pool = Outcome("rate", "x", {"new": new, "old": old})
    >>> found = adaptive(DesignSpec(kind="adaptive", trials=500), pool, ("new", "old"), 1)
    >>> found.tables[0].rows[0][1][1].value > 0.6
    True
    """
    trials, most = asked.trials or TRIALS, asked.max_patients or PATIENTS
    rates = np.array([_rate(outcome, arm, seed) for arm in arms])
    null = np.full(len(arms), rates[-1])
    ways = [
        ("adaptive", rates, True),
        ("equal shares", rates, False),
        ("adaptive, all arms are the control", null, True),
        ("equal shares, all arms are the control", null, False),
    ]
    above = asked.declare_above or DECLARE
    rows: list[tuple[str, Sequence[Estimate]]] = []
    for name, truth, adapts in ways:
        given, responses = _trials(asked, truth, trials, most, seed, adapts=adapts)
        declared = _better(given, responses)[:, :-1].max(axis=1) > above
        shares = [Estimate.mean(given[:, k] / most) for k in range(len(arms))]
        rows.append(
            (name, (Estimate.share(int(declared.sum()), trials), *shares, Estimate.mean(responses.sum(axis=1))))
        )
    columns = (
        ("declared", "an arm is called better than the control", "share"),
        *((f"share_{k + 1}", f"patients given {arm}", "share") for k, arm in enumerate(arms)),
        ("responses", "responders in a trial", "number"),
    )
    truth = DesignTable(
        "rates",
        "Response of the virtual patients",
        "arm",
        (("rate", "response", "share"),),
        [
            (arm, (Estimate.share(round(rate * outcome.people), outcome.people),))
            for arm, rate in zip(arms, rates, strict=True)
        ],
    )
    facts = [
        f"{outcome.label}: {', '.join(arms[:-1])} against {arms[-1]}; {most} patients, the first "
        f"{asked.burn_in or BURN_IN} in equal shares, then blocks of {asked.block or BLOCK}, no arm above "
        f"{100 * (asked.allocation_cap or CAP):g} %; better if the posterior probability of it is above {above:g}",
        f"{trials:,} trials, drawn from {outcome.people:,} virtual patients",
    ]
    notes = [
        "responses are known before the next block is randomised, and do not drift with time: where they do, "
        "adaptive shares bias the comparison"
    ]
    return Found(facts, INTERVAL, (DesignTable("operating", "Trials", "randomisation", columns, rows), truth), notes)


def _rate(outcome: Outcome, arm: str, seed: int) -> float:
    who = np.broadcast_to(np.arange(outcome.people)[:, None], (outcome.people, _READINGS))
    return float(outcome.read(arm, who, stream(seed, "design", "responder", arm)).mean())


def _trials(
    asked: DesignSpec, rates: Array, trials: int, most: int, seed: int, *, adapts: bool
) -> tuple[Counts, Counts]:
    """Treat patients block by block: how many of each arm, and how many of them respond, both (trials, arms)."""
    arms, burn_in = len(rates), min(asked.burn_in or BURN_IN, most)
    cap = max(asked.allocation_cap or CAP, 1.0 / arms)
    given, responses = np.zeros((trials, arms), np.int64), np.zeros((trials, arms), np.int64)
    random = stream(seed, "design", "adaptive")
    done = 0
    while done < most:
        size = burn_in if done == 0 else min(asked.block or BLOCK, most - done)
        equal = done == 0 or not adapts
        shares = np.full((trials, arms), 1.0 / arms) if equal else _capped(_largest(given, responses), cap)
        draws, luck = random.random((trials, size)), random.random((trials, size))
        if equal:  # blocks keep the arms in step, also where an arm is left over
            arm = (np.argsort(draws, axis=1) + done) % arms
        else:
            arm = (draws[:, :, None] > np.cumsum(shares, axis=1)[:, None, :-1]).sum(axis=2)
        for k in range(arms):
            mine = arm == k
            given[:, k] += mine.sum(axis=1)
            responses[:, k] += (mine & (luck < rates[k])).sum(axis=1)
        done += size
    return given, responses


def _capped(shares: Array, cap: float) -> Array:
    over = shares > cap
    rest = np.where(over, 0.0, shares)
    left = 1.0 - np.where(over, cap, 0.0).sum(axis=1, keepdims=True)
    total = rest.sum(axis=1, keepdims=True)
    # nothing left to scale: the others share alike
    even = ~over / np.maximum((~over).sum(axis=1, keepdims=True), 1)
    scaled = np.divide(rest, total, out=even.astype(np.float64), where=total > 0.0)
    return np.where(over, cap, scaled * left)


def _largest(given: Counts, responses: Counts) -> Array:
    """Give the posterior probability of each arm to have the largest response, (trials, arms)."""
    weights, density, below = _posteriors(given, responses)
    out = np.empty(given.shape)
    for k in range(given.shape[1]):
        others = np.prod([below[:, j] for j in range(given.shape[1]) if j != k], axis=0)
        out[:, k] = (density[:, k] * others) @ weights
    return out / out.sum(axis=1, keepdims=True)


def _better(given: Counts, responses: Counts) -> Array:
    """Give the posterior probability of each arm to have a larger response than the last, (trials, arms)."""
    weights, density, below = _posteriors(given, responses)
    return np.stack([(density[:, k] * below[:, -1]) @ weights for k in range(given.shape[1])], axis=1)


def _posteriors(given: Counts, responses: Counts) -> tuple[Array, Array, Array]:
    """Give weights of points on 0 to 1, and density and distribution of each response there, (trials, arms, points)."""
    # as many points as the sharpest posterior needs: its width falls with the root of the patients
    unit, own = np.polynomial.legendre.leggauss(32 + math.ceil(4.0 * math.sqrt(given.max())))
    nodes, weights = (unit + 1.0) / 2.0, own / 2.0
    pairs, place = np.unique(np.stack([given, responses], axis=2).reshape(-1, 2), axis=0, return_inverse=True)
    a, b = pairs[:, 1:2] + 1.0, pairs[:, :1] - pairs[:, 1:2] + 1.0
    density = np.exp((a - 1.0) * np.log(nodes) + (b - 1.0) * np.log1p(-nodes) - betaln(a, b))
    shape = (*given.shape, len(nodes))
    place = np.ravel(place)
    return weights, density[place].reshape(shape), betainc(a, b, nodes)[place].reshape(shape)
