"""Columns written as a Parquet file, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy.typing as npt

from bimodal.errors import OutputError
from bimodal.study.store.connection import memory_connection


def write_rows(path: Path, rows: Mapping[str, npt.NDArray[Any]], *, options: str, what: str) -> None:
    """Write columns of one length beside the file, then put it in place.

    Parameters
    ----------
    rows
        Columns by name, each (R,).
    options
        Of DuckDB's COPY, such as ``FORMAT parquet, COMPRESSION zstd``; they decide the bytes.
    what
        What is written, for the message of a fault.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     there = Path(folder) / "a.parquet"
    ...     write_rows(there, {"x": np.zeros(2)}, options="FORMAT parquet", what="a table")
    ...     there.is_file()
    True
    """
    import duckdb

    part = path.with_suffix(f".{os.getpid()}.part")
    rows = dict(rows)
    try:
        memory_connection().execute(f"COPY (SELECT * FROM rows) TO {quoted(part)} ({options})")
        os.replace(part, path)
    except (OSError, duckdb.Error) as fault:
        raise OutputError(f"{what} cannot be written: {fault}", where=str(path)) from None
    finally:
        part.unlink(missing_ok=True)


def quoted(path: Path) -> str:
    """Give a path as SQL text.

    Examples
    --------
    >>> quoted(Path("it's"))
    "'it''s'"
    """
    return "'" + str(path).replace("'", "''") + "'"
