"""What was read along the trajectories of an arm, in memory or on disk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bimodal.engine import SegmentResults
from bimodal.study.plan.plan import Plan
from bimodal.study.plan.segment_layout import SegmentLayout
from bimodal.study.store.rows import Rows, RowsInMemory
from bimodal.study.store.store import Store

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SegmentTable:
    """Readings in the segments of one arm, patients in order.

    Parameters
    ----------
    layout
        What stands where.
    rows
        (N, S, columns), NaN for a failed patient, or where they lie on disk; of what is only drawn, the first patients.
    """

    layout: SegmentLayout
    rows: Array | Rows

    @property
    def patients(self) -> int:
        """How many patients have rows."""
        return len(self.rows)

    def pieces(self) -> Iterator[SegmentResults]:
        """Give everything, a bounded number of consecutive patients after the other."""
        columns = list(range(len(self.layout.columns)))
        return (self.layout.unpack(np.stack(found, axis=2)) for found in self._rows.pieces(columns))

    def at(self, output: str, statistic: str, segments: Sequence[int]) -> Array:
        """Give one statistic of an output of all patients in some segments, (N, len(segments))."""
        return self._rows.at(self.layout.columns.index(f"{output}.{statistic}"), segments)

    def several(self, output: str, statistics: Sequence[str], segments: Sequence[int]) -> tuple[Array, ...]:
        """Give several statistics of an output at once, each as :meth:`at` does."""
        columns = [self.layout.columns.index(f"{output}.{statistic}") for statistic in statistics]
        parts = [[values[:, segments] for values in piece] for piece in self._rows.pieces(columns)]
        return tuple(np.concatenate(found) for found in zip(*parts, strict=True))

    @property
    def _rows(self) -> Rows:
        return RowsInMemory(self.rows) if isinstance(self.rows, np.ndarray) else self.rows


def segment_stores(plan: Plan, folder: Path, arm: int) -> dict[str, Store]:
    """Say where the tables of an arm lie under a results folder, by their names."""
    return {
        layout.name: Store(
            folder,
            tuple(layout.edges_h[:-1].tolist()),
            layout.columns,
            f"segments/{layout.name}",
            plan.run,
            layout.most,
            layout.single,
        )
        for layout in plan.layouts(arm)
    }


def stored_tables(plan: Plan, folder: Path, arm: int) -> Mapping[str, SegmentTable]:
    """Open the tables of an arm that was computed; nothing is read yet."""
    stores = segment_stores(plan, folder, arm)
    found: dict[str, SegmentTable] = {}
    for layout in plan.layouts(arm):
        _, stop = stores[layout.name].kept((0, plan.population.count)) or (0, 0)
        found[layout.name] = SegmentTable(layout, stores[layout.name].arm(arm, stop))
    return found
