"""How large the doses of a visit are: the level a patient has reached, and what holds for this visit alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from bimodal.dosing import Escalate, Leveller, NextLevel, Reduce, Step, Titrate
from bimodal.dosing.rule import Rule
from bimodal.study.rules.memory import LEVEL, LEVEL_BY
from bimodal.study.rules.seen import Seen

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Numbered = Sequence[tuple[int, Rule]]
# a listed level that differs from the present one by rounding is the present one
_SAME = 1e-9


def move_levels(
    memory: Array, given: Flags, rules: Numbered, found: Callable[[int, Leveller], Flags | None], seen: Seen
) -> None:
    """Let rules change the level of patients who are given the dose of this visit, in the order of the rules.

    Parameters
    ----------
    memory
        (M, K), written to.
    found
        Says of a rule for whom its condition holds at a look; None where it is not looked at.
    """
    for code, rule in rules:
        if not isinstance(rule, Step | NextLevel | Titrate):
            continue
        hit = found(code, rule)
        if hit is None:
            continue
        before = memory[:, LEVEL].copy()
        after = np.where(given & hit, _moved(rule, before, seen), before)
        changed = after != before
        memory[changed, LEVEL] = after[changed]
        memory[changed, LEVEL_BY] = code


def size_doses(
    memory: Array, given: Flags, rules: Numbered, found: Callable[[int, Rule], Flags]
) -> tuple[Array, Array]:
    """Give the factor of every dose and the rule behind it.

    A reduction is of the dose at the level reached, and the largest counts. Where none applies, the largest escalation
    counts, if it is larger than that dose.
    """
    level = np.where(given, memory[:, LEVEL], 0.0)
    reason = np.where(given & (level != 1.0), memory[:, LEVEL_BY], 0.0)
    share = np.ones(len(memory))
    for code, rule in rules:
        if isinstance(rule, Reduce):
            hit = given & found(code, rule) & (rule.factor < share)
            share[hit], reason[hit] = rule.factor, code
    factor = np.where(share < 1.0, level * share, level)
    for code, rule in rules:
        if isinstance(rule, Escalate):
            hit = given & (share == 1.0) & found(code, rule) & (rule.factor > factor)
            factor[hit], reason[hit] = rule.factor, code
    return factor, reason


def _moved(rule: Leveller, level: Array, seen: Seen) -> Array:
    """Give the level after a step; none goes beyond its bound, nor back to it from beyond."""
    if isinstance(rule, Step):
        bound, to = rule.bound / 100.0, level * rule.factor
        return np.maximum(level, np.minimum(to, bound)) if rule.up else np.minimum(level, np.maximum(to, bound))
    if isinstance(rule, Titrate):
        more = np.minimum(level * rule.factor, rule.most / 100.0)
        less = np.maximum(level / rule.factor, rule.least / 100.0)
        return np.where(seen.compare(rule.below), more, np.where(seen.compare(rule.above), less, level))
    moved = level.copy()
    for percent in reversed(rule.levels):
        to = percent / 100.0
        beyond = to > level * (1.0 + _SAME) if rule.up else to < level * (1.0 - _SAME)
        moved[beyond] = to
    return moved
