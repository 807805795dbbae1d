"""Reads finished trajectories: values per patient, on a day, over a window, or over the whole course.

Nothing here holds the trajectories of a whole arm unless `values` is asked for it: what is one number per patient is
made a part of the patients after the other, what is drawn over time a block of times after the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from bimodal.engine import SegmentResults
from bimodal.errors import StudyError
from bimodal.study.endpoints import Registry, load_registry
from bimodal.study.endpoints.derive import derive
from bimodal.study.endpoints.dosing_times import DosingTimes
from bimodal.study.endpoints.pk import pk_doubts, pk_note, pk_value
from bimodal.study.endpoints.reduced import SpanReadings, reduced
from bimodal.study.endpoints.segment_output import segment_output
from bimodal.study.plan.grid import DAY_H
from bimodal.study.readings.delivered import cycle_doses
from bimodal.study.rules.ledger import DoseLedger
from bimodal.study.solver.solver import FIRST_FAILURE
from bimodal.study.store.rows import Rows, RowsInMemory
from bimodal.study.store.segment_table import SegmentTable

Array = npt.NDArray[np.float64]
_SAME_DAY = 1e-7
_IN_A_CYCLE = "doses_given_cycle_"
_LEDGER = {
    "doses_given": "doses_given",
    "doses_given_fraction": "doses_given_fraction",
    "relative_dose_intensity": "relative_dose_intensity",
    "time_on_treatment_days": "last_given_day",
    "unplanned_doses_given": "unplanned_doses_given",
}
_BLOCK_NUMBERS = 2_000_000  # 16 MB of one observable at a time
_T = TypeVar("_T")


@dataclass(frozen=True, eq=False)
class Readings:
    """Trajectories of all arms of a run, in the order of the patients.

    Parameters
    ----------
    times_h
        (T,) saved times, hours; the first is day 0, before the first dose.
    observables
        Ids of what was stored, in order.
    stored
        Of each arm (N, T, O) in memory, NaN for a failed patient, or where they lie on disk.
    status
        (N,) of each arm.
    registry
        What the observables are: those of the package, or the quantities of a model file.
    ledgers
        What was given in each arm that has visit rules; doses of the others were given as planned.
    segments
        Of each arm, by the name of the table, what was read along the whole trajectories.
    table_doses
        Doses given and planned, each (N,), of arms whose doses come from a table.
    own_dosing
        Of arms with a table whose subjects are dosed at different times, when each subject is: patient k as subject
        k mod m of m.
    left_h
        Hours after which each patient is not seen any more, (N,), in every arm: what comes later is NaN. The largest
        toxicity of a patient is that of all who were treated, and trial outcomes are censored. None: nobody leaves.
    late_days
        Of each arm, by how many days each patient is read late on a day, (N,); empty where all come as planned.
    weights, weighting
        For how many patients each stands, (N,), the same in every arm, and what ``summary.json`` says of it. None: all
        count the same.

    Examples
    --------
    >>> runs = Readings(np.array([0.0, 24.0]), ("treg_count",), {"a": np.array([[[50.0], [75.0]]])},
    ...                 {"a": np.zeros(1, np.int8)}, {"a": DosingTimes((0.0,))})
    >>> runs.on_day("a", "treg_fold", 1.0).tolist()
    [1.5]
    """

    times_h: Array
    observables: tuple[str, ...]
    stored: Mapping[str, Array | Rows]
    status: Mapping[str, npt.NDArray[np.int8]]
    dosing: Mapping[str, DosingTimes]
    registry: Registry = field(default_factory=load_registry)
    ledgers: Mapping[str, DoseLedger] = field(default_factory=dict[str, DoseLedger])
    segments: Mapping[str, Mapping[str, SegmentTable]] = field(default_factory=dict[str, Mapping[str, SegmentTable]])
    table_doses: Mapping[str, tuple[Array, Array]] = field(default_factory=dict[str, tuple[Array, Array]])
    own_dosing: Mapping[str, tuple[DosingTimes, ...]] = field(default_factory=dict[str, tuple[DosingTimes, ...]])
    left_h: Array | None = None
    late_days: Mapping[str, Mapping[float, npt.NDArray[np.int64]]] = field(
        default_factory=dict[str, Mapping[float, npt.NDArray[np.int64]]]
    )
    weights: Array | None = None
    weighting: Mapping[str, Any] | None = None

    @property
    def arms(self) -> list[str]:
        """Arm names in the order of the study."""
        return list(self.stored)

    @property
    def days(self) -> Array:
        """(T,) saved times, elapsed days since the first scheduled dose."""
        return self.times_h / DAY_H

    def n(self, arm: str) -> int:
        """Count the patients of an arm, failed ones included."""
        return len(self._of(self.status, arm))

    def failed(self, arm: str) -> int:
        """Count the patients of an arm that have no result."""
        return int((self._of(self.status, arm) >= FIRST_FAILURE).sum())

    def values(self, arm: str, observable: str) -> Array:
        """Give an observable with a value in time, all of it at once.

        Returns
        -------
        ndarray (N, T)
            NaN for failed patients; not to be written to.
        """
        made = self._at(arm, observable, range(len(self.times_h)))
        made.flags.writeable = False
        return made

    def blocks(self, arm: str, observable: str, times: Sequence[int] | None = None) -> Iterator[Array]:
        """Give an observable of all patients, as many times at once as fit a bounded memory.

        Parameters
        ----------
        times
            Positions of the saved times that are wanted; None is all.

        Returns
        -------
        iterator of ndarray (N, t)
            One block of times after the other, in order.
        """
        self._check(arm, observable)
        wanted = list(range(len(self.times_h)) if times is None else times)
        size = max(1, _BLOCK_NUMBERS // max(1, self.n(arm)))
        return (self._at(arm, observable, wanted[k : k + size]) for k in range(0, len(wanted), size))

    def pieces(self, arm: str, observables: Sequence[str]) -> Iterator[dict[str, Array]]:
        """Give observables whole in time, a bounded number of consecutive patients after the other.

        Returns
        -------
        iterator of dict
            Observable id -> (n, T), for parts that make up all patients in order.
        """
        for observable in observables:
            self._check(arm, observable)
        names = self._primitives(observables)
        columns = [self._column(name) for name in names]

        def part(found: tuple[Array, ...]) -> dict[str, Array]:
            series = dict(zip(names, found, strict=True))
            return {observable: self._make(observable, series.__getitem__) for observable in observables}

        return (part(found) for found in self._rows(arm).pieces(columns))

    def whole(self, arm: str) -> Iterator[Array]:
        """Give everything that was stored of an arm, (n, T, O), for parts that make up all patients in order."""
        return self._rows(arm).whole()

    def course(self, arm: str, observable: str) -> Array:
        """Give an observable with one value per patient: PK numbers and counts of doses.

        Returns
        -------
        ndarray (N,)
            NaN where it cannot be said.
        """
        entry = self.registry[observable]
        dosing = self._of(self.dosing, arm)
        if entry.kind == "pk":
            return self._pk(arm, observable)[0]
        if entry.kind != "dosing":
            raise StudyError(f"'{observable}' has a value at every time", fix="ask for it on a day")
        if observable.startswith(_IN_A_CYCLE):
            number = int(observable.removeprefix(_IN_A_CYCLE))
            rows = cycle_doses(self.ledgers[arm]) if arm in self.ledgers else ()
            return next((row.given for row in rows if row.cycle == number), np.full(self.n(arm), np.nan))
        if arm in self.ledgers:
            ledger = self.ledgers[arm]
            return getattr(ledger, _LEDGER[observable])
        doses = np.full(self.n(arm), float(len(dosing.times_h)))
        given, planned = self.table_doses.get(arm, (doses, doses))
        share = np.divide(given, planned, out=np.full(len(planned), np.nan), where=planned > 0.0)
        every = {
            "doses_given": given,
            "doses_given_fraction": share,
            # without rules every dose is given as planned
            "relative_dose_intensity": np.where(planned > 0.0, share, np.nan),
            "unplanned_doses_given": np.zeros(len(given)),
            "time_on_treatment_days": np.full(len(given), dosing.times_h[-1] / DAY_H if dosing.times_h else np.nan),
        }[observable]
        return np.where(self._of(self.status, arm) >= FIRST_FAILURE, np.nan, every)

    def note(self, arm: str, observable: str) -> str | None:
        """Say why a PK number is absent or doubtful in patients of an arm; None where there is nothing to say."""
        return self._pk(arm, observable)[1] if self.registry[observable].kind == "pk" else None

    def window(self, arm: str, observable: str, how: str, *, first: float, last: float) -> Array:
        """Reduce what each patient shows between two days to one number, (N,); NaN for failed patients.

        Parameters
        ----------
        how
            As :func:`bimodal.study.endpoints.reduced.reduced` knows it.
        first, last
            Elapsed days that were saved.
        """
        start, end = self.on_day(arm, observable, first), self.on_day(arm, observable, last)
        read = self._span(arm, observable, first, last)
        if read is None and how not in ("change", "ratio", "percent"):
            raise StudyError(
                f"'{observable}' was not read between day {first:g} and day {last:g}",
                fix="only what a published result asks for is read along the whole time",
            )
        high, low, area = (start, start, start) if read is None else read
        # the value before a dose at the first moment belongs to the span as well
        span = SpanReadings(start, end, np.maximum(high, start), np.minimum(low, start), area, DAY_H * (last - first))
        found = reduced(how, span)
        return found if self.left_h is None else np.where(self.left_h < DAY_H * last, np.nan, found)

    def left(self, last: float) -> int:
        """Count the patients who leave the study before a day."""
        return 0 if self.left_h is None else int((self.left_h < DAY_H * last).sum())

    def highest(self, arm: str, observable: str, last: float | None = None) -> Array:
        """Give the largest value of each patient from day 0 to the end, or to a day that was read, (N,)."""
        read = self._span(arm, observable, 0.0, float(self.days[-1]) if last is None else last)
        if read is None:
            raise StudyError(f"'{observable}' was not read over the whole time")
        return np.maximum(read[0], self.on_day(arm, observable, 0.0))

    def envelope(self, arm: str, observable: str, table: str) -> tuple[Array, Iterator[tuple[Array, Array, Array]]]:
        """Give what an observable did within each pixel of a figure.

        Parameters
        ----------
        table
            ``pixels`` for the whole time, ``days`` for the first and the last dosing day.

        Returns
        -------
        edges, blocks
            (S + 1,) days, and for blocks of pixels in order the lowest, mean and highest value, each (N, s), of at
            most the first 2,000 patients.

        Raises
        ------
        StudyError
            The observable is not read in pixels.
        """
        wanted = segment_output(self.registry, observable)
        found = self.segments.get(arm, {}).get(table)
        if wanted is None or found is None or wanted[0] not in found.layout.outputs:
            raise StudyError(f"'{observable}' is not read in {table}")
        edges = found.layout.edges_h / DAY_H
        base = self._baseline(arm, wanted)[: found.patients, None]
        size = max(1, _BLOCK_NUMBERS // (3 * max(1, found.patients)))
        left = np.full(found.patients, np.inf) if self.left_h is None else self.left_h[: found.patients] / DAY_H

        def block(start: int) -> tuple[Array, Array, Array]:
            pixels = range(start, min(start + size, len(edges) - 1))
            seen = np.where(left[:, None] < edges[1:][pixels], np.nan, base)
            low, mean, high = (
                np.divide(values, seen, out=np.full(values.shape, np.nan), where=seen != 0.0)
                for values in found.several(wanted[0], ("low", "mean", "high"), pixels)
            )
            return low, mean, high

        return edges, (block(start) for start in range(0, len(edges) - 1, size))

    def _baseline(self, arm: str, wanted: tuple[str, bool]) -> Array:
        return self.on_day(arm, wanted[0], 0.0) if wanted[1] else np.ones(self.n(arm))

    def _span(self, arm: str, observable: str, first: float, last: float) -> tuple[Array, Array, Array] | None:
        """Give the highest and lowest value and the area (in hours) between two days; None where it was not read."""
        wanted = segment_output(self.registry, observable)
        found = None if wanted is None else self.span(arm, wanted[0], first, last)
        if wanted is None or found is None:
            return None
        base = self._baseline(arm, wanted)
        high, low, area = (
            np.divide(values, base, out=np.full(len(values), np.nan), where=base != 0.0) for values in found
        )
        return high, low, area

    def span(self, arm: str, output: str, first: float, last: float) -> tuple[Array, Array, Array] | None:
        """Give the highest and lowest value and the area (in hours) of an output of the solver between two days.

        Returns
        -------
        high, low, area : ndarray (N,)
            After events at the first moment; None where the output was not read between these days.
        """
        found = self.segments.get(arm, {}).get("spans")
        if found is None or output not in found.layout.outputs:
            return None
        ends = [DAY_H * first, DAY_H * last]
        known = found.layout.edges_h
        if any(np.abs(known - end).min() > DAY_H * _SAME_DAY for end in ends):
            return None
        own = [piece.picked([output]).merged(ends) for piece in found.pieces()]
        high, low, area = (
            np.concatenate([getattr(piece, name)[:, 0, 0] for piece in own]) for name in ("high", "low", "integral")
        )
        return high, low, area

    def courses(self, arm: str, level: str) -> Iterator[SegmentResults]:
        """Give what was read of a drug's concentration for its pharmacokinetics, consecutive patients in order."""
        found = self.segments.get(arm, {}).get("pk")
        if found is None or level not in found.layout.outputs:
            raise StudyError(f"'{level}' was not read along the trajectories of arm '{arm}'")
        return (piece.picked([level]) for piece in found.pieces())

    def _pk(self, arm: str, observable: str) -> tuple[Array, str | None]:
        self._check(arm, observable)
        level = self.registry[observable].of[0]
        each = self.own_dosing.get(arm, (self._of(self.dosing, arm),))
        start, done = self.on_day(arm, level, 0.0), 0
        values, doubts = [np.empty(0)], [Counter[str]() for _ in each]
        for course in self.courses(arm, level):
            whole = np.arange(done, done + len(course.high))
            done += len(whole)
            found = np.full(len(whole), np.nan)
            for subject, dosing in enumerate(each):
                rows = np.flatnonzero(whole % len(each) == subject)
                part, own = (course, start[whole]) if len(each) == 1 else (course.rows(rows), start[whole[rows]])
                found[rows] = pk_value(observable, part, own, dosing)
                doubts[subject] += pk_doubts(observable, found[rows], part, own, dosing)
            values.append(found)
        notes = [pk_note(observable, doubt, dosing) for doubt, dosing in zip(doubts, each, strict=True)]
        return np.concatenate(values), "; ".join(dict.fromkeys(note for note in notes if note)) or None

    def on_day(self, arm: str, observable: str, day: float) -> Array:
        """Give an observable on one day, (N,), of who comes late on that later day; NaN for failed patients."""
        late = self.late_days.get(arm, {}).get(day)
        if late is None:
            return self._at(arm, observable, [self.index(day)])[:, 0]
        found = np.full(self.n(arm), np.nan)
        for days in np.unique(late).tolist():
            rows = late == days
            found[rows] = self._at(arm, observable, [self.index(day + days)])[rows, 0]
        return found

    def read_day(self, arm: str, day: float) -> Array:
        """Say on which day each patient is really read, (N,)."""
        return day + np.broadcast_to(self.late_days.get(arm, {}).get(day, 0), (self.n(arm),)).astype(np.float64)

    def index(self, day: float) -> int:
        """Find the position of a saved day on the time axis."""
        nearest = int(np.argmin(np.abs(self.days - day)))
        if abs(float(self.days[nearest]) - day) > _SAME_DAY:
            raise StudyError(f"day {day:g} was not saved", fix="name it in the study as a report day")
        return nearest

    def _at(self, arm: str, observable: str, times: Sequence[int]) -> Array:
        self._check(arm, observable)
        rows = self._rows(arm)
        # day 0 comes along as the first column, for folds
        made = self._make(observable, lambda name: rows.at(self._column(name), [0, *times]))[:, 1:]
        return made if self.left_h is None else np.where(self.times_h[times] > self.left_h[:, None], np.nan, made)

    def _make(self, observable: str, primitive: Callable[[str], Array]) -> Array:
        if self.registry[observable].kind == "model":
            return primitive(observable)
        return derive(observable, primitive, 0)

    def _check(self, arm: str, observable: str) -> None:
        self._of(self.stored, arm)
        for name in self._primitives([observable]):
            self._column(name)

    def _primitives(self, observables: Sequence[str]) -> tuple[str, ...]:
        return self.registry.primitives(observables)

    def _rows(self, arm: str) -> Rows:
        found = self._of(self.stored, arm)
        return RowsInMemory(found) if isinstance(found, np.ndarray) else found

    def _column(self, name: str) -> int:
        if name not in self.observables:
            raise StudyError(f"the model does not give '{name}'", fix="use a model that does")
        return self.observables.index(name)

    @staticmethod
    def _of(per_arm: Mapping[str, _T], arm: str) -> _T:
        if arm not in per_arm:
            raise StudyError(f"there is no arm '{arm}'", fix="the arms are: " + ", ".join(per_arm))
        return per_arm[arm]
