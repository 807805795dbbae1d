"""A lock file that one process holds, or several share; it ends with the process, however that goes."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path


class FileLock:
    """Holds a file, which is made where there is none, until it is released.

    Parameters
    ----------
    shared
        Beside others who share it; on Windows nothing is held then.

    Raises
    ------
    BlockingIOError
        Another holds it.
    OSError
        The file cannot be made, or this file system knows no locks.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     held = FileLock(Path(folder) / "lock")
    ...     try:
    ...         FileLock(Path(folder) / "lock")
    ...     except BlockingIOError:
    ...         print("held")
    ...     held.release()
    held
    """

    def __init__(self, path: Path, *, shared: bool = False) -> None:
        self._path = path
        self._shared = shared
        while True:
            self._file = path.open("a+b")
            try:
                _lock(self._file.fileno(), shared=shared)
                if os.path.samestat(os.fstat(self._file.fileno()), path.stat()):
                    return
            except FileNotFoundError:  # whoever held it removed it in between
                pass
            except OSError:
                self._file.close()
                raise
            self._file.close()

    def release(self, *, remove: bool = False) -> None:
        """Let others have it; `remove` the file too where nobody shares it."""
        if remove and sys.platform != "win32":
            with suppress(OSError):
                _lock(self._file.fileno(), shared=False)
                self._path.unlink()
        self._file.close()
        if remove and sys.platform == "win32":
            with suppress(OSError):  # another has it open
                self._path.unlink()


def _lock(handle: int, *, shared: bool) -> None:
    if sys.platform == "win32":
        import msvcrt

        try:
            if not shared:
                msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError as fault:
            raise BlockingIOError(*fault.args) from None
    else:
        import fcntl

        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
