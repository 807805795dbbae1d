"""Logarithms of Gaussian likelihoods, many covariances at once."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

LOG_TWO_PI = math.log(2.0 * math.pi)


def log_likelihoods(
    covariance: NDArray[np.float64], values: NDArray[np.float64], *, first: int, floor: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give ln p of each series under each covariance, and of its first part alone.

    A Cholesky factor holds the factors of all leading blocks, so the first part costs nothing.

    Covariances are of shape (C, n, n), series less their mean level (n, S), both answers (C, S). ``floor`` is a
    variance that no eigenvalue of any covariance lies below: that of the assay.

    Examples
    --------
    >>> whole, part = log_likelihoods(np.eye(2)[None], np.zeros((2, 1)), first=1, floor=1.0)
    >>> bool(abs(whole[0, 0] + LOG_TWO_PI) < 1e-12 and abs(part[0, 0] + LOG_TWO_PI / 2) < 1e-12)
    True
    """
    count, n = covariance.shape[:2]
    if values.shape[1] == 1:
        # Bordered by the series, the factor's last row is the whitened series
        bordered = np.empty((count, n + 1, n + 1))
        bordered[:, :n, :n] = covariance
        bordered[:, n, :n] = bordered[:, :n, n] = values[:, 0]
        bordered[:, n, n] = 1.0 + 2.0 * float(values[:, 0] @ values[:, 0]) / floor
        factor = np.linalg.cholesky(bordered)
        white = factor[:, n, :n, None]
    else:
        factor = np.linalg.cholesky(covariance)
        white = np.linalg.inv(factor) @ values
    scale = np.log(np.diagonal(factor, axis1=1, axis2=2)[:, :n])
    square = white * white
    whole = -0.5 * square.sum(axis=1) - scale.sum(axis=1)[:, None] - 0.5 * n * LOG_TWO_PI
    part = -0.5 * square[:, :first].sum(axis=1) - scale[:, :first].sum(axis=1)[:, None] - 0.5 * first * LOG_TWO_PI
    return whole, part
