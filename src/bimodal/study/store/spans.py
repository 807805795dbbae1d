"""Ranges of patients that are still to be computed."""

from __future__ import annotations

from collections.abc import Iterable


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
