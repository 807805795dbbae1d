"""Where things are kept: compiled code and results."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bimodal.engine.cache import cache_folder
from bimodal.qualify.check import Check

_LEAST_FREE = 200_000_000


def check_places(results: Path | None = None) -> Iterator[Check]:
    """Check the cache of compiled code, and that results can be written here.

    Parameters
    ----------
    results
        Where results would go; ``results/`` in this folder by default.
    """
    folder = cache_folder()
    if folder is not None:
        files = [file.stat().st_size for file in folder.iterdir() if file.is_file()]
        yield Check("cache", "passed", f"{folder}: {len(files)} files, {sum(files) / 1e6:.0f} MB of compiled code")
    elif os.environ.get("BIMODAL_CACHE", "").lower() == "off":
        yield Check(
            "cache", "warning", "switched off by BIMODAL_CACHE: every command compiles again", fix="unset BIMODAL_CACHE"
        )
    else:
        yield Check(
            "cache",
            "warning",
            "no private folder that can be written: every command compiles again",
            fix="set BIMODAL_CACHE to a folder that is yours alone",
        )
    place = results or Path("results")
    there = next(one for one in (place.absolute(), *place.absolute().parents) if one.is_dir())
    free = shutil.disk_usage(there).free
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"bimodal")
    except OSError as reason:
        said = f"{there} cannot be written ({reason.strerror})"
        yield Check("results", "warning", said, fix="work in another folder, or give --out")
    else:
        said, enough = f"{there}: {free / 1e9:.1f} GB free", free >= _LEAST_FREE
        yield Check(
            "results", "passed" if enough else "warning", said, fix="" if enough else "make room, or give --out"
        )
