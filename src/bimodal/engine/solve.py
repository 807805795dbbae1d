"""Runs a system for many patients."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from bimodal.engine.carried import Carried
from bimodal.engine.compiled import compiled
from bimodal.engine.march import March
from bimodal.engine.reasons import reason_of_output
from bimodal.engine.schedule import Schedule
from bimodal.engine.segments import Segments
from bimodal.engine.settings import Settings
from bimodal.engine.status import SolverStatus
from bimodal.engine.system import System
from bimodal.engine.trajectories import Trajectories
from bimodal.engine.visits import Visits
from bimodal.errors import EngineError

FloatArray = npt.NDArray[np.float64]


def solve(
    system: System,
    parameters: npt.ArrayLike,
    schedule: Schedule | None,
    times: npt.ArrayLike,
    *,
    start: float = 0.0,
    settings: Settings | None = None,
    visits: Visits | None = None,
    segments: Segments | None = None,
    carried: Carried | None = None,
    hold: bool = False,
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Trajectories:
    """Integrate a system for N patients.

    At one moment things happen in this order: saves, the visit, scheduled events as listed; an event the system causes
    itself comes before the saves of its moment. Each patient's bytes are the same alone or
    in any company, order and number of workers.

    Parameters
    ----------
    system
        The model.
    parameters
        (N, P) values in the order of ``system.parameter_ids``; one row serves a single patient.
    schedule
        Events of the N patients, or ``None``.
    times
        (T,) ascending save times in the model's unit, none before ``start``; the run ends at the last of them.
    start
        When the starting values hold.
    settings
        Tolerances and limits.
    visits
        Moments at which a rule decides about coming events.
    segments
        What to read along the whole trajectory. A run that would end before the last edge goes on to it. The readings
        do not depend on ``times``, except that the run ends at the later of last save and last edge.
    carried
        Where the triggers stood at the end of the run that this one goes on from: what was true then is not triggered
        at the start, and what waited goes on waiting.
    hold
        Whether events the system would cause at the very end are left to the run that goes on from there.
    workers
        Threads.
    progress
        Called now and then with the number of patients finished so far.

    Raises
    ------
    EngineError
        Shapes disagree, times fall, or an event lies before the start.

    Examples
    --------
    >>> from bimodal.expr import Graph
    >>> g = Graph()
    >>> x, k = g.symbol("x"), g.symbol("k")
    >>> decay = System(g, ("x",), ("k",), frozenset(), (), (g.const(1.0),), (g.neg(g.mul(k, x)),), (("x", x),), (1.0,))
    >>> round(float(solve(decay, [[1.0]], None, [0.0, 1.0])["x"][0, 1]), 6)
    0.367879
    """
    settings = settings or Settings()
    inputs = np.ascontiguousarray(np.atleast_2d(np.asarray(parameters, np.float64)))
    when = np.ascontiguousarray(times, np.float64)
    schedule = schedule or Schedule.none(len(inputs))
    check_problem(system, inputs, schedule, when, start, workers)
    if visits is not None:
        check_visits(visits, schedule, start)
    if settings.method == "rodas4":
        kernel = compiled(system, "fast")
    else:
        kernel = compiled(system, "narrow") if len(inputs) == 1 else compiled(system)
    reach = when
    if segments is not None:
        segments.check(start, max(float(when[-1]), float(segments.edges[-1])))
        if segments.edges[-1] > when[-1]:
            reach = np.append(when, segments.edges[-1])  # a save nobody asked for, where the run ends
    march = March(
        system, kernel, inputs, schedule, reach, start=start, settings=settings, visits=visits, segments=segments,
        carried=carried, hold=hold,
    )  # fmt: skip
    if len(inputs):
        march.run(workers, progress)
    status, out = march.status.astype(np.int8), march.out[:, : len(when)]
    # a result that is not a number is no result, unless it is one that only looks on
    lost = ~np.isfinite(out)
    seen = np.array([name in system.observers for name in system.output_ids], np.bool_)
    broken = (status <= SolverStatus.DONE_BY_FALLBACK) & lost[:, :, ~seen].any(axis=(1, 2))
    for who in np.flatnonzero(broken).tolist():
        march.reasons[who] = reason_of_output(system, when, np.where(seen, 0.0, out[who]))
    out[lost] = np.nan
    status[broken] = SolverStatus.NOT_FINITE
    failed = status > SolverStatus.DONE_BY_FALLBACK
    out[failed] = np.nan
    attempts, rejected, repeated = march.steps.T
    return Trajectories(
        when, system.output_ids, out, status, attempts, rejected, repeated, march.ledger, march.reasons,
        march.tally.results(failed), march.carried,
    )  # fmt: skip


def check_visits(visits: Visits, schedule: Schedule, start: float) -> None:
    """Refuse visits that do not fit the patients, their events or the start of the run."""
    if visits.times.ndim not in (1, 2) or (visits.times.ndim == 2 and len(visits.times) != schedule.patients):
        raise EngineError(f"visits of shape {visits.times.shape} do not fit {schedule.patients} patients")
    if visits.governed is not None and visits.governed.shape != schedule.slots.shape:
        raise EngineError(f"visits govern some of {len(visits.governed)} events, and there are {len(schedule.slots)}")
    if visits.times.size and visits.times.min() < start:
        raise EngineError("a visit lies before the start of the run")


def check_problem(
    system: System, inputs: FloatArray, schedule: Schedule, times: FloatArray, start: float, workers: int
) -> None:
    """Refuse shapes, times, events and counts that make no sense, before anything is computed."""
    if inputs.shape[1] != len(system.parameter_ids):
        raise EngineError(f"the model has {len(system.parameter_ids)} parameters, {inputs.shape[1]} were given")
    if schedule.patients != len(inputs):
        raise EngineError(f"parameters of {len(inputs)} patients came with events of {schedule.patients}")
    if len(times) == 0 or not np.isfinite(times).all() or (np.diff(times) < 0).any() or times[0] < start:
        raise EngineError("save times must be finite, ascending and not before the start")
    if len(schedule.times) and schedule.times.min() < start:
        raise EngineError("an event lies before the start of the run")
    top = 2 * len(system.state_ids) + len(system.parameter_ids)
    if len(schedule.slots) and not (schedule.slots.min() >= 0 and schedule.slots.max() < top):
        raise EngineError("an event goes to a slot the model does not have")
    if workers < 1:
        raise EngineError(f"at least one worker is needed, not {workers}")
