"""Which candidates no other beats in every goal."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Flags = npt.NDArray[np.bool_]


def non_dominated(values: npt.NDArray[np.float64]) -> Flags:
    """Say which candidates no other is at least as good as in every goal and better in one.

    Parameters
    ----------
    values
        (C, G), less is nearer to the goal; a candidate with NaN is never among them.

    Examples
    --------
    >>> non_dominated(np.array([[1.0, 3.0], [2.0, 2.0], [3.0, 3.0], [np.nan, 0.0]])).tolist()
    [True, True, False, False]
    """
    return surely_non_dominated(values, values)


def surely_non_dominated(lower: npt.NDArray[np.float64], upper: npt.NDArray[np.float64]) -> Flags:
    """Say which candidates no other beats beyond the intervals of both.

    Parameters
    ----------
    lower, upper
        (C, G) ends of the intervals, less is nearer to the goal.

    Returns
    -------
    ndarray (C,)
        False where the worse end of another is at least as good as the better end of this one in every goal, and
        better in one.

    Examples
    --------
    >>> values = np.array([[1.0, 1.0], [1.1, 1.1], [2.0, 2.0]])
    >>> surely_non_dominated(values - 0.2, values + 0.2).tolist()
    [True, True, False]
    """
    known: Flags = np.asarray(~(np.isnan(lower) | np.isnan(upper)).any(axis=1), np.bool_)
    out = known.copy()
    for place in np.flatnonzero(known):
        others = known.copy()
        others[place] = False
        beats = (upper[others] <= lower[place]).all(axis=1) & (upper[others] < lower[place]).any(axis=1)
        out[place] = not bool(beats.any())
    return out


def ends(rows: Sequence[dict[str, float | None]], sign: float) -> tuple[list[float], list[float], list[float]]:
    """Give middle, nearer and farther end of one goal for every candidate, so that less is nearer to the goal."""
    middle = [_signed(row, "value", sign) for row in rows]
    sides = [[_signed(row, end, sign) for end in ("lower", "upper")] for row in rows]
    return middle, [min(side) for side in sides], [max(side) for side in sides]


def _signed(row: dict[str, float | None], end: str, sign: float) -> float:
    value, side = row["value"], row[end]
    if value is None:
        return np.nan
    return sign * (value if side is None else side)
