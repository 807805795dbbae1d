"""Turns doses into what happens to the model: amounts added to a state, infusion rates set.

Coincident order, written once: ends of infusions, starts of infusions, then subcutaneous doses and boluses in the order
of the schedule. The end and the start of infusions at one time are one event, because the rate after every boundary is
computed afresh from the infusions then running; adding and subtracting would leave rounding errors running for ever.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt

from bimodal.errors import DosingError, ModelError
from bimodal.study.endpoints.dose import Dose

Array = npt.NDArray[np.float64]
_SNAP_H = 1e-9
_BALANCE = 1e-12
#: An amount so small that its rate is no longer a normal number; nobody is given it.
_NOTHING = 1e-300
ROUTE_WORDS = {"sc": "SC", "ip": "IP", "iv_bolus": "IV", "iv_infusion": "IV infusion"}
_FIX = "use another route or another model; [ports] in a study says where doses enter a model file"


@dataclass(frozen=True)
class DoseInput:
    """Where a route enters the model: a state that receives nmol, or a parameter that is a rate in nmol/h.

    Parameters
    ----------
    action
        ``add`` to a state, ``set`` a parameter.
    """

    action: Literal["add", "set"]
    symbol: str


@dataclass(frozen=True, eq=False)
class Events:
    """Events of N patients that share times and targets.

    Parameters
    ----------
    times_h
        (E,) hours, ascending.
    ports
        (E,) where each event acts.
    values
        (N, E) nmol for ``add``, nmol/h for ``set``.
    happens
        (N, E) whether a patient has the event at all; None where everybody has every event.
    own_h
        (N, E) when each patient has it, hours, where that differs from `times_h`; None where it does not.
    unruled
        (E,) events that no visit rule holds or changes, whatever they act on; None where there are none.
    """

    times_h: Array
    ports: tuple[DoseInput, ...]
    values: Array
    happens: npt.NDArray[np.bool_] | None = None
    own_h: Array | None = None
    unruled: npt.NDArray[np.bool_] | None = None


def build_events(doses: Sequence[Dose], nmol: Array, ports: Mapping[str, DoseInput]) -> Events:
    """Build the events of one arm.

    Parameters
    ----------
    doses
        D doses in order of time.
    nmol
        (N, D) amount of each dose in each patient, nmol.
    ports
        Port of each route (``sc``, ``iv_bolus``, ``iv_infusion``).

    Returns
    -------
    Events
        Their amounts sum to those of the doses (asserted to 1e-12 relative).

    Examples
    --------
    >>> from types import SimpleNamespace as Row
    >>> day = [Row(time_h=0.0, duration_h=0.0, route="sc"), Row(time_h=24.0, duration_h=0.0, route="sc")]
    >>> build_events(day, np.array([[4.0, 2.0]]), {"sc": DoseInput("add", "depot")}).values.tolist()
    [[4.0, 2.0]]
    """
    amounts = np.asarray(nmol, dtype=np.float64)
    if amounts.ndim != 2 or amounts.shape[1] != len(doses):
        raise DosingError(f"{len(doses)} doses were given amounts of shape {amounts.shape}")
    if not np.isfinite(amounts).all() or (amounts < 0.0).any():
        raise DosingError("a dose is not a finite, non-negative amount")
    added = [i for i, dose in enumerate(doses) if dose.duration_h == 0.0]
    times: list[float] = [doses[i].time_h for i in added]
    where: list[DoseInput] = [_port(ports, doses[i].route, "add") for i in added]
    columns: list[Array] = [amounts[:, i] for i in added]
    infused = [i for i, dose in enumerate(doses) if dose.duration_h > 0.0]
    if infused:
        port = _port(ports, "iv_infusion", "set")
        spans = _spans([(doses[i].time_h, doses[i].time_h + doses[i].duration_h) for i in infused])
        boundaries, rates = _steps(spans, amounts[:, infused])
        times, where = [*boundaries, *times], [port] * len(boundaries) + where
        columns = [*rates, *columns]
    order: list[int] = np.argsort(np.asarray(times, dtype=np.float64), kind="stable").tolist()
    events = Events(
        np.asarray(times, dtype=np.float64)[order],
        tuple(where[k] for k in order),
        np.stack([columns[k] for k in order], axis=1) if columns else np.zeros((amounts.shape[0], 0)),
    )
    _assert_balance(events, amounts)
    return events


def merge_events(several: Sequence[Events]) -> Events:
    """Merge the events of several drugs given to the same patients.

    Parameters
    ----------
    several
        Events of each drug, of the same N patients; the drug of the arm first.

    Returns
    -------
    Events
        In order of time; at one time rates before amounts, otherwise in the order of the drugs.

    Examples
    --------
    >>> one = Events(np.array([0.0, 24.0]), (DoseInput("add", "a"),) * 2, np.ones((1, 2)))
    >>> two = Events(np.array([12.0]), (DoseInput("set", "b"),), np.full((1, 1), 3.0))
    >>> merge_events([one, two]).values.tolist()
    [[1.0, 3.0, 1.0]]
    """
    if len(several) == 1:
        return several[0]
    times = np.concatenate([events.times_h for events in several])
    ports = tuple(port for events in several for port in events.ports)
    order: list[int] = np.lexsort((np.array([port.action == "add" for port in ports]), times)).tolist()
    values = np.concatenate([events.values for events in several], axis=1)
    happens = None
    if any(events.happens is not None for events in several):
        each = [np.ones(one.values.shape, np.bool_) if one.happens is None else one.happens for one in several]
        happens = np.concatenate(each, axis=1)[:, order]
    return Events(times[order], tuple(ports[k] for k in order), values[:, order], happens)


def own_events(parts: Sequence[tuple[npt.NDArray[np.int64], Events]], patients: int) -> Events:
    """Put together the events of groups of patients who are dosed at times of their own.

    Parameters
    ----------
    parts
        Which patients a group is made of, and their events; every patient is in one group.

    Returns
    -------
    Events
        In order of time; a patient has those of their group and no others.

    Examples
    --------
    >>> early, late = (Events(np.array([t]), (DoseInput("add", "a"),), np.ones((1, 1))) for t in (0.0, 5.0))
    >>> own_events([(np.array([1]), early), (np.array([0]), late)], 2).happens.tolist()
    [[False, True], [True, False]]
    """
    times = np.concatenate([events.times_h for _, events in parts])
    ports = tuple(port for _, events in parts for port in events.ports)
    values, happens = np.zeros((patients, len(times))), np.zeros((patients, len(times)), np.bool_)
    first = 0
    for rows, events in parts:
        last = first + len(events.times_h)
        values[rows, first:last], happens[rows, first:last] = events.values, True
        first = last
    order: list[int] = np.argsort(times, kind="stable").tolist()
    return Events(times[order], tuple(ports[k] for k in order), values[:, order], happens[:, order])


def given_nmol(events: Events) -> Array:
    """Sum what the events give each patient, (N,) nmol.

    Examples
    --------
    >>> rate = DoseInput("set", "rate")
    >>> given_nmol(Events(np.array([0.0, 2.0]), (rate, rate), np.array([[3.0, 0.0]]))).tolist()
    [6.0]
    """
    total = np.zeros(events.values.shape[0])
    steps = [k for k, port in enumerate(events.ports) if port.action == "set"]
    for k, port in enumerate(events.ports):
        if port.action == "add":
            total += events.values[:, k]
    for k, after in pairwise(steps):
        total += events.values[:, k] * (events.times_h[after] - events.times_h[k])
    return total


def _port(ports: Mapping[str, DoseInput], route: str, action: str) -> DoseInput:
    port = ports.get(route)
    if port is None or port.action != action:
        known = ", ".join(ROUTE_WORDS[name] for name in ROUTE_WORDS if name in ports)
        raise ModelError(
            f"the model has no way in for the route {ROUTE_WORDS.get(route, route)} ({route})",
            fix=f"use {known}, or {_FIX.removeprefix('use another route or ')}" if known else _FIX,
        )
    return port


def _spans(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    # back-to-back infusions that differ by rounding become one boundary; the rate follows from the boundary kept
    points = np.unique([t for span in spans for t in span])
    keep = np.concatenate([[True], np.diff(points) > _SNAP_H])
    kept = points[keep]
    place = np.cumsum(keep) - 1
    where = dict(zip(points.tolist(), kept[place].tolist(), strict=True))
    return [(where[start], where[stop]) for start, stop in spans]


def _steps(spans: Sequence[tuple[float, float]], nmol: Array) -> tuple[list[float], list[Array]]:
    starts, stops = np.array([s for s, _ in spans]), np.array([e for _, e in spans])
    if (stops <= starts).any():
        raise DosingError("an infusion ends when it starts", fix="infuse over a longer time, or give a bolus")
    rate = nmol / (stops - starts)
    boundaries = np.unique(np.concatenate([starts, stops]))
    # those before `first` have ended and those from `last` on have not begun, in whatever order they stand
    first = np.searchsorted(np.maximum.accumulate(stops), boundaries, side="right")
    last = np.searchsorted(np.minimum.accumulate(starts[::-1])[::-1], boundaries, side="right")
    after: list[Array] = []
    for t, low, high in zip(boundaries, first, last, strict=True):
        value = np.zeros(nmol.shape[0])
        for j in low + np.flatnonzero((starts[low:high] <= t) & (t < stops[low:high])):
            value = value + rate[:, j]
        after.append(value)
    return boundaries.tolist(), after


def _assert_balance(events: Events, nmol: Array) -> None:
    planned = np.zeros(nmol.shape[0])
    for column in nmol.T:
        planned += column
    off = np.abs(given_nmol(events) - planned) > _BALANCE * planned + _NOTHING
    if off.any():
        raise DosingError("the events do not give what the doses say", where=f"{int(off.sum())} patients")
