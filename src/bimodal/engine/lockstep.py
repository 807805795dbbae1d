"""The loop of one patient whose copies, with slightly changed parameters, take the very same steps.

Lane 0 of group 0 is the patient and alone is asked whether a step is accurate; so the noise of adaptive steps, which
ruins ordinary difference quotients, is the same in all lanes and cancels. This is internal numerical differentiation
(H. G. Bock, in Modelling of Chemical Reaction Systems, Springer Series in Chemical Physics 18, 102, 1981).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from bimodal.engine.call import call
from bimodal.engine.jit import jit
from bimodal.engine.jump import over_jump, stop_behind
from bimodal.engine.loop import TINY, any_missing, first_step, interpolate, loosen, shorten
from bimodal.engine.schedule import TIME_TOLERANCE

#: Codes of :class:`bimodal.engine.status.SolverStatus`.
_DONE, _STEP_TOO_SMALL, _TOO_MANY_STEPS = 0, 3, 4
_GOOD, _INACCURATE, _UNTRUSTED = 0, 1, 2


@jit
def _observe(observe: int, t: float, seen: Any, own: Any, one: Any, state: Any, outputs: Any) -> None:
    """Write the outputs (L, O) of the lanes in use from the states (G, n, W)."""
    _, n, lanes = seen.shape
    one[0] = t
    for lane in range(len(outputs)):
        for i in range(n):
            state[i] = seen[lane // lanes, i, lane % lanes]
        call(observe, (one.ctypes.data, state.ctypes.data, own[lane].ctypes.data, outputs[lane].ctypes.data))


@jit
def _differences(outputs: Any, pairs: Any, spans: Any, values: Any, derivatives: Any) -> None:
    """Write the patient's outputs (O,) and the difference quotients (O, K)."""
    for o in range(len(values)):
        values[o] = outputs[0, o]
        for c in range(len(spans)):
            derivatives[o, c] = (outputs[pairs[c, 0], o] - outputs[pairs[c, 1], o]) / spans[c]


@jit
def _step(code: Any, y: Any, p: Any, used: int, look: bool, share: float, dense: Any, work: Any) -> Any:
    """Try the present step in all groups; return whether it may be taken or what is wrong, and the patient's error.

    The error comes squared, with the factor it allows the next step. A step that only looks at a save need not meet the
    tolerance: the longer one that is taken does. A share below 1 leaves the dense output there in place of the end.
    """
    k, u, lu, h_now, clock, atol, floors, rtol, err, residual, factor, _, state = work
    groups, _, lanes = y.shape
    mean, change = np.inf, 0.0
    for g in range(groups):
        call(
            code[0],
            (
                clock.ctypes.data, y[g].ctypes.data, p[g].ctypes.data, h_now.ctypes.data, atol.ctypes.data,
                rtol.ctypes.data, floors[min(g, 1)].ctypes.data, lu.ctypes.data, k.ctypes.data, u[g].ctypes.data,
                err.ctypes.data, residual.ctypes.data,
            ),
        )  # fmt: skip
        if g == 0:
            call(code[3], (err.ctypes.data, factor.ctypes.data))
            mean, change = err[0], factor[0]
        mine = min(lanes, used - g * lanes)
        for lane in range(mine):
            if residual[lane] > 0.0:
                return _UNTRUSTED, mean, change
        if g == 0 and not look and not (mean <= 1.0):
            return _INACCURATE, mean, change
        for lane in range(mine):
            if not (err[lane] < np.inf):
                return _INACCURATE, np.inf, 0.15
            if share < 1.0:
                interpolate(share, lane, y[g], u[g], k, dense, state)
                for i in range(len(state)):
                    u[g, i, lane] = state[i]
    return _GOOD, mean, change


