"""The best response of a course of scans, with confirmation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.study.endpoints.trial.criteria import Response, States

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Course:
    """What the scans of each patient amount to; positions are those of the scans, -1 for none.

    Attributes
    ----------
    best
        (N,) best response.
    first_response
        (N,) scan on which the response that counts was first seen.
    first_complete
        (N,) scan on which the complete response that counts was first seen.
    progression
        (N,) first scan that shows progression.
    """

    best: npt.NDArray[np.int8]
    first_response: Places
    first_complete: Places
    progression: Places


def best_response(days: Array, states: States, *, confirmation_days: float, stable_days: float) -> Course:
    """Find the best response, its first date and the date of progression.

    A response counts if a later scan, at least `confirmation_days` after it, shows it too and no scan in between shows
    less; a missed scan in between does no harm (RECIST 1.1, section 4.4.3, leaves that to the protocol). A complete
    response confirms a partial one. Nothing after the first progression counts. A response that is not confirmed is
    stable disease if any scan from `stable_days` on shows no progression, else progression if there is one, else it
    cannot be said (RECIST 1.1, table 3).

    Parameters
    ----------
    days
        (V,) days of the scans, baseline first.
    states
        (N, V) :class:`~bimodal.study.endpoints.trial.criteria.Response` of every scan.

    Examples
    --------
    >>> seen = np.array([[Response.NE, Response.PR, Response.PR, Response.PD]], np.int8)
    >>> course = best_response(np.array([0.0, 56.0, 112.0, 168.0]), seen, confirmation_days=28, stable_days=42)
    >>> Response(course.best[0]).name, int(course.first_response[0]), int(course.progression[0])
    ('PR', 1, 3)
    """
    number = np.arange(states.shape[1])
    worse = states == Response.PD
    progression = _first(worse)
    before = number < np.where(progression < 0, states.shape[1], progression)[:, None]
    own = np.where(before, states, Response.NE)
    complete = _first(_confirmed(days, own, Response.CR, confirmation_days))
    response = _first(_confirmed(days, own, Response.PR, confirmation_days))
    stable = ((own > Response.PD) & (days >= stable_days)).any(axis=1)
    best = np.select(
        [complete >= 0, response >= 0, stable, progression >= 0],
        [Response.CR, Response.PR, Response.SD, Response.PD],
        Response.NE,
    ).astype(np.int8)
    return Course(best, response, complete, progression)


def _confirmed(days: Array, states: States, level: Response, wait: float) -> npt.NDArray[np.bool_]:
    """Mark the scans that show `level` or better and are confirmed, from the last scan backwards."""
    good, lost = states >= level, (states != Response.NE) & (states < level)
    marks = np.zeros(states.shape, np.bool_)
    until = np.full(len(states), -np.inf)  # day of the last scan of the unbroken run that is still good
    for visit in range(states.shape[1] - 1, 0, -1):
        until = np.where(lost[:, visit], -np.inf, until)
        until = np.where(good[:, visit] & np.isinf(until), days[visit], until)
        marks[:, visit] = good[:, visit] & (until - days[visit] >= wait - 1e-9)
    return marks


def _first(marks: npt.NDArray[np.bool_]) -> Places:
    return np.where(marks.any(axis=1), marks.argmax(axis=1), -1)
