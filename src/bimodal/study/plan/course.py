"""Courses that rules begin, laid out for some patients of an arm: doses, amounts, and the events of each beginning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.study.plan.arm import ArmPlan
from bimodal.study.solver.events import DoseInput, Events, build_events
from bimodal.study.solver.own_times import begun_events

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Course:
    """A course and the rule that begins it.

    Parameters
    ----------
    code
        Number of the rule.
    times
        How often it can begin in one patient.
    drug
        What is given.
    amounts
        (N, D) of its doses.
    """

    code: int
    times: int
    drug: ArmPlan
    amounts: Array
    ports: dict[str, DoseInput]

    @property
    def doses_h(self) -> Array:
        """(D,) hours of its doses, from when it begins."""
        return np.array([dose.time_h for dose in self.drug.schedule.doses])

    def events(self, starts_h: Array, given: Flags) -> list[Events]:
        """Make the events of every beginning.

        Parameters
        ----------
        starts_h
            (N, times) when it begins, hours; NaN for never.
        given
            (N, times, D) whether each dose is.
        """
        doses = self.drug.schedule.doses
        return [
            begun_events(build_events(doses, self.amounts * given[:, k], self.ports), starts_h[:, k])
            for k in range(self.times)
        ]


def course_hours(drug: ArmPlan) -> float:
    """Say for how many hours a course goes on: to the end of its last dosing interval and of its last infusion."""
    return max(drug.schedule.end_h, *(dose.end_h for dose in drug.schedule.doses))


def due_h(courses: Sequence[Course], starts_h: Sequence[Array]) -> list[Array]:
    """Say when each dose of each course is due, (N, times, D) hours; NaN for a course that does not begin."""
    return [start[:, :, None] + course.doses_h for course, start in zip(courses, starts_h, strict=True)]
