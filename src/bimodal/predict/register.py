"""Simulates a prediction with the model as it stands and writes it down."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bimodal.errors import StudyError
from bimodal.files.presence import is_there
from bimodal.predict.arms import predicted_arms
from bimodal.predict.endpoints import refuse_unfollowed
from bimodal.predict.file import FOLDER, refuse_existing, write_prediction
from bimodal.predict.portable import portable_study
from bimodal.predict.prediction import DATE, NAME
from bimodal.study.endpoints.spread import INTERVAL
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.plan.plan import Plan
from bimodal.study.run.ensemble import Ensemble
from bimodal.study.run.ensemble_run import plan_ensemble, run_ensemble
from bimodal.study.run.in_memory import Progress, run_in_memory
from bimodal.study.run.result import StudyResult
from bimodal.study.run.runner import shipped_solver as solver_of
from bimodal.study.solver.solver import Solver
from bimodal.study.spec.adhoc import simulate_spec
from bimodal.study.spec.load import check_study
from bimodal.study.spec.options import RunOptions
from bimodal.study.spec.spec import StudySpec


def prediction_spec(
    name: str,
    drugs: Sequence[str],
    regimens: Sequence[str],
    endpoints: Sequence[dict[str, Any]],
    *,
    cohort: str | None = None,
    patients: int = 1000,
    follow_up_days: float | None = None,
) -> StudySpec:
    """Make the study of a prediction from what the command line says.

    Parameters
    ----------
    name
        Short name: ``a-z 0-9 . _ -``.
    drugs, regimens, cohort, patients
        As in `bimodal.study.simulate_spec`.
    endpoints
        As `bimodal.predict.endpoints.parse_endpoints` gives them.
    follow_up_days
        Simulated after the end of dosing; a number of a trial needs it.

    Returns
    -------
    StudySpec
        Simulated to the last day that is predicted, or to the end of dosing and follow-up if that is later.

    Examples
    --------
    >>> spec = prediction_spec("a", ["aldesleukin"], ["1 MIU SC once"], [{"id": "treg_fold", "days": [7.0]}])
    >>> [endpoint.id for endpoint in spec.endpoint]
    ['treg_fold']
    """
    spec = simulate_spec(drugs, regimens, cohort=cohort, report_days=[], patients=patients, name=checked_name(name))
    raw = {key: value for key, value in spec.canonical().items() if value is not None}
    if follow_up_days is None:
        refuse_unfollowed([endpoint["id"] for endpoint in endpoints], "--follow-up-days")
    days = 0.0 if follow_up_days is None else follow_up_days
    return check_study({**raw, "endpoint": list(endpoints), "follow_up_days": days}, where="the command line")


def register_prediction(
    spec: StudySpec,
    *,
    name: str | None = None,
    why: str = "",
    day: str | None = None,
    folder: Path = FOLDER,
    options: RunOptions | None = None,
    solver: Solver | None = None,
    ensemble: Ensemble | None = None,
    progress: Progress | None = None,
) -> Path:
    """Simulate a study and write what it predicts as one dated and hashed file: ``<folder>/<date>-<name>.json``.

    Parameters
    ----------
    spec
        The study; it must have endpoints.
    name
        Short name; None takes that of the study.
    day
        Date as ``YYYY-MM-DD``; None is today, UTC.
    options
        Patients, seed, workers.
    solver
        What solves the model; None is that of the study.
    ensemble
        Equally good parameter sets; each number of a trial gets its range over them.
    progress
        Called with (patients done, patients in all, arm name) after every part.

    Raises
    ------
    OutputError
        A prediction of this name and date is there already; it is never overwritten.
    """
    plan = make_plan(spec, options or RunOptions(), solver or solver_of(spec))
    return register_plan(plan, name=name, why=why, day=day, folder=folder, ensemble=ensemble, progress=progress)


def register_plan(
    plan: Plan,
    *,
    name: str | None = None,
    why: str = "",
    day: str | None = None,
    folder: Path = FOLDER,
    ensemble: Ensemble | None = None,
    progress: Progress | None = None,
) -> Path:
    """Simulate a planned study and write what it predicts, as `register_prediction` does."""
    spec = plan.spec
    name = checked_name(name or spec.name)
    when = checked_date(day)
    if spec.population.match:
        raise StudyError(
            "a prediction cannot be of weighted patients yet",
            where=f"study '{spec.name}', key 'population.match'",
            fix="leave 'match' out, or run it with `bimodal run`",
        )
    if not spec.endpoint:
        raise StudyError("nothing is to be predicted", where=f"study '{spec.name}'", fix="add an [[endpoint]]")
    path = folder / f"{when}-{name}.json"
    if is_there(path):
        refuse_existing(path)
    study, texts = portable_study(spec)
    of_sets = None if ensemble is None else plan_ensemble(plan, ensemble)
    result = run_in_memory(plan, progress=progress)
    summary = result.summary
    spread = None if of_sets is None or ensemble is None else run_ensemble(of_sets, ensemble, progress=progress)
    content = {
        "schema": 1,
        "id": f"{when}-{name}",
        "name": name,
        "date": when,
        "dated_by": "clock" if day is None else "hand",
        "why": why,
        "study": study,
        "files": texts,
        **{key: summary[key] for key in ("bimodal", "intended_use", "seed", "patients", "failed", "provenance")},
        "interval": INTERVAL,
        "arms": predicted_arms(result, spread),
        "warnings": list(dict.fromkeys([*summary["warnings"], *_thin(result)])),
        **({} if spread is None or ensemble is None else {"ensemble": {**spread.about, **ensemble.data()}}),
    }
    return write_prediction(content, folder)


def checked_name(name: str) -> str:
    """Refuse a name that cannot be part of a file name."""
    if not re.fullmatch(NAME, name) or name.endswith("."):
        raise StudyError(f"'{name[:70]}' is no name of a prediction", where="--name", fix="use a-z, 0-9, . _ and -")
    return name


def checked_date(day: str | None) -> str:
    """Give the date of a registration, and refuse one that is none or lies ahead.

    Examples
    --------
    >>> checked_date("2026-02-03")
    '2026-02-03'
    """
    today = datetime.now(UTC).date()
    if day is None:
        return today.isoformat()
    try:
        if not re.fullmatch(DATE, day):
            raise ValueError
        given = date.fromisoformat(day)
    except ValueError:
        raise StudyError(f"'{day[:40]}' is no date", where="--date", fix="write YYYY-MM-DD") from None
    if given > today:
        raise StudyError(f"{day} lies ahead: nothing can be registered then", where="--date", fix="leave --date out")
    return day


def _thin(result: StudyResult) -> list[str]:
    if result.summary["patients"] >= 100:
        return []
    return [f"only {result.summary['patients']} virtual patients: the percentiles of this prediction are rough"]
