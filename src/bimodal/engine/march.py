"""Takes all patients of a run from stop to stop: compiled loop, visits, self-caused events, second chances."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.engine.carried import Carried
from bimodal.engine.causes import Causes
from bimodal.engine.clock import STOP, with_stops
from bimodal.engine.fallback import Standing, carry_on_by_radau
from bimodal.engine.kernel import Kernel
from bimodal.engine.native import Native
from bimodal.engine.reasons import reason_at_start, reason_of_failure
from bimodal.engine.schedule import TIME_TOLERANCE, Schedule
from bimodal.engine.segments import Segments
from bimodal.engine.settings import LOOSE, Settings
from bimodal.engine.shared import shared_by
from bimodal.engine.solution_reader import SolutionReader
from bimodal.engine.status import PAUSED_DUE, SolverStatus
from bimodal.engine.system import System
from bimodal.engine.tally import Tally
from bimodal.engine.visit_windows import VisitWindows
from bimodal.engine.visits import Ledger, Visit, Visits

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: What the loop calls after the step, in the order it expects.
_CODE = ("rate", "observe", "conditions", "judge", "take", "shorten")
#: What the loop gives up with.
_GIVEN_UP = (SolverStatus.STEP_TOO_SMALL, SolverStatus.TOO_MANY_STEPS)
#: How often states are raised off zero in a run: one that a rate draws below again would be without end.
_MOST_RAISED = 20


_integrate = Native("bimodal.engine.loop", "integrate")
_stop_behind = Native("bimodal.engine.jump", "stop_behind")
_over_jump = Native("bimodal.engine.jump", "over_jump")


class March:
    """The moving parts of one run.

    Parameters
    ----------
    system, kernel
        What is solved, compiled.
    inputs
        (N, P) parameters.
    schedule
        Events of the N patients.
    times
        (T,) save times.
    start
        When the starting values hold.
    settings
        Tolerances and limits.
    visits
        When to stop for a rule, or ``None``.
    carried
        Where the triggers stood before the start, or ``None``.
    hold
        Whether events that the system would cause at the very end are left to the run that goes on from there.
    """

    def __init__(
        self,
        system: System,
        kernel: Kernel,
        inputs: FloatArray,
        schedule: Schedule,
        times: FloatArray,
        *,
        start: float,
        settings: Settings,
        visits: Visits | None,
        segments: Segments | None = None,
        carried: Carried | None = None,
        hold: bool = False,
    ) -> None:
        n = len(inputs)
        self.system, self.kernel, self.settings = system, kernel, settings
        self.times, self.start, self.visits = times, start, visits
        self.params, self.states = kernel.start(inputs)
        self.schedule = with_stops(system, schedule, self.params, start, float(times[-1]))
        self._step = kernel.step(shared_by(kernel.foldable, self.params, self.states, self.schedule.slots))
        self.reasons: dict[int, str] = {}  # of patients that failed: which quantity, and when
        broken = ~(np.isfinite(inputs).all(axis=1) & np.isfinite(self.states).all(axis=1))
        for who in np.flatnonzero(broken).tolist():
            self.reasons[who] = reason_at_start(system, inputs[who], self.states[who])
        self.states[broken] = np.nan
        size = np.abs(self.states)
        self.scales: FloatArray = np.where(size > 0, size, np.asarray(system.scales))
        self.tolerances: FloatArray = settings.tolerances(self.scales)
        self.shares: FloatArray = np.full(self.states.shape, settings.share)
        guarded = [name in system.nonnegative for name in system.state_ids]
        self.floors: FloatArray = np.where(guarded, -settings.slack, -np.inf)
        self.clocks: FloatArray = np.full(n, start)
        self.lengths: FloatArray = np.zeros(n)
        self.cursors: IntArray = np.stack([self.schedule.offsets[:-1], np.zeros(n, np.int64)], axis=1)
        self.dues: FloatArray = np.full(n, np.inf)
        self.truths: npt.NDArray[np.int8] = np.zeros((n, kernel.conditions), np.int8)
        self.truths[:, : len(system.triggers)] = [t.initial_value for t in system.triggers]
        self.values: FloatArray = self.schedule.values.copy()
        self.out: FloatArray = np.full((n, len(times), kernel.outputs), np.nan)
        self.status = np.full(n, int(SolverStatus.NOT_STARTED), np.int64)
        self.steps: IntArray = np.zeros((n, 3), np.int64)
        self.rescued = np.zeros(n, np.bool_)
        self._raised: IntArray = np.zeros(n, np.int64)  # how often states were raised off zero
        whole = max(float(times[-1]) - start, 1e-300)
        self.tally = Tally(segments, kernel, n, start=start, whole=whole, rtol=settings.rtol)
        self._causes = [Causes(system, kernel) for _ in range(n)] if system.triggers else []
        if carried is not None:
            self.truths[:] = carried.truths
            for causes, waiting in zip(self._causes, carried.waiting, strict=True):
                causes.waiting = list(waiting)
        self._held_from = float(times[-1]) - TIME_TOLERANCE * max(abs(float(times[-1])), whole) if hold else np.inf
        self._visit = 0
        self._governed = self._of_rules()
        self._windows = VisitWindows(self.schedule, np.zeros(0) if visits is None else visits.times, whole)
        self._given: FloatArray = np.zeros(n)  # sum of the values of events before the last visit
        seen = 0 if visits is None else visits.count
        self._factor: FloatArray = np.full((n, seen), np.nan)
        self._reason: IntArray = np.full((n, seen), -1, np.int64)
        self._memory: FloatArray = np.tile(np.asarray(visits.memory if visits else (), np.float64), (n, 1))

    @property
    def ledger(self) -> Ledger | None:
        """What the visits decided."""
        if self.visits is None:
            return None
        real = self.schedule.slots != STOP
        return Ledger(self.visits.times, self._factor, self._reason, self.schedule.values[real], self.values[real])

    @property
    def carried(self) -> Carried | None:
        """Where the triggers stand now; ``None`` for a system without any."""
        if not self._causes:
            return None
        return Carried(self.truths.copy(), tuple(tuple(causes.waiting) for causes in self._causes))

    def run(self, workers: int, progress: Callable[[int], None] | None) -> None:
        """Go to the end."""
        finite = np.isfinite(self.states).all(axis=1)
        queue = np.flatnonzero(finite)
        self.status[~finite] = SolverStatus.NOT_FINITE
        self.dues[:] = self._next_visit()
        now = self.dues[queue] <= self.start
        waiting: list[int] = queue[now].tolist()
        queue = self._let_happen(queue[~now])
        while len(queue) or waiting:
            if not len(queue):
                queue, waiting = np.array(sorted(waiting), np.int64), []
                self._see(queue)
                self.dues[queue] = self._next_visit()[queue]
                queue = self._let_happen(queue)
            self._integrate(queue, workers, progress)
            self._second_chance(queue)
            stopped = queue[self.status[queue] >= PAUSED_DUE]
            at_visit = (self.status[stopped] == PAUSED_DUE) & (self.clocks[stopped] >= self._next_visit()[stopped])
            waiting += stopped[at_visit].tolist()
            queue = self._let_happen(stopped[~at_visit])
        done = self.status == SolverStatus.DONE
        self.status[done & self.rescued] = SolverStatus.DONE_BY_FALLBACK
        if progress is not None:
            progress(len(self.status))

    def _of_rules(self) -> npt.NDArray[np.bool_]:
        """Say which events the rule governs, stops of the clock left out."""
        slots, visits = self.schedule.slots, self.visits
        if visits is None or (visits.slots is None and visits.governed is None):
            return np.ones(len(slots), np.bool_)
        if visits.governed is None:
            return np.isin(slots, list(visits.slots or ()))
        found = np.zeros(len(slots), np.bool_)
        found[slots != STOP] = visits.governed
        return found

    def _next_visit(self) -> FloatArray:
        """Give when each patient is seen next, (N,); infinite after the last visit."""
        times, n = self._windows.times, len(self.params)
        if self._visit >= times.shape[-1]:
            return np.full(n, np.inf)
        return np.broadcast_to(times[..., self._visit], (n,))

    def _see(self, patients: IntArray) -> None:
        """Let the rule decide for everybody at the present visit."""
        assert self.visits is not None
        number, now = self._visit, self._next_visit()[patients]
        self._visit += 1
        owner, past = self._windows.owner, self._windows.before(number)
        np.add.at(self._given, owner[past], self.values[past])
        if self.visits.decide is None or not len(patients):
            return
        outputs = np.stack(
            [self.kernel.call("observe", float(t), self.states[i], self.params[i])
             for t, i in zip(now, patients, strict=True)]
        )  # fmt: skip
        common = self._windows.times.ndim == 1
        seen = Visit(
            number, float(now[0]) if common else now, patients, outputs, self._memory[patients], self._given[patients]
        )
        decided = self.visits.decide(seen)
        self._factor[patients, number] = decided.factor
        self._reason[patients, number] = decided.reason
        self._memory[patients] = decided.memory
        factors = np.ones(self.schedule.patients)
        factors[patients] = decided.factor
        coming = self._windows.before(number + 1)
        coming = coming[self._governed[coming]]
        self.values[coming] = self.schedule.values[coming] * factors[owner[coming]]

    def _let_happen(self, patients: IntArray) -> IntArray:
        """Run events the system causes itself; return those who go on."""
        if not self._causes:
            return patients
        going = []
        for who in patients.tolist():
            causes = self._causes[who]
            if self.clocks[who] >= self._held_from:
                self._save(who)
                self.status[who] = SolverStatus.DONE
                continue
            standing = (float(self.clocks[who]), self.states[who], self.params[who], self.truths[who])
            happened = causes.run(*standing, late=False)
            if happened is not None:
                self._save(who)
                after = causes.run(*standing, late=True)
                happened = None if after is None else happened or after
            if happened is None:
                self.status[who] = SolverStatus.ENDLESS_EVENTS
                self.reasons[who] = f"the event '{causes.stuck}' at time {float(self.clocks[who]):.6g}"
                continue
            if happened:
                self.lengths[who] = 0.0
            self.dues[who] = min(float(self._next_visit()[who]), causes.next_due)
            going.append(who)
        return np.array(going, np.int64)

    def _save(self, who: int) -> None:
        """Write the outputs of saves at the instant a patient stands at."""
        clock = float(self.clocks[who])
        near = clock + TIME_TOLERANCE * max(abs(clock), float(self.times[-1]) - self.start, 1e-300)
        while self.cursors[who, 1] < len(self.times) and self.times[self.cursors[who, 1]] <= near:
            save = self.cursors[who, 1]
            self.out[who, save] = self.kernel.call(
                "observe", float(self.times[save]), self.states[who], self.params[who]
            )
            self.cursors[who, 1] += 1

    def _second_chance(self, queue: IntArray) -> None:
        """Take patients who failed in the loop over a jump, or by Radau up to their next stop; say what failed."""
        end = float(self.times[-1])
        for who in queue[np.isin(self.status[queue], _GIVEN_UP)].tolist():
            self._over_jump(who)
            if self.settings.fallback and self.status[who] < PAUSED_DUE:
                self._by_radau(who, end)
                self._over_jump(who)
            self._off_zero(who)
            if self.status[who] < PAUSED_DUE:
                self.reasons[who] = reason_of_failure(
                    self.system, self.kernel, int(self.status[who]), float(self.clocks[who]), self.states[who],
                    self.params[who], self.scales[who],
                )  # fmt: skip

    def _over_jump(self, who: int) -> None:
        """Let a patient who stands just before a jump of the rates go on just after it."""
        if self.status[who] != SolverStatus.STEP_TOO_SMALL:
            return
        n, now, own = self.states.shape[1], float(self.clocks[who]), slice(*self.schedule.offsets[who : who + 2])
        whole = max(float(self.times[-1]) - self.start, 1e-300)
        stop = _stop_behind(now, whole, self.schedule.times[own], self.schedule.slots[own])
        if stop == now:
            return
        y, work = self.states[who], np.zeros((4, n))
        after = _over_jump(
            self.kernel.addresses["rate"], now, stop, y, self.params[who], self.tolerances[who], self.settings.rtol,
            np.zeros(1), work,
        )  # fmt: skip
        if after > now:
            y += (after - now) * work[0]
            self.clocks[who], self.lengths[who], self.status[who] = after, 0.0, PAUSED_DUE

    def _off_zero(self, who: int) -> None:
        """Let states that are zero but for their absolute tolerance be that, where rates are no numbers below zero.

        As with a power with a broken exponent of a state that begins at zero: stages of any step may lie below. A state
        that comes to zero in finite time, as under a root of itself, is none of these: what holds beyond it the model
        does not say. It falls by more of itself the nearer it is.
        """
        if self.status[who] != SolverStatus.STEP_TOO_SMALL or self._raised[who] >= _MOST_RAISED:
            return
        y, now, p, least = self.states[who], float(self.clocks[who]), self.params[who], self.tolerances[who]
        raised = y.copy()
        for i in np.flatnonzero((y >= -least) & (y < least)).tolist():
            probe = y.copy()
            probe[i] = -least[i]
            if not np.isfinite(self.kernel.call("rate", now, probe, p)).all():
                raised[i] = least[i]
        which = raised > y
        nearer = np.where(which, 0.25 * raised, raised)
        rates, closer = (self.kernel.call("rate", now, states, p) for states in (raised, nearer))
        ends = (rates[which] < 0.0) & (4.0 * closer[which] < 1.5 * rates[which])
        if which.any() and np.isfinite(rates).all() and not ends.any():
            y[:] = raised
            self.lengths[who], self.status[who] = 0.0, PAUSED_DUE
            self._raised[who] += 1

    def _by_radau(self, who: int, end: float) -> None:
        own = self.schedule.part(who, who + 1)
        given = Schedule(own.offsets, own.times, own.slots, self.values[slice(*self.schedule.offsets[who : who + 2])])
        standing = Standing(
            float(self.clocks[who]),
            self.states[who],
            self.params[who],
            int(self.cursors[who, 0] - self.schedule.offsets[who]),
            int(self.cursors[who, 1]),
            self.truths[who],
        )
        follows = self.settings.share > 0.0
        unit = self.settings.rtol * self.scales[who] if follows else self.tolerances[who]
        reader = None if self.tally.segments is None else SolutionReader(self.tally, who)
        ended = carry_on_by_radau(
            self.kernel, standing, given, self.times, self.out[who],
            until=min(end, float(self.dues[who])), rtol=self.settings.rtol, atol=LOOSE * unit if follows else unit,
            floor=self.floors * unit, whole=max(end - self.start, 1e-300), reader=reader,
        )  # fmt: skip
        self.clocks[who], self.status[who] = standing.clock, ended
        if ended >= PAUSED_DUE:
            self.rescued[who] = True
            if reader is not None:
                reader.commit()
            self.lengths[who], self.steps[who, 0] = 0.0, 0
            self.cursors[who] = standing.event + self.schedule.offsets[who], standing.save
            if ended == PAUSED_DUE and standing.save >= len(self.times):
                self.status[who] = SolverStatus.DONE

    def _integrate(self, queue: IntArray, workers: int, progress: Callable[[int], None] | None) -> None:
        kernel = self.kernel
        code = np.array([self._step, *(kernel.addresses[name] for name in _CODE)], np.int64)
        dense = np.array(kernel.tableau.dense)
        threads = min(workers, -(-len(queue) // kernel.width))
        signals, turn = np.zeros((max(threads, 1), 2), np.int64), np.zeros(1, np.int64)

        def one(index: int) -> None:
            _integrate(
                code, self.params, self.states, self.clocks, self.lengths, self.cursors, self.dues, self.truths,
                self.schedule.offsets, self.schedule.times, self.schedule.slots, self.values, self.times,
                self.tolerances, self.shares, self.floors, self.settings.rtol, self.start, self.settings.max_steps,
                dense, scratch(kernel), self.out, self.status, self.steps, queue, turn,
                signals[index], self.tally.read, self.tally.pad(kernel.width, len(dense)),
            )  # fmt: skip

        if len(queue) <= kernel.width:  # not worth a thread
            one(0)
            return
        pool = ThreadPoolExecutor(max_workers=threads)
        before = int((self.status < SolverStatus.NOT_STARTED).sum())
        try:
            waiting = {pool.submit(one, index) for index in range(threads)}
            while waiting:
                finished, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
                for task in finished:
                    task.result()
                if progress is not None:
                    progress(before + int(signals[:, 1].sum()))
        finally:
            signals[:, 0] = 1  # on an interrupt the loops end with the patients they have
            pool.shutdown(wait=True, cancel_futures=True)


def scratch(kernel: Kernel) -> tuple[npt.NDArray[Any], ...]:
    """Return the working memory of one thread, in the order ``integrate`` unpacks it, aligned for vector loads."""
    n, w, p, s = kernel.size, kernel.width, kernel.parameters, kernel.tableau.stages
    states = [(n, w), (n, w), (s * n, w), (kernel.factor_size, w), (p, w), (n, w), (n, w), (n, w)]
    lanes = [(w,)] * 11
    single = [(n,), (n,), (w, p), (n,), (1,), (n,), (kernel.outputs,), (kernel.conditions,), (5,)]
    shapes = [*states, *lanes, *single]
    floats = side_by_side(shapes)
    floats[0][:] = floats[4][:] = 1.0  # lanes nobody takes: numbers that make nothing slow
    return *floats, np.zeros((6, w), np.int64), np.zeros((6, w), np.bool_)


def side_by_side(shapes: Sequence[tuple[int, ...]]) -> list[FloatArray]:
    """Return arrays of zeros in one piece of memory, each aligned: so they share the cache evenly."""
    sizes = [-(-math.prod(shape) // 8) * 8 for shape in shapes]
    block = aligned((sum(sizes),))
    starts = accumulate(sizes, initial=0)
    return [block[low : low + math.prod(shape)].reshape(shape) for low, shape in zip(starts, shapes, strict=False)]


def aligned(shape: tuple[int, ...]) -> FloatArray:
    """Return zeros that begin on a 64-byte boundary, as the widest vector load wants."""
    count = math.prod(shape)
    memory = np.zeros(count + 8)
    skip = (-memory.ctypes.data % 64) // 8
    return memory[skip : skip + count].reshape(shape)
