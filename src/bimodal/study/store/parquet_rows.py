"""Columns written as a Parquet file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy.typing as npt

from bimodal.study.store.connection import memory_connection
from bimodal.study.store.interrupts import interrupts_raised
from bimodal.study.store.literal_name import literal_name


def write_rows(file: IO[bytes], rows: Mapping[str, npt.NDArray[Any]], *, options: str) -> None:
    """Write columns of one length into an open file.

    Parameters
    ----------
    rows
        Columns by name, each (R,).
    options
        Of DuckDB's COPY, such as ``FORMAT parquet, COMPRESSION zstd``; they decide the bytes.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     write_rows(file, {"x": np.zeros(2)}, options="FORMAT parquet")
    ...     file.read(4)
    b'PAR1'
    """
    rows = dict(rows)
    place = literal_name(file, Path(file.name)).replace("'", "''")
    with interrupts_raised():
        memory_connection().execute(f"COPY (SELECT * FROM rows) TO '{place}' ({options}, USE_TMP_FILE false)")
