"""A body in which something is changed for good: it keeps the rates it had and finds a rest of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.engine import TIME, Settings, System, solve
from bimodal.expr import evaluate

FloatArray = npt.NDArray[np.float64]

#: Twenty years: cells that live for most of a year settle too.
_HOURS = 175_320.0
#: Change over the last of these years, as a share of a state's size, above which a body is not at rest.
_STILL = 1e-5
#: Below this share of a state's size what is left of it is the solver's noise, on either side of nought.
_NOTHING = 1e-12
_SETTINGS = Settings(rtol=1e-8)


@dataclass(frozen=True, eq=False)
class ChangedBody:
    """The same mathematics with every rate that follows from rest, and every starting value, as an input.

    A model solves its rates (loss, influx, synthesis, secretion) so that a person is at rest. A mutation, a blocked
    receptor or a weaker signal changes none of these rates: it moves the body to another rest.

    Parameters
    ----------
    system
        Of the model, whose rates are solved.
    """

    system: System

    @cached_property
    def released(self) -> System:
        """What is integrated: it takes rates and starting values as they are given."""
        derived, starts = self._inputs
        system = self.system.alone()
        return replace(
            system,
            parameter_ids=(*system.parameter_ids, *derived, *starts),
            derived=(),
            initial=tuple(system.graph.symbol(name) for name in starts),
        )

    @cached_property
    def _states(self) -> System:
        released = self.released.alone()
        states = tuple((name, released.graph.symbol(name)) for name in released.state_ids)
        return replace(released, outputs=states, observers=frozenset())

    @cached_property
    def _inputs(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return tuple(name for name, _ in self.system.derived), tuple(f"start({s})" for s in self.system.state_ids)

    def solved(self, inputs: FloatArray) -> dict[str, FloatArray]:
        """Give the rates and starting values of N people whose parameters (N, P) are those of the unchanged body."""
        system, count = self.system, len(inputs)
        values: dict[str, Any] = {**dict(zip(system.parameter_ids, inputs.T, strict=True)), TIME: 0.0}
        for name, node in system.derived:
            values[name] = evaluate(system.graph, [node], values)[0]
        starts = evaluate(system.graph, system.initial, values)
        found = {name: values[name] for name, _ in system.derived} | dict(zip(self._inputs[1], starts, strict=True))
        return {name: np.broadcast_to(np.asarray(value, np.float64), (count,)) for name, value in found.items()}

    def settled(self, inputs: FloatArray, changed: FloatArray, *, workers: int = 1) -> dict[str, FloatArray]:
        """Let changed bodies run without any dose until they rest, and give what they start from.

        Parameters
        ----------
        inputs, changed
            (N, P) parameters before and after the change.
        workers
            Threads.

        Returns
        -------
        dict
            As :meth:`solved`, with starting values at the new rest; NaN for a person who finds none.
        """
        found = self.solved(inputs)
        rows = np.column_stack([changed, *found.values()])
        run = solve(self._states, rows, None, [0.0, _HOURS * 19 / 20, _HOURS], settings=_SETTINGS, workers=workers)
        before, after = run.values[:, 1], run.values[:, 2]
        size = np.maximum(np.abs(run.values).max(axis=1), 1e-9)
        after[np.abs(after) < _NOTHING * size] = 0.0
        after[(np.abs(after - before) > _STILL * size).any(axis=1)] = np.nan
        return found | {name: after[:, k] for k, name in enumerate(self._inputs[1])}
