"""One thing that was looked at."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

#: ``not run``: what it needs is not installed, or it would take a place that cannot be had. It never counts as passed.
Status = Literal["passed", "warning", "failed", "not run"]


@dataclass(frozen=True)
class Check:
    """What was looked at, what was found, and what to do about it."""

    id: str
    status: Status
    found: str
    fix: str = ""

    def record(self) -> dict[str, Any]:
        """Return it as it stands in JSON."""
        return asdict(self)
