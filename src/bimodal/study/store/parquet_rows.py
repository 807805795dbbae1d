"""Columns written as a Parquet file."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy.typing as npt

from bimodal.study.store.connection import memory_connection
from bimodal.study.store.interrupts import interrupts_raised
from bimodal.study.store.literal_name import literal_name

_NUMBER = re.compile(r'"errno":\s*"?(\d+)')


def write_rows(file: IO[bytes], rows: Mapping[str, npt.NDArray[Any]], *, options: str) -> None:
    """Write columns of one length into an open file.

    Parameters
    ----------
    rows
        Columns by name, each (R,).
    options
        Of DuckDB's COPY, such as ``FORMAT parquet, COMPRESSION zstd``; they decide the bytes.

    Raises
    ------
    OSError
        The disk is full or cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     write_rows(file, {"x": np.zeros(2)}, options="FORMAT parquet")
    ...     file.read(4)
    b'PAR1'
    """
    import duckdb

    rows = dict(rows)
    place = literal_name(file, Path(file.name)).replace("'", "''")
    try:
        with interrupts_raised():
            memory_connection().execute(f"COPY (SELECT * FROM rows) TO '{place}' ({options}, USE_TMP_FILE false)")
    except duckdb.Error as fault:
        number = _NUMBER.search(str(fault))  # of the system, somewhere in a text for programmers
        code = int(number[1]) if number else errno.EIO
        raise OSError(code, os.strerror(code) if number else str(fault).partition("\n")[0], file.name) from None
