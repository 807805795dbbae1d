"""At which times after a dose a level is sampled for half-lives, whatever is saved of a run."""

from __future__ import annotations

from bimodal.study.endpoints.dosing_times import DosingTimes

#: After an intravenous push, hours: for the two phases of `phases.py`, to 45 minutes and from 1.5 to 4 h.
AFTER_PUSH_H = (1 / 60, 5 / 60, 10 / 60, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)
#: After the end of the last input, hours: for half-lives of minutes to weeks; ours, as no protocol holds for all drugs.
AFTER_INPUT_H = (
    *(5 / 60, 10 / 60, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 16.0, 20.0, 24.0),
    *(30.0, 36.0, 48.0, 60.0, 72.0, 96.0, 120.0, 144.0, 168.0, 216.0, 264.0, 336.0, 408.0, 504.0, 600.0, 672.0),
)
_DAY_H = 24.0


def push_samples(dosing: DosingTimes) -> tuple[float, ...]:
    """Give the sampling times of the first dosing interval after a push, hours; none without one."""
    if not dosing.times_h or not dosing.pushed:
        return ()
    start = dosing.distinct[0]
    return tuple(start + h for h in AFTER_PUSH_H if start + h < min(dosing.first_stop_h, dosing.until_h))


def terminal_samples(dosing: DosingTimes) -> tuple[float, ...]:
    """Give the sampling times after the last input, hours.

    Examples
    --------
    >>> terminal_samples(DosingTimes((0.0,), until_h=0.3))
    (0.08333333333333333, 0.16666666666666666, 0.25)
    """
    if not dosing.times_h:
        return ()
    end = dosing.last_input_h
    return tuple(end + h for h in AFTER_INPUT_H if end + h <= dosing.until_h)


def pk_edges(dosing: DosingTimes) -> tuple[float, ...]:
    """Give every time at which a segment must end for the rules of pharmacokinetics, hours, in no order.

    Examples
    --------
    >>> sorted(set(pk_edges(DosingTimes((0.0, 8.0), until_h=8.0))))
    [0.0, 8.0]
    """
    if not dosing.times_h:
        return ()
    times = dosing.distinct
    edges = [times[0], times[0] + _DAY_H, dosing.first_stop_h, times[-1], dosing.last_input_h, dosing.until_h]
    if len(times) > 1:
        edges.append(2 * times[-1] - times[-2])
    edges += [*push_samples(dosing), *terminal_samples(dosing)]
    return tuple(edge for edge in edges if edge <= dosing.until_h)
