"""Trajectories on disk: Parquet files of (arm, patient, time) rows, each written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.study.store.span_files import Span, SpanFiles
from bimodal.study.store.stored_arm import Part, StoredArm

Array = npt.NDArray[np.float64]
_KEYS = ("arm", "patient", "time_h", "status")
_OPTIONS = "FORMAT parquet, PARQUET_VERSION V2, DICTIONARY_SIZE_LIMIT 1, COMPRESSION zstd"


@dataclass(frozen=True, eq=False)
class Block:
    """Trajectories of consecutive patients of one arm.

    Parameters
    ----------
    values
        (N, T, O) in the order of the saved observables, in single precision where it is stored so; NaN for a failed
        patient.
    status
        (N,) how each patient's integration ended.

    Examples
    --------
    >>> Block(0, 250, np.zeros((2, 3, 1)), np.zeros(2, np.int8)).stop
    252
    """

    arm: int
    start: int
    values: npt.NDArray[np.floating]
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
class Store(SpanFiles):
    """The folder of one run's trajectories.

    Parameters
    ----------
    folder
        Results folder.
    times_h
        Saved times (T,), hours.
    place
        Folder of the chunk files under it.
    run
        Run that the files belong to; one of another run does not count.
    most
        Patients of an arm that are stored, from the first on; None is all.
    single
        Whether the numbers are in single precision and stored so; files of either kind are read alike.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     store = Store(Path(place), (0.0, 24.0), ("treg_count",))
    ...     store.rows.mkdir()
    ...     _ = store.write(Block(0, 0, np.array([[[50.0], [75.0]]]), np.zeros(1, np.int8)))
    ...     store.arm(0, 1).at(0, [0, 1]).tolist()
    [[50.0, 75.0]]
    """

    folder: Path
    times_h: tuple[float, ...]
    observables: tuple[str, ...]
    place: str = "trajectories"
    run: str = ""
    most: int | None = None
    single: bool = False

    def kept(self, span: Span) -> Span | None:
        """Say which patients of a span are among those that are stored; None for nobody."""
        stop = span[1] if self.most is None else min(span[1], self.most)
        return (span[0], stop) if stop > span[0] else None

    @property
    def rows(self) -> Path:
        """Folder of the Parquet files."""
        return self.folder / self.place

    @property
    def table(self) -> str:
        """What is stored: the path of the folder within the results."""
        return self.place

    @property
    def owner(self) -> str:
        """The run that the files belong to."""
        return self.run

    @property
    def columns(self) -> tuple[str, ...]:
        """Name of the column of each observable."""
        return distinct_columns(self.observables, _KEYS)

    def write(self, block: Block) -> str:
        """Store a block as one file, atomically, and give the fingerprint of the file."""
        n, t = block.values.shape[:2]
        keys: tuple[npt.NDArray[Any], ...] = (
            np.full(n * t, block.arm, np.int32),
            np.repeat(np.arange(block.start, block.stop, dtype=np.int64), t),
            np.tile(np.asarray(self.times_h, np.float64), n),
            np.repeat(np.asarray(block.status, np.int8), t),
        )
        rows: dict[str, npt.NDArray[Any]] = dict(zip(_KEYS, keys, strict=True))
        kind = np.float32 if self.single else np.float64
        for k, name in enumerate(self.columns):
            rows[name] = np.ascontiguousarray(block.values[:, :, k], kind).ravel()
        return self.put(block.arm, (block.start, block.stop), rows, options=_OPTIONS, what="a result file")

    def rows_per_patient(self, arm: int) -> int:
        """How many rows a whole file has for each patient of an arm: one for each saved time."""
        return len(self.times_h)

    def arm(self, arm: int, patients: int, *, days: Sequence[int] = ()) -> StoredArm:
        """Open a whole arm, in the order of its patients; nothing is read yet.

        Parameters
        ----------
        days
            Positions of the saved times that will be asked for most.

        Returns
        -------
        StoredArm
            Its trajectories, to be read a column and a part at a time.
        """
        spans = self.cover(arm, patients, what="results")
        parts = tuple(Part(self.path(arm, span), *span, first, self.sha256(arm, span) or "") for span, first in spans)
        return StoredArm(parts, self.times_h, self.columns, tuple(days))
