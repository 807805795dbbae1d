"""The matrix exponential in fixed point, far beyond double precision: referee where SciPy's own is the limit.

Scaling and squaring with a Taylor series (Moler and Van Loan, SIAM Review 45, 3, 2003) on Python's whole numbers.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Whole = npt.NDArray[Any]

#: Bits behind the point.
BITS = 512
_START = -6  # the series runs on a matrix of norm below 2**_START


def fixed(numbers: FloatArray, shift: int = 0) -> Whole:
    """Return numbers times 2**shift as whole multiples of 2**-BITS, exact but for what lies below."""
    flat = [int(math.ldexp(float(v), BITS + shift)) for v in np.ravel(numbers)]
    return np.array(flat, object).reshape(np.shape(numbers))


def floating(whole: Whole) -> FloatArray:
    """Return the nearest doubles."""
    one = 1 << BITS
    return np.array([int(v) / one for v in np.ravel(whole)]).reshape(np.shape(whole))


def times(a: Whole, b: Whole) -> Whole:
    """Return the matrix product."""
    return (a @ b) >> BITS


def exponentials(matrix: FloatArray, low: int, high: int) -> dict[int, Whole]:
    """Return exp(A 2**k) for k from ``low`` to ``high``.

    Parameters
    ----------
    matrix
        (n, n).
    low, high
        Powers of two that multiply it.
    """
    norm = float(np.abs(matrix).sum(axis=1).max())
    first = min(low, _START - math.ceil(math.log2(norm)) if norm > 0 else low)
    scaled = fixed(matrix, first)
    total = term = fixed(np.eye(len(matrix)))
    for j in range(1, 200):
        term = times(term, scaled) // j
        total = total + term
        if all(abs(int(v)) <= 1 for v in term.ravel()):
            break
    found: dict[int, Whole] = {}
    for k in range(first, high + 1):
        if k >= low:
            found[k] = total
        total = times(total, total)
    return found
