"""Where the trajectories of an arm are, as far as readings need to know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
_PATIENTS = 250


class Rows(Protocol):
    """Trajectories of one arm in the order of its patients: in memory, or in the files of a run."""

    def __len__(self) -> int:
        """How many patients there are."""
        ...

    def whole(self) -> Iterator[Array]:
        """Give everything, (n, T, O), for parts that make up all patients in order."""
        ...

    def pieces(self, columns: Sequence[int]) -> Iterator[tuple[Array, ...]]:
        """Give some observables whole in time, a bounded number of consecutive patients after the other.

        Returns
        -------
        iterator of tuple of ndarray
            For each part one (n, T) array per column; not to be written to.
        """
        ...

    def at(self, column: int, times: Sequence[int]) -> Array:
        """Give one observable of all patients at some saved times, (N, len(times)); not to be written to."""
        ...


class RowsInMemory:
    """Trajectories of one arm as one array.

    Parameters
    ----------
    values
        (N, T, O); NaN for a failed patient.

    Examples
    --------
    >>> rows = RowsInMemory(np.array([[[50.0], [75.0]]]))
    >>> len(rows), rows.at(0, [1]).tolist()
    (1, [[75.0]])
    """

    def __init__(self, values: Array) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    def whole(self) -> Iterator[Array]:
        """Give everything, a few patients at a time."""
        return (self.values[start : start + _PATIENTS] for start in range(0, len(self.values), _PATIENTS))

    def pieces(self, columns: Sequence[int]) -> Iterator[tuple[Array, ...]]:
        """Give some observables of all patients, in one part."""
        yield tuple(self.values[:, :, column] for column in columns)

    def at(self, column: int, times: Sequence[int]) -> Array:
        """Give one observable of all patients at some saved times."""
        return self.values[:, times, column]
