"""Ctrl-C inside a query."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interrupts_raised() -> Iterator[None]:
    """Raise ``KeyboardInterrupt`` where Ctrl-C stopped a query: DuckDB gives another exception in its place.

    Examples
    --------
    >>> try:
    ...     with interrupts_raised():
    ...         raise RuntimeError("Query interrupted")
    ... except KeyboardInterrupt:
    ...     print("stopped")
    stopped
    """
    import duckdb

    try:
        yield
    except duckdb.InterruptException:
        raise KeyboardInterrupt from None
    except RuntimeError as fault:
        if str(fault) == "Query interrupted":
            raise KeyboardInterrupt from None
        raise
