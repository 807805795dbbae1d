"""Which of two arms does better in a trial, by what its test compares."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from bimodal.study.design.log_rank import log_rank

Array = npt.NDArray[np.float64]


def two_arm_direction(name: str, first: Array, second: Array) -> Array:
    """Say of each trial whether the first arm has the larger values, the higher rate or the longer times.

    Parameters
    ----------
    name, first, second
        As :func:`two_arm_test` takes them.

    Returns
    -------
    ndarray (trials,)
        1, -1, or 0 where nothing tells them apart.

    Examples
    --------
    >>> two_arm_direction("t", np.array([[3.0, 4.0]]), np.array([[1.0, 2.0]])).tolist()
    [1.0]
    """
    if name == "log-rank":
        return np.sign(
            log_rank((np.abs(first), ~np.signbit(first)), (np.abs(second), ~np.signbit(second)), direction=True)
        )
    if name == "wilcoxon":
        ranks = np.asarray(rankdata(np.concatenate([first, second], axis=1), axis=1), np.float64)
        return np.sign(ranks[:, : first.shape[1]].mean(axis=1) - ranks[:, first.shape[1] :].mean(axis=1))
    return np.sign(first.mean(axis=1) - second.mean(axis=1))
