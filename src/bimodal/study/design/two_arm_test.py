"""Tests of two arms, for many trials at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln
from scipy.stats import mannwhitneyu, ttest_ind_from_stats

from bimodal.errors import StudyError
from bimodal.study.design.log_rank import log_rank

Array = npt.NDArray[np.float64]
_TIE = 1e-7  # tables as probable but for rounding

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
        # all values alike: a trial that shows nothing
        with np.errstate(invalid="ignore", divide="ignore"):
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
    # no spread at all: arms that are alike show nothing, arms that are not are told apart
    alike = sides[0] == sides[3]
    return np.where(np.isnan(found.pvalue), np.where(alike, 1.0, 0.0), found.pvalue)


def _fisher(first: Array, second: Array) -> Array:
    """Sum the tables with the same margins that are no more probable; a library takes a millisecond for each."""
    n, m = first.shape[1], second.shape[1]
    mine = first.sum(axis=1).astype(np.int64)
    total = mine + second.sum(axis=1).astype(np.int64)
    out = np.empty(len(mine))
    for k in np.unique(total).tolist():
        support = np.arange(max(0, k - m), min(k, n) + 1)
        log = _log_choose(n, support) + _log_choose(m, k - support)
        dense = np.exp(log - log.max())
        here = total == k
        own = dense[mine[here] - support[0]]
        out[here] = (dense[None, :] * (dense[None, :] <= own[:, None] * (1.0 + _TIE))).sum(axis=1) / dense.sum()
    return np.minimum(out, 1.0)


def _log_choose(n: int, k: npt.NDArray[np.int64]) -> Array:
    return np.asarray(gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0), np.float64)
