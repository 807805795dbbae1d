"""The second chance of a patient the main solver gave up: SciPy's Radau, from event to event."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.engine.kernel import Kernel
from bimodal.engine.schedule import TIME_TOLERANCE, Schedule
from bimodal.engine.status import SolverStatus

FloatArray = npt.NDArray[np.float64]


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
    """

    clock: float
    state: FloatArray
    params: FloatArray
    event: int
    save: int


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
) -> SolverStatus:
    """Integrate one patient up to a time, saves there included and events there not.

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
    ``DONE_BY_FALLBACK``, or why it failed too.
    """
    from scipy.integrate import solve_ivp

    n = kernel.size
    y, p, t = standing.state.copy(), standing.params.copy(), standing.clock
    event, save = standing.event, standing.save
    near = TIME_TOLERANCE * max(abs(t), whole)
    while save < len(times) and times[save] <= t + near:
        out[save] = kernel.call("observe", t, y, p)
        save += 1
    while True:
        while event < len(schedule.times) and schedule.times[event] <= t + near and t < until:
            slot, value = int(schedule.slots[event]), float(schedule.values[event])
            if slot < n:
                y[slot] += value
            elif slot < 2 * n:
                y[slot - n] = value
            else:
                p[slot - 2 * n] = value
            event += 1
        if t >= until:
            break
        stop = min(until, float(schedule.times[event])) if event < len(schedule.times) else until
        near = TIME_TOLERANCE * max(abs(stop), whole)
        wanted = np.unique(times[save:][times[save:] < stop - near])
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                run = solve_ivp(
                    lambda when, z, p=p: kernel.call("rate", when, z, p),
                    (t, stop),
                    y,
                    method="Radau",
                    t_eval=np.append(wanted, stop),
                    jac=lambda when, z, p=p: kernel.call("jacobian", when, z, p),
                    rtol=rtol,
                    atol=atol,
                )
        except ValueError:  # SciPy met an infinity
            return SolverStatus.NOT_FINITE
        if not run.success:
            return SolverStatus.STEP_TOO_SMALL
        if not np.isfinite(run.y).all():
            return SolverStatus.NOT_FINITE
        if (run.y < floor[:, None]).any():
            return SolverStatus.WENT_NEGATIVE
        for when, z in zip(run.t, run.y.T, strict=True):
            while save < len(times) and times[save] <= (when + near if when == stop else when):
                out[save] = kernel.call("observe", when, z, p)
                save += 1
        y, t = run.y[:, -1].copy(), stop
    standing.clock, standing.event, standing.save = t, event, save
    standing.state[:], standing.params[:] = y, p
    return SolverStatus.DONE_BY_FALLBACK
