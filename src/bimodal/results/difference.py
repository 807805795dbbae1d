"""One number of two runs: how far apart, and how that stands to Monte-Carlo error."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Row = dict[str, Any]
_DRAWS = 400
_MOST = 20_000
_Z_95 = 1.959963984540054
_Z_90 = 1.6448536269514722
_ROUNDING = 1e-12
_MEDIAN = math.sqrt(math.pi / 2.0)

PAIRED = "paired: the same people in both runs"
INDEPENDENT = "independent people"
INTERVALS = "from both 95 % intervals, as independent"
ROUNDING = "rounding"
RANGE = "from the range of the patients, as if normal and independent"


def difference(first: Row, second: Row, values: tuple[Array, Array] | None, *, same_people: bool) -> Row:
    """Set one number against another.

    Parameters
    ----------
    first, second
        Rows of ``summary.json``.
    values
        Value of every patient in both runs, each (N,), where they are stored.
    same_people
        Whether patient k of both runs is the same person.

    Returns
    -------
    dict
        ``first``, ``second``, ``difference``, ``relative`` (of the first), ``error`` (standard error of the
        difference), ``errors`` (difference over error; None where there is none) and ``how`` it was found.

    Examples
    --------
    >>> about = {"interval": "95 % Wilson", "n": 90}
    >>> rows = [{"value": v, "lower": v - 0.1, "upper": v + 0.1} | about for v in (0.2, 0.5)]
    >>> found = difference(rows[0], rows[1], None, same_people=False)
    >>> round(found["difference"], 3), round(found["errors"], 2), found["how"]
    (0.3, 4.16, 'from both 95 % intervals, as independent')
    """
    a, b = first["value"], second["value"]
    row: Row = {"first": a, "second": b, "difference": None, "relative": None, "error": None, "errors": None, "how": ""}
    if a is None or b is None:
        return row
    row |= {"difference": b - a, "relative": None if a == 0.0 else (b - a) / abs(a)}
    if abs(b - a) <= _ROUNDING * max(abs(a), abs(b)):
        return {**row, "how": ROUNDING}
    error, how = _error(first, second, values, same_people)
    apart = abs(b - a)
    return {**row, "error": error, "errors": apart / error if error else None, "how": how}


def _error(first: Row, second: Row, values: tuple[Array, Array] | None, same: bool) -> tuple[float | None, str]:
    if values is not None and first.get("statistic") == "median":
        one, other = values
        if same and len(one) == len(other):
            kept = np.isfinite(one) & np.isfinite(other)
            return _bootstrap(one[kept], other[kept], paired=True), PAIRED
        return _bootstrap(one[np.isfinite(one)], other[np.isfinite(other)], paired=False), INDEPENDENT
    sides = [_standard_error(row) for row in (first, second)]
    if None in sides:
        return None, ""
    how = INTERVALS if str(first.get("interval", "")).startswith("95 %") else RANGE
    return math.hypot(*(side or 0.0 for side in sides)), how


def _standard_error(row: Row) -> float | None:
    low, high = row.get("lower"), row.get("upper")
    if low is None or high is None:
        return None
    if str(row.get("interval", "")).startswith("95 %"):
        return (high - low) / (2.0 * _Z_95)
    count = row.get("n") or row.get("patients")
    return None if not count else _MEDIAN * (high - low) / (2.0 * _Z_90) / math.sqrt(count)


def _bootstrap(one: Array, other: Array, *, paired: bool) -> float | None:
    """Give the standard error of a difference of two medians; of many people a part is drawn from, and scaled."""
    if min(len(one), len(other)) < 2:
        return None
    scale = math.sqrt(min(1.0, _MOST / len(one)))
    one, other = one[:_MOST], other[:_MOST]
    stream = np.random.Generator(np.random.Philox(key=20111))
    found = np.empty(_DRAWS)
    for draw in range(_DRAWS):
        mine = stream.integers(0, len(one), len(one))
        its = mine if paired else stream.integers(0, len(other), len(other))
        found[draw] = np.median(other[its]) - np.median(one[mine])
    return float(found.std(ddof=1) * scale)
