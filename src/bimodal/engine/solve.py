"""Runs a system for many patients."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

import numpy as np
import numpy.typing as npt

from bimodal.engine.fallback import integrate_by_radau
from bimodal.engine.kernel import Kernel
from bimodal.engine.schedule import Schedule
from bimodal.engine.settings import Settings
from bimodal.engine.status import Status
from bimodal.engine.system import System
from bimodal.engine.trajectories import Trajectories
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
    workers: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Trajectories:
    """Integrate a system for N patients.

    A save time equal to an event time gives the value before the event. Each patient's bytes are the same alone or
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
        (T,) ascending save times in the model's unit, none before ``start``.
    start
        When the starting values hold.
    settings
        Tolerances and limits.
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
    n = len(inputs)
    schedule = schedule or Schedule.none(n)
    _check(system, inputs, schedule, when, start, workers)
    kernel = system.kernel
    full, states = kernel.start(inputs)
    scales = np.asarray(system.scales, np.float64)
    out = np.full((n, len(when), kernel.outputs), np.nan)
    status = np.full(n, int(Status.NOT_STARTED), np.int8)
    steps = np.zeros(n, np.int64)
    states[~np.isfinite(inputs).all(axis=1)] = np.nan
    _run(kernel, (full, states, schedule, when, start, settings, scales), (out, status, steps), workers, progress)
    for who in np.flatnonzero((status > Status.NOT_STARTED) & (status != Status.NOT_FINITE)).tolist():
        out[who] = np.nan
        if settings.fallback:
            size = np.abs(states[who])
            atol = settings.rtol * settings.atol_factor * np.where(size > 0, size, scales)
            rescued = integrate_by_radau(
                kernel,
                full[who],
                states[who],
                schedule.part(who, who + 1),
                when,
                start=start,
                atol=atol,
                settings=settings,
            )
            if rescued is not None:
                out[who], status[who] = rescued, Status.DONE_BY_FALLBACK
    # a result that is not a number is no result
    broken = (status <= Status.DONE_BY_FALLBACK) & ~np.isfinite(out).all(axis=(1, 2))
    out[broken], status[broken] = np.nan, Status.NOT_FINITE
    return Trajectories(when, system.output_ids, out, status, steps)


def _check(
    system: System, inputs: FloatArray, schedule: Schedule, times: FloatArray, start: float, workers: int
) -> None:
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


def _run(
    kernel: Kernel,
    problem: tuple[FloatArray, FloatArray, Schedule, FloatArray, float, Settings, FloatArray],
    results: tuple[FloatArray, npt.NDArray[np.int8], npt.NDArray[np.int64]],
    workers: int,
    progress: Callable[[int], None] | None,
) -> None:
    from bimodal.engine.loop import integrate

    full, states, schedule, times, start, settings, scales = problem
    out, status, steps = results
    n = len(full)
    code = np.array([kernel.addresses[name] for name in ("step", "rate", "observe")], np.int64)
    dense = np.array(kernel.tableau.dense)
    share = max(kernel.width, -(-n // (workers * 4)))
    spans = [(low, min(low + share, n)) for low in range(0, n, share)]
    signals = np.zeros((len(spans), 2), np.int64)

    def one(index: int) -> None:
        integrate(
            code, full, states, schedule.offsets, schedule.times, schedule.slots, schedule.values, times, start,
            settings.rtol, settings.atol_factor, scales, settings.max_steps, kernel.tableau.order, dense,
            scratch(kernel), out, status, steps, np.array(spans[index]), signals[index],
        )  # fmt: skip

    pool = ThreadPoolExecutor(max_workers=min(workers, len(spans)))
    try:
        waiting = {pool.submit(one, index) for index in range(len(spans))}
        while waiting:
            finished, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
            for task in finished:
                task.result()
            if progress is not None:
                progress(int(signals[:, 1].sum()))
    finally:
        signals[:, 0] = 1  # on an interrupt the loops end at their next patient
        pool.shutdown(wait=True, cancel_futures=True)


def scratch(kernel: Kernel) -> tuple[FloatArray, ...]:
    """Return the working memory of one thread, in the order ``integrate`` unpacks it, aligned for vector loads."""
    n, w, p, s = kernel.size, kernel.width, kernel.parameters, kernel.tableau.stages
    wide = [(n, w), (n, w), (s * n, w), (kernel.factor_size, w), (p, w), (w,), (w,), (n, w), (w,), (w,)]
    narrow = [(n,), (n,), (p,), (n,), (1,), (n,), (kernel.outputs,), (w,)]
    return tuple(_aligned(shape) for shape in [*wide, *narrow])


def _aligned(shape: tuple[int, ...]) -> FloatArray:
    count = int(np.prod(shape))
    memory = np.zeros(count + 8)
    skip = (-memory.ctypes.data % 64) // 8
    return memory[skip : skip + count].reshape(shape)
