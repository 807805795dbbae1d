"""A stored file opened for DuckDB once its content has been checked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bimodal.errors import OutputError
from bimodal.study.store.content import content_sha256
from bimodal.study.store.interrupts import interrupts_raised
from bimodal.study.store.literal_name import literal_name

_AGAIN = "run the study again: only what is missing is computed"


@contextmanager
def checked_file(path: Path, sha256: str, *, what: str) -> Iterator[str]:
    """Open a file and give the name by which DuckDB reads it, as long as the block lasts.

    Parameters
    ----------
    sha256
        What its content must be.
    what
        What it is, for the message of a fault in it or in a query of the block.
    """
    import duckdb

    try:
        with path.open("rb") as file, interrupts_raised():
            if content_sha256(file) != sha256:
                raise OutputError(f"{what} has changed since the run looked at it", where=str(path), fix=_AGAIN)
            yield literal_name(file, path)
    except (duckdb.Error, OSError, ValueError) as fault:
        raise OutputError(f"{what} cannot be read: {fault}", where=str(path), fix=_AGAIN) from None
