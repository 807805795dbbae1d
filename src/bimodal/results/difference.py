"""One number of two runs: how far apart, and how that stands to Monte-Carlo error."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.study.endpoints.spread import SETS_INTERVAL

Array = npt.NDArray[np.float64]
Row = dict[str, Any]
_DRAWS, _KEY = 400, 20111
_MOST = 20_000
_Z_95 = 1.959963984540054
_Z_90 = 1.6448536269514722
_ROUNDING = 1e-12
_MEDIAN = math.sqrt(math.pi / 2.0)

PAIRED = "paired: the same people in both runs"
INDEPENDENT = "independent people"
INTERVALS = "from both 95 % intervals, as independent"
ROUNDING = "rounding"
SETS = "parameter sets are no sample: no Monte-Carlo error"
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
    if SETS_INTERVAL in (first.get("interval"), second.get("interval")):
        return None, SETS
    if values is not None and first.get("statistic") == "median":
        one, other = values
        if same:
            both = min(len(one), len(other))
            how = PAIRED if len(one) == len(other) else f"paired: the first {both:,} people are in both runs"
            return _shared(one, other), how
        return _apart(one, other), INDEPENDENT
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


def _shared(one: Array, other: Array) -> float | None:
    """Give the standard error of a difference of two medians, of which the first people are in both samples.

    Variances and covariance of both medians are those of the people in both, brought to the size of each sample.
    """
    both = min(len(one), len(other))
    kept = np.isfinite(one[:both]) & np.isfinite(other[:both])
    count, sizes = int(kept.sum()), [int(np.isfinite(side).sum()) for side in (one, other)]
    if count < 2:
        return None
    spread = np.cov(_medians([one[:both][kept], other[:both][kept]])) * _scale(count)
    own = [spread[k, k] * count / size for k, size in enumerate(sizes)]
    common = spread[0, 1] * count * count / (sizes[0] * sizes[1])
    return math.sqrt(max(0.0, own[0] + own[1] - 2.0 * common))


def _apart(one: Array, other: Array) -> float | None:
    """Give the standard error of a difference of the medians of two samples of different people."""
    sides = [side[np.isfinite(side)] for side in (one, other)]
    if min(map(len, sides)) < 2:
        return None
    stream = np.random.Generator(np.random.Philox(key=_KEY))
    return math.sqrt(sum(float(_medians([side], stream).var(ddof=1)) * _scale(len(side)) for side in sides))


def _medians(columns: list[Array], stream: np.random.Generator | None = None) -> Array:
    """Draw people again and again, and give the median of each column of them, (columns, draws); of many a part."""
    stream = stream or np.random.Generator(np.random.Philox(key=_KEY))
    sample = np.stack([column[:_MOST] for column in columns])
    size = sample.shape[1]
    draws = [np.median(sample[:, stream.integers(0, size, size)], axis=1) for _ in range(_DRAWS)]
    return np.array(draws).T


def _scale(count: int) -> float:
    """Say what a variance found from a part of so many people is to be multiplied by."""
    return min(1.0, _MOST / count)
