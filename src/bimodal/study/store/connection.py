"""The one connection by which result files are written and read."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


@cache
def memory_connection() -> duckdb.DuckDBPyConnection:
    """Open DuckDB without a database, on one thread and in the order of the files; opening takes tens of milliseconds.

    Examples
    --------
    >>> memory_connection().execute("SELECT 6 * 7").fetchone()
    (42,)
    """
    import duckdb

    # its file cache goes by names, and open files share theirs (see `literal_name`)
    return duckdb.connect(
        ":memory:", config={"threads": 1, "preserve_insertion_order": True, "enable_external_file_cache": False}
    )
