"""Two processes that do the same work in a results folder would do all of it twice: the second is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bimodal.errors import OutputError
from bimodal.files.file_lock import FileLock

_NAME = ".lock"


@contextmanager
def folder_held(folder: Path, shard: tuple[int, int] | None) -> Iterator[None]:
    """Hold a results folder, or the share of a shard in it, as long as the block lasts.

    Where a file system knows no locks nothing is held; results are as safe then, as files are put in place whole.

    Raises
    ------
    OutputError
        Another process is doing the same work there.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place, folder_held(Path(place), (1, 2)):
    ...     with folder_held(Path(place), (2, 2)):
    ...         print("both shards work")
    ...     try:
    ...         with folder_held(Path(place), None):
    ...             print("never here")
    ...     except OutputError as fault:
    ...         print(fault.what)
    both shards work
    another process is working on this run in this folder
    """
    with ExitStack() as held:
        _hold(held, folder / _NAME, shared=shard is not None)
        if shard is not None:
            _hold(held, folder / f"{_NAME}-{shard[0]}-of-{shard[1]}", shared=False)
        yield


def is_lock(name: str) -> bool:
    """Whether a name is that of a lock of a results folder.

    Examples
    --------
    >>> is_lock(".lock-1-of-2"), is_lock("lock.txt")
    (True, False)
    """
    return name == _NAME or name.startswith(f"{_NAME}-")


def _hold(held: ExitStack, path: Path, *, shared: bool) -> None:
    try:
        lock = FileLock(path, shared=shared)
    except BlockingIOError:
        raise OutputError(
            "another process is working on this run in this folder",
            where=str(path.parent),
            fix="wait until it has ended, or stop it; to divide a run over processes or machines give each a --shard",
        ) from None
    except PermissionError:
        raise  # nothing could be written either
    except OSError:
        return
    held.callback(lock.release, remove=True)
