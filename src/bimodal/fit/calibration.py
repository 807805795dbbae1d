"""The fits that come with the package, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bimodal.errors import BimodalError
from bimodal.fit.cross_validate import CrossValidation
from bimodal.fit.population_fits import POPULATION_FITS
from bimodal.fit.problem import Problem
from bimodal.fit.result import FitResult


@dataclass(frozen=True)
class Calibration:
    """A shipped fit: how it is set up, where its values stand, and how it is judged.

    Attributes
    ----------
    name, title
        As the command line calls it, and one line about it.
    problem
        Sets the fit up: (values of the round before or None, workers).
    rounds
        How often it is set up anew from where it came to; more than one where a part of the problem is carried over
        from the round before.
    table
        Parameter table of the package that holds its values; None where they stand in molecule files, or a person's.
    tolerance, starts
        Of the descents, and how many unless a person says otherwise.
    file
        The problem file it comes from, if any.
    rows
        Row of the table -> fitted id, for rows that take the value of another parameter.
    report
        Figures beyond the residuals, as plain data: (result, workers).
    text
        The same for a person.
    folds
        What can be left out in cross-validation: name -> how groups are gathered.
    cross_validate
        Runs it: (result, name of the folds, workers).
    """

    name: str
    title: str
    problem: Callable[[Mapping[str, float] | None, int], Problem]
    table: str | None
    rows: Mapping[str, str]
    report: Callable[[FitResult, int], dict[str, Any]]
    text: Callable[[dict[str, Any]], str]
    folds: tuple[str, ...]
    cross_validate: Callable[[FitResult, str, int], tuple[CrossValidation, dict[str, Any]]]
    rounds: int = 1
    tolerance: float = 1e-8
    starts: int = 4
    file: str | None = None

    @property
    def command(self) -> str:
        """What a person types to run it again."""
        return f"bimodal fit {self.file or self.name}"


def list_calibrations() -> tuple[str, ...]:
    """Return the names of the shipped fits."""
    return tuple(_MAKERS)


def load_calibration(name: str) -> Calibration:
    """Return a shipped fit by its name, or the fit of a problem file by its path.

    Examples
    --------
    >>> load_calibration("receptors").command
    'bimodal fit receptors'
    """
    if name in _MAKERS:
        return _MAKERS[name]()
    if name.lower().endswith(".toml"):
        return _from_file(name)
    known = ", ".join([*_MAKERS, *POPULATION_FITS])
    raise BimodalError(f"there is no fit '{name}'", fix=f"one of: {known}; or the path of a problem file")


def _receptors() -> Calibration:
    from bimodal.fit.receptors.receptors import SAME_AS, receptor_data, receptor_problem
    from bimodal.fit.receptors.report import cross_scores, cross_validate_receptors, receptor_text, report_receptors

    def leave_out(result: FitResult, by: str, workers: int) -> tuple[CrossValidation, dict[str, Any]]:
        found = cross_validate_receptors(result, by, workers=workers)
        return found, cross_scores(found)

    return Calibration(
        name="receptors",
        title="binding and pSTAT5 of ten subsets of blood cells, IL-2 and IL-15",
        problem=lambda _before, _workers: receptor_problem(receptor_data()),
        table="human.csv",
        rows=SAME_AS,
        report=lambda result, _workers: report_receptors(result),
        text=receptor_text,
        folds=("subset", "ligand"),
        cross_validate=leave_out,
    )


def _receptors_mass_action() -> Calibration:
    from bimodal.fit.receptors.mass_action import mass_action_data, mass_action_problem
    from bimodal.fit.receptors.mass_action_report import (
        cross_validate_mass_action,
        mass_action_text,
        report_mass_action,
    )
    from bimodal.fit.receptors.receptors import SAME_AS

    return Calibration(
        name="receptors-mass-action",
        title="thresholds and binding of the full mass-action level, IL-2",
        problem=lambda _before, _workers: mass_action_problem(mass_action_data()),
        table="human_mass_action.csv",
        rows=SAME_AS,
        report=lambda result, _workers: report_mass_action(result),
        text=mass_action_text,
        folds=("subset",),
        cross_validate=cross_validate_mass_action,
        tolerance=1e-7,
    )


def _bivalent() -> Calibration:
    from bimodal.fit.receptors.bivalent import bivalent_data, bivalent_problem
    from bimodal.fit.receptors.bivalent_report import bivalent_text, cross_validate_bivalent, report_bivalent

    return Calibration(
        name="bivalent",
        title="what a second head adds on the cell, four bivalent IL-2-Fc molecules",
        problem=lambda _before, _workers: bivalent_problem(bivalent_data()),
        table=None,
        rows={},
        report=lambda result, _workers: report_bivalent(result),
        text=bivalent_text,
        folds=("molecule",),
        cross_validate=cross_validate_bivalent,
        starts=1,
    )


def _human() -> Calibration:
    from bimodal.fit.human.human import FEWER, PATIENTS, human_data, human_problem, with_offsets
    from bimodal.fit.human.report import cross_validate_human, human_text, report_human

    def problem(before: Mapping[str, float] | None, workers: int) -> Problem:
        data = human_data()
        patients = FEWER if before is None else PATIENTS  # the first round only has to come near
        data = with_offsets(data, before or data.shipped, patients=patients, workers=workers)
        return human_problem(data, start=before, workers=workers)

    return Calibration(
        name="human",
        title="pharmacokinetics and cells to every low-dose study",
        problem=problem,
        table="human.csv",
        rows={},
        report=report_human,
        text=human_text,
        folds=("study",),
        cross_validate=cross_validate_human,
        rounds=2,
        tolerance=1e-4,
        starts=1,
    )


def _from_file(path: str) -> Calibration:
    from bimodal.fit.from_file.problem_file import load_problem_file
    from bimodal.fit.from_file.report import cross_validate_file, problem_text, report_problem

    ready = load_problem_file(path)
    return Calibration(
        name=ready.plan.spec.name,
        title=f"{len(ready.free)} parameters to {len(ready.measured)} measured values",
        problem=lambda _before, workers: ready.problem(workers=workers),
        table=None,
        rows={},
        report=lambda result, _workers: report_problem(ready, result),
        text=problem_text,
        folds=("group",),
        cross_validate=lambda result, _by, workers: cross_validate_file(ready, result, workers),
        tolerance=1e-5,
        starts=1,
        file=path,
    )


_MAKERS: dict[str, Callable[[], Calibration]] = {
    "receptors": _receptors,
    "receptors-mass-action": _receptors_mass_action,
    "bivalent": _bivalent,
    "human": _human,
}
