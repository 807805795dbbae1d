"""Reads finished trajectories: values per patient, on a day, over a window, or over the whole course.

Nothing here holds the trajectories of a whole arm unless `values` is asked for it: what is one number per patient is
made a part of the patients after the other, what is drawn over time a block of times after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from bimodal.errors import StudyError
from bimodal.study.endpoints import Registry, load_registry
from bimodal.study.endpoints.derive import derive
from bimodal.study.endpoints.pk import DosingTimes, pk_value
from bimodal.study.endpoints.reduced import reduced
from bimodal.study.plan.grid import DAY_H
from bimodal.study.readings.delivered import cycle_doses
from bimodal.study.rules.ledger import DoseLedger
from bimodal.study.solver.solver import FIRST_FAILURE
from bimodal.study.store.rows import Rows, RowsInMemory

Array = npt.NDArray[np.float64]
_SAME_DAY = 1e-7
_IN_A_CYCLE = "doses_given_cycle_"
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
    table_doses
        Doses given and planned, each (N,), of arms whose doses come from a table.

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
    table_doses: Mapping[str, tuple[Array, Array]] = field(default_factory=dict[str, tuple[Array, Array]])

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
            level = entry.of[0]
            parts = self.pieces(arm, [level])
            return np.concatenate([pk_value(observable, self.times_h, part[level], dosing) for part in parts])
        if entry.kind != "dosing":
            raise StudyError(f"'{observable}' has a value at every time", fix="ask for it on a day")
        if observable.startswith(_IN_A_CYCLE):
            number = int(observable.removeprefix(_IN_A_CYCLE))
            rows = cycle_doses(self.ledgers[arm]) if arm in self.ledgers else ()
            return next((row.given for row in rows if row.cycle == number), np.full(self.n(arm), np.nan))
        if arm in self.ledgers:
            ledger = self.ledgers[arm]
            return {"doses_given": ledger.doses_given, "doses_given_fraction": ledger.doses_given_fraction}[observable]
        doses = np.full(self.n(arm), float(len(dosing.times_h)))
        given, planned = self.table_doses.get(arm, (doses, doses))
        share = np.divide(given, planned, out=np.full(len(planned), np.nan), where=planned > 0.0)
        every = {"doses_given": given, "doses_given_fraction": share}[observable]
        return np.where(self._of(self.status, arm) >= FIRST_FAILURE, np.nan, every)

    def window(self, arm: str, observable: str, how: str, *, first: float, last: float) -> Array:
        """Reduce what each patient shows between two days to one number, (N,); NaN for failed patients.

        Parameters
        ----------
        how
            As :func:`bimodal.study.endpoints.reduced.reduced` knows it.
        first, last
            Elapsed days that were saved.
        """
        inside = slice(self.index(first), self.index(last) + 1)
        days = self.days[inside]
        parts = self.pieces(arm, [observable])
        return np.concatenate([reduced(how, days, part[observable][:, inside]) for part in parts])

    def on_day(self, arm: str, observable: str, day: float) -> Array:
        """Give an observable on one day, (N,); NaN for failed patients."""
        return self._at(arm, observable, [self.index(day)])[:, 0]

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
        made = self._make(observable, lambda name: rows.at(self._column(name), [0, *times]))
        return made[:, 1:]

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
