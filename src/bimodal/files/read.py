"""A file of a user, read within bounds: one place for its size, its sort, its encoding and zero bytes."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from bimodal.errors import BimodalError


@dataclass(frozen=True)
class FileKind:
    """How files of one kind are read, and what messages call them.

    Parameters
    ----------
    noun
        Such as ``the drug file``.
    error
        What is raised.
    max_bytes
        Larger files are refused.
    fix
        What to do about a file that cannot be used.
    malformed
        How the sentence about a break of the file format begins; None makes it of `noun`.

    Examples
    --------
    >>> FileKind("the drug file").text(Path("nowhere.toml"))
    Traceback (most recent call last):
    ...
    bimodal.errors.BimodalError: the drug file cannot be read: No such file or directory
      where: nowhere.toml
    """

    noun: str
    error: type[BimodalError] = BimodalError
    max_bytes: int = 1_000_000
    fix: str | None = None
    malformed: str | None = None

    def text(self, path: Path, where: str | None = None) -> str:
        """Return the text of a file, its line ends as they are and without a byte-order mark.

        Parameters
        ----------
        path
            A regular file. A pipe or a device is refused: it has no size to check, and may never end.
        where
            Name of the file for messages; None is the path.
        """
        return self.decode(self.content(path, where), str(path) if where is None else where)

    def content(self, path: Path, where: str | None = None) -> bytes:
        """Return the bytes of a file; parameters as in :meth:`text`."""
        where = str(path) if where is None else where
        try:
            with open(path, "rb", opener=_at_once) as stream:
                if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                    raise self.error(
                        f"{self.noun} cannot be read: it is no regular file", where=where, fix="save it as a file first"
                    )
                content = stream.read(self.max_bytes + 1)
        except (OSError, ValueError) as fault:  # a name with a zero byte is a ValueError
            reason = getattr(fault, "strerror", None) or fault
            raise self.error(f"{self.noun} cannot be read: {reason}", where=where, fix=self.fix) from None
        if len(content) > self.max_bytes:
            raise self.error(f"{self.noun} is larger than {_size(self.max_bytes)}", where=where, fix=self.fix)
        return content

    def decode(self, content: bytes, where: str) -> str:
        """Return bytes as the text they are."""
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise self.error(f"{self.noun} is not UTF-8 text", where=where, fix="save it as UTF-8") from None
        if "\0" in text:
            raise self.error(f"{self.noun} is not text: it holds a zero byte", where=where, fix="save it as UTF-8")
        return text


def _at_once(name: str, flags: int) -> int:
    # without O_NONBLOCK, opening a named pipe waits for somebody to write
    return os.open(name, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))


def _size(count: int) -> str:
    return f"{count / 1e6:g} MB" if count >= 1_000_000 else f"{count / 1e3:g} kB"
