"""Who of an arm fulfils a responder rule."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.study.readings.readings import Readings
from bimodal.study.solver.solver import FIRST_FAILURE
from bimodal.study.spec.contrast import threshold
from bimodal.study.spec.responder import ResponderRule

Flags = npt.NDArray[np.bool_]
_RELATIONS: dict[str, Any] = {">=": np.greater_equal, ">": np.greater, "<=": np.less_equal, "<": np.less}


def responders(rule: ResponderRule, readings: Readings, arm: str) -> tuple[Flags, Flags]:
    """Say of each patient of an arm whether there is a result, and whether the rule holds.

    Returns
    -------
    known, responds : ndarray (N,)
        A patient whose trajectory failed is not known; what cannot be said (0 over 0) fulfils no comparison.
    """
    known = readings.status[arm] < FIRST_FAILURE
    responds = np.zeros(readings.n(arm), np.bool_)
    for together in rule.alternatives:
        both = np.ones(readings.n(arm), np.bool_)
        for test, day in together:
            level = threshold(f"{float(test.level):.17g} {test.unit}".strip(), readings.registry[test.observable].unit)
            values = readings.on_day(arm, test.observable, day)
            both &= _RELATIONS[test.relation](values, level)
        responds |= both
    return known, responds & known
