"""Whether something is there under a name, whatever the name."""

from __future__ import annotations

import stat
from pathlib import Path


def is_there(path: Path) -> bool:
    r"""Tell whether a path leads to something; a name that no system takes leads to nothing.

    Examples
    --------
    >>> is_there(Path("x" * 5000)), is_there(Path("a\0b")), is_there(Path())
    (False, False, True)
    """
    return _mode(path) is not None


def is_folder(path: Path) -> bool:
    """Tell whether a path leads to a folder."""
    mode = _mode(path)
    return mode is not None and stat.S_ISDIR(mode)


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except (OSError, ValueError):  # too long, a zero byte, links in a circle
        return None
