"""Two arms side by side: power for a number of patients, and the number for a power."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bimodal.study.design.design_table import DesignTable
from bimodal.study.design.estimate import Estimate
from bimodal.study.design.found import Found
from bimodal.study.design.outcome import Outcome
from bimodal.study.design.rejections import WORDS, Decide, rejections
from bimodal.study.design.size_search import size_search
from bimodal.study.design.trial_draws import TrialDraws
from bimodal.study.design.two_arm_test import WORDS as TESTS
from bimodal.study.design.two_arm_test import two_arm_test
from bimodal.study.spec.design import DesignSpec

TRIALS, ALPHA, TARGET, MOST = 2000, 0.05, 0.8, 2000
PER_ARM = (10, 20, 40, 80, 160)


def parallel(asked: DesignSpec, outcome: Outcome, arms: Sequence[str], seed: int) -> Found:
    """Try a trial of two arms many times.

    Parameters
    ----------
    arms
        On trial and control: under the hypothesis that they are the same both are given the control.

    Examples
    --------
    >>> import numpy as np
    >>> people = np.linspace(-1.0, 1.0, 400)
    >>> pool = Outcome("value", "x", {"new": (people + 1.0)[:, None], "old": people[:, None]})
    >>> found = parallel(DesignSpec(kind="parallel", per_arm=(20,), trials=500), pool, ("new", "old"), 1)
    >>> found.tables[0].rows[0][1][0].value > 0.9
    True
    """
    draws = TrialDraws(outcome, seed, asked.trials or TRIALS)
    test, alpha = asked.test or outcome.usual_test, asked.alpha or ALPHA
    decide = rejecting(test, alpha)
    rows = [(str(n), power_and_size(draws, decide, arms, n)) for n in sorted(set(asked.per_arm or PER_ARM))]
    facts = [
        f"{outcome.label}: {arms[0]} against {arms[1]}, by {TESTS[test]}, two-sided at {100 * alpha:g} %",
        f"{draws.trials:,} trials of each size, drawn from {outcome.people:,} virtual patients that are in both arms "
        "of the simulation; a trial has different people in its arms",
    ]
    table = DesignTable("power", "Power", "patients per arm", POWER_COLUMNS, rows)
    return Found(facts, WORDS, (table, size_table(asked, lambda n: rejections(draws, _two(arms, n), decide))))


POWER_COLUMNS = (("power", "power", "share"), ("type_1", "rejected if both arms are the control", "share"))


def rejecting(test: str, alpha: float) -> Decide:
    """Make the decision of a test of two arms at a level."""
    return lambda values: two_arm_test(test, values[0], values[1]) < alpha


def power_and_size(draws: TrialDraws, decide: Decide, arms: Sequence[str], n: int) -> tuple[Estimate, Estimate]:
    """Estimate the power of two arms of n, and how often the control is told from itself."""
    same = (arms[1], arms[1])
    return rejections(draws, _two(arms, n), decide), rejections(draws, _two(same, n), decide)


def size_table(
    asked: DesignSpec, power: Callable[[int], Estimate], *, key: str = "patients per arm", least: int = 2
) -> DesignTable:
    """Search the number of patients for the wanted power."""
    target, most = asked.target_power or TARGET, asked.max_per_arm or MOST
    found = size_search(power, target, most, least)
    title = f"{key[:1].upper()}{key[1:]} for {100 * target:g} % power"
    if found.value is None:
        title += f": more than {most:,}"
    return DesignTable("size", title, "power", (("per_arm", key, "number"),), [(f"{100 * target:g} %", (found,))])


def _two(arms: Sequence[str], n: int) -> list[tuple[str, int]]:
    return [(arms[0], n), (arms[1], n)]
