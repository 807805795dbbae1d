"""Files are written whole or not at all; devices, pipes and the targets of links are written and never replaced."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

from bimodal.errors import OutputError


def write_bytes(path: Path, content: bytes) -> Path:
    """Write beside the target and move into place, so that a reader never sees half a file.

    Only a plain file is replaced. A device or a pipe is written to, and of a symbolic link the file it leads to.

    Parameters
    ----------
    path
        Target; its folder is made if missing.
    content
        The bytes.

    Returns
    -------
    Path
        ``path``.

    Raises
    ------
    OutputError
        The folder cannot be made or written, or nobody reads the pipe.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_bytes(Path(folder) / "a.txt", b"hello").read_bytes()
    b'hello'
    """
    fix = "choose a folder that can be written"
    try:
        found = _state(path)
        if found is None or stat.S_ISREG(found.st_mode):
            stream = None if found is None else _own_stream(found)
            _replace(Path(os.path.realpath(path)), content) if stream is None else _pour(os.dup(stream), content)
        elif stat.S_ISDIR(found.st_mode):
            fix = "name a file, not a folder"
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        else:
            if stat.S_ISFIFO(found.st_mode):
                fix = "start what reads the pipe first, or name a file"
            _pour(_open_special(path), content)
    except (OSError, ValueError) as fault:  # a name with a zero byte is a ValueError
        reason = getattr(fault, "strerror", None) or fault
        raise OutputError(f"{path.name} cannot be written: {reason}", where=str(path.parent), fix=fix) from None
    return path


def write_text(path: Path, text: str) -> Path:
    """Write a UTF-8 text file as :func:`write_bytes` does; line ends stay as they are."""
    return write_bytes(path, text.encode("utf-8", "backslashreplace"))


def _state(path: Path) -> os.stat_result | None:
    """Return what is at the end of the links of `path`; None where there is nothing yet."""
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _replace(target: Path, content: bytes) -> None:
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        part.write_bytes(content)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def _own_stream(found: os.stat_result) -> int | None:
    """Descriptor of our own output where it goes into this very file, as with `--json /dev/stdout > file`."""
    for stream in (1, 2):
        try:
            if os.path.samestat(found, os.fstat(stream)):
                return stream
        except OSError:  # closed
            continue
    return None


def _open_special(path: Path) -> int:
    # opening a pipe that nobody reads would wait for ever without O_NONBLOCK
    flags = os.O_WRONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
    handle = os.open(path, flags)
    if hasattr(os, "set_blocking"):
        os.set_blocking(handle, True)
    return handle


def _pour(handle: int, content: bytes) -> None:
    """Write to an open descriptor behind what was printed, and close it."""
    with os.fdopen(handle, "wb") as stream:
        for printed in (sys.stdout, sys.stderr):
            if printed is not None:
                printed.flush()
        stream.write(content)
