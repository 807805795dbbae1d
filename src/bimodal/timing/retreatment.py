"""The cheapest test of phase luck: patients who did not respond are simply treated again."""

from __future__ import annotations

from dataclasses import dataclass

from scipy.stats import binom

from bimodal.errors import TimingError


@dataclass(frozen=True)
class RetreatmentTest:
    """How well new complete responses on re-treatment agree with pure phase luck.

    Under pure luck every course is an independent draw, so re-treating `patients` without a complete response gives
    ``binomial(patients, p_course)`` new ones. A small `p_value` speaks against pure luck and for lasting differences
    between patients; it does not exclude a cycle that acts beside them.

    Examples
    --------
    >>> round(retreatment(100, 0).p_value, 4)
    0.0007
    """

    patients: int
    responses: int
    p_course: float
    expected: float
    p_value: float
    patients_for_5_percent: int


def retreatment(patients: int, responses: int, *, p_course: float = 0.07) -> RetreatmentTest:
    """Test re-treated patients without a complete response against pure phase luck.

    ``p_course`` is the chance of a complete response per course under pure luck; 0.07 is the pooled figure of Coventry
    and Ashdown 2012. The p-value is the exact one-sided P(as few or fewer).

    Examples
    --------
    >>> answer = retreatment(50, 0)
    >>> round(answer.p_value, 3), answer.patients_for_5_percent
    (0.027, 42)
    """
    if patients < 1 or not 0 <= responses <= patients or not 0 < p_course < 1:
        raise TimingError(
            "these counts are impossible",
            where=f"{responses} responses of {patients} patients, {p_course:g} per course",
            fix="0 <= responses <= patients, probability between 0 and 1",
        )
    needed = 1
    while (1 - p_course) ** needed > 0.05:
        needed += 1
    return RetreatmentTest(
        patients=patients,
        responses=responses,
        p_course=p_course,
        expected=patients * p_course,
        p_value=float(binom.cdf(responses, patients, p_course)),
        patients_for_5_percent=needed,
    )