@jit
def march_in_lockstep(
    code: Any,  # addresses of step, rate, observe, judge, shorten
    y: Any,  # (G, n, W) starting states, changed
    p: Any,  # (G, P', W) full parameters, changed by events
    own: Any,  # (G W, P') the same, lane by lane
    used: int,  # lanes in use, the patient first
    pairs: Any,  # (K, 2) lanes whose difference is wanted
    spans: Any,  # (K,) and by how much their parameters differ
    event_times: Any,  # (E,)
    event_slots: Any,
    event_values: Any,  # (E, G W)
    times: Any,  # (T,)
    rtol: float,
    start: float,
    max_steps: int,
    dense: Any,  # (rows, stages)
    work: Any,
    scratch: Any,
    values: Any,  # (T, O)
    derivatives: Any,  # (T, O, K)
    steps: Any,  # (3,) attempts, rejected by error, repeated for a bad linear solve
) -> int:
    """Integrate one patient and its copies; return the status.

    Steps, events and saves follow the rules of :func:`bimodal.engine.loop.integrate`, so the patient's values are those
    an ordinary run gives.
    """
    k, u, _, h_now, clock, atol, floors, _, _, _, _, share, _ = work
    outputs, state, slope, atol_one, one, trial, beside = scratch
    groups, n, lanes = y.shape
    saves, events = len(times), len(event_times)
    end = times[saves - 1]
    whole = max(end - start, 1e-300)
    t, h, save, event = start, 0.0, 0, 0
    stop, reaches = start, True
    last_mean, last_step = 0.0, 1.0
    near = t + TIME_TOLERANCE * max(abs(t), whole)
    if times[0] <= near:
        _observe(code[2], t, y, own, one, state, outputs)
        while save < saves and times[save] <= near:
            _differences(outputs, pairs, spans, values[save], derivatives[save])
            save += 1
    ahead = save
    unsure = False
    while save < saves:
        if reaches:
            reaches = False
            close = t + TIME_TOLERANCE * max(abs(t), whole)
            happened = h == 0.0
            while event < events and event_times[event] <= close:
                slot = event_slots[event]
                if slot < 0:  # a stop where nothing happens
                    event += 1
                    continue
                for lane in range(groups * lanes):
                    g, w = lane // lanes, lane % lanes
                    if slot < n:
                        y[g, slot, w] += event_values[event, lane]
                    elif slot < 2 * n:
                        y[g, slot - n, w] = event_values[event, lane]
                    else:
                        p[g, slot - 2 * n, w] = event_values[event, lane]
                        own[lane, slot - 2 * n] = event_values[event, lane]
                event += 1
                happened = True
            stop = min(end, event_times[event]) if event < events else end
            if happened:
                for i in range(n):
                    state[i], atol_one[i] = y[0, i, 0], atol[i, 0]
                h = first_step(code[1], t, state, own[0], slope, one, atol_one, rtol, stop - t)
        room = stop - t
        held = h >= room * 0.999999
        step = room if held else min(h, 0.5 * room)
        look = False
        if ahead < saves:
            arrives = stop - TIME_TOLERANCE * max(abs(stop), whole) if held else t + step
            if times[ahead] < arrives:
                look = True
                step = times[ahead] - t
        h_now[:] = step
        clock[:] = t
        verdict, mean, factor = _step(code, y, p, used, look, 1.0, dense, work)
        if look:
            if verdict == _GOOD:
                _observe(code[2], times[ahead], u, own, one, state, outputs)
                _differences(outputs, pairs, spans, values[ahead], derivatives[ahead])
            else:  # left to the dense output of the step that is taken: the path must not depend on saves
                values[ahead] = np.nan
                unsure = True
            ahead += 1
            continue
        steps[0] += 1
        if verdict == _UNTRUSTED:
            steps[2] += 1
            h = 0.25 * step
        elif verdict == _INACCURATE:
            steps[1] += 1
            shorter = shorten(code[4], trial, mean, step, last_mean, last_step, factor)
            tiny = step <= TINY * max(abs(t), whole) and mean < np.inf
            again = tiny and loosen(0, y[0], u[0], k, atol, share, floors[0], rtol)
            h = step if again else step * shorter
            last_mean, last_step = 0.0 if again else mean, step
            for i in range(n if again else 0):
                atol[i, :] = atol[i, 0]
        else:
            last_mean = 0.0
            arrives = stop if held else t + step
            limit = arrives + TIME_TOLERANCE * max(abs(arrives), whole) if held else arrives
            first = save
            while save < saves and times[save] <= limit:
                if save >= ahead:  # on the end of the step
                    _observe(code[2], times[save], u, own, one, state, outputs)
                    _differences(outputs, pairs, spans, values[save], derivatives[save])
                save += 1
            if unsure:
                unsure = False
                for i in range(first, min(ahead, save)):
                    if any_missing(values[i]):
                        _step(code, y, p, used, True, (times[i] - t) / step, dense, work)
                        _observe(code[2], times[i], u, own, one, state, outputs)
                        _differences(outputs, pairs, spans, values[i], derivatives[i])
                _step(code, y, p, used, True, 1.0, dense, work)
            ahead = save
            for g in range(groups):
                for i in range(n):
                    for lane in range(lanes):
                        y[g, i, lane] = u[g, i, lane]
            for i in range(n):  # tolerances are those of the patient, in all lanes
                atol[i, :] = max(atol[i, 0], share[i, 0] * abs(u[0, i, 0]))
            # a step cut short by a stop says nothing against the longer one
            h = max(h, step * factor) if (step < h and factor >= 1.0) else step * factor
            t = arrives
            reaches = held
        if save < saves:
            if h <= 1e-15 * max(abs(t), 1e-3 * whole):
                stop = stop_behind(t, whole, event_times, event_slots)
                for i in range(n):
                    state[i], atol_one[i] = y[0, i, 0], atol[i, 0]
                after = t if stop == t else over_jump(code[1], t, stop, state, own[0], atol_one, rtol, one, beside)
                if after == t:
                    return _STEP_TOO_SMALL
                one[0] = t
                for lane in range(used):
                    for i in range(n):
                        state[i] = y[lane // lanes, i, lane % lanes]
                    call(code[1], (one.ctypes.data, state.ctypes.data, own[lane].ctypes.data, slope.ctypes.data))
                    for i in range(n):
                        y[lane // lanes, i, lane % lanes] += (after - t) * slope[i]
                t, h, last_mean, reaches = after, 0.0, 0.0, True
                near = t + TIME_TOLERANCE * max(abs(t), whole)
                if times[save] <= near:
                    _observe(code[2], t, y, own, one, state, outputs)
                while save < saves and times[save] <= near:
                    _differences(outputs, pairs, spans, values[save], derivatives[save])
                    save += 1
                ahead, unsure = save, False
            if steps[0] >= max_steps:
                return _TOO_MANY_STEPS
    return _DONE
