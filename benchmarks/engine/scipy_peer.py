"""SciPy: its LSODA on the machine code of the same rates and exact Jacobian, and Radau as a second opinion."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import scipy
from scipy.integrate import odeint, solve_ivp

from bimodal.engine import System
from bimodal.engine.compiled import compiled
from engine import model
from engine.peer import FloatArray, Run, Setting, timed_run
from engine.regimens import TIMES, Regimen


class _Function:
    """One patient's rates and Jacobian as Python functions with as little overhead as ctypes allows."""

    def __init__(self, system: System, values: FloatArray) -> None:
        kernel = compiled(system)
        parameters, states = kernel.start(values[None])
        self.parameters, self.start = parameters[0], states[0]
        n = len(self.start)
        self._time, self._rate, self._jacobian = np.zeros(1), np.zeros(n), np.zeros((n, n))
        call = ctypes.CFUNCTYPE(None, *([ctypes.c_void_p] * 4))
        self._call_rate, self._call_jacobian = (call(kernel.addresses[name]) for name in ("rate", "jacobian"))
        self._places = (self._time.ctypes.data, self.parameters.ctypes.data)
        self._out = (self._rate.ctypes.data, self._jacobian.ctypes.data)

    def rate(self, t: float, y: FloatArray) -> FloatArray:
        self._time[0] = t
        state = np.ascontiguousarray(y)
        self._call_rate(self._places[0], state.ctypes.data, self._places[1], self._out[0])
        return self._rate.copy()

    def jacobian(self, t: float, y: FloatArray) -> FloatArray:
        self._time[0] = t
        state = np.ascontiguousarray(y)
        self._call_jacobian(self._places[0], state.ctypes.data, self._places[1], self._out[1])
        return self._jacobian.copy()


class SciPy:
    """``scipy.integrate.odeint``, restarted at every event; it is the fastest stiff solver SciPy has."""

    name = "SciPy odeint"
    settings = (Setting(1e-6), Setting(1e-6, 1e-7), Setting(1e-5))

    def __init__(self, system: System, patients: int) -> None:
        self.version = scipy.__version__
        self.checked = min(4, patients)
        self.timed = min(2, patients)
        self._system = system

    def run(self, setting: Setting, regimen: Regimen, parameters: FloatArray) -> Run:
        """Solve (N, P) patients one after the other."""
        return timed_run(lambda: self._all(setting, regimen, parameters, self._odeint))

    def radau(self, setting: Setting, regimen: Regimen, parameters: FloatArray) -> FloatArray:
        """Return (N, T, n) by another family of methods."""
        return self._all(setting, regimen, parameters, self._radau)

    def close(self) -> None:
        """Do nothing."""

    @staticmethod
    def _odeint(f: _Function, y: FloatArray, times: FloatArray, rtol: float, atol: FloatArray) -> FloatArray:
        return odeint(f.rate, y, times, Dfun=f.jacobian, tfirst=True, rtol=rtol, atol=atol, mxstep=10_000_000)[1:]

    @staticmethod
    def _radau(f: _Function, y: FloatArray, times: FloatArray, rtol: float, atol: FloatArray) -> FloatArray:
        span = (times[0], times[-1])
        run: Any = solve_ivp(f.rate, span, y, method="Radau", t_eval=times[1:], jac=f.jacobian, rtol=rtol, atol=atol)
        return run.y.T

    def _all(self, setting: Setting, regimen: Regimen, parameters: FloatArray, method: Any) -> FloatArray:
        return np.stack([self._patient(setting, regimen, own, method) for own in parameters])

    def _patient(self, setting: Setting, regimen: Regimen, values: FloatArray, method: Any) -> FloatArray:
        system, events = self._system, regimen.events
        f = _Function(system, values)
        base = 1e-3 * setting.rtol
        atol = np.array([base * model.scale(s) if setting.atol is None else setting.atol for s in system.state_ids])
        y, out = f.start.copy(), np.empty((len(TIMES), len(f.start)))
        saved, event, now, end = 0, 0, 0.0, float(TIMES[-1])
        while saved < len(TIMES):
            while event < len(events) and events[event][0] <= now + 1e-9:
                _, target, value = events[event]
                if target == regimen.depot:
                    y[system.state_index[target]] += value
                else:
                    f.parameters[system.parameter_index[target]] = value
                event += 1
            stop = min(events[event][0], end) if event < len(events) else end
            inside = TIMES[saved:][TIMES[saved:] < stop - 1e-9]
            rows = method(f, y, np.array([now, *inside.tolist(), stop]), setting.rtol, atol)
            count = len(inside)
            if saved + count < len(TIMES) and abs(TIMES[saved + count] - stop) < 1e-9:
                count += 1
            out[saved : saved + count] = rows[:count]
            saved, now, y = saved + count, stop, rows[-1].copy()
        return out
