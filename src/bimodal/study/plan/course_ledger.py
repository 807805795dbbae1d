"""The ledger of an arm whose rules began courses: the doses of these after those that were planned."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bimodal.study.plan.course import Course, due_h
from bimodal.study.rules.departures import DIED, LEFT_STUDY
from bimodal.study.rules.ledger import DoseLedger

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def with_courses_begun(
    ledger: DoseLedger,
    courses: Sequence[Course],
    starts_h: Sequence[Array],
    given: Sequence[Flags],
    *,
    failed: Flags,
    died_h: Array,
    end_h: float,
) -> DoseLedger:
    """Put the doses of courses after those that were planned.

    Parameters
    ----------
    starts_h, given
        Of each course (N, times) hours at which it began, NaN for never, and (N, times, D) whether each dose was given.
    failed
        (N,) patients without a result.
    died_h
        (N,) hour of death, infinite for who lives.
    end_h
        End of the study, hours: what would be due then or later is no dose.
    """
    n, words = len(ledger.factor), ledger.words
    died = words.index(DIED) if DIED in words else 0
    left = words.index(LEFT_STUDY) if LEFT_STUDY in words else 0
    parts = [(ledger.times_h, ledger.cycles, ledger.planned, ledger.factor, ledger.reason, ledger.due_h)]
    names: list[str] = []
    for course, due, own in zip(courses, due_h(courses, starts_h), given, strict=True):
        shape = (n, -1)
        never = ~(due < end_h)
        dead = ~own & ~never & (due >= died_h[:, None, None])
        reason = np.where(own, course.code, np.where(dead, died, left))
        reason[never] = -1
        factor = np.where(never, 0.0, own.astype(np.float64))
        factor[failed], reason[failed] = np.nan, -1
        parts.append(
            (
                np.tile(course.doses_h, course.times),
                np.repeat(np.arange(1, course.times + 1), len(course.doses_h)),
                np.tile(course.amounts, (1, course.times)),
                factor.reshape(shape),
                reason.reshape(shape),
                np.where(never, np.nan, due).reshape(shape),
            )
        )
        names += [course.drug.course] * (course.times * len(course.doses_h))
    times, cycles, planned, factors, reasons, due_at = zip(*parts, strict=True)
    return DoseLedger(
        times_h=np.concatenate(times),
        cycles=np.concatenate(cycles),
        planned=np.concatenate(planned, axis=1),
        factor=np.concatenate(factors, axis=1),
        reason=np.concatenate(reasons, axis=1),
        words=words,
        at_h=np.concatenate(due_at, axis=1),
        courses=tuple(names),
    )
