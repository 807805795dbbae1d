"""How well EC50 of engineered molecules were predicted from their affinities, by cell: a measured figure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

from bimodal.files.csv_rows import csv_rows


@dataclass(frozen=True)
class MuteinSkill:
    """Predicted against measured EC50 of six IL-2-Fc muteins on one sort of cell after 30 min.

    Parameters
    ----------
    cell
        Subsets of the assay whose name begins so.
    curves
        Readable EC50: subsets times molecules.
    rank_correlation
        Of predicted and measured EC50.
    error, constant
        Factor by which a prediction is off, and by which the geometric mean of the measured EC50 would be (root mean
        square of the logarithm).
    """

    cell: str
    curves: int
    rank_correlation: float
    error: float
    constant: float

    @property
    def has_skill(self) -> bool:
        """Whether the model predicts better than one number for every molecule would."""
        return self.error < self.constant


@cache
def load_mutein_skill() -> tuple[MuteinSkill, ...]:
    """Read the shipped figures, which ``benchmarks/mutein_skill.py`` measures with the shipped parameters.

    Examples
    --------
    >>> [skill.cell for skill in load_mutein_skill() if skill.has_skill]
    ['treg']
    """
    text = (resources.files("bimodal.evidence") / "data" / "mutein_skill.csv").read_text(encoding="utf-8")
    return tuple(
        MuteinSkill(
            row["cell"],
            int(row["curves"]),
            float(row["rank_correlation"]),
            float(row["error"]),
            float(row["constant"]),
        )
        for row in csv_rows(text)
    )
