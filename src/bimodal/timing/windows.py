"""When a model would expect the cycle at a stated phase, beside what chance would hit."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bimodal.errors import TimingError
from bimodal.timing.phase import PhasePosterior
from bimodal.timing.protocol import STATEMENT, WindowPlan
from bimodal.timing.result import Assessment
from bimodal.timing.status import Status
from bimodal.timing.trial import PROGRESSION_FREE_DAYS
from bimodal.timing.wording import SAFETY

P_CYCLE_BAR = 0.9
"""P(H1) below which no window is given."""
P_WINDOW_BAR = 0.6
"""P(in window | H1) below which no window is given."""
SLOT_H = 6.0
FIRST_DAY, LAST_DAY = 1.0, 9.0
_RHYTHM = (Status.RHYTHM_UNREPLICATED, Status.RHYTHM_REPLICATED_IN_THIS_SERIES)
# Gauss-Hermite rule for the unsure offset
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(9)


@dataclass(frozen=True)
class Slot:
    """One slot of six hours.

    ``p_given_cycle`` is P(in window | a persistent cycle), ``p_hit`` that times P(H1); the doses of the course expected
    in the window are given a cycle, and at a random start.
    """

    study_hour: float
    days_after_last: float
    p_given_cycle: float
    p_hit: float
    doses_in_window: float
    doses_by_chance: float


@dataclass(frozen=True)
class Windows:
    """Slots of the next days, and whether any of them may be called a window.

    Slots run from one to nine days after the last sample, and are empty where none is given, so that nobody reads one
    into them. Those given pass both bars; none is the usual answer. ``chance`` is P(in window) at a random hour.
    """

    plan: WindowPlan
    slots: tuple[Slot, ...]
    given: tuple[Slot, ...]
    chance: float
    p_h1: float
    reason: str
    if_wrong: str

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON can hold it."""
        return {"safety": SAFETY} | asdict(self) | {"bars": {"p_h1": P_CYCLE_BAR, "p_given_cycle": P_WINDOW_BAR}}


def dosing_windows(assessment: Assessment, plan: WindowPlan) -> Windows:
    """Work out slots of an assessed series; for simulated samples, or under a declared protocol.

    The plan carries the hash of a protocol file unless the samples were simulated. Hours count from the first sample:
    no calendar date goes in or comes out.

    Raises
    ------
    TimingError
        Measured samples without a protocol, or a window as wide as half a cycle.

    Examples
    --------
    >>> from bimodal.timing import assess
    >>> from bimodal.timing.series import plain_series
    >>> few = assess(plain_series([0.0, 24.0, 48.0], [5.0, 6.0, 5.0]))
    >>> dosing_windows(few, WindowPlan(21.0, "assumed for the example")).reason
    'the samples do not suffice to ask'
    """
    if not assessment.whole.simulated and not plan.sha256:
        raise TimingError(
            "windows are worked out for simulated samples or under a declared protocol only",
            where="the samples were measured and no protocol file was given",
            fix=f'--protocol protocol.toml, which declares: "{STATEMENT}"',
        )
    phase, p_h1 = assessment.phase, assessment.p_h1
    if phase is None or p_h1 is None:
        return Windows(plan, (), (), 0.0, 0.0, "the samples do not suffice to ask", _IF_WRONG)
    chance = phase.chance(plan.width_h)
    if chance > 0.5:
        raise TimingError(
            f"a window of {plan.width_h:g} h is more than half of a cycle: every second dose hits it by chance",
            where="width_h",
            fix="a narrower window",
        )
    last = float(assessment.series.hours[-1])
    ahead = np.arange(FIRST_DAY * 24.0, LAST_DAY * 24.0 + 1e-9, SLOT_H)
    p_dose = in_window(phase, last + ahead[:, None] + np.arange(plan.doses) * plan.every_h, plan)
    slots = tuple(
        Slot(last + hour, hour / 24.0, float(p[0]), p_h1 * float(p[0]), float(p.sum()), chance * plan.doses)
        for hour, p in zip(ahead.tolist(), p_dose, strict=True)
    )
    given, reason = _judge(assessment.status, p_h1, slots)
    return Windows(plan, slots if given else (), given, chance, p_h1, reason, _IF_WRONG)


def in_window(phase: PhasePosterior, hours: NDArray[np.float64], plan: WindowPlan) -> NDArray[np.float64]:
    """Give P(in window | H1) at study hours of any shape, averaged over the unsure offset.

    The probability is a smooth curve of the hour: it is worked out every six hours and joined by a cubic spline.
    """
    from scipy.interpolate import CubicSpline

    shifts = plan.offset_h + plan.offset_sd_h * _NODES
    ends = float(hours.min() - shifts.max()), float(hours.max() - shifts.min())
    knots = np.linspace(*ends, max(4, math.ceil((ends[1] - ends[0]) / SLOT_H) + 1))
    curve = CubicSpline(knots, phase.within(knots, plan.width_h))
    mean = np.tensordot(_WEIGHTS / _WEIGHTS.sum(), np.stack([curve(hours - shift) for shift in shifts]), axes=1)
    return np.clip(np.asarray(mean, dtype=np.float64), 0.0, 1.0)


def _judge(status: Status, p_h1: float, slots: tuple[Slot, ...]) -> tuple[tuple[Slot, ...], str]:
    if status not in _RHYTHM:
        return (), f"no window: the status is {status.value}"
    if p_h1 < P_CYCLE_BAR:
        return (), f"no window: P(persistent cycle) is {p_h1:.2f}, below {P_CYCLE_BAR:g}"
    given = tuple(slot for slot in slots if slot.p_given_cycle >= P_WINDOW_BAR)
    if not given:
        most = max(slot.p_given_cycle for slot in slots)
        return (), f"no window: no slot is in it with more than P = {most:.2f}; {P_WINDOW_BAR:g} is the bar"
    return given, f"{len(given)} of {len(slots)} slots pass both bars, under the stated offset"


_IF_WRONG = (
    "If there is no cycle, or the stated offset is wrong, waiting gains nothing: of patients with a median "
    f"progression-free survival of {PROGRESSION_FREE_DAYS:g} days (assumed), "
    f"{100 * (1 - 2 ** (-LAST_DAY / PROGRESSION_FREE_DAYS)):.0f} % progress in {LAST_DAY:g} days."
)
