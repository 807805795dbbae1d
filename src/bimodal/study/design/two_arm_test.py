"""Tests of two arms, for many trials at once."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import numpy.typing as npt
from scipy.stats import fisher_exact, mannwhitneyu, ttest_ind_from_stats

from bimodal.errors import StudyError
from bimodal.study.design.log_rank import log_rank

Array = npt.NDArray[np.float64]

#: What each test is called in print.
WORDS = {
    "t": "Welch's t",
    "wilcoxon": "Wilcoxon-Mann-Whitney, normal approximation",
    "fisher": "Fisher's exact",
    "log-rank": "log-rank",
}


def two_arm_test(name: str, first: Array, second: Array) -> Array:
    """Give the two-sided p of each trial, (trials,).

    Parameters
    ----------
    name
        ``t``, ``wilcoxon``, ``fisher`` or ``log-rank``.
    first, second
        (trials, patients): values; 0 or 1 for ``fisher``; for ``log-rank`` days, below 0 where the patient is censored
        on that day, so that one array holds both.

    Examples
    --------
    >>> a, b = np.array([[1.0, 2.0, 3.0, 4.0]]), np.array([[5.0, 6.0, 7.0, 8.0]])
    >>> [round(float(two_arm_test(name, a, b)[0]), 3) for name in ("t", "wilcoxon")]
    [0.005, 0.03]
    """
    if name == "t":
        return _welch(first, second)
    if name == "wilcoxon":
        ranked: Any = mannwhitneyu(first, second, axis=1, method="asymptotic", use_continuity=True)
        return np.nan_to_num(np.asarray(ranked.pvalue, np.float64), nan=1.0)
    if name == "fisher":
        return _fisher(first, second)
    if name == "log-rank":
        return log_rank((np.abs(first), ~np.signbit(first)), (np.abs(second), ~np.signbit(second)))
    raise StudyError(f"there is no test '{name}'", fix="one of " + ", ".join(WORDS))


def _welch(first: Array, second: Array) -> Array:
    sides = [part for own in (first, second) for part in (own.mean(axis=1), own.std(axis=1, ddof=1), own.shape[1])]
    # people drawn twice may leave arms without any spread: such a trial shows nothing
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Any = ttest_ind_from_stats(*sides, equal_var=False)
    return np.nan_to_num(np.asarray(found.pvalue, np.float64), nan=1.0)


def _fisher(first: Array, second: Array) -> Array:
    n, m = first.shape[1], second.shape[1]
    counts = np.stack([first.sum(axis=1), second.sum(axis=1)], axis=1).astype(np.int64)
    pairs, place = np.unique(counts, axis=0, return_inverse=True)
    values = [float(cast(Any, fisher_exact([[x, n - x], [y, m - y]])).pvalue) for x, y in pairs.tolist()]
    return np.asarray(values)[np.ravel(place)]
