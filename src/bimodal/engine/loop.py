"""The loop around the step: one patient per lane, each with its own step size, events and save times.

A lane that finishes takes the next patient. Everything a patient's result depends on (step sizes, events, retries) is
decided from that patient's own numbers, so company and order never change it. Compiled once per installation: the
model's code comes in as addresses.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from bimodal.engine.schedule import TIME_TOLERANCE

_DONE, _STEP_TOO_SMALL, _TOO_MANY_STEPS, _NOT_FINITE = 0, 3, 4, 5


def _call_typed(typing: Any, address: Any, arguments: Any) -> Any:
    """Call machine code at an address with pointers given as integers."""
    signature = types.void(address, arguments)

    def generate(context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        pointers = cgutils.unpack_tuple(builder, values[1])
        byte = ir.IntType(8).as_pointer()
        function = ir.FunctionType(ir.VoidType(), [byte] * len(pointers)).as_pointer()
        target = builder.inttoptr(values[0], function)
        builder.call(target, [builder.inttoptr(p, byte) for p in pointers])
        return context.get_dummy_value()

    return signature, generate


_call: Any = intrinsic(_call_typed)


@njit(cache=True, error_model="numpy", nogil=True)
def _first_step(
    rate: int, t: float, y: Any, p: Any, f: Any, clock: Any, atol: Any, rtol: float, longest: float
) -> float:
    """Guess a first step from the size of the state and its slope (Hairer, Norsett and Wanner I, section II.4)."""
    clock[0] = t
    _call(rate, (clock.ctypes.data, y.ctypes.data, p.ctypes.data, f.ctypes.data))
    size, slope = 0.0, 0.0
    for i in range(len(y)):
        weight = atol[i] + rtol * abs(y[i])
        size += (y[i] / weight) ** 2
        slope += (f[i] / weight) ** 2
    guess = 1e-6 * longest
    if size > 0.0 and slope > 0.0:
        guess = 0.01 * np.sqrt(size / slope)
    if not np.isfinite(guess):
        guess = 1e-6 * longest
    return min(max(guess, 1e-12 * longest), longest)


@njit(cache=True, error_model="numpy", nogil=True)
def integrate(
    code: Any,  # addresses of step, rate, observe
    params: Any,  # (N, P')
    states: Any,  # (N, n)
    offsets: Any,  # events, as in Schedule
    event_times: Any,
    event_slots: Any,
    event_values: Any,
    times: Any,  # (T,)
    start: float,
    rtol: float,
    atol_factor: float,
    scales: Any,  # (n,)
    max_steps: int,
    order: int,
    dense: Any,  # (rows, stages)
    work: Any,  # aligned scratch, see solve.scratch
    out: Any,  # (N, T, O)
    status: Any,  # (N,)
    steps: Any,  # (N,)
    span: Any,  # (2,) first and last patient of this call, half-open
    signal: Any,  # (2,) [0] set by the caller to stop early, [1] counts finished patients
) -> None:
    """Integrate patients ``span[0]`` to ``span[1]`` and write outputs, status and step counts."""
    y, u, k, lu, p, h_now, clock, atol, rtol_w, err, ys, us, ps, fs, one, atol1, outs, held = work
    n, lanes = y.shape
    stages = dense.shape[1]
    rows = dense.shape[0]
    saves = len(times)
    end = times[saves - 1]
    whole = max(end - start, 1e-300)
    begins = start + TIME_TOLERANCE * max(abs(start), whole)
    for lane in range(lanes):
        rtol_w[lane] = rtol
    patient = np.full(lanes, -1)
    h = np.ones(lanes)
    stop_at = np.zeros(lanes)
    reaches = np.zeros(lanes, np.bool_)
    event = np.zeros(lanes, np.int64)
    save = np.zeros(lanes, np.int64)
    used = np.zeros(lanes, np.int64)
    fresh = np.ones(lanes, np.bool_)
    upcoming, last = span[0], span[1]
    active = 0
    while True:
        for lane in range(lanes):
            while fresh[lane]:
                fresh[lane] = False
                patient[lane] = -1
                if upcoming >= last or signal[0] != 0:
                    break
                who = upcoming
                upcoming += 1
                finite = True
                for i in range(n):
                    y[i, lane] = states[who, i]
                    finite = finite and np.isfinite(states[who, i])
                    scale = abs(states[who, i])
                    atol[i, lane] = rtol * atol_factor * (scale if scale > 0.0 else scales[i])
                for i in range(p.shape[0]):
                    p[i, lane] = params[who, i]
                if not finite:
                    status[who] = _NOT_FINITE
                    signal[1] += 1
                    fresh[lane] = True
                    continue
                patient[lane] = who
                clock[lane] = start
                event[lane] = offsets[who]
                save[lane] = 0
                used[lane] = 0
                stop_at[lane] = start  # a stop at the start itself: saves first, then events
                reaches[lane] = True
                active += 1
                # values at the start, before any event there
                if times[0] <= begins:
                    for i in range(n):
                        ys[i] = y[i, lane]
                    for i in range(p.shape[0]):
                        ps[i] = p[i, lane]
                    one[0] = start
                    _call(code[2], (one.ctypes.data, ys.ctypes.data, ps.ctypes.data, outs.ctypes.data))
                    while save[lane] < saves and times[save[lane]] <= begins:
                        for i in range(out.shape[2]):
                            out[who, save[lane], i] = outs[i]
                        save[lane] += 1
                if save[lane] >= saves:
                    status[who] = _DONE
                    signal[1] += 1
                    active -= 1
                    fresh[lane] = True
        if active == 0:
            break
        # at a stop: events happen, and a new first step is chosen
        for lane in range(lanes):
            if patient[lane] < 0:
                h_now[lane] = 1e-9 * whole
                continue
            if reaches[lane]:
                reaches[lane] = False
                who = patient[lane]
                t = clock[lane]
                close = t + TIME_TOLERANCE * max(abs(t), whole)
                e = event[lane]
                while e < offsets[who + 1] and event_times[e] <= close:
                    slot = event_slots[e]
                    if slot < n:
                        y[slot, lane] += event_values[e]
                    elif slot < 2 * n:
                        y[slot - n, lane] = event_values[e]
                    else:
                        p[slot - 2 * n, lane] = event_values[e]
                    e += 1
                event[lane] = e
                stop_at[lane] = min(event_times[e], end) if e < offsets[who + 1] else end
                for i in range(n):
                    ys[i] = y[i, lane]
                    atol1[i] = atol[i, lane]
                for i in range(p.shape[0]):
                    ps[i] = p[i, lane]
                first = _first_step(code[1], t, ys, ps, fs, one, atol1, rtol, stop_at[lane] - t)
                h[lane] = first
            room = stop_at[lane] - clock[lane]
            h_now[lane] = room if h[lane] >= room * 0.999999 else min(h[lane], 0.5 * room)
            held[lane] = 1.0 if h_now[lane] == room else 0.0
        _call(
            code[0],
            (
                clock.ctypes.data, y.ctypes.data, p.ctypes.data, h_now.ctypes.data, atol.ctypes.data,
                rtol_w.ctypes.data, lu.ctypes.data, k.ctypes.data, u.ctypes.data, err.ctypes.data,
            ),
        )  # fmt: skip
        for lane in range(lanes):
            who = patient[lane]
            if who < 0:
                continue
            used[lane] += 1
            error = np.sqrt(err[lane])
            if not np.isfinite(error):
                error = 1e18
            factor = min(max(0.9 * (error + 1e-12) ** (-1.0 / order), 0.15), 8.0)
            finished = False
            if error <= 1.0:
                t = clock[lane]
                step = h_now[lane]
                arrives = stop_at[lane] if held[lane] == 1.0 else t + step
                close = arrives + TIME_TOLERANCE * max(abs(arrives), whole)
                while save[lane] < saves and times[save[lane]] <= (close if held[lane] == 1.0 else arrives):
                    theta = min((times[save[lane]] - t) / step, 1.0)
                    rest = 1.0 - theta
                    for i in range(n):
                        bend = 0.0
                        for r in range(rows - 1, -1, -1):
                            weight = 0.0
                            for j in range(stages):
                                weight += dense[r, j] * k[j * n + i, lane]
                            bend = weight + theta * bend
                        us[i] = rest * y[i, lane] + theta * (u[i, lane] + rest * bend)
                    for i in range(p.shape[0]):
                        ps[i] = p[i, lane]
                    one[0] = times[save[lane]]
                    _call(code[2], (one.ctypes.data, us.ctypes.data, ps.ctypes.data, outs.ctypes.data))
                    for i in range(out.shape[2]):
                        out[who, save[lane], i] = outs[i]
                    save[lane] += 1
                for i in range(n):
                    y[i, lane] = u[i, lane]
                clock[lane] = arrives
                # a step cut short by a stop says nothing against the longer one
                h[lane] = max(h[lane], step * factor) if (step < h[lane] and factor >= 1.0) else step * factor
                reaches[lane] = held[lane] == 1.0
                if save[lane] >= saves:
                    status[who] = _DONE
                    finished = True
            else:
                h[lane] = h_now[lane] * factor
                if h[lane] <= 1e-15 * max(abs(clock[lane]), 1e-3 * whole):
                    status[who] = _STEP_TOO_SMALL
                    finished = True
            if not finished and used[lane] >= max_steps:
                status[who] = _TOO_MANY_STEPS
                finished = True
            if finished:
                steps[who] = used[lane]
                signal[1] += 1
                active -= 1
                fresh[lane] = True
                patient[lane] = -1
