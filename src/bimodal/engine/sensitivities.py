"""Derivatives of outputs by parameters: copies of a patient with slightly changed parameters march in lockstep."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from bimodal.engine.clock import STOP, with_stops
from bimodal.engine.compiled import compiled
from bimodal.engine.kernel import Kernel
from bimodal.engine.march import aligned
from bimodal.engine.native import Native
from bimodal.engine.schedule import Schedule
from bimodal.engine.settings import Settings
from bimodal.engine.shared import NOTHING, Shared, shared_by
from bimodal.engine.status import SolverStatus
from bimodal.engine.system import System
from bimodal.errors import EngineError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: Change of a parameter relative to its value, one-sided and two-sided: where curvature and rounding weigh the same.
ONE_SIDED, TWO_SIDED = 1e-6, 1e-4
#: What rounding leaves of an output, relative to its peak, when the steps are the same: three times what
#: ``benchmarks/gradients.py`` measures.
ROUNDING = 1e-13
_march = Native("bimodal.engine.lockstep", "march_in_lockstep")
_SHARE = 4  # patients a thread takes at a time
_TOGETHER = 32  # patients looked at together for what they have in common


@dataclass(frozen=True, eq=False)
class Sensitivities:
    """Outputs of N patients at T times and their derivatives by K parameters.

    Parameters
    ----------
    values
        (N, T, O); a failed patient is NaN throughout.
    derivatives
        (N, T, O, K) in units of the output per unit of the parameter; NaN for a failed patient.
    noise
        (N, O, K) absolute change of a derivative that rounding alone can make: ``ROUNDING`` times the peak of the
        output over the change of the parameter.
    error
        (N, T, O, K) estimated absolute error of ``derivatives``, or ``None`` if it was not asked for.
    parameters
        (N, K) values of the parameters; NaN for a name only doses know.
    """

    times: FloatArray
    output_ids: tuple[str, ...]
    wrt: tuple[str, ...]
    values: FloatArray
    derivatives: FloatArray
    noise: FloatArray
    error: FloatArray | None
    parameters: FloatArray
    status: npt.NDArray[np.int8]
    steps: IntArray

    def __getitem__(self, names: tuple[str, str]) -> FloatArray:
        """Return the derivative of one output by one parameter, (N, T)."""
        output, parameter = names
        return self.derivatives[:, :, self.output_ids.index(output), self.wrt.index(parameter)]

    @property
    def resolved(self) -> npt.NDArray[np.bool_]:
        """Where a derivative stands a hundred times above rounding, (N, T, O, K); elsewhere it is only known small."""
        return np.abs(self.derivatives) > 100.0 * self.noise[:, None]

    @property
    def elasticities(self) -> FloatArray:
        """Per cent of output per per cent of parameter, d ln(y) / d ln(p), (N, T, O, K); NaN where the output is 0."""
        values = np.where(self.values == 0.0, np.nan, self.values)[..., None]
        return self.derivatives * self.parameters[:, None, None, :] / values


def sensitivities(
    system: System,
    parameters: npt.ArrayLike,
    schedule: Schedule | None,
    times: npt.ArrayLike,
    *,
    wrt: Sequence[str],
    dose_slopes: Mapping[str, npt.ArrayLike] | None = None,
    input_slopes: Mapping[str, npt.ArrayLike] | None = None,
    start: float = 0.0,
    settings: Settings | None = None,
    step: Mapping[str, float] | None = None,
    two_sided: bool = False,
    estimate_error: bool = False,
    workers: int = 1,
) -> Sensitivities:
    """Integrate N patients together with the derivatives of their outputs by parameters.

    Calibration, profiles and ranking of parameters need gradients that are smooth and cheap. The patient alone
    chooses the steps and copies with changed parameters take the same ones, so the derivative is that of the computed
    trajectory. ``docs/gradients.md`` says how exact it is and where it is only noise. A patient the loop gives up is
    not tried again by another solver, and a patient's bytes do not depend on company, order or workers.

    Parameters
    ----------
    system
        The model; it may not cause events itself, as their times would depend on parameters.
    parameters
        (P,) or (N, P) values in the order of ``system.parameter_ids``.
    schedule
        Events of the N patients at fixed times, or ``None``.
    times
        (T,) ascending save times in the model's unit.
    wrt
        K names: parameters of the system, or names ``dose_slopes`` or ``input_slopes`` bring.
    dose_slopes
        Name -> (E,) derivative of each value of the schedule by that name, where doses depend on a parameter or on
        something the model does not know, such as a factor on all doses.
    input_slopes
        Name -> (N, P) derivative of each parameter of the system by that name, where parameters depend on something
        the system does not know. Each of these names needs a ``step``.
    step
        Name -> absolute change to use instead of 1e-6 (two-sided 1e-4) of the value; needed where the value is zero.
    two_sided
        Change each parameter up and down: twice the cost, for strongly curved responses.
    estimate_error
        Also run two-sided at a tenth of the tolerance, return that, and its distance to the plain run as error.

    Examples
    --------
    >>> from bimodal.expr import Graph
    >>> g = Graph()
    >>> size, rate = g.symbol("size"), g.symbol("rate")
    >>> start, slope, out = g.const(1.0), g.mul(rate, size), ("size", size)
    >>> growth = System(g, ("size",), ("rate",), frozenset(), (), (start,), (slope,), (out,), (1.0,))
    >>> round(float(sensitivities(growth, [1.0], None, [0.0, 1.0], wrt=["rate"])["size", "rate"][0, 1]), 3)
    2.718
    """
    from bimodal.engine.solve import check_problem

    settings = settings or Settings()
    inputs = np.ascontiguousarray(np.atleast_2d(np.asarray(parameters, np.float64)))
    when = np.ascontiguousarray(times, np.float64)
    schedule = schedule or Schedule.none(len(inputs))
    check_problem(system, inputs, schedule, when, start, workers)
    slopes = {name: np.asarray(value, np.float64) for name, value in (dose_slopes or {}).items()}
    directions = {name: np.asarray(value, np.float64) for name, value in (input_slopes or {}).items()}
    _check_names(system, schedule, tuple(wrt), slopes, step or {}, directions)
    _check_directions(system, inputs, directions, step or {})
    bundle = _Bundle(
        system, inputs, schedule, when, tuple(wrt), slopes, directions, step or {}, start, settings, two_sided
    )
    plain = bundle.run(workers)
    if not estimate_error:
        return plain
    tight = replace(settings, rtol=settings.rtol / 10.0)
    fine = replace(bundle, settings=tight, two_sided=True).run(workers)
    return replace(fine, error=np.abs(fine.derivatives - plain.derivatives))


def _check_names(
    system: System,
    schedule: Schedule,
    wrt: tuple[str, ...],
    slopes: Mapping[str, FloatArray],
    step: Mapping[str, float],
    directions: Mapping[str, FloatArray],
) -> None:
    if system.triggers:
        raise EngineError(
            f"the model causes the event '{system.triggers[0].id}' itself, whose time depends on the parameters",
            fix="difference quotients of solve() with a large step and a tight tolerance",
        )
    if not wrt or len(set(wrt)) != len(wrt):
        raise EngineError("derivatives need at least one parameter, and each only once", where="wrt")
    for name in wrt:
        if name not in system.parameter_index and name not in slopes and name not in directions:
            raise EngineError(f"the model has no parameter called '{name}'", where="wrt")
    for name in [*slopes, *directions, *step]:
        if name not in wrt:
            where = "dose_slopes, input_slopes or step"
            raise EngineError(f"'{name}' is not among the parameters to differentiate by", where=where)
    for name, values in slopes.items():
        if values.shape != schedule.values.shape or not np.isfinite(values).all():
            raise EngineError(f"'{name}' needs one finite slope for each of {len(schedule.values)} events")
    for name, size in step.items():
        if not (math.isfinite(size) and size > 0.0):
            raise EngineError(f"the step of '{name}' must be a positive number, not {size}", where="step")


def _check_directions(
    system: System, inputs: FloatArray, directions: Mapping[str, FloatArray], step: Mapping[str, float]
) -> None:
    for name, values in directions.items():
        if name in system.parameter_index:
            raise EngineError(f"'{name}' is a parameter of the system itself", where="input_slopes")
        if values.shape != inputs.shape:
            raise EngineError(
                f"'{name}' needs slopes of shape {inputs.shape}, not {values.shape}", where="input_slopes"
            )
        if name not in step:
            raise EngineError(f"'{name}' has no natural size to be changed by", fix=f"step={{'{name}': ...}}")


@dataclass(frozen=True, eq=False)
class _Bundle:
    """N patients with their copies; lane 0 is the patient, then come one or two copies per parameter."""

    system: System
    inputs: FloatArray
    schedule: Schedule
    times: FloatArray
    wrt: tuple[str, ...]
    slopes: Mapping[str, FloatArray]
    directions: Mapping[str, FloatArray]
    step: Mapping[str, float]
    start: float
    settings: Settings
    two_sided: bool

    def run(self, workers: int) -> Sensitivities:
        """Integrate everybody."""
        n, o, k = len(self.inputs), len(self.system.outputs), len(self.wrt)
        index = self.system.parameter_index
        columns = [self.inputs[:, index[name]] if name in index else np.full(n, np.nan) for name in self.wrt]
        own = np.stack(columns, axis=1)
        changes = self._changes(own)
        kernel = compiled(self.system) if self.settings.method == "rodas5p" else compiled(self.system, "fast")
        values = np.full((n, len(self.times), o), np.nan)
        derivatives = np.full((n, len(self.times), o, k), np.nan)
        status, steps = np.full(n, int(SolverStatus.NOT_STARTED), np.int8), np.zeros((n, 3), np.int64)
        used = 1 + k * (1 + self.two_sided)
        step = kernel.step(self._shared(kernel, changes, used))

        def part(queue: range) -> None:
            memory = _Memory.of(kernel, used)
            for who in queue:
                results = (values[who], derivatives[who], steps[who])
                status[who] = self._one(who, changes[who], kernel, step, memory, results)

        queues = [range(low, min(low + _SHARE, n)) for low in range(0, n, _SHARE)]
        if workers == 1 or len(queues) == 1:
            for queue in queues:
                part(queue)
        else:
            pool = ThreadPoolExecutor(max_workers=workers)
            try:
                for task in [pool.submit(part, queue) for queue in queues]:
                    task.result()
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
        finite = np.isfinite(values).all(axis=(1, 2)) & np.isfinite(derivatives).all(axis=(1, 2, 3))
        status[(status == SolverStatus.DONE) & ~finite] = SolverStatus.NOT_FINITE
        values[status != SolverStatus.DONE] = np.nan
        derivatives[status != SolverStatus.DONE] = np.nan
        spans = np.abs(changes) * (1 + self.two_sided)
        peaks = np.abs(values).max(axis=1)
        return Sensitivities(
            times=self.times,
            output_ids=self.system.output_ids,
            wrt=self.wrt,
            values=values,
            derivatives=derivatives,
            noise=ROUNDING * peaks[:, :, None] / spans[:, None, :],
            error=None,
            parameters=own,
            status=status,
            steps=steps[:, 0],
        )

    def _changes(self, own: FloatArray) -> FloatArray:
        """Return by how much each patient's parameters are changed, (N, K)."""
        relative = TWO_SIDED if self.two_sided else ONE_SIDED
        changes = relative * own
        for c, name in enumerate(self.wrt):
            if name in self.step:
                changes[:, c] = self.step[name]
            elif name not in self.system.parameter_index:
                changes[:, c] = relative * self._dose_scale(name)
            elif len(zero := np.flatnonzero(own[:, c] == 0.0)):
                raise EngineError(
                    f"'{name}' is zero for patient {int(zero[0])}, so a small change of it has no natural size",
                    fix=f"step={{'{name}': ...}}, in the unit of the parameter",
                )
            lost = (own[:, c] + changes[:, c] == own[:, c]) & np.isfinite(own[:, c])
            if lost.any():
                raise EngineError(f"the step of '{name}' is lost beside its value {own[lost, c][0]:g}", where="step")
        return changes

    def _dose_scale(self, name: str) -> FloatArray:
        """Return the change that would move a patient's largest event by its own size, (N,)."""
        scale = np.ones(len(self.inputs))
        for who, (low, high) in enumerate(pairwise(self.schedule.offsets.tolist())):
            steepest = np.abs(self.slopes[name][low:high]).max(initial=0.0)
            largest = np.abs(self.schedule.values[low:high]).max(initial=0.0)
            if steepest > 0.0 and largest > 0.0:
                scale[who] = largest / steepest
        return scale

    def _shared(self, kernel: Kernel, changes: FloatArray, used: int) -> Shared:
        """Say what all patients and copies have in common: a step made for that leaves out what changes no bit."""
        found = NOTHING
        count = len(self.inputs) if kernel.foldable.used else 0
        for low in range(0, count, _TOGETHER):
            few = range(low, min(low + _TOGETHER, count))
            full, states = kernel.start(np.concatenate([self._copies(who, changes[who], used)[0] for who in few]))
            mine = shared_by(kernel.foldable, full, states, self.schedule.slots)
            found = found.also(mine) if low else mine
        return found

    def _copies(self, who: int, changes: FloatArray, lanes: int) -> tuple[FloatArray, FloatArray, IntArray, FloatArray]:
        """Return what a patient's lanes are given, and what is to be subtracted.

        Parameters (L, P) and values of events (E, L); for each derivative two lanes (K, 2), and by how much the
        parameter differs between them (K,).
        """
        system = self.system
        doses = slice(*self.schedule.offsets[who : who + 2])
        inputs = np.tile(self.inputs[who], (lanes, 1))
        given = np.tile(self.schedule.values[doses, None], (1, lanes))
        pairs, spans = np.zeros((len(self.wrt), 2), np.int64), np.zeros(len(self.wrt))
        lane = 0
        for c, name in enumerate(self.wrt):
            for side, sign in enumerate((1.0, -1.0) if self.two_sided else (1.0,)):
                lane += 1
                pairs[c, side] = lane
                moved = sign * changes[c]
                if (place := system.parameter_index.get(name)) is not None:
                    inputs[lane, place] += moved
                    moved = inputs[lane, place] - self.inputs[who, place]  # what rounding left of it
                if name in self.directions:
                    inputs[lane] += moved * self.directions[name][who]
                if name in self.slopes:
                    given[:, lane] += self.slopes[name][doses] * moved
                spans[c] += sign * moved
        return inputs, given, pairs, spans

    def _one(
        self,
        who: int,
        changes: FloatArray,
        kernel: Kernel,
        step: int,
        memory: _Memory,
        results: tuple[FloatArray, FloatArray, IntArray],
    ) -> int:
        system, settings = self.system, self.settings
        lanes = memory.groups * kernel.width
        inputs, given, pairs, spans = self._copies(who, changes, lanes)
        full, states = kernel.start(inputs)
        if not (np.isfinite(inputs).all() and np.isfinite(states).all()):
            return SolverStatus.NOT_FINITE
        size = np.abs(states[0])
        scale = np.where(size > 0.0, size, np.asarray(system.scales))
        atol = settings.tolerances(scale)
        own = self.schedule.part(who, who + 1)
        schedule = with_stops(system, own, full[:1], self.start, float(self.times[-1]))
        events = np.zeros((len(schedule.slots), lanes))
        events[schedule.slots != STOP] = given
        guarded = np.array([name in system.nonnegative for name in system.state_ids])
        floor = np.where(
            guarded, -settings.slack * (settings.rtol / settings.share if settings.share else 1.0), -np.inf
        )
        memory.fill(full, states, atol, floor, settings)
        others = [kernel.addresses[name] for name in ("rate", "observe", "judge", "shorten")]
        code = np.array([step, *others], np.int64)
        used = 1 + len(self.wrt) * (1 + self.two_sided)
        return _march(
            code, memory.y, memory.p, full, used, pairs, spans, schedule.times, schedule.slots, events, self.times,
            settings.rtol, self.start, settings.max_steps, np.array(kernel.tableau.dense),
            memory.work, memory.scratch, *results,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Memory:
    """Working memory of one thread, in groups of lanes, aligned for vector loads."""

    groups: int
    y: FloatArray  # (G, n, W)
    p: FloatArray  # (G, P', W)
    work: tuple[FloatArray, ...]  # as lockstep unpacks it
    scratch: tuple[FloatArray, ...]

    @staticmethod
    def of(kernel: Kernel, used: int) -> _Memory:
        n, w, s = kernel.size, kernel.width, kernel.tableau.stages
        g = -(-used // w)
        lanes = [*[(w,)] * 4, (n, w), (n,)]
        work = [(s * n, w), (g, n, w), (kernel.factor_size, w), (w,), (w,), (n, w), (2, n, w), *lanes]
        scratch = [(used, kernel.outputs), (n,), (n,), (n,), (1,), (5,), (4, n)]
        return _Memory(
            g,
            aligned((g, n, w)),
            aligned((g, kernel.parameters, w)),
            tuple(aligned(shape) for shape in work),
            tuple(aligned(shape) for shape in scratch),
        )

    def fill(
        self, full: FloatArray, states: FloatArray, atol: FloatArray, floor: FloatArray, settings: Settings
    ) -> None:
        """Put a patient and its copies into their lanes; only the patient has floors and decides."""
        width = self.y.shape[2]
        self.y[:] = states.reshape(self.groups, width, -1).transpose(0, 2, 1)
        self.p[:] = full.reshape(self.groups, width, -1).transpose(0, 2, 1)
        self.work[5][:] = atol[:, None]
        self.work[6][:] = -np.inf
        self.work[6][0, :, 0] = floor
        self.work[7][:] = settings.rtol
        self.work[11][:] = settings.share
