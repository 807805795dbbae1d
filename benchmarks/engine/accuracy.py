"""One measure of error for every solver."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

LIMIT = 1e-4
#: Keeps a state that stays at zero out of the division.
_FLOOR = 1e-12


def worst_error(values: npt.NDArray[np.float64], reference: npt.NDArray[np.float64]) -> float:
    """Return max over patients, times and states of ``|d| / (|ref| + 1e-3 max_t |ref|)``; arrays are (N, T, n).

    A value that is not a number counts as infinitely wrong.
    """
    peak = np.abs(reference).max(axis=1, keepdims=True)
    error = np.abs(values - reference) / (np.abs(reference) + 1e-3 * peak + _FLOOR)
    return float(np.where(np.isnan(error), np.inf, error).max())
