"""A finished qualification, and how it stands in JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bimodal import INTENDED_USE, __version__
from bimodal.qualify.request import Request
from bimodal.qualify.section import Section

SCHEMA = 1
#: Heads every form of the report.
HEADING = "not a regulatory submission or credibility determination"
STATUSES = ("failed", "missed", "not run", "passed")


@dataclass(frozen=True, kw_only=True)
class Qualification:
    """What all sections gave.

    Parameters
    ----------
    took
        By section: date, processor and wall seconds. Nothing else of it changes from run to run, times of the sections
        on time excepted.
    """

    request: Request
    made_with: Mapping[str, Any]
    sections: tuple[Section, ...]
    took: Mapping[str, Mapping[str, Any]]
    folder: Path

    @property
    def counts(self) -> dict[str, int]:
        """How many sections have each status."""
        found = Counter(section.status for section in self.sections)
        return {status: found[status] for status in STATUSES}

    @property
    def passed(self) -> bool:
        """Whether no section missed a goal or failed; one that was not run is no pass, and said."""
        return not (self.counts["missed"] or self.counts["failed"])

    def section(self, name: str) -> Section:
        """Return the section of this id."""
        return next(section for section in self.sections if section.id == name)

    def record(self) -> dict[str, Any]:
        """Return it as it stands in ``qualify.json``."""
        return {
            "schema_version": SCHEMA,
            "heading": HEADING,
            "intended_use": INTENDED_USE,
            "bimodal": __version__,
            **self.request.about(),
            "made_with": dict(self.made_with),
            "counts": self.counts,
            "sections": [section.record() for section in self.sections],
            "took": {name: dict(times) for name, times in self.took.items()},
        }

    def to_json(self) -> str:
        """Write ``qualify.json``."""
        return json.dumps(self.record(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
