"""A published number beside what the shipped model gives for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from bimodal.evidence.band import band
from bimodal.evidence.judge import judge
from bimodal.evidence.publication import Publication
from bimodal.evidence.simulated import SimulatedStudy, SimulatedTarget
from bimodal.evidence.target import Target

Verdict = Literal["outside", "not evaluated", "not run", "inside", "not scored", "context"]
#: Misses first.
VERDICTS: tuple[Verdict, ...] = ("outside", "not evaluated", "not run", "inside", "not scored", "context")


@dataclass(frozen=True)
class EvidenceRow:
    """One target of one study: published, simulated, judged.

    Attributes
    ----------
    run, found
        The stored run of the study, and what it gave for this target; None where the study was not run.
    refused
        Why the study cannot be simulated; else empty.
    changed
        What has changed since the run; empty where the number is of the shipped model.

    Examples
    --------
    >>> from bimodal.study import load_evidence
    >>> row = next(row for row in load_evidence("koreth-2011") if row.target.id == "B05")
    >>> row.verdict, row.changed, 0.8 < row.found.simulated < 1.25
    ('inside', (), True)
    """

    target: Target
    publication: Publication
    run: SimulatedStudy | None
    found: SimulatedTarget | None
    refused: str = ""
    changed: tuple[str, ...] = ()

    @property
    def simulated(self) -> float | None:
        """The stored number."""
        return None if self.found is None else self.found.simulated

    @property
    def scored(self) -> bool:
        """Whether the verdict counts: read on a page, and no context."""
        return judge(self.target, None).scored

    @property
    def within(self) -> bool | None:
        """Whether the stored number agrees, by the bounds of today; None if it was not judged.

        Parameter sets are judged by the share of them that agrees, as their run did it.
        """
        if self.found is None or self.found.share_of_sets is not None:
            return None if self.found is None else self.found.within
        return judge(self.target, self.found.simulated).within

    @property
    def verdict(self) -> Verdict:
        """How the target came out; one that is not scored keeps its answer in :attr:`within`."""
        if self.target.role == "context":
            return "context"
        if not self.scored:
            return "not scored"
        if self.run is None:
            return "not run"
        if self.within is None:
            return "not evaluated"
        return "inside" if self.within else "outside"

    @property
    def fold_error(self) -> float | None:
        """By which factor the simulated number is off, 1 or more; None without a band or with a number of 0 or less."""
        value, published = self.simulated, self.target.published
        if value is None or band(self.target) is None or min(value, published) <= 0.0 or self.target.role == "context":
            return None
        return max(value / published, published / value)

    def record(self) -> dict[str, Any]:
        """Write the row as ``targets`` of ``summary.json`` has it, with the study before and its run behind."""
        target, found = self.target, self.found or SimulatedTarget(id=self.target.id)
        own = target.model_dump(mode="json")
        return {
            "study": target.study,
            "citation": self.publication.citation,
            "species": self.publication.species,
            **{key: value for key, value in own.items() if key != "study"},
            **found.model_dump(mode="json", exclude={"id", "within", "rule"}),
            "within": self.within,
            "rule": found.rule if found.share_of_sets is not None else judge(target, found.simulated).rule,
            "scored": self.scored,
            "verdict": self.verdict,
            "fold_error": self.fold_error,
            "refused": self.refused,
            "changed": list(self.changed),
        }
