"""Philox4x64-10 for many keys at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_MASK = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_MULTIPLIERS = np.array([[0xD2E7470EE14C6C93], [0xCA5A826395121157]], np.uint64)
_HIGH, _LOW = _MULTIPLIERS >> _HALF, _MULTIPLIERS & _MASK
_WEYL = np.array([[0x9E3779B97F4A7C15], [0xBB67AE8584CAA73B]], np.uint64)
_ROUNDS = 10


def philox4x64(keys: NDArray[np.uint64], blocks: int = 1) -> NDArray[np.uint64]:
    """Give the first raw 64-bit words of one Philox4x64-10 stream per key.

    A generator object per patient and parameter would cost more than the draws; here all keys advance together
    in unsigned integer arithmetic, which is exact and so does not depend on how patients are grouped.

    From keys of shape (N, 2) it gives words of shape (N, 4 * blocks), those of
    ``numpy.random.Philox(key=key).random_raw(4 * blocks)``.

    Parameters
    ----------
    blocks
        Number of blocks of four words per key.

    Examples
    --------
    >>> import numpy as np
    >>> words = philox4x64(np.array([[1, 2]], dtype=np.uint64))
    >>> bool((words[0] == np.random.Philox(key=[1, 2]).random_raw(4)).all())
    True

    References
    ----------
    J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
    """
    count = len(keys)
    words = np.empty((count, blocks, 4), dtype=np.uint64)
    for block in range(blocks):
        key = keys.T.copy()
        # words 0 and 2, which are multiplied, and words 1 and 3: for few keys it is the number of calls that costs.
        # The reference generator steps its counter before its first block, so counting starts at 1.
        even, odd = np.zeros((2, count), np.uint64), np.zeros((2, count), np.uint64)
        even[0] = block + 1
        for step in range(_ROUNDS):
            if step:
                key += _WEYL
            high, low = _multiply(even)
            even, odd = high[::-1] ^ odd ^ key, low[::-1]
        words[:, block, 0::2], words[:, block, 1::2] = even.T, odd.T
    return words.reshape(count, 4 * blocks)


def _multiply(b: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Give the high and the low word of the 128-bit products of (2, N) with the multipliers, from 32-bit halves."""
    b_high, b_low = b >> _HALF, b & _MASK
    middle = _HIGH * b_low + ((_LOW * b_low) >> _HALF)
    carry = _LOW * b_high + (middle & _MASK)
    return _HIGH * b_high + (middle >> _HALF) + (carry >> _HALF), _MULTIPLIERS * b
