"""How patients failed: how many in which way, and of the first of them what stopped it, and when."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from bimodal.study.plan.plan import Plan
from bimodal.study.readings.readings import Readings
from bimodal.study.solver.solver import FIRST_FAILURE

_WHEN = re.compile(r" at time ([-+.\de]+)")
_HOURS_PER_DAY = 24.0
_SECONDS_PER_DAY = 86_400.0


def failures(plan: Plan, readings: Readings, arm: int) -> list[dict[str, Any]]:
    """List the ways in which patients of an arm failed, the most frequent first.

    The first patient of each way is computed once more, alone, for the quantity that stopped it: a patient's end does
    not hang on the others.

    Returns
    -------
    list of dict
        ``how`` in a sentence, ``count``, the index ``patient`` of the first, its ``reason`` and ``day``; these two None
        where they are not known.
    """
    status = readings.status[plan.arms[arm].name]
    found: list[dict[str, Any]] = []
    for code in np.unique(status[status >= FIRST_FAILURE]).tolist():
        who = np.flatnonzero(status == code)
        reason = plan.solve(arm, int(who[0]), int(who[0]) + 1, drawn=False).reasons.get(0, "")
        found.append(
            {
                "how": plan.solver.sentence(code),
                "count": len(who),
                "patient": int(who[0]),
                "reason": _WHEN.sub("", reason) or None,
                "day": _day(reason, plan),
            }
        )
    return sorted(found, key=lambda one: -one["count"])


def _day(reason: str, plan: Plan) -> float | None:
    match = _WHEN.search(reason)
    if match is None:
        return None
    unit = plan.solver.about.get("time_unit_seconds", _SECONDS_PER_DAY / _HOURS_PER_DAY)
    return float(f"{float(match[1]) * unit / _SECONDS_PER_DAY:.6g}")
