"""The loop around the step: one patient per lane, each with its own step size, events and save times.

A lane that finishes takes the next patient. Everything a patient's result depends on (step sizes, events, retries) is
decided from that patient's own numbers, so company and order never change it. Compiled once per installation: the
model's code comes in as addresses. A save inside a step is reached by a step of its own from where the step begins:
far more exact than interpolation, at about its cost, and the path stays as it is, even where such a step fails.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from bimodal.engine.accumulate import follow, peek, sharpen
from bimodal.engine.call import call
from bimodal.engine.jit import jit
from bimodal.engine.open_segment import load, stand, store
from bimodal.engine.schedule import TIME_TOLERANCE
from bimodal.engine.settings import LOOSE
from bimodal.engine.status import PAUSED_DUE, PAUSED_TRIGGER

#: Codes of :class:`bimodal.engine.status.SolverStatus`.
_DONE, _STEP_TOO_SMALL, _TOO_MANY_STEPS, _NOT_FINITE = 0, 3, 4, 5
#: A step this short, relative to the run, is one that something cuts down.
TINY = 1e-12
_LOOKS = 4  # looks for a trigger within a step: at its quarters


def next_typed(typing: Any, address: Any) -> Any:
    """Raise a whole number at an address by one and return what it was, as one act for all threads."""
    signature = types.int64(address)

    def generate(_context: Any, builder: Any, _signature: Any, values: Any) -> Any:
        place = builder.inttoptr(values[0], ir.IntType(64).as_pointer())
        return builder.atomic_rmw("add", place, ir.Constant(ir.IntType(64), 1), "monotonic")

    return signature, generate


_next: Any = intrinsic(next_typed)


@jit
def first_step(
    rate: int, t: float, y: Any, p: Any, f: Any, clock: Any, atol: Any, rtol: float, longest: float
) -> float:
    """Guess a first step from the size of the state and its slope (Hairer, Norsett and Wanner I, section II.4)."""
    clock[0] = t
    call(rate, (clock.ctypes.data, y.ctypes.data, p.ctypes.data, f.ctypes.data))
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


@jit
def shorten(
    code: int, trial: Any, mean: float, step: float, last_mean: float, last_step: float, factor: float
) -> float:
    """Return by how much to shorten a rejected step; ``mean`` is the square of its error, ``last_...`` the try before.

    The rule is the model's code, as :meth:`Assembly._shorten` writes it, so that no library of a platform has a say.
    """
    trial[0], trial[1], trial[2], trial[3], trial[4] = mean, step, last_mean, last_step, factor
    call(code, (trial.ctypes.data,))
    return trial[4]


@jit
def loosen(lane: int, y: Any, u: Any, k: Any, atol: Any, share: Any, floor: Any, rtol: float) -> bool:
    """Let the states that cut a step to almost nothing be known less exactly far below their largest size.

    What leaves zero by a jump or a fractional power has a relative error that no step makes small. Returns whether
    there was room for that, so that the same step is worth another try.
    """
    n, found = len(y), False
    for i in range(n):
        error, size = abs(k[len(k) - n + i, lane]), max(abs(y[i, lane]), abs(u[i, lane]))
        if 0.0 < share[i, lane] < LOOSE * rtol and error > rtol * size + atol[i, lane]:
            wider = min(1e3, LOOSE * rtol / share[i, lane])
            share[i, lane] *= wider
            atol[i, lane] *= wider
            floor[i, lane] /= wider
            found = True
    return found


@jit
def interpolate(theta: float, lane: int, y: Any, u: Any, k: Any, dense: Any, us: Any) -> None:
    """Write the dense output of one lane at a share of its last step."""
    rows, stages = dense.shape
    n = len(us)
    rest = 1.0 - theta
    for i in range(n):
        bend = 0.0
        for r in range(rows - 1, -1, -1):
            weight = 0.0
            for j in range(stages):
                weight += dense[r, j] * k[j * n + i, lane]
            bend = weight + theta * bend
        us[i] = rest * y[i, lane] + theta * (u[i, lane] + rest * bend)


@jit
def any_missing(values: Any) -> bool:
    """Tell whether any of some values is no number."""
    for i in range(len(values)):  # noqa: SIM110 - a plain loop compiles, a generator does not
        if np.isnan(values[i]):
            return True
    return False


@jit
def _changed(check: int, t: float, state: Any, ps: Any, one: Any, truth: Any, now: Any) -> bool:
    """Tell whether any trigger's condition differs from what it was."""
    one[0] = t
    call(check, (one.ctypes.data, state.ctypes.data, ps.ctypes.data, now.ctypes.data))
    for c in range(len(now)):  # noqa: SIM110 - a plain loop compiles, a generator does not
        if (now[c] != 0.0) != (truth[c] != 0):
            return True
    return False


