"""Tables of what a trial of timing would need, row by row."""

from __future__ import annotations

from dataclasses import dataclass

from bimodal.errors import TimingError
from bimodal.timing.course import COURSE_MODELS, Course
from bimodal.timing.trial_rates import hit_probability, patients_per_arm, timed_rate

SHARES = ((1.0, 1.0, 0.0), (1.0, 2.0, 0.0), (1.0, 3.5, 0.0), (1.0, 2.0, 0.5), (0.5, 1.0, 0.0), (0.5, 2.0, 0.0),
          (0.5, 3.5, 0.0), (0.25, 1.0, 0.0), (0.25, 2.0, 0.0), (0.5, 2.0, 0.5))  # fmt: skip
"""Cyclers, width in days, and response outside the window as a share of the mean, of the printed rows."""
ERRORS = (0.0, 0.5, 1.0, 1.5)
"""Errors of aim of the printed columns, days."""
WIDTHS = (1.0, 2.0, 3.5)
"""Widths of the printed columns, days."""


@dataclass(frozen=True)
class RateRow:
    """Response of a timed arm and patients per arm at each error of aim, for a single dose.

    Examples
    --------
    >>> row = rate_table()[1]
    >>> [round(p, 3) for p in row.p_timed], row.per_arm
    ([0.245, 0.234, 0.167, 0.121], (67, 75, 173, 515))
    """

    cyclers: float
    width_d: float
    p_outside: float
    p_timed: tuple[float, ...]
    per_arm: tuple[int | None, ...]


@dataclass(frozen=True)
class CourseRow:
    """Ratio of response, aimed to unaimed, of a course under one model, and what a trial would need.

    Examples
    --------
    >>> [round(ratio, 2) for ratio in course_table()[1].ratios]
    [1.31, 1.11, 1.0]
    """

    model: str
    says: str
    closed_form: str
    ratios: tuple[float, ...]
    p_timed: tuple[float, ...]
    per_arm: tuple[int | None, ...]


def rate_table(*, p_mean: float = 0.07, period_d: float = 7.0) -> tuple[RateRow, ...]:
    """Give response and patients per arm for a single dose, over cyclers, width and error of aim.

    Rows whose window is as long as the cycle, or would need more than everybody to respond, are left out.
    """
    rows: list[RateRow] = []
    for cyclers, width, share in SHARES:
        outside = share * p_mean
        if width >= period_d or p_mean - (1 - width / period_d) * outside > width / period_d:
            continue
        chance = width / period_d
        rates = tuple(
            timed_rate(p_mean, outside, cyclers=cyclers, hit=hit_probability(width, error, period_d), chance=chance)
            for error in ERRORS
        )
        rows.append(RateRow(cyclers, width, outside, rates, tuple(patients_per_arm(p_mean, rate) for rate in rates)))
    return tuple(rows)


def course_table(
    *, doses: int = 14, every_h: float = 8.0, p_mean: float = 0.07, period_d: float = 7.0, width_d: float = 2.0
) -> tuple[CourseRow, ...]:
    """Give the ratio of aimed to unaimed courses for every course model, all patients cycling.

    Response and patients per arm are given for ``width_d``, at errors of aim of 0 and 1 day.
    """
    if period_d <= max(WIDTHS):
        raise TimingError("the period is too short for this table", where=f"{period_d:g} d", fix="more than 3.5 d")
    rows: list[CourseRow] = []
    for model, says in COURSE_MODELS.items():
        course = Course(model, doses, every_h)
        rates = tuple(p_mean * course.ratio(width_d, period_d, error_d=error) for error in (0.0, 1.0))
        per_arm = tuple(patients_per_arm(p_mean, min(rate, 1.0)) for rate in rates)
        ratios = tuple(course.ratio(width, period_d) for width in WIDTHS)
        rows.append(CourseRow(model, says, _CLOSED[model], ratios, rates, per_arm))
    return tuple(rows)


_CLOSED = {
    "first": "P / w",
    "any": "1 / min(1, (w + first-to-last) / P)",
    "additive": "P / (doses x interval), while the window is shorter than the course",
    "majority": "by a grid over the cycle",
    "net": "by a grid over the cycle",
}
