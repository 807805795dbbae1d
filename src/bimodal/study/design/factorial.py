"""Two treatments alone, together and neither: power for each and for whether they add up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr

from bimodal.study.design.design_table import DesignTable
from bimodal.study.design.estimate import Estimate
from bimodal.study.design.found import Found
from bimodal.study.design.outcome import Outcome
from bimodal.study.design.parallel import ALPHA, PER_ARM, TRIALS, size_table
from bimodal.study.design.rejections import WORDS, Decide, rejections
from bimodal.study.design.trial_draws import TrialDraws
from bimodal.study.spec.design import DesignSpec

Array = npt.NDArray[np.float64]
_SIGNS = {"first": (-1, 1, -1, 1), "second": (-1, -1, 1, 1), "interaction": (1, -1, -1, 1)}


def factorial(asked: DesignSpec, outcome: Outcome, arms: Sequence[str], seed: int) -> Found:
    """Try a two-by-two trial many times.

    Parameters
    ----------
    arms
        Neither treatment, the first, the second, both.

    Notes
    -----
    Each effect is a contrast of the four means (of the logarithms, where all values are above 0; of 0 and 1 for a rate)
    over its standard error with Welch's degrees of freedom. On the logarithm "no interaction" means that the ratios
    multiply, on a rate that the differences add.

    Examples
    --------
    >>> people = np.linspace(-1.0, 1.0, 400)[:, None]
    >>> pool = Outcome("value", "x", {name: people + up for name, up in zip("nabc", (0.0, 1.0, 0.0, 1.0))})
    >>> found = factorial(DesignSpec(kind="factorial", per_arm=(20,), trials=500), pool, "nabc", 1)
    >>> [one.value > 0.9 for one in found.tables[0].rows[0][1]]
    [True, False, False, False]
    """
    draws = TrialDraws(outcome, seed, asked.trials or TRIALS)
    alpha = asked.alpha or ALPHA
    logs = outcome.kind == "value" and all((values > 0.0).all() for values in outcome.values.values())

    def power(effect: str, n: int, given: Sequence[str] = arms) -> Estimate:
        return rejections(draws, [(arm, n) for arm in given], _rejecting(_SIGNS[effect], alpha, logs=logs))

    null = [arms[0]] * 4
    rows = [
        (str(n), (*(power(effect, n) for effect in _SIGNS), power("first", n, null)))
        for n in sorted(set(asked.per_arm or PER_ARM))
    ]
    columns = (
        ("first", f"{arms[1]}", "share"),
        ("second", f"{arms[2]}", "share"),
        ("interaction", "interaction", "share"),
        ("type_1", "an effect if all arms are the control", "share"),
    )
    facts = [
        f"{outcome.label}: {arms[0]}, {arms[1]}, {arms[2]} and {arms[3]}; contrasts of the four means"
        f"{' of the logarithms' if logs else ''}, each two-sided at {100 * alpha:g} %",
        f"{draws.trials:,} trials of each size, drawn from {outcome.people:,} virtual patients",
    ]
    notes = ["nothing is corrected for looking at two effects and their interaction"]
    return Found(
        facts,
        WORDS,
        (
            DesignTable("power", "Power of the effect of", "patients per arm", columns, rows),
            size_table(asked, lambda n: power("first", n), key=f"patients per arm, effect of {arms[1]}"),
            size_table(asked, lambda n: power("second", n), key=f"patients per arm, effect of {arms[2]}"),
        ),
        notes,
    )


def _rejecting(signs: Sequence[int], alpha: float, *, logs: bool) -> Decide:
    def decide(values: list[Array]) -> npt.NDArray[np.bool_]:
        own = [np.log(each) if logs else each for each in values]
        effect = np.sum([sign * each.mean(axis=1) for sign, each in zip(signs, own, strict=True)], axis=0)
        parts = np.stack([each.var(axis=1, ddof=1) / each.shape[1] for each in own])
        variance = parts.sum(axis=0)
        left = np.array([each.shape[1] - 1.0 for each in own])[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            freedom = variance**2 / (parts**2 / left).sum(axis=0)
            p = 2.0 * stdtr(freedom, -np.abs(effect) / np.sqrt(variance))
        # no spread at all: an effect is told from none
        return np.where(variance > 0.0, p < alpha, effect != 0.0)

    return decide
