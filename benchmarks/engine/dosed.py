"""libRoadRunner from dose to dose: stopped at each, changed, and started again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from engine.peer import FloatArray, Setting


class Dose(NamedTuple):
    """What a dose does: hours, quantity, number, and whether that is added to the quantity or takes its place."""

    hours: float
    target: str
    value: float
    adds: bool


def dosed_course(runner: Any, times: FloatArray, doses: Sequence[Dose], states: int) -> FloatArray:
    """Return the states at some times, (T, states); a value at the time of a dose is that before it."""
    out = np.empty((len(times), states))
    saved, dose, now, end = 0, 0, 0.0, float(times[-1])
    while saved < len(times):
        while dose < len(doses) and doses[dose].hours <= now + 1e-9:
            own = doses[dose]
            runner[own.target] = runner[own.target] + own.value if own.adds else own.value
            dose += 1
        stop = min(doses[dose].hours, end) if dose < len(doses) else end
        inside = times[saved:][times[saved:] < stop - 1e-9]
        rows = np.asarray(runner.simulate(times=[now, *inside.tolist(), stop]))[1:, 1:]
        hit = saved + len(inside) < len(times) and abs(times[saved + len(inside)] - stop) < 1e-9
        count = len(inside) + int(hit)
        out[saved : saved + count] = rows[:count]
        saved, now = saved + count, stop
    return out


def set_tolerances(runner: Any, setting: Setting, sizes: Mapping[str, float], base: float) -> None:
    """Set the tolerances of a setting; where it names no absolute one, each state has `base` times its size."""
    integrator = runner.getIntegrator()
    integrator.setValue("relative_tolerance", setting.rtol)
    if setting.atol is not None:
        integrator.setValue("absolute_tolerance", setting.atol)
        return
    # libRoadRunner orders tolerances as its rate rules, then its species without one
    order = dict.fromkeys([*runner.getRateRuleIds(), *runner.model.getFloatingSpeciesIds()])
    integrator.setValue("absolute_tolerance", [base * sizes[state] for state in order])
