"""Whether a simulated result agrees with a published one, by written rules."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bimodal.evidence.band import FOLD, band
from bimodal.evidence.target import Target


@dataclass(frozen=True)
class Judgement:
    """The verdict on one target.

    Attributes
    ----------
    within
        Whether the simulated value agrees; None if it was not evaluated.
    scored
        Whether the verdict counts: only targets read on a page, and never context.
    """

    within: bool | None
    rule: str
    scored: bool


def judge(target: Target, simulated: float | None) -> Judgement:
    """Compare a simulated value with a target by the rule of its kind.

    Only plain numbers are compared, so the rule can be read and checked without any model.

    ``simulated`` is of the same time, statistic and unit; for ``ordering`` and ``direction`` it is the difference whose
    sign is asked for. Bounds are inclusive. ``within`` is None for context targets, for uncertain ones (listed, not
    judged) and when nothing was simulated (None or NaN).

    Examples
    --------
    >>> from bimodal.evidence import load_targets
    >>> tconv = next(row for row in load_targets("koreth-2011") if row.id == "B05")
    >>> judge(tconv, 0.97).within, judge(tconv, 0.5).within, judge(tconv, None).within
    (True, False, None)
    """
    scored = target.quality == "page" and target.role != "context"
    if target.role == "context":
        return Judgement(None, "context: shown, not simulated", scored)
    if target.quality == "uncertain":
        return Judgement(None, "uncertain: listed, not judged", scored)
    ends = band(target)
    rule = _rule(target, ends)
    if simulated is None or math.isnan(simulated):
        return Judgement(None, f"{rule}; not evaluated: no simulated value", scored)
    if ends is None:
        size = simulated * target.published
        return Judgement(size > 0 and size >= target.least, rule, scored)
    return Judgement(ends[0] <= simulated <= ends[1], rule, scored)


def _rule(target: Target, ends: tuple[float, float] | None) -> str:
    if ends is None:
        sign = "positive" if target.published > 0 else "negative"
        least = f", and at least {target.least:g} in size, which is ours" if target.least else ""
        return f"{target.kind}: the simulated difference must be {sign}{least}"
    share = target.statistic == "proportion" and target.unit == "1"
    low, high, middle = (f"{100.0 * end:.3g} %" if share else f"{end:g}" for end in (*ends, target.published or 0.0))
    match target.kind:
        case "at_least":
            return f"at least {low}, and at most the plausibility limit {high}, which is ours"
        case "at_most":
            return f"at most {high}, and at least the plausibility limit {low}, which is ours"
        case "point" if target.statistic == "proportion":
            return f"inside the Wilson 95 % interval {low} to {high}, n = {target.denominator}"
        case "point":
            return f"within {FOLD:g}-fold of {middle}"
        case "ratio":
            return f"the first arm over the second inside {low} to {high}, which is ours"
        case _:
            return f"inside {low} to {high}"
