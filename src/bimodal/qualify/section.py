"""One section of the credibility report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from bimodal.qualify.figure import STATUSES, Figure

#: ``not run`` and ``failed`` never count as passed.
SectionStatus = Literal["passed", "missed", "not run", "failed"]


@dataclass(frozen=True, kw_only=True)
class Section:
    """What one question gave: a status, a sentence, figures.

    Parameters
    ----------
    said
        The result in a sentence; of a section that was not run, what it lacks and how to get it.
    notes
        Limits: what the figures do not show.

    Examples
    --------
    >>> Section.missing("oracles", "Other solvers", "libRoadRunner is not installed").status
    'not run'
    """

    id: str
    title: str
    status: SectionStatus
    said: str
    figures: tuple[Figure, ...] = ()
    notes: tuple[str, ...] = ()

    @classmethod
    def judged(cls, name: str, title: str, said: str, figures: Iterable[Figure], notes: Iterable[str] = ()) -> Section:
        """Make a section of its figures: missed if one is missed, and not run if nothing could be judged."""
        own = f"bimodal qualify --only {name}"
        rows = tuple(row if row.command else replace(row, command=own) for row in figures)
        counts = Counter(row.status for row in rows)
        status: SectionStatus = "missed" if counts["missed"] else "passed" if counts["passed"] else "not run"
        twice = [one for one, count in Counter(row.id for row in rows).items() if count > 1]
        if twice:
            raise ValueError(f"section '{name}' has two figures '{twice[0]}'")
        return cls(id=name, title=title, status=status, said=said, figures=rows, notes=tuple(notes))

    @classmethod
    def missing(cls, name: str, title: str, what: str, fix: str = "") -> Section:
        """Make a section that was not run, with what it lacks."""
        return cls(id=name, title=title, status="not run", said=f"not run: {what}" + (f"; {fix}" if fix else ""))

    @classmethod
    def failed(cls, name: str, title: str, reason: str) -> Section:
        """Make a section that could not be computed, though nothing that it needs is missing."""
        return cls(id=name, title=title, status="failed", said=f"could not be computed: {reason}")

    @property
    def counts(self) -> dict[str, int]:
        """How many figures have each status."""
        found = Counter(row.status for row in self.figures)
        return {status: found[status] for status in STATUSES}

    @property
    def met(self) -> tuple[int, int]:
        """How many goals are met, of how many that were judged."""
        counts = self.counts
        return counts["passed"], counts["passed"] + counts["missed"]

    def figure(self, name: str) -> Figure:
        """Return the figure of this id."""
        return next(row for row in self.figures if row.id == name)

    def record(self) -> dict[str, Any]:
        """Return it as it stands in JSON."""
        met, of = self.met
        return {
            "id": self.id,
            "title": self.title,
            "status": self.status,
            "said": self.said,
            "met": met,
            "of": of,
            "figures": [row.record() for row in self.figures],
            "notes": list(self.notes),
        }

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> Section:
        """Read what :meth:`record` wrote."""
        fields = {key: record[key] for key in ("id", "title", "status", "said")}
        figures = tuple(Figure.read(row) for row in record["figures"])
        return cls(**fields, figures=figures, notes=tuple(record["notes"]))
