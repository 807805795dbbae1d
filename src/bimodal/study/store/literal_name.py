"""The name by which DuckDB reaches an open file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, Any

from bimodal.errors import OutputError

_OPEN_FILES = Path("/proc/self/fd")
_PATTERN = frozenset("*?[]{}\\")


def literal_name(file: IO[Any], path: Path) -> str:
    """Name an open file so that no letter of its path means anything: to DuckDB some are patterns, others protocols.

    Raises
    ------
    OutputError
        The system has no names for open files, and the path holds letters of a pattern.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile(suffix="[1]*.parquet") as file:
    ...     "*" in literal_name(file, Path(file.name))
    False
    """
    if _OPEN_FILES.is_dir():
        return str(_OPEN_FILES / str(file.fileno()))
    name = os.path.abspath(path)
    if _PATTERN & set(name.replace(os.sep, "/")):
        raise OutputError(
            "results cannot be stored under this name on this system",
            where=name,
            fix="choose a folder whose name has none of * ? [ ] { } and no backslash",
        )
    return name
