"""Runs the experiments of a PEtab problem, period after period, for many parameter sets at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bimodal.engine import Carried
from bimodal.exchange.petab.experiments import Experiment
from bimodal.exchange.petab.opened import OpenedModel, Values
from bimodal.exchange.petab.problem import PetabProblem
from bimodal.exchange.petab.solver import SetSolver

FloatArray = npt.NDArray[np.float64]


class Stretch(NamedTuple):
    """A part of an experiment in which only states change.

    ``values`` is what stays, each (K,) or a number; ``times`` (T,); ``states`` (K, T, n).
    """

    values: Values
    times: FloatArray
    states: FloatArray


@dataclass
class Run:
    """One experiment with K parameter sets, where it stands.

    Parameters
    ----------
    times
        Of its measurements, ascending.
    values
        Of everything that has a value now, each (K,) or a number.
    seen
        What was seen so far.
    carried
        Where the triggers of the K sets stand.
    failures
        Why sets failed, by set.
    """

    experiment: Experiment
    times: tuple[float, ...]
    values: Values
    seen: list[Stretch] = field(default_factory=list[Stretch])
    carried: Carried | None = None
    failures: dict[int, str] = field(default_factory=dict[int, str])


class _Span(NamedTuple):
    """A period as it is run: from where, to where, and whether another one follows."""

    start: float
    end: float
    follows: bool


@dataclass(frozen=True, eq=False)
class Course:
    """How the experiments of a problem are run.

    Parameters
    ----------
    problem
        The problem.
    """

    problem: PetabProblem

    @cached_property
    def model(self) -> OpenedModel:
        """The model with its starting values as inputs."""
        return OpenedModel(self.problem.network)

    def run(self, sets: FloatArray, *, together: bool = False, workers: int = 1) -> dict[str, Run]:
        """Simulate all experiments.

        Parameters
        ----------
        sets
            (K, P) values of all parameters of the table.
        together
            Whether sets after the first are small changes of it and take its steps, so that differences between them
            are those of the computed trajectory. A model that causes events itself cannot.
        workers
            Threads.

        Returns
        -------
        dict of Run
            By experiment, with what was seen at each time of measurement; NaN for a set that failed.
        """
        times: dict[str, set[float]] = {}
        for measurement in self.problem.measurements:
            times.setdefault(measurement.experiment, set()).add(measurement.time)
        given: Values = {p.id: sets[:, place] for place, p in enumerate(self.problem.parameters)}
        runs = {
            name: Run(experiment, tuple(sorted(times[name])), given)
            for name, experiment in self.problem.experiments.items()
        }
        solver = SetSolver(self.model.system, len(sets), together, workers)
        for number in range(max(len(run.experiment.periods) for run in runs.values())):
            groups: dict[_Span, list[Run]] = {}
            for run in runs.values():
                if (span := _span(run, number)) is not None:
                    self._enter(run, number)
                    groups.setdefault(span, []).append(run)
            for span, group in groups.items():
                self._solve(group, span, solver)
        return runs

    def _enter(self, run: Run, number: int) -> None:
        """Make the changes of a period, and at the first one compute what the model begins with."""
        period, model, values = run.experiment.periods[number], self.model, dict(run.values)
        mapped = self.problem.entities.mapped
        given = {p.id: values[p.id] for p in self.problem.parameters}
        own = {mapped.get(name, name): value for name, value in given.items()}
        begun = {name: values[name] for name in model.network.state_ids} if number else {}
        if number == 0 or self.problem.version == 1:
            values = {**{name: np.asarray(value) for name, value in model.constants().items()}, **given, **own}
        start = 0.0 if math.isinf(period.start) else period.start
        changes = period.changes
        if self.problem.version == 1:
            # a condition says what the model is, so all that is fixed at the start follows from it
            moving = {*model.network.state_ids, *model.network.rules}
            new = {name: model.value(node, values) for name, node in changes if name not in moving}
            values, own = {**values, **new}, {**own, **new}
            changes = tuple((name, node) for name, node in changes if name in moving)
        if number == 0 or self.problem.version == 1:
            model.fix(values, own)
            model.begin(values)
            values.update(begun)
        model.change(values, changes, start)
        run.values = values

    def _solve(self, group: Sequence[Run], span: _Span, solver: SetSolver) -> None:
        """Run one period of experiments that begin and end at the same times."""
        model, sets, n = self.model, solver.sets, len(self.model.network.state_ids)
        start, end, follows = span
        if math.isfinite(start):
            asked = sorted({t for run in group for t in run.times if start <= t <= end} | {end})
            rows = np.stack([model.inputs(run.values, start, sets) for run in group])
            found = solver.march(rows, np.array(asked), start, _joined(group), hold=follows)
            for number, run in enumerate(group):
                wanted = [i for i, t in enumerate(asked) if t in run.times and not (follows and t == end)]
                states = found.states[number]
                run.seen.append(Stretch(run.values, np.array(asked)[wanted], states[:, wanted]))
                self._leave(run, states[:, -1], found.carried_of(number), found.failures_of(number))
        if math.isinf(end) or (not follows and _is_seen_at_rest(group)):
            late = [run for run in group if math.isinf(start) or math.isinf(run.times[-1])]
            began = 0.0 if math.isinf(start) else end
            rows = np.stack([model.inputs(run.values, began, sets) for run in late])
            found = solver.rest(rows, began, _joined(late))
            for number, run in enumerate(late):
                states = found.states[number]
                self._leave(run, states[:, 0], found.carried_of(number), found.failures_of(number))
                if not math.isinf(start):
                    run.seen.append(Stretch(run.values, np.array([math.inf]), states[:, :, :n]))

    def _leave(self, run: Run, states: FloatArray, carried: Carried | None, failures: dict[int, str]) -> None:
        run.values = {**run.values, **{name: states[:, i] for i, name in enumerate(self.model.network.state_ids)}}
        run.carried, run.failures = carried, {**failures, **run.failures}


def _span(run: Run, number: int) -> _Span | None:
    """Return how a period is run; ``None`` where nothing is measured in it or after it."""
    periods = run.experiment.periods
    if number >= len(periods) or run.times[-1] < periods[number].start:
        return None
    start = periods[number].start
    if math.isinf(start):
        return _Span(start, math.inf, True)
    if number + 1 < len(periods) and run.times[-1] >= periods[number + 1].start:
        return _Span(start, periods[number + 1].start, True)
    return _Span(start, max((t for t in run.times if math.isfinite(t) and t >= start), default=start), False)


def _is_seen_at_rest(group: Sequence[Run]) -> bool:
    """Tell whether anything is measured when the model rests."""
    return any(math.isinf(run.times[-1]) for run in group)


def _joined(group: Sequence[Run]) -> Carried | None:
    """Return where the triggers of several experiments stand."""
    found = [run.carried for run in group if run.carried is not None]
    if not found:
        return None
    return Carried(np.concatenate([one.truths for one in found]), tuple(w for one in found for w in one.waiting))
