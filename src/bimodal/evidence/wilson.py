"""Wilson's interval for a proportion."""

from __future__ import annotations

import math

from bimodal.errors import EvidenceError

_Z_95 = 1.959963984540054


def wilson(k: float, n: float) -> tuple[float, float]:
    """Give the 95 % score interval of a proportion, ``k`` of ``n`` people.

    Small trials report "12 of 23"; unlike the textbook interval this one stays inside 0 to 1 and is not empty when
    nobody or everybody responded. Of people who do not all count the same, ``n`` is the effective number.

    Examples
    --------
    >>> low, high = wilson(12, 23)
    >>> round(low, 3), round(high, 3)
    (0.33, 0.708)

    References
    ----------
    E. B. Wilson, J Am Stat Assoc 1927;22:209-212.
    """
    if n < 1 or not 0 <= k <= n:
        raise EvidenceError("a proportion needs 0 <= k <= n and n >= 1", where=f"k = {k}, n = {n}")
    share, z2 = k / n, _Z_95 * _Z_95
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z_95 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    low = 0.0 if k == 0 else max(0.0, centre - half)
    high = 1.0 if k == n else min(1.0, centre + half)
    return low, high
