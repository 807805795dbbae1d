"""The way to a file as it is kept in a file, to be read on any system."""

from __future__ import annotations

import os
from types import ModuleType


def path_from(folder: str | os.PathLike[str], name: str, *, paths: ModuleType = os.path) -> str:
    r"""Return the way from a folder to a file with `/` between its parts; all of it where no way leads there.

    Parameters
    ----------
    folder
        Where the way begins.
    name
        The file.
    paths
        How paths are written: `ntpath` on Windows, `posixpath` elsewhere.

    Examples
    --------
    >>> import ntpath
    >>> path_from(r"C:\runs\one", r"C:\drugs\mine.toml", paths=ntpath)
    '../../drugs/mine.toml'
    >>> path_from(r"C:\runs", r"D:\mine.toml", paths=ntpath)
    'D:/mine.toml'
    """
    try:
        way = paths.relpath(name, folder)
    except ValueError:  # another drive
        way = paths.abspath(name)
    return way.replace(paths.sep, "/")
