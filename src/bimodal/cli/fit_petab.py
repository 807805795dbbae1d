"""``bimodal fit`` for PEtab problems: what they are read as, and what is written beside the fit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bimodal.cli import options as o

if TYPE_CHECKING:
    from bimodal.exchange.petab import PetabProblem
    from bimodal.fit import FitResult

_ENDINGS = (".yaml", ".yml")


def open_petab(name: str, *, write: Path | None) -> PetabProblem | None:
    """Return the PEtab problem of a file whose name ends as one; ``None`` for any other name."""
    from bimodal.errors import PetabError

    if not name.lower().endswith(_ENDINGS):
        return None
    from bimodal.exchange.petab import read_petab

    if write is not None:
        raise PetabError(
            "--write takes values into a parameter table of this package, which a PEtab problem has none of",
            fix="leave it out: parameters.tsv of the results folder holds the estimates",
        )
    return read_petab(Path(name))


def evaluate_only(problem: PetabProblem, *, workers: int, folder: Path, json_file: Path | None, quiet: bool) -> int:
    """Simulate a problem at its nominal values and say how likely its measurements are; give the exit code."""
    from bimodal.cli.console import out
    from bimodal.exchange.petab.evaluation import evaluate_petab
    from bimodal.files.write import write_text

    found = evaluate_petab(problem, workers=workers)
    write_text(folder / "simulation.tsv", found.simulation_table())
    o.write_json(found.as_dict(), json_file)
    if not quiet and str(json_file) != "-":
        out().print(found.text(), markup=False)
        out().print(f"simulated values  {folder / 'simulation.tsv'}", markup=False)
    return 1 if found.failures else 0


def write_tables(problem: PetabProblem, result: FitResult, folder: Path, workers: int) -> None:
    """Write the simulated values at the estimate, and the parameter table with it, as PEtab tables."""
    from bimodal.exchange.petab.evaluation import evaluate_petab
    from bimodal.exchange.petab.fitted_table import fitted_table
    from bimodal.files.write import write_text

    found = evaluate_petab(problem, result.values, workers=workers)
    write_text(folder / "simulation.tsv", found.simulation_table())
    write_text(folder / "parameters.tsv", fitted_table(problem, result.values))
