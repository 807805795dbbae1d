"""Keeps compiled machine code on disk, so that it is compiled once per computer and not once per start.

A file is named by the hash of everything its code was made from, and begins with the hash of that name and of its
content: what is torn, changed, foreign or under another name is never run, and of two processes that write at once one
leaves its file whole. Only a folder and files that belong to this user, and that nobody else may write, are read.
``BIMODAL_CACHE`` names another folder, or switches the cache off when it is ``off``.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from threading import get_ident
from typing import Literal

#: Machine code of a system, what is known of such code, machine code of a loop of the engine, and a system as a module
#: for a browser.
Kind = Literal["code", "plan", "loop", "wasm"]

_MOST_FILES = 200


def cache_folder() -> Path | None:
    """Return the private folder where compiled code is kept, made if need be; ``None`` if it is not kept.

    That is the user's own cache folder; where there is no home, or none that can be written, one of the user's in the
    temporary folder.
    """
    if os.environ.get("BIMODAL_CACHE", "").lower() == "off":
        return None
    return next((folder for folder in _places() if _is_private(folder)), None)


def load(key: str, kind: Kind = "code") -> bytes | None:
    """Return the code kept under a key, ``None`` if there is none or it is damaged."""
    folder = cache_folder()
    if folder is None:
        return None
    file = folder / f"{key}.{kind}"
    try:
        if not stat.S_ISREG(file.lstat().st_mode) or not _only_mine(file):
            return None
        content = file.read_bytes()
    except OSError:
        return None
    digest, code = content[:32], content[32:]
    return code if digest == _digest(key, kind, code) else None


def store(key: str, code: bytes, kind: Kind = "code") -> None:
    """Keep code under a key; a folder that cannot be written is no error, only slower next time."""
    folder = cache_folder()
    if folder is None:
        return
    part = folder / f".{key}.{os.getpid()}.{get_ident()}.part"
    with contextlib.suppress(OSError):
        try:
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(_digest(key, kind, code) + code)
            os.replace(part, folder / f"{key}.{kind}")
        finally:
            part.unlink(missing_ok=True)
        _prune(folder, kind)


def _digest(key: str, kind: Kind, code: bytes) -> bytes:
    return hashlib.sha256(f"{key}.{kind}\n".encode() + code).digest()


def _places() -> Iterator[Path]:
    """Give the folders that may serve, the wanted one first."""
    named = os.environ.get("BIMODAL_CACHE", "")
    if named:
        yield Path(named)
    elif sys.platform == "win32":
        if base := os.environ.get("LOCALAPPDATA", ""):
            yield Path(base) / "bimodal" / "cache"
    elif base := os.environ.get("XDG_CACHE_HOME", ""):
        yield Path(base) / "bimodal"
    else:
        with contextlib.suppress(RuntimeError):  # a user without a home
            yield Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "bimodal"
    if hasattr(os, "getuid"):
        with contextlib.suppress(OSError):  # no temporary folder either
            yield Path(tempfile.gettempdir()) / f"bimodal-{os.getuid()}"


def _is_private(folder: Path) -> bool:
    """Tell whether a folder is there, or can be made, where this user can write and nobody else."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return stat.S_ISDIR(folder.lstat().st_mode) and _only_mine(folder) and os.access(folder, os.W_OK | os.X_OK)
    except (OSError, ValueError):
        return False


def _only_mine(path: Path) -> bool:
    if not hasattr(os, "getuid"):  # Windows: the folder of a user is theirs
        return True
    facts = path.lstat()
    return facts.st_uid == os.getuid() and not facts.st_mode & 0o022


def _prune(folder: Path, kind: Kind) -> None:
    kept = sorted(folder.glob(f"*.{kind}"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in kept[_MOST_FILES:]:
        old.unlink(missing_ok=True)
