"""The second chance of a patient the main solver gave up: SciPy's Radau, from event to event."""

from __future__ import annotations

import warnings

import numpy as np
import numpy.typing as npt

from bimodal.engine.kernel import Kernel
from bimodal.engine.schedule import TIME_TOLERANCE, Schedule
from bimodal.engine.settings import Settings

FloatArray = npt.NDArray[np.float64]


def integrate_by_radau(
    kernel: Kernel,
    params: FloatArray,
    state: FloatArray,
    schedule: Schedule,
    times: FloatArray,
    *,
    start: float,
    atol: FloatArray,
    settings: Settings,
) -> FloatArray | None:
    """Integrate one patient; ``None`` if this fails too.

    Parameters
    ----------
    params, state
        (P',) full parameters and (n,) starting state.
    schedule
        The events of this patient alone.
    times
        (T,) save times.
    atol
        (n,) absolute tolerances.

    Returns
    -------
    (T, O) outputs.
    """
    from scipy.integrate import solve_ivp

    n, end = kernel.size, float(times[-1])
    p, y = params.copy(), state.copy()
    out = np.full((len(times), kernel.outputs), np.nan)

    def save_until(limit: float, t: float) -> None:
        """Give every save time not yet served, up to ``limit``, the values at ``t``."""
        nonlocal saved
        while saved < len(times) and times[saved] <= limit:
            out[saved] = kernel.call("observe", t, y, p)
            saved += 1

    saved, event, t = 0, 0, start
    while True:
        close = t + TIME_TOLERANCE * max(abs(t), end - start)
        save_until(close, t)
        while event < len(schedule.times) and schedule.times[event] <= close:
            slot, value = int(schedule.slots[event]), float(schedule.values[event])
            if slot < n:
                y[slot] += value
            elif slot < 2 * n:
                y[slot - n] = value
            else:
                p[slot - 2 * n] = value
            event += 1
        if saved == len(times):
            return out if np.isfinite(out).all() else None
        stop = min(end, float(schedule.times[event])) if event < len(schedule.times) else end
        wanted = np.unique(times[(times > close) & (times < stop)])
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                run = solve_ivp(
                    lambda when, z: kernel.call("rate", when, z, p),
                    (t, stop),
                    y,
                    method="Radau",
                    t_eval=np.append(wanted, stop),
                    jac=lambda when, z: kernel.call("jacobian", when, z, p),
                    rtol=settings.rtol,
                    atol=atol,
                )
        except (ValueError, ArithmeticError, np.linalg.LinAlgError):  # numbers that overflow on the way
            return None
        if not run.success or not np.isfinite(run.y).all():
            return None
        for when, z in zip(run.t, run.y.T, strict=True):
            y = z.copy()
            if when < stop:
                save_until(float(when), float(when))
        t = stop
