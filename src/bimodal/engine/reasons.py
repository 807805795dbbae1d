"""Says of a patient that failed which quantity it was, and when."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bimodal.engine.kernel import Kernel
from bimodal.engine.status import SolverStatus
from bimodal.engine.system import System

FloatArray = npt.NDArray[np.float64]
_LARGE = 1e12  # times its scale: a state that got there by itself is growing without bound
_NUDGE = 1e-9  # of its scale: a look at what lies just beyond


def reason_at_start(system: System, inputs: FloatArray, y: FloatArray) -> str:
    """Name the parameter, or the starting value, that is not a finite number.

    Parameters
    ----------
    system
        What is solved.
    inputs
        (P,) parameters of the patient.
    y
        (n,) the starting values that follow.
    """
    for name, value in zip(system.parameter_ids, inputs, strict=True):
        if not np.isfinite(value):
            return f"the parameter '{name}' is {value:g}"
    names = [name for name, value in zip(system.state_ids, y, strict=True) if not np.isfinite(value)]
    return f"'{names[0]}' has no finite starting value" if names else ""


def reason_of_failure(
    system: System, kernel: Kernel, status: int, time: float, y: FloatArray, p: FloatArray, scale: FloatArray
) -> str:
    """Name the quantity that stopped the solver.

    Parameters
    ----------
    system, kernel
        What is solved, compiled.
    status
        :class:`SolverStatus` number.
    time, y, p
        Where the patient stood last: time, (n,) state and (P',) full parameters.
    scale
        (n,) typical size of each state.

    Returns
    -------
    str
        Without a full stop.
    """
    names, when = system.state_ids, f"time {time:.6g}"
    with np.errstate(all="ignore"):
        rate = kernel.call("rate", time, y, p)
        if not np.isfinite(rate).all():
            worst = int(np.flatnonzero(~np.isfinite(rate))[0])
            return f"the rate of '{names[worst]}' is not a finite number at {when}"
        size = np.abs(y) / scale
        if not np.isfinite(size).all() or size.max() > _LARGE:
            worst = int(np.argmax(np.where(np.isfinite(size), size, np.inf)))
            return f"'{names[worst]}' grows without bound: it is {y[worst]:.3g} at {when}"
        if status == SolverStatus.WENT_NEGATIVE:
            guarded = [i for i, name in enumerate(names) if name in system.nonnegative]
            falling = min(guarded, key=lambda i: rate[i] / (abs(y[i]) + 1e-12 * scale[i]))
            return f"'{names[falling]}', {y[falling]:.3g} at {when}, falls below zero"
        worst = int(np.argmax(np.abs(rate) / (np.abs(y) + 1e-12 * scale)))
        beyond = y.copy()
        beyond[worst] += np.copysign(_NUDGE * scale[worst], rate[worst])
        lost = np.flatnonzero(~np.isfinite(kernel.call("rate", time, beyond, p)))
        if len(lost):
            return (
                f"'{names[worst]}' comes to {y[worst]:.3g} at {when}, and beyond it the rate of '{names[lost[0]]}' is "
                "not a number"
            )
        return f"'{names[worst]}' changes fastest, {y[worst]:.3g} with the rate {rate[worst]:.3g} at {when}"


def reason_of_output(system: System, times: FloatArray, values: FloatArray) -> str:
    """Name the output that is not a finite number, and when first.

    Parameters
    ----------
    system
        What was solved.
    times
        (T,) of the saves.
    values
        (T, O) of one patient.
    """
    row, column = (int(i) for i in np.argwhere(~np.isfinite(values))[0])
    return f"'{system.output_ids[column]}' is {values[row, column]:g} at time {times[row]:.6g}"
