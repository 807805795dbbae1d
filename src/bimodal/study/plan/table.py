"""The doses of an arm that come from a table: each person receives the doses of one subject of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.dosing import DoseSchedule, EventTable, ScheduledDose, read_event_table
from bimodal.files.fingerprint import json_sha256
from bimodal.study.endpoints.dosing_times import DosingTimes
from bimodal.study.solver.events import DoseInput, Events, build_events, own_events
from bimodal.study.spec.table import TableSpec

Array = npt.NDArray[np.float64]
_DAY_H = 24.0
Amounts = Callable[[tuple[ScheduledDose, ...], Mapping[str, Any], int], Array]


@dataclass(frozen=True, eq=False)
class SubjectDoses:
    """What the subjects of a table are given; person k of an arm, from 0, receives the doses of subject k mod m.

    Parameters
    ----------
    subjects
        Ids in the order of the file.
    schedules
        Doses of each subject, without those that were held.
    planned
        (m,) doses of each subject, with those that were held.
    warnings
        What a reader must know of the table.

    Examples
    --------
    >>> from bimodal.units import DoseUnit
    >>> dose = ScheduledDose(0.0, 0.0, "sc", 1.0, DoseUnit("MIU"), 0, 0)
    >>> str(subject_doses(EventTable({"a": (dose,), "b": (dose, dose)}), None))
    'table of 2 subjects, 3 doses: person k (from 0) receives those of subject k mod 2 in the order of the file'
    """

    subjects: tuple[str, ...]
    schedules: tuple[DoseSchedule, ...]
    planned: npt.NDArray[np.int64]
    warnings: tuple[str, ...]

    def __str__(self) -> str:
        count, doses = len(self.subjects), int(self.planned.sum())
        if count == 1:
            return f"table of 1 subject, {doses} dose{'' if doses == 1 else 's'}: given to everybody"
        return (
            f"table of {count} subjects, {doses} doses: person k (from 0) receives those of subject k mod {count} "
            "in the order of the file"
        )

    @property
    def schedule(self) -> DoseSchedule:
        """The doses of all subjects on one axis of time."""
        doses = sorted((dose for one in self.schedules for dose in one.doses), key=lambda dose: dose.time_h)
        starts = (doses[0].time_h,) if doses else ()
        return DoseSchedule(tuple(doses), starts, max(one.end_h for one in self.schedules))

    @property
    def times_h(self) -> tuple[float, ...] | None:
        """When everybody is dosed, hours; None where subjects differ in that."""
        own = {tuple(dose.time_h for dose in one.doses) for one in self.schedules}
        return next(iter(own)) if len(own) == 1 else None

    def dosing(self, until_h: float) -> DosingTimes:
        """Give the dosing times everybody shares; none where subjects are dosed at different times."""
        return self.each_dosing(until_h)[0] if self.times_h is not None else DosingTimes((), until_h=until_h)

    def each_dosing(self, until_h: float) -> tuple[DosingTimes, ...]:
        """Give the dosing times of every subject."""
        return tuple(DosingTimes.of(one.doses, until_h) for one in self.schedules)

    @property
    def summary(self) -> dict[str, Any]:
        """What a summary and the identity of a run say of the table."""
        content = [
            [name, [[d.time_h, d.duration_h, d.route, d.amount, str(d.unit)] for d in one.doses], int(planned)]
            for name, one, planned in zip(self.subjects, self.schedules, self.planned, strict=True)
        ]
        return {"subjects": len(self.subjects), "doses": int(self.planned.sum()), "sha256": json_sha256(content)}

    def of(self, start: int, stop: int) -> npt.NDArray[np.int64]:
        """Say whose doses people `start` to `stop` (half-open) receive, as positions in `subjects`."""
        return np.arange(start, stop, dtype=np.int64) % len(self.subjects)

    def doses_of(self, count: int) -> tuple[Array, Array]:
        """Count the doses of the first `count` people: those given, and those of the table, each (N,)."""
        who = self.of(0, count)
        given = np.array([len(one.doses) for one in self.schedules], np.float64)
        return given[who], self.planned.astype(np.float64)[who]

    def events(
        self, start: int, covariates: Mapping[str, Any], count: int, *, ports: Mapping[str, DoseInput], amounts: Amounts
    ) -> Events:
        """Build the events of `count` people from `start` on; each has those of their subject and no others.

        Parameters
        ----------
        covariates
            Of these people, each (N,).
        amounts
            Says how much of each dose each patient gets, from doses, covariates and number of patients.
        """
        who = self.of(start, start + count)
        parts: list[tuple[npt.NDArray[np.int64], Events]] = []
        for subject in np.unique(who).tolist():
            rows = np.flatnonzero(who == subject)
            doses = self.schedules[subject].doses
            own = {name: np.asarray(column)[rows] for name, column in covariates.items()}
            parts.append((rows, build_events(doses, amounts(doses, own, len(rows)), ports)))
        return own_events(parts, count)


def read_subject_doses(table: TableSpec, horizon: float | None) -> SubjectDoses:
    """Read the table of an arm; doses that start on the day `horizon` or later are left out, with a warning."""
    found = read_event_table(table.file, unit=table.unit, route=table.route, time_unit=table.time_unit)
    return subject_doses(found, horizon)


def subject_doses(table: EventTable, horizon: float | None) -> SubjectDoses:
    """Lay out the doses of a table, as :func:`read_subject_doses` does."""
    warnings = list(table.warnings)
    last_h = np.inf if horizon is None else horizon * _DAY_H
    kept = {name: tuple(dose for dose in doses if dose.time_h < last_h) for name, doses in table.items()}
    late, every = (sum(map(len, rows.values())) for rows in (kept, table))
    if late < every:
        warnings.append(
            f"{every - late} of {every} doses start at or after day {horizon:g}, the horizon, and are left out"
        )
    return SubjectDoses(
        tuple(table),
        tuple(_schedule(doses) for doses in kept.values()),
        np.array([len(doses) for doses in kept.values()], np.int64),
        tuple(warnings),
    )


def _schedule(doses: tuple[ScheduledDose, ...]) -> DoseSchedule:
    # a dose of 0 was held: it is a line of the record and no input
    given = tuple(dose for dose in doses if dose.amount > 0.0)
    times = sorted({dose.time_h for dose in doses})
    if not times:
        return DoseSchedule((), (), 0.0)
    interval = times[-1] - times[-2] if len(times) > 1 else _DAY_H
    end = max(times[-1] + interval, *(dose.end_h for dose in doses))
    return DoseSchedule(given, (given[0].time_h,) if given else (), end)
