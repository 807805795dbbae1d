"""A run that lies in a results folder, opened again: its people, doses and outcomes, without solving anything."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from bimodal.errors import BimodalError, OutputError
from bimodal.files.as_json import read_json
from bimodal.files.read import FileKind
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.plan.plan import Plan
from bimodal.study.run.result import StudyResult
from bimodal.study.run.runner import read_run, shipped_solver
from bimodal.study.run.study_file import STUDY
from bimodal.study.solver.solver import Solver
from bimodal.study.spec.load import check_study, with_files
from bimodal.study.spec.options import RunOptions

_FILE = FileKind("the study of the results folder", OutputError, max_bytes=50_000_000)
_SUMMARY = FileKind("the summary of the run", OutputError, max_bytes=500_000_000)
_CARD = FileKind("the card of the run", OutputError, max_bytes=50_000_000)


def reopen(folder: Path, *, solver: Solver | None = None) -> StudyResult:
    """Open the finished run of a results folder.

    Parameters
    ----------
    solver
        What solved the model; None loads the one the study needs.

    Raises
    ------
    OutputError
        The folder holds no finished run, or one that this version, or the files it names, would not give again.
    """
    return reopened_result(reopen_plan(folder, solver=solver), folder)


def reopened_result(plan: Plan, folder: Path) -> StudyResult:
    """Read the finished run of a plan from its folder."""
    summary = read_json(folder / "summary.json", _SUMMARY)
    return StudyResult(plan.spec, summary, folder, read_run(plan, folder), plan.who)


def reopen_plan(folder: Path, *, solver: Solver | None = None) -> Plan:
    """Lay out the run of a results folder again; parameters and errors as `reopen`."""
    run, said = read_json(folder / "run.json", _CARD).get("run"), read_json(folder / STUDY, _FILE)
    try:
        spec = check_study(said.pop("study"), where=str(folder / STUDY))
        spec = with_files(spec, lambda name: os.path.normpath(folder / name))
        said.pop("numbers", None)
        more: dict[str, Any] = {**said, "patients": None if spec.population.subjects else said["patients"]}
        options = RunOptions(out=folder, **more)
        plan = make_plan(spec, options, solver or shipped_solver(spec))
    except (BimodalError, KeyError, TypeError) as fault:
        what = fault.what if isinstance(fault, BimodalError) else "it is not as it was written"
        raise OutputError(f"the run cannot be opened again: {what}", where=str(folder)) from None
    if plan.run != run:
        raise OutputError(
            "the run cannot be opened again: the model, the package or a file of the study has changed since",
            where=str(folder),
            fix="run the study again, or open it with the version that made it",
        )
    return plan
