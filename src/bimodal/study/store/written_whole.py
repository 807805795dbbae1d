"""Files of a run appear whole or not at all, and what a killed process left half is removed."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from io import BufferedRandom
from pathlib import Path

_PART = re.compile(r"^(?:\.|arm-).*\.(?:([0-9a-f]{8})-)?([0-9]+)\.part$", re.DOTALL)
_DAY_S = 86_400.0


@contextmanager
def written_whole(path: Path, *, fresh: bool = False) -> Iterator[BufferedRandom]:
    """Open a file beside the target, and put it in place at the end.

    Parameters
    ----------
    fresh
        Only where there is no such file yet; of several processes one succeeds.

    Raises
    ------
    FileExistsError
        With `fresh`, when there is one.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with written_whole(Path(folder) / "a.txt") as file:
    ...         _ = file.write(b"hello")
    ...     os.listdir(folder)
    ['a.txt']
    """
    part = path.with_name(f".{path.name}.{_place()}-{os.getpid()}.part")
    try:
        with part.open("w+b") as file:
            yield file
        if fresh:
            _move_if_free(part, path)
        else:
            os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def remove_left_parts(folders: Iterable[Path]) -> None:
    """Remove what killed processes left half written in some folders; what a process is still writing stays.

    Of processes on other computers nothing can be known: their files stay for a day.
    """
    for folder in folders:
        with suppress(OSError):
            for name in os.listdir(folder):
                if is_part(name) and _is_left(folder / name):
                    (folder / name).unlink(missing_ok=True)


def is_part(name: str) -> bool:
    """Whether a name is that of a file that is being written.

    Examples
    --------
    >>> is_part(".run.json.0a1b2c3d-77.part"), is_part("film.part")
    (True, False)
    """
    return _PART.match(name) is not None


def _is_left(path: Path) -> bool:
    match = _PART.match(path.name)
    if match is None:
        return False
    if match[1] in (None, _place()) and os.name == "posix":
        return int(match[2]) == os.getpid() or not _lives(int(match[2]))
    return time.time() - path.stat().st_mtime > _DAY_S


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


@cache
def _place() -> str:
    """Name where the numbers of processes are those of this process: computer, and container on it."""
    space = ""
    with suppress(OSError):
        space = os.readlink("/proc/self/ns/pid")
    return hashlib.sha256(f"{platform.node()}\n{space}".encode()).hexdigest()[:8]


def _move_if_free(part: Path, path: Path) -> None:
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:
        # a file system without hard links: what is left is a look before
        if path.exists():
            raise FileExistsError(str(path)) from None
        os.replace(part, path)
