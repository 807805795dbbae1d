"""A model as the engine solves it from anywhere: starting values, and what is fixed at the start, are inputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bimodal.engine import TIME, System
from bimodal.expr import Node, Op, evaluate
from bimodal.model.network import Constant, Network
from bimodal.model.sbml_reader import amount_symbol

FloatArray = npt.NDArray[np.float64]
#: Values of quantities by id, arrays that broadcast.
Values = dict[str, FloatArray]
#: What a rate can jump at.
_JUMPS = (Op.LT, Op.LE, Op.EQ, Op.FLOOR)


@dataclass(frozen=True, eq=False)
class OpenedModel:
    """A network whose runs may begin with any values at any time.

    Parameters
    ----------
    network
        The model.
    """

    network: Network

    @cached_property
    def fixed_ids(self) -> tuple[str, ...]:
        """What keeps its value between two conditions: constants, and what the file fixes at the start."""
        return (*self.network.constant_ids, *(name for name, _ in self.network.derived))

    @cached_property
    def system(self) -> System:
        """What the engine solves; outputs are its states, inputs are fixed values, then their starting values."""
        network = self.network
        starts = [f"start of {name}" for name in self._all_states]
        opened = replace(
            network,
            constants=tuple(Constant(name, 0.0, "") for name in (*self.fixed_ids, *starts)),
            derived=(),
        )
        system = opened.system([], switches=False).alone()
        g = system.graph
        outputs = tuple((name, g.symbol(name)) for name in self._all_states)
        return replace(system, outputs=outputs, initial=tuple(g.symbol(name) for name in starts))

    @cached_property
    def _all_states(self) -> tuple[str, ...]:
        return self.network.state_ids or ("(none)",)

    @cached_property
    def jumping(self) -> frozenset[str]:
        """What decides when a rate jumps in time."""
        g = self.system.graph
        found = [node for node in g.order(self.system.rates) if g.term(node).op in _JUMPS]
        return frozenset().union(*(names for node in found if TIME in (names := g.symbols([node]))))

    def constants(self) -> dict[str, float]:
        """Return the constants as the file has them."""
        return {constant.id: constant.value for constant in self.network.constants}

    def fix(self, values: Values, given: Mapping[str, FloatArray]) -> None:
        """Put in what the file fixes at the start, unless it is given."""
        for name, node in self.network.derived:
            values[name] = given[name] if name in given else self.value(node, values)

    def begin(self, values: Values) -> None:
        """Put in the starting values of the file, computed from fixed values."""
        found = evaluate(self.network.graph, self.network.initial, values)
        values.update(zip(self.network.state_ids, map(_array, found), strict=True))

    def change(self, values: Values, changes: Iterable[tuple[str, Node]], time: float) -> None:
        """Make changes at once, as those of an event: all are computed first.

        A concentration stays what it is when the size of its compartment is set; an amount does too.
        """
        now: Values = {**values, TIME: np.asarray(time)}
        new = {target: self.value(node, now) for target, node in changes}
        held = {name: self.network.species[name].compartment for name in self._held}
        kept = {
            name: new[name] if name in new else self.value(self.network.rules[name], now)
            for name, place in held.items()
            if name in new or place in new
        }
        values.update((target, value) for target, value in new.items() if target not in held)
        for name, concentration in kept.items():
            size = values[held[name]] if held[name] in values else self.value(self.network.rules[held[name]], now)
            values[amount_symbol(name)] = concentration * size

    def inputs(self, values: Values, time: float, sets: int) -> FloatArray:
        """Return the inputs of the system for runs that begin at a time, (sets, P)."""
        names = [*self.fixed_ids, *self.network.state_ids]
        columns = [np.broadcast_to(values[name], sets) for name in names]
        if not self.network.state_ids:
            columns.append(np.zeros(sets))
        return np.stack(columns, axis=1)

    @cached_property
    def _held(self) -> tuple[str, ...]:
        """Species that are told as concentrations and kept as amounts."""
        states = set(self.network.state_ids)
        return tuple(name for name in self.network.species if amount_symbol(name) in states)

    def value(self, node: Node, values: Values) -> FloatArray:
        """Return an expression of quantities that have values."""
        return _array(evaluate(self.network.graph, [node], values)[0])


def _array(value: npt.ArrayLike) -> FloatArray:
    return np.asarray(value, np.float64)
