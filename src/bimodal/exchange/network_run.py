"""Runs a model file's network once: what the engine solves, and what only looks on at it from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.engine import TIME, Settings, SolverStatus, solve
from bimodal.errors import ModelError
from bimodal.expr import Node, evaluate
from bimodal.model.network import Network

FloatArray = npt.NDArray[np.float64]
#: Delays inside delays; each costs a run.
_MOST_LEVELS = 20
#: Relative change from one lag to twice the lag after the start from which on fast reactions have not settled.
_SETTLED = 1e-4


@dataclass(frozen=True, eq=False)
class NetworkRun:
    """What came out: (T,) by output, NaN throughout if the run failed; how it ended."""

    values: dict[str, FloatArray]
    status: SolverStatus
    sentence: str


def run_network(
    network: Network,
    outputs: Sequence[tuple[str, str | Node]],
    times: FloatArray,
    *,
    values: Mapping[str, float] | None = None,
    settings: Settings,
) -> NetworkRun:
    """Simulate a network from time 0.

    An output that is no finite number at some time is missing there, unless it is a state. A delayed value is that of
    the same run at the earlier time, as exact as any other. Values of a network with a lag are read that much later.

    Parameters
    ----------
    outputs
        ``(name, quantity)`` pairs: an id or an expression.
    times
        (T,), ascending, from 0 on.
    values
        Constants with another value than the file has.

    Raises
    ------
    ModelError
        There is no such quantity, a delayed value is of a time yet to come, or fast reactions have not settled when
        the first value is read.
    """
    graph = network.graph
    nodes = [(name, network.expression(q) if isinstance(q, str) else q) for name, q in outputs]
    constant = {name: graph.value(node) for name, node in nodes}
    late = set(network.delays)
    delayed = [(name, node) for name, node in nodes if late & graph.symbols([node])]
    names = {name for name, _ in delayed}
    solved = [(n, node) for n, node in nodes if n not in names and _plain(constant[n])]
    when = np.asarray(times, np.float64) + network.lag
    run = _Runner(network, values or {}, settings)
    states = {graph.symbol(name) for name in network.state_ids}
    # where reactions are fast, values at the start and a little later tell whether they have settled by then
    asked = np.sort([*when, times[0], when[0] + network.lag]) if network.lag else when
    found = run.engine(solved, asked, [name for name, node in solved if node not in states])
    got = found.values[0]
    if network.lag:
        _check_settled(network, got)
        got = got[np.isin(asked, when)]
    columns = {name: got[:, i] for i, name in enumerate(found.output_ids)}
    status = SolverStatus(int(found.status[0]))
    for name, value in constant.items():
        if value is not None and not np.isfinite(value):
            columns[name] = np.full(len(when), np.nan if status.failed else value)
    for name, node in delayed:
        columns[name] = np.full(len(when), np.nan) if status.failed else run.at(node, node, when)
    return NetworkRun({name: columns[name] for name, _ in nodes}, status, found.sentence(0))


def _plain(value: float | None) -> bool:
    return value is None or bool(np.isfinite(value))


def _check_settled(network: Network, got: FloatArray) -> None:
    """Refuse a run that still moves, from one lag after the start to two, by what counts beside its largest values."""
    size = np.max(np.abs(np.nan_to_num(got)), axis=0)
    if (np.abs(got[2] - got[1]) > _SETTLED * np.maximum(size, size.max(initial=0.0) * _SETTLED)).any():
        raise ModelError(
            f"the fast reactions of '{network.name}' have not settled {network.lag:g} after the start, "
            "so its values cannot be told",
            fix="make them faster, or take a shorter unit of time",
        )


class _Runner:
    """A network with its values, run as often as times are asked for."""

    def __init__(self, network: Network, values: Mapping[str, float], settings: Settings) -> None:
        self.network, self.settings = network, settings
        self.constants = {c.id: values.get(c.id, c.value) for c in network.constants}
        self.fixed: dict[str, Any] = dict(self.constants)
        if network.delays:
            for name, node in network.derived:
                self.fixed[name] = evaluate(network.graph, [node], self.fixed)[0]

    def engine(self, outputs: Sequence[tuple[str, Node]], times: FloatArray, observers: Sequence[str]) -> Any:
        system = self.network.system(outputs, observers=observers)
        return solve(system, [list(self.constants.values())], None, times, settings=self.settings)

    def at(self, node: Node, before: Node, times: FloatArray, level: int = 0) -> FloatArray:
        """Return an expression at any times, in any order; another one holds before time 0."""
        if level > _MOST_LEVELS:
            raise ModelError(f"the model '{self.network.name}' has more than {_MOST_LEVELS} delays inside one another")
        found = np.empty(times.shape)
        for part, expression in ((times >= 0.0, node), (times < 0.0, before)):
            if part.any():
                found[part] = self._part(expression, times[part], level)
        return found

    def _part(self, node: Node, times: FloatArray, level: int) -> FloatArray:
        graph, delays = self.network.graph, self.network.delays
        known: dict[str, Any] = {**self.fixed, TIME: times}
        for name in sorted(graph.symbols([node]) & set(delays)):
            delay = delays[name]
            back = self.at(delay.by, delay.by_before, times, level + 1)
            if not (back >= 0.0).all():
                raise ModelError("a delay of the model is below 0 or not a number: a value yet to come is not known")
            known[name] = self.at(delay.inside, delay.inside_before, times - back, level + 1)
        used = sorted(graph.symbols([node]) & set(self.network.state_ids))
        if used:
            asked, place = np.unique(times, return_inverse=True)
            run = self.engine([(name, graph.symbol(name)) for name in used], asked, ())
            known |= {name: run.values[0, :, i][place] for i, name in enumerate(used)}
        return np.broadcast_to(evaluate(graph, [node], known)[0], times.shape)
