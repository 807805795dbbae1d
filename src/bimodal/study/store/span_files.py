"""Files that each hold consecutive patients of one arm: which are there, and which are as they were written."""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy.typing as npt

from bimodal.errors import OutputError
from bimodal.study.store.content import content_sha256
from bimodal.study.store.parquet_rows import write_rows
from bimodal.study.store.seal import seal_bytes, seal_path
from bimodal.study.store.written_whole import written_whole

_FILE = re.compile(r"^arm-(\d{4})-(\d{10})-(\d{10})\.(parquet|json)$", re.ASCII)

_GOES_ON = (
    "see whether the disk is full or cannot be written; what is finished stays, the same command goes on from there"
)

#: First patient and the one after the last.
Span = tuple[int, int]


class SpanFiles(ABC):
    """A folder of Parquet files, one for each stored span of patients of an arm, each with its seal beside it."""

    @property
    @abstractmethod
    def rows(self) -> Path:
        """Folder of the Parquet files."""

    @property
    @abstractmethod
    def table(self) -> str:
        """What is stored: the path of the folder within the results."""

    @property
    @abstractmethod
    def owner(self) -> str:
        """The run that the files belong to."""

    @abstractmethod
    def rows_per_patient(self, arm: int) -> int:
        """How many rows a whole file has for each patient of an arm."""

    def kept(self, span: Span) -> Span | None:
        """Say which patients of a span are stored here at all; None for nobody."""
        return span

    def path(self, arm: int, span: Span) -> Path:
        """Say where a span of an arm is stored."""
        return self.rows / f"arm-{arm:04d}-{span[0]:010d}-{span[1]:010d}.parquet"

    def put(self, arm: int, span: Span, rows: Mapping[str, npt.NDArray[Any]], *, options: str, what: str) -> str:
        """Store the rows of a span whole or not at all, and give the fingerprint of the file; `what` for a fault."""
        path = self.path(arm, span)
        try:
            with written_whole(path) as file:
                write_rows(file, rows, options=options)
                found = content_sha256(file)
                seal = self._seal(arm, span, found)
                # first the seal: a file without one would look damaged to whoever comes by
                with written_whole(seal_path(path)) as beside:
                    beside.write(seal)
        except OSError as fault:
            raise OutputError(
                f"{what} cannot be written: {fault.strerror or fault}", where=str(path), fix=_GOES_ON
            ) from None
        return found

    def sha256(self, arm: int, span: Span) -> str | None:
        """Give the fingerprint of the file of a span, or None where it is not what this run wrote there."""
        path = self.path(arm, span)
        try:
            with path.open("rb") as file:
                found = content_sha256(file)
            seal = self._seal(arm, span, found)
            with seal_path(path).open("rb") as beside:
                return found if beside.read(len(seal) + 1) == seal else None
        except OSError:
            return None

    def stored(self, arm: int) -> list[Span]:
        """List the spans of an arm of which there is a file, ascending."""
        found = [(int(m[2]), int(m[3])) for m in self._files() if int(m[1]) == arm and m[4] == "parquet"]
        return sorted(found)

    def present(self, arm: int) -> list[Span]:
        """List the spans of an arm that are stored as this run wrote them, ascending.

        A file another program damaged or put there does not count: it is computed again.
        """
        return [span for span in self.stored(arm) if self.sha256(arm, span) is not None]

    def cover(self, arm: int, patients: int, *, what: str) -> Iterator[tuple[Span, int]]:
        """Give spans that make up an arm in order, and of each the first patient not in an earlier one.

        Raises
        ------
        OutputError
            Patients are missing: `what` says of what, once the last span that is there has been given.
        """
        done = 0
        for span in self.present(arm):
            if span[0] <= done < span[1] <= patients:
                yield span, done
                done = span[1]
        if done < patients:
            raise OutputError(f"the {what} of patient {done} and on are missing", where=str(self.rows))

    def remove(self, arm: int, span: Span) -> None:
        """Remove the file of a span and its seal."""
        path = self.path(arm, span)
        path.unlink(missing_ok=True)
        seal_path(path).unlink(missing_ok=True)

    def clear(self, *, others: bool = False) -> None:
        """Remove every such file of an earlier run, and nothing else; with `others` only what is not of this run."""
        for arm, *span in {(int(m[1]), int(m[2]), int(m[3])) for m in self._files()}:
            if not others or self.sha256(arm, (span[0], span[1])) is None:
                self.remove(arm, (span[0], span[1]))

    def _files(self) -> list[re.Match[str]]:
        if not self.rows.is_dir():
            return []
        return [match for name in sorted(os.listdir(self.rows)) if (match := _FILE.match(name))]

    def _seal(self, arm: int, span: Span, sha256: str) -> bytes:
        rows = (span[1] - span[0]) * self.rows_per_patient(arm)
        return seal_bytes(run=self.owner, table=self.table, arm=arm, span=span, rows=rows, sha256=sha256)
