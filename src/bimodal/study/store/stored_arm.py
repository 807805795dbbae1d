"""One arm of a finished run, read from its files a column and a part at a time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.errors import OutputError
from bimodal.study.store.checked_file import checked_file
from bimodal.study.store.connection import memory_connection

Array = npt.NDArray[np.float64]
_HELD_BYTES = 32_000_000  # of values at report days, which endpoints and targets ask for again and again
_SMALL_BYTES = 2_000_000  # up to this size a file is read whole: opening it takes longer than its numbers


@dataclass(frozen=True)
class Part:
    """Consecutive patients in one file.

    Parameters
    ----------
    start, stop
        Patients the file holds, half-open.
    first
        First patient that is read from it; earlier ones were read from the file before.
    sha256
        What its content must be.

    Examples
    --------
    >>> Part(Path("a.parquet"), 0, 250, 100, "").count
    150
    """

    path: Path
    start: int
    stop: int
    first: int
    sha256: str

    @property
    def count(self) -> int:
        """How many patients are read from it."""
        return self.stop - self.first


@dataclass(frozen=True, eq=False)
class StoredArm:
    """Trajectories of one arm on disk; what is held in memory does not grow with patients times saved times.

    Parameters
    ----------
    parts
        Files in the order of the patients.
    times_h
        Saved times (T,), hours.
    days
        Positions of the saved times that are asked for most: at these an observable is read once and held.

    Examples
    --------
    >>> len(StoredArm((Part(Path("a.parquet"), 0, 250, 0, ""),), (0.0, 24.0), ("treg_count",)))
    250
    """

    parts: tuple[Part, ...]
    times_h: tuple[float, ...]
    columns: tuple[str, ...]
    days: tuple[int, ...] = ()
    _held: OrderedDict[int, Array] = field(default_factory=OrderedDict[int, Array], init=False, repr=False)
    _once: list[dict[Part, dict[str, Array]]] = field(
        default_factory=list[dict[Part, dict[str, Array]]], init=False, repr=False
    )

    def __len__(self) -> int:
        return sum(part.count for part in self.parts)

    def status(self) -> npt.NDArray[np.int8]:
        """Say how the integration of each patient ended, (N,)."""
        return np.concatenate([found[:, 0].astype(np.int8) for (found,) in self._scan(("status",))])

    def whole(self) -> Iterator[Array]:
        """Give everything, part by part, (n, T, O), after a look whether the rows of the files stand in their order."""
        for part, (patient, time_h, *values) in zip(
            self.parts, self._scan(("patient", "time_h", *self.columns)), strict=True
        ):
            numbers = np.arange(part.first, part.stop, dtype=np.float64)
            if not ((patient == numbers[:, None]).all() and (time_h == np.asarray(self.times_h)[None, :]).all()):
                raise OutputError(
                    "the rows of a result file are not in the order they were written in",
                    where=str(part.path),
                    fix="remove the file and run the study again: only what is missing is computed",
                )
            yield np.stack(values, axis=2) if values else np.empty((*patient.shape, 0))

    def pieces(self, columns: Sequence[int]) -> Iterator[tuple[Array, ...]]:
        """Give some observables whole in time, one file after the other."""
        yield from self._scan([self.columns[column] for column in columns])

    def at(self, column: int, times: Sequence[int]) -> Array:
        """Give one observable of all patients at some saved times."""
        if not set(self.days).issuperset(times):
            return self._read(column, times)
        if column not in self._held:
            self._held[column] = self._read(column, self.days)
            while len(self._held) > 1 and sum(table.nbytes for table in self._held.values()) > _HELD_BYTES:
                self._held.popitem(last=False)
        return self._held[column][:, [self.days.index(time) for time in times]]

    def _read(self, column: int, times: Sequence[int]) -> Array:
        out, done = np.empty((len(self), len(times))), 0
        for (values,) in self._scan([self.columns[column]]):
            out[done : done + len(values)] = values[:, times]
            done += len(values)
        return out

    @contextmanager
    def read_once(self) -> Iterator[None]:
        """Read each file of a small arm once while the block lasts; after it every reading checks its file again."""
        self._once.append({})
        try:
            yield
        finally:
            self._once.pop()

    def _scan(self, names: Sequence[str]) -> Iterator[tuple[Array, ...]]:
        small = 8 * len(self) * len(self.times_h) * len(self.columns) <= _SMALL_BYTES
        if not (self._once and small and set(names).issubset(self.columns)):
            return (self._load(part, names) for part in self.parts)
        return (tuple(map(self._all(part).__getitem__, names)) for part in self.parts)

    def _all(self, part: Part) -> dict[str, Array]:
        kept = self._once[-1]
        if part not in kept:
            kept[part] = dict(zip(self.columns, self._load(part, self.columns), strict=True))
            for values in kept[part].values():
                values.setflags(write=False)  # several readers share them
        return kept[part]

    def _load(self, part: Part, names: Sequence[str]) -> tuple[Array, ...]:
        quoted = ", ".join(f'"{name}"' for name in names)
        with checked_file(part.path, part.sha256, what="a result file") as file:
            found: dict[str, Any] = (
                memory_connection()
                .execute(f"SELECT {quoted} FROM read_parquet(?, hive_partitioning = false)", [file])
                .fetchnumpy()
            )
            shape, skip = (part.stop - part.start, len(self.times_h)), part.first - part.start
            return tuple(
                np.asarray(np.ma.filled(found[name].astype(np.float64), np.nan)).reshape(shape)[skip:] for name in names
            )
