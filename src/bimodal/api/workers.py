"""How many threads a calculation takes unless a person says otherwise."""

from __future__ import annotations

import os


def default_workers() -> int:
    """Return the number of processors this process may use; it changes no figure."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
