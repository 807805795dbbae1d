"""Whether any weights of the patients at hand reach given means."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def reachable(moments: NDArray[np.float64]) -> bool:
    """Tell whether some weights, none below 0, give every column the mean 0: whether 0 lies in the hull of the rows.

    Parameters
    ----------
    moments
        (N, K), finite, as `bimodal.cohort.max_entropy.max_entropy` takes them.

    Examples
    --------
    >>> reachable(np.array([[1.0], [-1.0]])), reachable(np.array([[1.0], [2.0]]))
    (True, False)
    """
    from scipy.optimize import linprog

    count, width = moments.shape
    scale = np.abs(moments).max(axis=0, initial=0.0)
    scaled = moments / np.where(scale == 0.0, 1.0, scale)
    equal, means = np.vstack([np.ones(count), scaled.T]), np.concatenate([[1.0], np.zeros(width)])
    return bool(linprog(np.zeros(count), A_eq=equal, b_eq=means).success)
