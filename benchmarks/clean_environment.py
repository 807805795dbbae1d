"""Programs run as in an environment of its own: nothing of ours in it but a folder, and a cache that is new."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ran:
    """How a program ended, what it printed, and what it took."""

    code: int
    output: str
    cpu_s: float
    wall_s: float


def run_clean(words: Iterable[str | Path], folder: Path, path: str) -> Ran:
    """Run a program in a folder, with the programs of ``path``."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "BIMODAL", "VIRTUAL"))}
    given = kept | {"PATH": path, "BIMODAL_CACHE": str(folder / "cache")}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    ran = subprocess.run(
        [str(word) for word in words], cwd=folder, env=given, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        encoding="utf-8", check=False,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Ran(ran.returncode, ran.stdout, spent, time.monotonic() - began)
