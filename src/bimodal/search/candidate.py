"""One regimen of one molecule that a search tries."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from bimodal.search.spec import SearchSpec


@dataclass(frozen=True)
class Candidate:
    """One candidate.

    Examples
    --------
    >>> Candidate("aldesleukin", 1.0, "MIU/m2", "SC daily for 5 days").regimen
    '1 MIU/m2 SC daily for 5 days'
    """

    drug: str
    dose: float
    unit: str
    schedule: str

    @property
    def regimen(self) -> str:
        """The regimen as text."""
        return f"{self.dose:.12g} {self.unit} {self.schedule}"


def grid(spec: SearchSpec) -> list[Candidate]:
    """Give every candidate of a search whose doses are named, each once; a search by an optimiser has none here."""
    every = [
        Candidate(drug, dose, spec.dose.unit, schedule)
        for drug, schedule, dose in product(spec.drugs, spec.schedules, spec.dose.grid or ())
    ]
    # what reads alike is one candidate: doses may differ beyond the digits a regimen has
    return list({(one.drug, one.regimen): one for one in reversed(every)}.values())[::-1]
