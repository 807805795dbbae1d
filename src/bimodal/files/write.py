"""Files are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from bimodal.errors import OutputError


def write_bytes(path: Path, content: bytes) -> Path:
    """Write beside the target and move into place, so that a reader never sees half a file.

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
        The folder cannot be made or written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_bytes(Path(folder) / "a.txt", b"hello").read_bytes()
    b'hello'
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(content)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as fault:
        raise OutputError(
            f"{path.name} cannot be written: {fault.strerror or fault}",
            where=str(path.parent),
            fix="choose a folder that can be written",
        ) from None
    return path


def write_text(path: Path, text: str) -> Path:
    """Write a UTF-8 text file as :func:`write_bytes` does; line ends stay as they are."""
    return write_bytes(path, text.encode("utf-8"))
