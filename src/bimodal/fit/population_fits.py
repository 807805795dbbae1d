"""Fits to summaries of whole trials, which have no residuals of a least-squares problem, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pandas


class PopulationResult(Protocol):
    """What such a fit finds."""

    def text(self) -> str:
        """Say it for a person."""
        ...

    def as_dict(self) -> dict[str, Any]:
        """Say it as plain data."""
        ...

    def to_pandas(self) -> pandas.DataFrame:
        """Give what was published beside what the model gives, one row each."""
        ...


@dataclass(frozen=True)
class PopulationFit:
    """A shipped fit to summaries of trials.

    Attributes
    ----------
    name, title
        As the command line calls it, and one line about it.
    table
        Parameter table of the package that holds its values.
    run
        Runs it: (seed, workers).
    mismatches
        Says where a result disagrees with what is shipped: (result, relative tolerance).
    write
        Writes a result into a table and gives a line for every change: (path, result, dry run).
    """

    name: str
    title: str
    table: str
    run: Callable[[int, int], Any]
    mismatches: Callable[[Any, float], list[str]]
    write: Callable[[Any, Any, bool], list[str]]


def _toxicity() -> PopulationFit:
    from bimodal.fit.toxicity.table import toxicity_mismatches, write_toxicity
    from bimodal.fit.toxicity.toxicity import fit_toxicity
    from bimodal.model.files import read_data
    from bimodal.model.parameters import ParameterTable

    return PopulationFit(
        name="toxicity",
        title="toxicity index, thresholds of eras and grades to doses delivered and incidence",
        table="oncology.csv",
        run=lambda seed, workers: fit_toxicity(seed=seed, workers=workers),
        mismatches=lambda found, tolerance: toxicity_mismatches(
            ParameterTable.read(read_data("oncology.csv"), "oncology.csv"), found, tolerance
        ),
        write=lambda path, found, dry_run: write_toxicity(path, found, dry_run=dry_run),
    )


def _oncology() -> PopulationFit:
    from bimodal.fit.oncology.report import fit_oncology, oncology_mismatches, write_oncology

    return PopulationFit(
        name="oncology",
        title="tumour site and classes of tumours to response, relapse and survival in melanoma and renal cancer",
        table="oncology_ensemble.csv",
        run=lambda seed, workers: fit_oncology(seed=seed, workers=workers),
        mismatches=oncology_mismatches,
        write=write_oncology,
    )


#: Name -> how the fit is made.
POPULATION_FITS: Mapping[str, Callable[[], PopulationFit]] = MappingProxyType(
    {"toxicity": _toxicity, "oncology": _oncology}
)
