"""Events at times of each patient's own: doses of people who come early or late, and courses that rules begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from bimodal.study.solver.events import Events

Array = npt.NDArray[np.float64]


def moved_events(events: Events, late_h: Array) -> Events:
    """Let each patient have the events late by so many hours, (N, E).

    Examples
    --------
    >>> moved_events(Events(np.array([0.0, 24.0]), (), np.ones((1, 2))), np.array([[0.0, -24.0]])).own_h.tolist()
    [[0.0, 0.0]]
    """
    return replace(events, own_h=events.times_h + late_h)


def begun_events(events: Events, starts_h: Array) -> Events:
    """Let each patient have the events of a course from when it begins, (N,) hours; NaN for who never begins it.

    Examples
    --------
    >>> begun = begun_events(Events(np.array([0.0, 24.0]), (), np.ones((2, 2))), np.array([10.0, np.nan]))
    >>> begun.own_h[0].tolist(), begun.happens.tolist(), begun.unruled.tolist()
    ([10.0, 34.0], [[True, True], [False, False]], [True, True])
    """
    count = len(events.times_h)
    happens = np.repeat(np.isfinite(starts_h)[:, None], count, axis=1)
    own = np.where(happens, starts_h[:, None] + events.times_h, 0.0)
    return replace(events, happens=happens, own_h=own, unruled=np.ones(count, np.bool_))


def with_courses(events: Events, courses: Sequence[Events]) -> Events:
    """Put events of courses beside those that were planned; the planned ones stand first."""
    if not courses:
        return events
    parts = (events, *courses)
    n = len(events.values)

    def shape(one: Events) -> tuple[int, int]:
        return n, len(one.times_h)

    return Events(
        np.concatenate([one.times_h for one in parts]),
        tuple(port for one in parts for port in one.ports),
        np.concatenate([one.values for one in parts], axis=1),
        np.concatenate(
            [np.ones(shape(one), np.bool_) if one.happens is None else one.happens for one in parts], axis=1
        ),
        np.concatenate(
            [np.broadcast_to(one.times_h, shape(one)) if one.own_h is None else one.own_h for one in parts], axis=1
        ),
        np.concatenate([np.zeros(len(one.times_h), np.bool_) if one.unruled is None else one.unruled for one in parts]),
    )


def some_patients(events: Events, rows: npt.NDArray[np.int64]) -> Events:
    """Give the events of some of the patients, in their order."""
    return replace(
        events,
        values=events.values[rows],
        happens=None if events.happens is None else events.happens[rows],
        own_h=None if events.own_h is None else events.own_h[rows],
    )
