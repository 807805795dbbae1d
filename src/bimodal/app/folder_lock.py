"""A data folder has one server: a second would take running jobs for stopped ones."""

from __future__ import annotations

from pathlib import Path

from bimodal.errors import OutputError
from bimodal.files.file_lock import FileLock


class FolderLock:
    """Holds a folder until it is released or the process ends.

    Raises
    ------
    OutputError
        Another process holds it.
    """

    def __init__(self, folder: Path) -> None:
        try:
            self._lock = FileLock(folder / "lock")
        except OSError:
            raise OutputError(
                "another `bimodal app` works in this data folder", where=str(folder), fix="stop it, or give --data"
            ) from None

    def release(self) -> None:
        """Let another have the folder."""
        self._lock.release()
