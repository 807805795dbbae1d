"""A data folder has one server: a second would take running jobs for stopped ones."""

from __future__ import annotations

import sys
from pathlib import Path

from bimodal.errors import OutputError


class FolderLock:
    """Holds a folder until it is released or the process ends.

    Raises
    ------
    OutputError
        Another process holds it.
    """

    def __init__(self, folder: Path) -> None:
        self._file = (folder / "lock").open("a+b")
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(self._file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise OutputError(
                "another `bimodal app` works in this data folder", where=str(folder), fix="stop it, or give --data"
            ) from None

    def release(self) -> None:
        """Let another have the folder."""
        self._file.close()
