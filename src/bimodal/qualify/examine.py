"""Looks an installation over."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator
from pathlib import Path

from bimodal import __version__
from bimodal.errors import BimodalError
from bimodal.qualify.check import Check
from bimodal.qualify.packages import check_packages
from bimodal.qualify.places import check_places
from bimodal.qualify.self_check import check_closed_form, check_stored, machine


def examine(results: Path | None = None) -> Iterator[Check]:
    """Check environment, packages, places and numbers, one after the other.

    Examples
    --------
    >>> next(examine()).id
    'environment'
    """
    here = machine()["kind"]
    yield Check(
        "environment", "passed", f"bimodal {__version__}, Python {platform.python_version()}, {here}, {_cores()} cores"
    )
    yield from check_packages()
    yield from check_places(results)
    for name, look in (("closed form", check_closed_form), ("low-dose study", check_stored)):
        yield _guarded(name, look)


def _guarded(name: str, look: Callable[[], Check]) -> Check:
    """Report what went wrong in a check as what it found: the other checks are wanted all the more."""
    try:
        return look()
    except BimodalError as reason:
        return Check(name, "failed", " ".join(str(reason).split()), fix="report it with this output, please")
    except Exception as reason:  # an installation may be broken in any way
        return Check(name, "failed", f"{type(reason).__name__}: {reason}", fix="install bimodal again, or report it")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
