"""Trajectories on disk: Parquet files of (arm, patient, time) rows, each written whole or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bimodal.errors import OutputError
from bimodal.study.store.parquet_rows import write_rows
from bimodal.study.store.stored_arm import Part, StoredArm

if TYPE_CHECKING:
    import duckdb

Array = npt.NDArray[np.float64]
_FILE = re.compile(r"^arm-(\d{4})-(\d{10})-(\d{10})\.parquet$")
_KEYS = ("arm", "patient", "time_h", "status")
_OPTIONS = "FORMAT parquet, PARQUET_VERSION V2, DICTIONARY_SIZE_LIMIT 1, COMPRESSION zstd"


@dataclass(frozen=True, eq=False)
class Block:
    """Trajectories of consecutive patients of one arm.

    Parameters
    ----------
    arm
        Position of the arm in the study.
    start
        Index of the first patient.
    values
        (N, T, O) in the order of the saved observables; NaN for a failed patient.
    status
        (N,) how each patient's integration ended.

    Examples
    --------
    >>> Block(0, 250, np.zeros((2, 3, 1)), np.zeros(2, np.int8)).stop
    252
    """

    arm: int
    start: int
    values: Array
    status: npt.NDArray[np.int8]

    @property
    def stop(self) -> int:
        """Index after the last patient."""
        return self.start + self.values.shape[0]


def distinct_columns(observables: Iterable[str], keys: Iterable[str]) -> tuple[str, ...]:
    """Name the column of each observable: its id, with ``~2`` and so on where columns would share a name.

    Capitals make no difference to the name of a column, and a model file may call a quantity ``status``.

    Parameters
    ----------
    observables
        Ids.
    keys
        Columns that are there already.

    Examples
    --------
    >>> distinct_columns(["S", "s", "Patient"], ["patient"])
    ('S', 's~2', 'Patient~2')
    """
    taken, out = {key.lower() for key in keys}, list[str]()
    for name in observables:
        column, number = name, 1
        while column.lower() in taken:
            number += 1
            column = f"{name}~{number}"
        taken.add(column.lower())
        out.append(column)
    return tuple(out)


@dataclass(frozen=True)
class Store:
    """The folder of one run's trajectories.

    Parameters
    ----------
    folder
        Results folder; chunk files lie in ``trajectories`` under it.
    times_h
        Saved times (T,), hours.
    observables
        Ids of what is saved, in order.

    Raises
    ------
    OutputError
        When a file cannot be written or read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     store = Store(Path(place), (0.0, 24.0), ("treg_count",))
    ...     store.rows.mkdir()
    ...     store.write(Block(0, 0, np.array([[[50.0], [75.0]]]), np.zeros(1, np.int8)))
    ...     store.arm(0, 1).at(0, [0, 1]).tolist()
    [[50.0, 75.0]]
    """

    folder: Path
    times_h: tuple[float, ...]
    observables: tuple[str, ...]

    @property
    def rows(self) -> Path:
        """Folder of the Parquet files."""
        return self.folder / "trajectories"

    @property
    def columns(self) -> tuple[str, ...]:
        """Name of the column of each observable."""
        return distinct_columns(self.observables, _KEYS)

    def write(self, block: Block) -> None:
        """Store a block as one file, atomically.

        Parameters
        ----------
        block
            Trajectories of consecutive patients.

        Raises
        ------
        OutputError
            When the file cannot be written.
        """
        path = self.rows / f"arm-{block.arm:04d}-{block.start:010d}-{block.stop:010d}.parquet"
        n, t = block.values.shape[:2]
        keys: tuple[npt.NDArray[Any], ...] = (
            np.full(n * t, block.arm, np.int32),
            np.repeat(np.arange(block.start, block.stop, dtype=np.int64), t),
            np.tile(np.asarray(self.times_h, np.float64), n),
            np.repeat(np.asarray(block.status, np.int8), t),
        )
        rows: dict[str, npt.NDArray[Any]] = dict(zip(_KEYS, keys, strict=True))
        for k, name in enumerate(self.columns):
            rows[name] = np.ascontiguousarray(block.values[:, :, k]).ravel()
        write_rows(path, rows, options=_OPTIONS, what="a result file")

    def present(self, arm: int) -> list[tuple[int, int]]:
        """List the patient ranges of an arm that are stored, ascending.

        A file another program damaged does not count: it is computed again.

        Parameters
        ----------
        arm
            Position of the arm.

        Returns
        -------
        list of (start, stop)
            Half-open ranges.
        """
        import duckdb

        found = [(int(m[2]), int(m[3])) for m in self._files() if int(m[1]) == arm]
        with duckdb.connect(":memory:", config={"threads": 1}) as connection:
            return sorted(span for span in found if self._whole(connection, arm, span))

    def arm(self, arm: int, patients: int, *, days: Sequence[int] = ()) -> StoredArm:
        """Open a whole arm, in the order of its patients; nothing is read yet.

        Parameters
        ----------
        arm
            Position of the arm.
        patients
            How many it has.
        days
            Positions of the saved times that will be asked for most.

        Returns
        -------
        StoredArm
            Its trajectories, to be read a column and a part at a time.

        Raises
        ------
        OutputError
            When patients are missing.
        """
        parts: list[Part] = []
        done = 0
        for start, stop in self.present(arm):
            if start <= done < stop and stop <= patients:
                parts.append(Part(self._path(arm, (start, stop)), start, stop, done))
                done = stop
        if done < patients:
            raise OutputError(f"the results of patient {done} and on are missing", where=str(self.rows))
        return StoredArm(tuple(parts), self.times_h, self.columns, tuple(days))

    def clear(self) -> None:
        """Remove every trajectory file of an earlier run, and nothing else."""
        for match in self._files():
            (self.rows / match[0]).unlink(missing_ok=True)

    def _files(self) -> list[re.Match[str]]:
        if not self.rows.is_dir():
            return []
        return [match for name in sorted(os.listdir(self.rows)) if (match := _FILE.match(name))]

    def _path(self, arm: int, span: tuple[int, int]) -> Path:
        return self.rows / f"arm-{arm:04d}-{span[0]:010d}-{span[1]:010d}.parquet"

    def _whole(self, connection: duckdb.DuckDBPyConnection, arm: int, span: tuple[int, int]) -> bool:
        import duckdb

        query = "SELECT num_rows FROM parquet_file_metadata(?)"
        try:
            found = connection.execute(query, [str(self._path(arm, span))]).fetchone()
        except duckdb.Error:
            return False
        return found is not None and found[0] == (span[1] - span[0]) * len(self.times_h)
