"""Keeps compiled machine code on disk, so that a model is compiled once per computer and not once per start.

A file is named by the hash of everything it was made from and begins with the hash of its content: a torn, truncated or
foreign file is never run, and two processes that write at once write the same bytes. ``BIMODAL_CACHE`` names another
folder, or switches the cache off when it is ``off``.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from pathlib import Path

_MOST_FILES = 200


def cache_folder() -> Path | None:
    """Return where compiled code is kept, ``None`` if it is not."""
    named = os.environ.get("BIMODAL_CACHE", "")
    if named.lower() == "off":
        return None
    if named:
        return Path(named)
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "")
        return Path(base) / "bimodal" / "cache" if base else None
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "bimodal"
    return Path(os.environ.get("XDG_CACHE_HOME", "") or Path.home() / ".cache") / "bimodal"


def load(key: str) -> bytes | None:
    """Return the code kept under a key, ``None`` if there is none or it is damaged."""
    folder = cache_folder()
    if folder is None:
        return None
    try:
        content = (folder / f"{key}.o").read_bytes()
    except OSError:
        return None
    digest, code = content[:32], content[32:]
    return code if hashlib.sha256(code).digest() == digest else None


def store(key: str, code: bytes) -> None:
    """Keep code under a key; a folder that cannot be written is no error, only slower next time."""
    folder = cache_folder()
    if folder is None:
        return
    part = folder / f".{key}.{os.getpid()}.part"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            part.write_bytes(hashlib.sha256(code).digest() + code)
            os.replace(part, folder / f"{key}.o")
        finally:
            part.unlink(missing_ok=True)
        _prune(folder)


def _prune(folder: Path) -> None:
    kept = sorted(folder.glob("*.o"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in kept[_MOST_FILES:]:
        old.unlink(missing_ok=True)
