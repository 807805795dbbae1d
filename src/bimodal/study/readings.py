"""Every observable of a finished run, made on demand from the stored trajectories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from bimodal.errors import StudyError
from bimodal.study.endpoints import Registry, load_registry
from bimodal.study.endpoints.derive import derive
from bimodal.study.endpoints.pk import DosingTimes, pk_value
from bimodal.study.grid import DAY_H
from bimodal.study.machine import FIRST_FAILURE

Array = npt.NDArray[np.float64]
_SAME_DAY = 1e-7
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
        (N, T, O) of each arm; NaN for a failed patient.
    status
        (N,) of each arm.
    dosing
        When each arm is dosed.
    registry
        What the observables are: those of the package, or the quantities of a model file.

    Raises
    ------
    StudyError
        Unknown arm, observable or day.

    Examples
    --------
    >>> runs = Readings(np.array([0.0, 24.0]), ("treg_count",), {"a": np.array([[[50.0], [75.0]]])},
    ...                 {"a": np.zeros(1, np.int8)}, {"a": DosingTimes((0.0,))})
    >>> runs.on_day("a", "treg_fold", 1.0).tolist()
    [1.5]
    """

    times_h: Array
    observables: tuple[str, ...]
    stored: Mapping[str, Array]
    status: Mapping[str, npt.NDArray[np.int8]]
    dosing: Mapping[str, DosingTimes]
    registry: Registry = field(default_factory=load_registry)
    _made: dict[tuple[str, str], Array] = field(default_factory=dict[tuple[str, str], Array], init=False, repr=False)

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
        """Give an observable with a value in time.

        Parameters
        ----------
        arm, observable
            Names.

        Returns
        -------
        ndarray (N, T)
            NaN for failed patients; not to be written to.

        Raises
        ------
        StudyError
            Unknown arm or observable, or the model did not give what it is made from.
        """
        key = (arm, observable)
        if key not in self._made:
            stored = self._of(self.stored, arm)
            if self.registry[observable].kind == "model":
                made = stored[:, :, self._column(observable)]
            else:
                made = derive(observable, lambda name: stored[:, :, self._column(name)], 0)
            made.flags.writeable = False
            self._made[key] = made
        return self._made[key]

    def course(self, arm: str, observable: str) -> Array:
        """Give an observable with one value per patient: PK numbers and counts of doses.

        Parameters
        ----------
        arm, observable
            Names.

        Returns
        -------
        ndarray (N,)
            NaN where it cannot be said.

        Raises
        ------
        StudyError
            Unknown arm or observable.
        """
        entry = self.registry[observable]
        dosing = self._of(self.dosing, arm)
        if entry.kind == "pk":
            return pk_value(observable, self.times_h, self.values(arm, entry.of[0]), dosing)
        if entry.kind != "dosing":
            raise StudyError(f"'{observable}' has a value at every time", fix="ask for it on a day")
        doses = float(len(dosing.times_h))
        every = {"doses_given": doses, "doses_given_fraction": 1.0 if doses else np.nan}[observable]
        return np.where(self._of(self.status, arm) >= FIRST_FAILURE, np.nan, every)

    def on_day(self, arm: str, observable: str, day: float) -> Array:
        """Give an observable on one day.

        Parameters
        ----------
        arm, observable
            Names.
        day
            Elapsed day that was saved.

        Returns
        -------
        ndarray (N,)
            NaN for failed patients.

        Raises
        ------
        StudyError
            The day was not saved.
        """
        return self.values(arm, observable)[:, self.index(day)]

    def index(self, day: float) -> int:
        """Find the position of a saved day on the time axis.

        Parameters
        ----------
        day
            Elapsed day.

        Returns
        -------
        int
            Position.

        Raises
        ------
        StudyError
            The day was not saved.
        """
        nearest = int(np.argmin(np.abs(self.days - day)))
        if abs(float(self.days[nearest]) - day) > _SAME_DAY:
            raise StudyError(f"day {day:g} was not saved", fix="name it in the study as a report day")
        return nearest

    def _column(self, name: str) -> int:
        if name not in self.observables:
            raise StudyError(f"the model does not give '{name}'", fix="use a model that does")
        return self.observables.index(name)

    @staticmethod
    def _of(per_arm: Mapping[str, _T], arm: str) -> _T:
        if arm not in per_arm:
            raise StudyError(f"there is no arm '{arm}'", fix="the arms are: " + ", ".join(per_arm))
        return per_arm[arm]
