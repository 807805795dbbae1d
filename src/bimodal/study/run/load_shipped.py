"""What solves the model of a study."""

from __future__ import annotations

from bimodal.study.plan.model_choice import choose_model
from bimodal.study.solver.solver import Solver
from bimodal.study.spec.spec import StudySpec


def shipped_solver(spec: StudySpec) -> Solver:
    """Load what solves the model of a study: the shipped engine, on a file or on the built-in model the study needs.

    Examples
    --------
    >>> from bimodal.study import load_study
    >>> shipped_solver(load_study("koreth-2011")).name
    'human'
    """
    if spec.model_is_file:
        from bimodal.study.solver.file_solver import load_file_solver

        return load_file_solver(spec)
    from bimodal.study.solver.engine_solver import load_solver

    return load_solver(choose_model(spec).name)