@jit
def integrate(
    code: Any,  # addresses of step, rate, observe, conditions, judge, take, shorten
    params: Any,  # (N, P'), changed by events
    states: Any,  # (N, n), the state where each patient stands
    clocks: Any,  # (N,) and when that is
    lengths: Any,  # (N,) step length to begin with, 0 to choose one
    cursors: Any,  # (N, 2) next event, next save
    dues: Any,  # (N,) when to hand the patient back to the caller
    truths: Any,  # (N, C) conditions of triggers as they last were
    offsets: Any,  # events, as in Schedule
    event_times: Any,
    event_slots: Any,
    event_values: Any,
    times: Any,  # (T,)
    tolerances: Any,  # (N, n) absolute, changed as states grow
    shares: Any,  # (N, n) of the largest size of a state its absolute tolerance is
    floors: Any,  # (n,) lowest value allowed, in relative tolerances of the largest size, or in absolute ones if fixed
    rtol: float,
    start: float,
    max_steps: int,
    dense: Any,  # (rows, stages), for triggers
    work: Any,  # aligned scratch, see march.scratch
    out: Any,  # (N, T, O)
    status: Any,  # (N,)
    steps: Any,  # (N, 3) attempts, rejected by error, repeated for a bad linear solve
    queue: Any,  # patients waiting
    turn: Any,  # (1,) how many of them have been taken, shared by all threads
    signal: Any,  # (2,) [0] set by the caller to stop early, [1] counts finished patients
    read: Any,  # segments to read on the way, see Tally
    pad: Any,
) -> None:
    """Integrate the patients of a queue until they finish, fail, or have to be handed back.

    A patient is handed back (``PAUSED_DUE``) at its due time, after the saves and before the events of that time, and
    (``PAUSED_TRIGGER``) just after a trigger's condition changed; saves at that very time come after the trigger.
    """
    y, u, k, lu, p, atol, floor, share = work[:8]
    h_now, clock, rtol_w, err, residual, factor, taken, h, stop_at, last_mean, last_step = work[8:19]
    ys, us, pl, fs, one, atol1, outs, now, trial, numbers, truth = work[19:]
    n, lanes = y.shape
    saves = len(times)
    end = times[saves - 1]
    whole = max(end - start, 1e-300)
    triggers = truths.shape[1]
    for lane in range(lanes):
        rtol_w[lane] = rtol
    edges = len(read.edges)
    patient, event, save, leaves = numbers[0], numbers[1], numbers[2], numbers[3]
    ahead = numbers[4]  # the next save not yet looked at from where the lane stands
    edge = numbers[5]  # the next edge of a segment
    reaches, held, fresh = truth[0], truth[1], truth[2]
    looks = truth[3]  # whether the present step only goes to that save
    unsure = truth[4]  # whether such a step failed, so that a save waits for the dense output
    waits = truth[5]  # whether the segment before that edge waits to begin
    for lane in range(lanes):
        patient[lane], h[lane], last_step[lane], leaves[lane], fresh[lane] = -1, 1.0, 1.0, -1, True
    active = 0
    while True:
        for lane in range(lanes):
            while fresh[lane]:
                fresh[lane] = False
                patient[lane] = -1
                place = len(queue) if signal[0] != 0 else _next(turn.ctypes.data)
                if place >= len(queue):
                    break
                who = queue[place]
                finite = True
                for i in range(n):
                    y[i, lane] = states[who, i]
                    finite = finite and np.isfinite(states[who, i])
                    atol[i, lane], share[i, lane] = tolerances[who, i], shares[who, i]
                    floor[i, lane] = floors[i] * (rtol / shares[who, i] if shares[who, i] > 0.0 else 1.0)
                for i in range(p.shape[0]):
                    p[i, lane] = params[who, i]
                    pl[lane, i] = params[who, i]
                if not finite:
                    status[who] = _NOT_FINITE
                    signal[1] += 1
                    fresh[lane] = True
                    continue
                patient[lane] = who
                clock[lane] = clocks[who]
                event[lane], save[lane] = cursors[who, 0], cursors[who, 1]
                h[lane] = lengths[who]
                reaches[lane] = True
                active += 1
                # values where the patient stands, before any event there
                near = clock[lane] + TIME_TOLERANCE * max(abs(clock[lane]), whole)
                if save[lane] < saves and times[save[lane]] <= near:
                    for i in range(n):
                        ys[i] = y[i, lane]
                    while save[lane] < saves and times[save[lane]] <= near:
                        one[0] = times[save[lane]]  # the clock may stand a hair later, on the far side of a jump
                        call(code[2], (one.ctypes.data, ys.ctypes.data, pl[lane].ctypes.data, outs.ctypes.data))
                        for i in range(out.shape[2]):
                            out[who, save[lane], i] = outs[i]
                        save[lane] += 1
                ahead[lane] = save[lane]
                unsure[lane] = False
                if edges > 0:
                    edge[lane], waits[lane] = load(lane, who, read, pad)
                last_mean[lane] = 0.0
                if save[lane] >= saves:
                    status[who] = _DONE
                    signal[1] += 1
                    active -= 1
                    fresh[lane] = True
        if active == 0:
            break
        # at a stop: events happen, and a new first step is chosen
        for lane in range(lanes):
            who = patient[lane]
            if who < 0:
                h_now[lane] = 1e-9 * whole
                continue
            if reaches[lane]:
                reaches[lane] = False
                t = clock[lane]
                close = t + TIME_TOLERANCE * max(abs(t), whole)
                e = event[lane]
                happened = h[lane] == 0.0
                while e < offsets[who + 1] and event_times[e] <= close:
                    slot = event_slots[e]
                    if slot < 0:  # a stop where nothing happens
                        e += 1
                        continue
                    if slot < n:
                        y[slot, lane] += event_values[e]
                    elif slot < 2 * n:
                        y[slot - n, lane] = event_values[e]
                    else:
                        p[slot - 2 * n, lane] = event_values[e]
                        pl[lane, slot - 2 * n] = event_values[e]
                    e += 1
                    happened = True
                event[lane] = e
                if edges > 0:
                    stand(lane, edge[lane], waits[lane], t, y, pl, read, pad)
                    waits[lane] = False
                stop_at[lane] = min(dues[who], end)
                if e < offsets[who + 1]:
                    stop_at[lane] = min(stop_at[lane], event_times[e])
                if happened:
                    for i in range(n):
                        ys[i] = y[i, lane]
                        atol1[i] = atol[i, lane]
                    h[lane] = first_step(code[1], t, ys, pl[lane], fs, one, atol1, rtol, stop_at[lane] - t)
            room = stop_at[lane] - clock[lane]
            held[lane] = h[lane] >= room * 0.999999
            h_now[lane] = room if held[lane] else min(h[lane], 0.5 * room)
            looks[lane] = False
            if ahead[lane] < saves:
                arrives = clock[lane] + h_now[lane]
                if held[lane]:  # a save on the stop is served by the step itself
                    arrives = stop_at[lane] - TIME_TOLERANCE * max(abs(stop_at[lane]), whole)
                if times[ahead[lane]] < arrives:
                    looks[lane] = True
                    h_now[lane] = times[ahead[lane]] - clock[lane]
        call(
            code[0],
            (
                clock.ctypes.data, y.ctypes.data, p.ctypes.data, h_now.ctypes.data, atol.ctypes.data,
                rtol_w.ctypes.data, floor.ctypes.data, lu.ctypes.data, k.ctypes.data, u.ctypes.data, err.ctypes.data,
                residual.ctypes.data,
            ),
        )  # fmt: skip
        call(code[4], (err.ctypes.data, factor.ctypes.data))
        wanted, plain = False, False
        for lane in range(lanes if edges > 0 else 0):
            pad.plain[lane] = 0.0
            wanted = wanted or (err[lane] <= 1.0 and patient[lane] >= 0 and not looks[lane] and edge[lane] < edges)
        if wanted:
            call(
                read.sample,
                (
                    clock.ctypes.data, y.ctypes.data, p.ctypes.data, h_now.ctypes.data, rtol_w.ctypes.data,
                    k.ctypes.data, u.ctypes.data, pad.start.ctypes.data, pad.acc.ctypes.data, pad.level.ctypes.data,
                    pad.bend.ctypes.data, pad.nodes.ctypes.data, pad.flags.ctypes.data, pad.closer.ctypes.data,
                ),
            )  # fmt: skip
        leaving = False
        for lane in range(lanes):
            taken[lane] = 0.0
            who = patient[lane]
            if who < 0:
                continue
            bad = residual[lane] > 0.0  # the unpivoted factors cannot be trusted: again with a quarter of the step
            if looks[lane]:
                sound = not bad and err[lane] < np.inf
                if sound:
                    for i in range(n):
                        us[i] = u[i, lane]
                    one[0] = times[ahead[lane]]
                    call(code[2], (one.ctypes.data, us.ctypes.data, pl[lane].ctypes.data, outs.ctypes.data))
                for i in range(out.shape[2]):
                    out[who, ahead[lane], i] = outs[i] if sound else np.nan
                unsure[lane] = unsure[lane] or not sound
                ahead[lane] += 1
                continue
            leaves[lane] = -1
            steps[who, 0] += 1
            if bad:
                steps[who, 2] += 1
                h[lane] = 0.25 * h_now[lane]
            elif not (err[lane] <= 1.0):
                steps[who, 1] += 1
                tried = (err[lane], h_now[lane], last_mean[lane], last_step[lane], factor[lane])
                shorter = shorten(code[6], trial, *tried)
                tiny = h_now[lane] <= TINY * max(abs(clock[lane]), whole) and err[lane] < np.inf
                again = tiny and loosen(lane, y, u, k, atol, share, floor, rtol)
                h[lane] = h_now[lane] if again else h_now[lane] * shorter
                last_mean[lane], last_step[lane] = 0.0 if again else err[lane], h_now[lane]
            else:
                last_mean[lane] = 0.0
                t = clock[lane]
                step = h_now[lane]
                arrives = stop_at[lane] if held[lane] else t + step
                fired = False
                high = 1.0
                if triggers > 0:
                    # the first look at which a condition differs, then bisection down to what the clock can resolve
                    low = 0.0
                    for look in range(1, _LOOKS + 1):
                        high = look / _LOOKS
                        interpolate(high, lane, y, u, k, dense, us)
                        fired = _changed(code[3], t + high * step, us, pl[lane], one, truths[who], now)
                        if fired:
                            break
                        low = high
                    if fired:
                        while (high - low) * step > 1e-14 * max(abs(t), 1e-3 * whole):
                            middle = 0.5 * (low + high)
                            if middle <= low or middle >= high:
                                break
                            interpolate(middle, lane, y, u, k, dense, us)
                            if _changed(code[3], t + middle * step, us, pl[lane], one, truths[who], now):
                                high = middle
                            else:
                                low = middle
                        arrives = t + high * step
                margin = TIME_TOLERANCE * max(abs(arrives), whole)
                # at a stop saves that fall on it come first; a trigger takes place before the saves on it
                after = fired or (triggers > 0 and held[lane] and arrives >= dues[who])
                limit = arrives - margin if after else (arrives + margin if held[lane] else arrives)
                while save[lane] < saves and times[save[lane]] <= limit:
                    late = save[lane] >= ahead[lane]  # on the end of the step
                    if late or (unsure[lane] and any_missing(out[who, save[lane]])):
                        if late:
                            for i in range(n):
                                us[i] = u[i, lane]
                        else:
                            interpolate((times[save[lane]] - t) / step, lane, y, u, k, dense, us)
                        one[0] = times[save[lane]]
                        call(code[2], (one.ctypes.data, us.ctypes.data, pl[lane].ctypes.data, outs.ctypes.data))
                        for i in range(out.shape[2]):
                            out[who, save[lane], i] = outs[i]
                    save[lane] += 1
                ahead[lane] = save[lane]
                unsure[lane] = False
                if edge[lane] < edges:
                    pad.lands[lane] = arrives
                    snap = margin if fired or held[lane] else 0.0
                    if fired or pad.closer[lane] > 1.0 or edge[lane] == 0 or read.edges[edge[lane]] <= arrives + snap:
                        edge[lane], waits[lane] = follow(
                            lane, who, edge[lane], t, step, high, snap, rtol, y, u, pl, read, pad
                        )
                    else:
                        if pad.closer[lane] > 0.0:
                            which, at = peek(0, lane, t, step, rtol, pad.start, pad.nodes, pad.flags, pad.acc)
                            if which >= 0:
                                sharpen(which, at, lane, t, step, rtol, y, u, pl, read, pad)
                        pad.plain[lane], pad.began[lane], plain = 1.0, t, True
                if fired:
                    interpolate(high, lane, y, u, k, dense, us)
                    for i in range(n):
                        u[i, lane] = us[i]
                taken[lane] = 1.0
                # a step cut short by a stop says nothing against the longer one
                longer = step * factor[lane]
                h[lane] = max(h[lane], longer) if (step < h[lane] and factor[lane] >= 1.0) else longer
                clock[lane] = arrives
                reaches[lane] = held[lane]
                if fired:
                    leaves[lane] = PAUSED_TRIGGER
                if save[lane] >= saves:
                    leaves[lane] = _DONE
                elif not fired and held[lane] and arrives >= dues[who]:
                    leaves[lane] = PAUSED_DUE
            if leaves[lane] < 0:
                if h[lane] <= 1e-15 * max(abs(clock[lane]), 1e-3 * whole):
                    leaves[lane] = _STEP_TOO_SMALL
                elif steps[who, 0] >= max_steps:
                    leaves[lane] = _TOO_MANY_STEPS
            leaving = leaving or leaves[lane] >= 0
        if plain:
            call(
                read.gather,
                (
                    pad.plain.ctypes.data, pad.began.ctypes.data, h_now.ctypes.data, pad.lands.ctypes.data,
                    pad.nodes.ctypes.data, pad.level.ctypes.data, pad.start.ctypes.data, pad.acc.ctypes.data,
                ),
            )  # fmt: skip
        call(
            code[5],
            (taken.ctypes.data, u.ctypes.data, y.ctypes.data, atol.ctypes.data, share.ctypes.data),
        )
        if not leaving:
            continue
        for lane in range(lanes):
            who = patient[lane]
            if who < 0 or leaves[lane] < 0:
                continue
            status[who] = leaves[lane]
            for i in range(n):
                states[who, i] = y[i, lane]
                tolerances[who, i], shares[who, i] = atol[i, lane], share[i, lane]
            for i in range(p.shape[0]):
                params[who, i] = p[i, lane]
            clocks[who] = clock[lane]
            lengths[who] = h[lane]
            cursors[who, 0], cursors[who, 1] = event[lane], save[lane]
            if edges > 0:
                store(lane, who, edge[lane], waits[lane], read, pad)
            if leaves[lane] < PAUSED_DUE:
                signal[1] += 1
            active -= 1
            leaves[lane] = -1
            fresh[lane] = True
            patient[lane] = -1
