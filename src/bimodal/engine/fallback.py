"""The second chance of a patient the main solver gave up: SciPy's Radau, from stop to stop."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.engine.kernel import Kernel
from bimodal.engine.schedule import TIME_TOLERANCE, Schedule
from bimodal.engine.solution_reader import SolutionReader
from bimodal.engine.status import PAUSED_DUE, PAUSED_TRIGGER, SolverStatus

FloatArray = npt.NDArray[np.float64]
_MOST_STEPS = 200_000  # from stop to stop, before it gives up too
_LOOKS = 4  # looks for a trigger within a step: at its quarters, as in the loop


@dataclass
class Standing:
    """Where one patient stands; moved on in place.

    Parameters
    ----------
    clock
        Now.
    state, params
        (n,) state and (P',) full parameters.
    event, save
        Next event of the patient's schedule and next save time, as positions.
    truth
        (C,) conditions of triggers as they last were; empty if the system has none.
    """

    clock: float
    state: FloatArray
    params: FloatArray
    event: int
    save: int
    truth: npt.NDArray[np.int8]


def carry_on_by_radau(
    kernel: Kernel,
    standing: Standing,
    schedule: Schedule,
    times: FloatArray,
    out: FloatArray,
    *,
    until: float,
    rtol: float,
    atol: FloatArray,
    floor: FloatArray,
    whole: float,
    reader: SolutionReader | None = None,
) -> int:
    """Integrate one patient up to a time or to a change of a condition, saves there as in the loop.

    Parameters
    ----------
    standing
        Where the patient stands; after success, where it stands then.
    schedule
        The events of this patient alone.
    times, out
        (T,) save times and (T, O) outputs to fill.
    until
        Where to stop.
    rtol, atol
        Tolerances, ``atol`` (n,).
    floor
        (n,) lowest value each state may have.
    whole
        Length of the whole run: sets, with the time, what counts as one instant, as in the loop.

    Returns
    -------
    ``PAUSED_DUE`` at that time, ``PAUSED_TRIGGER`` just after a change of a condition, or why it failed too.
    """
    n, p = kernel.size, standing.params
    steps = 0

    def write(limit: float, state_at: Callable[[float], FloatArray]) -> None:
        while standing.save < len(times) and times[standing.save] <= limit:
            when = float(times[standing.save])
            out[standing.save] = kernel.call("observe", when, state_at(when), p)
            standing.save += 1

    def near(when: float) -> float:
        return TIME_TOLERANCE * max(abs(when), whole)

    write(standing.clock + near(standing.clock), lambda _: standing.state)
    while True:
        y, t = standing.state, standing.clock
        while (
            standing.event < len(schedule.times)
            and schedule.times[standing.event] <= t + near(t)
            and schedule.times[standing.event] < until
        ):
            slot, value = int(schedule.slots[standing.event]), float(schedule.values[standing.event])
            if 0 <= slot < n:
                y[slot] += value
            elif n <= slot < 2 * n:
                y[slot - n] = value
            elif slot >= 2 * n:  # below 0 it is a stop where nothing happens
                p[slot - 2 * n] = value
            standing.event += 1
        if t >= until:
            return PAUSED_DUE
        if reader is not None:
            reader.stand(t, y, p)
        stop = min(until, float(schedule.times[standing.event])) if standing.event < len(schedule.times) else until
        solver = _start(kernel, t, y, p, stop, rtol=rtol, atol=atol)
        while solver is not None and solver.status == "running":
            steps += 1
            if not _advance(solver) or steps > _MOST_STEPS:
                break
            z, arrives = solver.y, float(solver.t)
            if not np.isfinite(z).all():
                return SolverStatus.NOT_FINITE
            if (z < floor).any():
                return SolverStatus.WENT_NEGATIVE
            path = solver.dense_output()
            change = _first_change(kernel, path, solver.t_old, arrives, p, standing.truth, whole)
            if change is not None:
                arrives, z = change, path(change)
            # a trigger takes place before the saves on it, as in the loop
            after = change is not None or (len(standing.truth) > 0 and arrives >= until)
            margin = near(arrives) if after or arrives == stop else 0.0
            write(
                arrives - margin if after else arrives + margin,
                lambda when, path=path, z=z, arrives=arrives: path(when) if when < arrives else z,
            )
            if reader is not None:
                reader.follow(path, float(solver.t_old), float(solver.t), arrives, p, margin)
            standing.state[:], standing.clock = z, arrives
            if change is not None:
                return PAUSED_TRIGGER
        if standing.clock < stop:
            return SolverStatus.TOO_MANY_STEPS if steps > _MOST_STEPS else SolverStatus.STEP_TOO_SMALL
        standing.clock = stop


def _start(kernel: Kernel, t: float, y: FloatArray, p: FloatArray, stop: float, **tolerances: Any) -> Any:
    """Return SciPy's solver, or None where it cannot begin."""
    from scipy.integrate import Radau

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Radau(
                lambda when, z: kernel.call("rate", when, z, p),
                t,
                y.copy(),
                stop,
                jac=lambda when, z: kernel.call("jacobian", when, z, p),
                **tolerances,
            )
    except ValueError:  # SciPy met an infinity
        return None


def _advance(solver: Any) -> bool:
    """Take a step; tell whether it could be taken."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            solver.step()
    except ValueError:  # SciPy met an infinity
        return False
    return bool(solver.status != "failed")


def _first_change(
    kernel: Kernel,
    path: Callable[[float], FloatArray],
    start: float,
    end: float,
    p: FloatArray,
    truth: npt.NDArray[np.int8],
    whole: float,
) -> float | None:
    """Return when a condition first differs from what it was, by looks and bisection as in the loop."""
    if not len(truth):
        return None

    def changed(when: float) -> bool:
        return bool(((kernel.call("conditions", when, path(when), p) != 0.0) != (truth != 0)).any())

    low = start
    for look in range(1, _LOOKS + 1):
        high = start + (end - start) * look / _LOOKS if look < _LOOKS else end
        if changed(high):
            break
        low = high
    else:
        return None
    while high - low > 1e-14 * max(abs(low), 1e-3 * whole):
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        low, high = (low, middle) if changed(middle) else (middle, high)
    return high
