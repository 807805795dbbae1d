"""What is known only in sign is judged on many parameter sets: how large a share of them has it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bimodal.evidence import Judgement, Target
from bimodal.evidence.band import band
from bimodal.study.plan.targets import when_of

Array = npt.NDArray[np.float64]

#: From this share of parameter sets on a sign, or a number, holds.
HOLDS = 0.9


def values_of(target: Target, own: Sequence[Array]) -> Array:
    """Give what a target is about in each parameter set: a value, or the first arm set against the second.

    Parameters
    ----------
    own
        What was read of each arm, each (N,); the same sets are in every arm.

    Examples
    --------
    >>> from bimodal.evidence import load_targets
    >>> target = next(row for row in load_targets() if row.kind == "ordering" and len(row.arms) == 2)
    >>> values_of(target, [np.array([3.0]), np.array([1.0])]).tolist()
    [2.0]
    """
    if target.kind == "ratio":
        with np.errstate(invalid="ignore", divide="ignore"):
            return own[0] / own[1]
    changes = target.time is not None and when_of(target).get("reduce") == "change"
    if target.kind == "ordering" and len(own) == 2 and not changes:
        return own[0] - own[1]
    return np.concatenate(own)


def agreements(target: Target, own: Sequence[Array]) -> npt.NDArray[np.bool_] | None:
    """Say which parameter sets agree with a target; one without a result does not.

    Returns
    -------
    ndarray of bool or None
        None for a kind that has neither sign nor band.

    Examples
    --------
    >>> from bimodal.evidence import load_targets
    >>> target = next(row for row in load_targets() if row.kind == "ordering" and row.published == 1 and not row.least)
    >>> agreements(target, [np.array([3.0, np.nan]), np.array([1.0, 1.0])]).tolist()
    [True, False]
    """
    values = values_of(target, own)
    if target.kind in ("ordering", "direction"):
        size = values * target.published
        return (size > 0.0) & (size >= target.least)
    ends = band(target)
    return None if ends is None else (values >= ends[0]) & (values <= ends[1])


def judge_share(target: Target, share: float | None) -> Judgement:
    """Say whether a target holds: at least 90 % of the parameter sets agree.

    Examples
    --------
    >>> from bimodal.evidence import load_targets
    >>> target = next(row for row in load_targets() if row.kind == "ordering" and row.quality == "page")
    >>> judge_share(target, 0.95).within, judge_share(target, 0.6).within
    (True, False)
    """
    rule = f"{target.kind}: holds where at least {100.0 * HOLDS:g} % of the parameter sets agree"
    scored = target.quality == "page" and target.role != "context"
    return Judgement(None if share is None else share >= HOLDS, rule, scored)
