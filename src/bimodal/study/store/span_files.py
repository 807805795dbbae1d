"""Files that each hold consecutive patients of one arm: which are there, and which are whole."""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

from bimodal.errors import OutputError
from bimodal.study.store.connection import memory_connection

_FILE = re.compile(r"^arm-(\d{4})-(\d{10})-(\d{10})\.parquet$")

#: First patient and the one after the last.
Span = tuple[int, int]


class SpanFiles(ABC):
    """A folder of Parquet files, one for each stored span of patients of an arm."""

    @property
    @abstractmethod
    def rows(self) -> Path:
        """Folder of the Parquet files."""

    @abstractmethod
    def rows_per_patient(self, arm: int) -> int:
        """How many rows a whole file has for each patient of an arm."""

    def path(self, arm: int, span: Span) -> Path:
        """Say where a span of an arm is stored."""
        return self.rows / f"arm-{arm:04d}-{span[0]:010d}-{span[1]:010d}.parquet"

    def present(self, arm: int) -> list[Span]:
        """List the spans of an arm that are stored whole, ascending.

        A file another program damaged does not count: it is computed again.
        """
        found = [(int(m[2]), int(m[3])) for m in self._files() if int(m[1]) == arm]
        return sorted(span for span in found if self._whole(arm, span))

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

    def clear(self) -> None:
        """Remove every such file of an earlier run, and nothing else."""
        for match in self._files():
            (self.rows / match[0]).unlink(missing_ok=True)

    def _files(self) -> list[re.Match[str]]:
        if not self.rows.is_dir():
            return []
        return [match for name in sorted(os.listdir(self.rows)) if (match := _FILE.match(name))]

    def _whole(self, arm: int, span: Span) -> bool:
        import duckdb

        query = "SELECT num_rows FROM parquet_file_metadata(?)"
        try:
            found = memory_connection().execute(query, [str(self.path(arm, span))]).fetchone()
        except duckdb.Error:
            return False
        return found is not None and found[0] == (span[1] - span[0]) * self.rows_per_patient(arm)
