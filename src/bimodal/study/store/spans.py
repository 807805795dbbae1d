"""Ranges of patients that are still to be computed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence


def missing_spans(present: Iterable[tuple[int, int]], start: int, stop: int) -> list[tuple[int, int]]:
    """Say which patients of a range are not covered by ranges that are there, ascending.

    Examples
    --------
    >>> missing_spans([(10, 20)], 0, 30)
    [(0, 10), (20, 30)]
    """
    gaps: list[tuple[int, int]] = []
    at = start
    for low, high in sorted(present):
        if low >= stop:
            break
        if low > at:
            gaps.append((at, low))
        at = max(at, high)
    if at < stop:
        gaps.append((at, stop))
    return gaps


def common_spans(spans: Sequence[tuple[int, int]], start: int, stop: int) -> list[tuple[int, int]]:
    """Say which patients of a range are in ascending ranges that do not overlap.

    Examples
    --------
    >>> common_spans([(0, 10), (20, 30)], 5, 25)
    [(5, 10), (20, 25)]
    """
    found: list[tuple[int, int]] = []
    for low, high in spans[bisect_right(spans, start, key=lambda span: span[1]) :]:
        if low >= stop:
            break
        found.append((max(low, start), min(high, stop)))
    return found
