"""Where the receptors of level L2 begin: at rest with the body's own IL-2, which has no closed form there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bimodal.engine import Settings, System, solve
from bimodal.model.flat import flat_network
from bimodal.model.level import ReceptorLevel
from bimodal.model.network import Network
from bimodal.model.short_form import PlainText, write_out

FloatArray = npt.NDArray[np.float64]

#: Hours after which nothing changes any more: receptors turn over within some forty.
_HOURS = 1e6
#: Change per hour, as a share of the receptors of that sort, above which a cell is not at rest.
_STILL = 1e-11
#: What the cell type and its receptors are called in the text of the cell alone.
_CELL, _PLACE = "cell", "r"
_SETTINGS = Settings(rtol=1e-8)


@dataclass(frozen=True, eq=False)
class Rest:
    """The receptors of one cell alone, and what their steady state is called in the model.

    Parameters
    ----------
    network
        ``receptors_rest.ant``.
    cells
        Cell types of the model.
    """

    network: Network
    cells: tuple[str, ...]

    @cached_property
    def system(self) -> System:
        """What is integrated: states, then the rate of each."""
        states = self.network.state_ids
        rates = [(f"rate of {name}", rate) for name, rate in zip(states, self.network.rates, strict=True)]
        return self.network.system([*zip(states, states, strict=True), *rates], nonnegative=states)

    @cached_property
    def starts(self) -> tuple[str, ...]:
        """Constants of the model that :meth:`values` gives, cell by cell."""
        return tuple(_start(cell, state) for cell in self.cells for state in self._own)

    @cached_property
    def _own(self) -> tuple[str, ...]:
        # nobody is at rest with a drug, so its complexes begin at zero
        return tuple(state for state in self.network.state_ids if not state.startswith(f"{_PLACE}_with_drug"))

    def values(self, known: Mapping[str, FloatArray], *, workers: int = 1) -> dict[str, FloatArray]:
        """Return the starting values of N patients, NaN for one whose receptors find no rest.

        Parameters
        ----------
        known
            (N,) of every parameter of the model.
        workers
            Threads.
        """
        count = len(next(iter(known.values())))
        own = [(c.id, np.full(count, c.value)) for c in self.network.constants]
        rows = np.concatenate(
            [np.column_stack([known.get(_row(cell, name), value) for name, value in own]) for cell in self.cells]
        )
        run = solve(self.system, rows, None, [0.0, _HOURS], settings=_SETTINGS, workers=workers)
        run.values[~self._still(run.values)] = np.nan
        shape = (len(self.cells), count)
        return {
            _start(cell, state): (run[state][:, 1] - run[state][:, 0]).reshape(shape)[c]
            for c, cell in enumerate(self.cells)
            for state in self._own
        }

    def _still(self, values: FloatArray) -> npt.NDArray[np.bool_]:
        states = len(self.network.state_ids)
        size = np.abs(values[:, :, :states]).max(axis=(1, 2))
        return np.abs(values[:, 1, states:]).max(axis=1) <= _STILL * size


def load_rest(level: ReceptorLevel) -> Rest:
    """Load the receptors of one cell alone.

    Parameters
    ----------
    level
        The receptor level.
    """
    return Rest(flat_network(rest_text(level), level.rest.removesuffix(".ant"), file=level.rest), level.cells)


def rest_text(level: ReceptorLevel) -> PlainText:
    """Return the Antimony of the receptors of one cell alone."""
    return write_out(level.sources((level.replaces, level.rest), {_CELL: _PLACE}))


def _row(cell: str, name: str) -> str:
    return name.replace(f"{_CELL}_", f"{cell}_", 1) if name.startswith(f"{_CELL}_") else name


def _start(cell: str, state: str) -> str:
    place = f"{cell}_{state}"
    for ending, shift in (("_surface", "_shift"), ("_inside", "_shift_in")):
        if place.endswith(ending):
            return place.removesuffix(ending) + shift
    return f"{place}_start"
