"""Runs patients until they rest, events of the model among it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from bimodal.engine import Carried, Settings, System, solve

FloatArray = npt.NDArray[np.float64]
#: When to look, in the model's unit of time: it rests if nothing has changed from one of them to the next.
LOOKS = tuple(10.0**power for power in range(3, 13))
#: Largest change that counts as none: of the value, or of a thousandth of its largest.
STILL = 1e-7


@dataclass(frozen=True, eq=False)
class Rest:
    """N patients at rest.

    Parameters
    ----------
    states
        (N, n); NaN for one that failed or found no rest.
    times
        (N,) when they were taken, after the start.
    carried
        Where the triggers stand.
    sentences
        Of patients without a result: why.
    """

    states: FloatArray
    times: FloatArray
    carried: Carried | None
    sentences: dict[int, str]


def run_to_rest(
    system: System,
    inputs: FloatArray,
    *,
    start: float,
    settings: Settings,
    carried: Carried | None,
    workers: int,
) -> Rest:
    """Integrate patients until nothing changes any more.

    Parameters
    ----------
    system
        Its outputs are its states, and its last inputs their starting values.
    inputs
        (N, P).
    start
        Time at which they begin.
    carried
        Where the triggers stood before.

    Returns
    -------
    Rest
        What rests has changed by no more than ``STILL`` from one of the times ``LOOKS`` after the start to the next,
        ten times as late, and waits for no event.
    """
    count, size = len(inputs), len(system.state_ids)
    found = Rest(np.full((count, size), np.nan), np.full(count, np.nan), None, {})
    going, own, now = np.arange(count), inputs.copy(), inputs[:, inputs.shape[1] - size :]
    peak, ends, last = np.abs(now), dict[int, Carried](), start
    for number, look in enumerate(LOOKS):
        own[:, own.shape[1] - size :] = now
        run = solve(system, own, None, [start + look], start=last, settings=settings, carried=carried, workers=workers)
        before, now, last = now, run.values[:, 0], start + look
        peak = np.maximum(peak, np.abs(now))
        failed = np.isnan(now).any(axis=1)
        moved = np.abs(now - before) > STILL * np.maximum(np.abs(now), 1e-3 * peak)
        still = ~moved.any(axis=1) & ~failed & (number > 0)
        if run.carried is not None:
            still &= np.array([not waits for waits in run.carried.waiting], np.bool_)
        for place in np.flatnonzero(failed).tolist():
            found.sentences[int(going[place])] = run.sentence(place)
        for place in np.flatnonzero(still).tolist():
            who = int(going[place])
            found.states[who], found.times[who] = now[place], last
            if run.carried is not None:
                ends[who] = run.carried.of([place])
        rest = np.flatnonzero(~(still | failed))
        going, own, now, peak = going[rest], own[rest], now[rest], peak[rest]
        carried = None if run.carried is None else run.carried.of(rest)
        if not len(going):
            break
    found.sentences.update(dict.fromkeys(going.tolist(), f"It does not come to rest within {LOOKS[-1]:g}."))
    return replace(found, carried=_joined(ends, count))


def _joined(ends: dict[int, Carried], count: int) -> Carried | None:
    if not ends:
        return None
    width = next(iter(ends.values())).truths.shape[1]
    truths = np.zeros((count, width), np.int8)
    for who, end in ends.items():
        truths[who] = end.truths[0]
    return Carried(truths, tuple(ends[who].waiting[0] if who in ends else () for who in range(count)))
