"""The two phases of IL-2 after a push into a vein, patient by patient."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

_EARLY_H = (0.0, 0.8)
_LATE_H = (1.4, 4.1)
_ROUNDS = 60


def initial_level(hours: Array, rise: Array) -> Array:
    """Extrapolate the level back to the moment of the push.

    Assays begin minutes after a push, when a fast phase has already taken part of the level.

    Parameters
    ----------
    hours
        (T,) time since the push, ascending; the first is the push itself.
    rise
        (N, T) level above the pre-dose level.

    Returns
    -------
    ndarray (N,)
        On the straight line of the logarithm through the first two times after the push; NaN where the level does not
        fall between them.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.array([0.0, 0.1, 0.2])
    >>> round(float(initial_level(t, 5.0 * np.exp(-3.0 * t)[None, :])[0]), 9)
    5.0
    """
    out = np.full(len(rise), np.nan)
    after = np.flatnonzero(hours > 0.0)[:2]
    if len(after) < 2:
        return out
    first, second = rise[:, after[0]], rise[:, after[1]]
    falls = (second > 0.0) & (first > second)
    share = hours[after[0]] / (hours[after[1]] - hours[after[0]])
    out[falls] = first[falls] * (first[falls] / second[falls]) ** share
    return out


def two_half_lives(hours: Array, rise: Array) -> tuple[Array, Array]:
    """Resolve a fall into a fast and a slow exponential.

    Curve stripping: the slow phase is a straight line of the logarithm from 1.5 to 4 h, the fast phase one from the
    push to 45 min. Each is drawn through what the other leaves over, again and again, until neither contains the
    other; of a sum of two exponentials this gives back both exactly.

    Parameters
    ----------
    hours
        (T,) time since the push, ascending.
    rise
        (N, T) level above the pre-dose level.

    Returns
    -------
    fast, slow : ndarray (N,)
        Half-lives, hours. NaN for both where fewer than two times remain in a phase, a phase does not fall, or the fast
        one is not the faster.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.array([0.0, 0.02, 0.1, 0.25, 0.5, 0.75, 1.5, 2.0, 3.0, 4.0])
    >>> level = 9.0 * np.exp(-3.2 * t) + np.exp(-0.5 * t)
    >>> fast, slow = two_half_lives(t, level[None, :])
    >>> round(float(np.log(2) / fast[0]), 6), round(float(np.log(2) / slow[0]), 6)
    (3.2, 0.5)

    References
    ----------
    The two phases of IL-2: M. W. Konrad et al., Cancer Res 1990;50:2009.
    """
    early = (hours > _EARLY_H[0]) & (hours <= _EARLY_H[1])
    late = (hours >= _LATE_H[0]) & (hours <= _LATE_H[1])
    nobody = np.full(len(rise), np.nan)
    if early.sum() < 2 or late.sum() < 2:
        return nobody, nobody.copy()
    t_early, t_late = hours[early], hours[late]
    y_early, y_late = rise[:, early], rise[:, late]
    fast, slow = (nobody, nobody), _line(t_late, y_late)
    for _ in range(_ROUNDS):
        fast = _line(t_early, y_early - _curve(slow, t_early))
        slow = _line(t_late, y_late - _curve(fast, t_late))
    good = (slow[1] < 0.0) & (fast[1] < slow[1])
    halves = [np.where(good, np.log(2.0) / -np.where(good, rate, -1.0), np.nan) for _, rate in (fast, slow)]
    return halves[0], halves[1]


def _curve(line: tuple[Array, Array], t: Array) -> Array:
    with np.errstate(over="ignore"):
        return np.exp(line[0][:, None] + line[1][:, None] * t)


def _line(t: Array, y: Array) -> tuple[Array, Array]:
    """Fit ln y = a + b t by least squares in each row, through the times with y above 0; NaN with fewer than two."""
    n, sx, sy, sxx, sxy = (np.zeros(len(y)) for _ in range(5))
    # one time after the other: the same bits whatever the number of patients
    for k, x in enumerate(t):
        use = y[:, k] > 0.0
        value = np.log(np.where(use, y[:, k], 1.0))
        n += use
        sx += np.where(use, x, 0.0)
        sy += value
        sxx += np.where(use, x * x, 0.0)
        sxy += x * value
    spread = n * sxx - sx * sx
    enough = (n >= 2) & (spread > 0.0)
    safe = np.where(enough, spread, 1.0)
    slope = np.where(enough, (n * sxy - sx * sy) / safe, np.nan)
    level = np.where(enough, (sy - slope * sx) / np.where(enough, n, 1.0), np.nan)
    return level, slope
