"""The fit of a PEtab problem as the command line runs any fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bimodal.errors import PetabError
from bimodal.exchange.petab.evaluation import evaluate_petab, evaluation_text
from bimodal.exchange.petab.fit_problem import PetabFit
from bimodal.exchange.petab.problem import PetabProblem
from bimodal.fit import FitResult, Problem, cross_validate
from bimodal.fit.calibration import Calibration
from bimodal.fit.cross_validate import CrossValidation

#: Descents unless a person says otherwise.
_STARTS = 4


def petab_calibration(problem: PetabProblem) -> Calibration:
    """Return the fit of a problem.

    Parameters
    ----------
    problem
        The problem.

    Raises
    ------
    PetabError
        It cannot be fitted.
    """
    path, fits = problem.files.path, PetabFit(problem)

    def ready(before: Mapping[str, float] | None, _workers: int) -> Problem:
        return PetabFit(problem, before).as_problem  # the descents have the threads

    def report(result: FitResult, workers: int) -> dict[str, Any]:
        found = evaluate_petab(problem, result.values, workers=workers)
        return {**found.as_dict(), "derivatives": "in step" if fits.in_step else "differences"}

    def leave_out(result: FitResult, _by: str, workers: int) -> tuple[CrossValidation, dict[str, Any]]:
        if fits.has_widths:
            raise PetabError(
                "widths of noise are fitted too, so an observable that is left out has none to be judged by",
                where=f"{path}, --cross-validate",
                fix="give the noise as numbers, or leave it out",
            )
        found = cross_validate(ready(None, 1), result, workers=workers)
        return found, {"rms_in_sample": found.rms_in_sample, "rms_out_of_sample": found.rms_out_of_sample}

    return Calibration(
        name=path.stem,
        title=f"{len(fits.estimated)} parameters to {len(problem.measurements)} measurements",
        problem=ready,
        table=None,
        rows={},
        report=report,
        text=evaluation_text,
        folds=("observable",),
        cross_validate=leave_out,
        starts=_STARTS,
        file=str(path),
    )
