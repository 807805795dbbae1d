"""Simulates a prediction with the model as it stands and writes it down."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.errors import StudyError
from bimodal.predict.endpoints import refuse_unfollowed
from bimodal.predict.file import FOLDER, refuse_existing, write_prediction
from bimodal.predict.prediction import DATE, NAME, PERCENTILES
from bimodal.predict.trial import predicted_of_a_trial
from bimodal.study.endpoints.spread import INTERVAL
from bimodal.study.plan.plan import make_plan
from bimodal.study.readings.readings import Readings
from bimodal.study.run.ensemble import Ensemble
from bimodal.study.run.ensemble_run import EnsembleRange, plan_ensemble, run_ensemble
from bimodal.study.run.in_memory import Progress, run_in_memory
from bimodal.study.run.result import StudyResult
from bimodal.study.run.runner import shipped_solver as solver_of
from bimodal.study.solver.solver import Solver
from bimodal.study.spec.adhoc import simulate_spec
from bimodal.study.spec.load import check_study
from bimodal.study.spec.model_file import MODEL_ENDINGS
from bimodal.study.spec.options import RunOptions
from bimodal.study.spec.spec import EndpointSpec, StudySpec

Array = npt.NDArray[np.float64]
#: Endings by which a study names a file.
FILE_ENDINGS = (".toml", ".csv", *MODEL_ENDINGS)
_MAX_BYTES = 5_000_000


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

    Raises
    ------
    StudyError
        Anything wrong with them.

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
    """Simulate a study and write what it predicts as one dated and hashed file.

    Parameters
    ----------
    spec
        The study; it must have endpoints.
    name
        Short name; None takes that of the study.
    why
        What the prediction is for.
    day
        Date as ``YYYY-MM-DD``; None is today, UTC.
    folder
        Where to.
    options
        Patients, seed, workers.
    solver
        What solves the model; None is that of the study.
    ensemble
        Equally good parameter sets; each number of a trial gets its range over them.
    progress
        Called with (patients done, patients in all, arm name) after every part.

    Returns
    -------
    Path
        ``<folder>/<date>-<name>.json``.

    Raises
    ------
    StudyError
        No endpoints, a wrong name or date.
    OutputError
        A prediction of this name and date is there already; it is never overwritten.
    BimodalError
        Anything wrong with the study.
    """
    name = checked_name(name or spec.name)
    when = checked_date(day)
    if not spec.endpoint:
        raise StudyError("nothing is to be predicted", where=f"study '{spec.name}'", fix="add an [[endpoint]]")
    path = folder / f"{when}-{name}.json"
    if path.exists():
        refuse_existing(path)
    study, texts = portable_study(spec)
    choices, solver = options or RunOptions(), solver or solver_of(spec)
    if ensemble is not None:
        plan_ensemble(spec, ensemble, options=choices, solver=solver)
    result = run_in_memory(make_plan(spec, choices, solver), progress=progress)
    summary = result.summary
    spread = (
        None if ensemble is None else run_ensemble(spec, ensemble, options=choices, solver=solver, progress=progress)
    )
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


def predicted_arms(result: StudyResult, spread: EnsembleRange | None = None) -> list[dict[str, Any]]:
    """Read what is predicted off a finished simulation.

    Parameters
    ----------
    result
        In memory.
    spread
        Of the same study over equally good parameter sets.

    Returns
    -------
    list of dict
        As `bimodal.predict.prediction.PredictedArm` holds them.
    """
    return [
        {
            **{key: arm[key] for key in ("name", "drug", "regimen", "n", "failed")},
            "endpoints": [
                {
                    **_predicted(name, day, result, arm["name"]),
                    **({} if spread is None else spread.ends(arm["name"], name, day)),
                }
                for endpoint in result.spec.endpoint
                for name, day in _rows(endpoint, result.readings)
            ],
        }
        for arm in result.summary["arms"]
    ]


def portable_study(spec: StudySpec) -> tuple[dict[str, Any], dict[str, str]]:
    """Give a study as data together with the text of every file it names, so that it can be run anywhere, later.

    Parameters
    ----------
    spec
        Any study.

    Returns
    -------
    study, files
        The study with each path replaced by a plain name, and the texts by that name.

    Raises
    ------
    StudyError
        A file cannot be read.

    Examples
    --------
    >>> spec = prediction_spec("a", ["aldesleukin"], ["none"], [{"id": "treg_fold", "days": [7.0]}])
    >>> portable_study(spec)[1]
    {}
    """
    texts: dict[str, str] = {}
    names: dict[str, str] = {}

    def packed(text: str | None) -> str | None:
        if text is None or not text.lower().endswith(FILE_ENDINGS):
            return text
        if text not in names:
            plain = Path(text).name
            while plain in texts:
                plain = f"_{plain}"
            names[text], texts[plain] = plain, _text(Path(text))
        return names[text]

    raw = {key: value for key, value in spec.canonical().items() if value is not None}
    raw["model"] = packed(spec.model)
    raw["population"] = {
        key: packed(value) if key in ("cohort", "subjects") else value
        for key, value in raw["population"].items()
        if value is not None
    }
    # an arm of a model file may name no drug, which a study file says by leaving the key out
    raw["arm"] = [
        {key: packed(value) if key == "drug" else value for key, value in arm.items() if key != "drug" or value}
        | {"partner": [{**row, "drug": packed(row["drug"])} for row in arm["partner"]], "cohort": packed(arm["cohort"])}
        for arm in raw["arm"]
    ]
    raw["endpoint"] = [{key: value for key, value in row.items() if value is not None} for row in raw["endpoint"]]
    return raw, texts


def checked_name(name: str) -> str:
    """Refuse a name that cannot be part of a file name.

    Raises
    ------
    StudyError
        It has other characters than ``a-z 0-9 . _ -``.
    """
    if not re.fullmatch(NAME, name) or name.endswith("."):
        raise StudyError(f"'{name[:70]}' is no name of a prediction", where="--name", fix="use a-z, 0-9, . _ and -")
    return name


def checked_date(day: str | None) -> str:
    """Give the date of a registration, and refuse one that is none or lies ahead.

    Raises
    ------
    StudyError
        Not a date as ``YYYY-MM-DD``, or after today (UTC).

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


def _rows(endpoint: EndpointSpec, readings: Readings) -> Iterator[tuple[str, float | None]]:
    if readings.registry[endpoint.id].per in ("course", "trial"):
        yield endpoint.id, None
    for day in sorted(endpoint.days or ()):
        yield endpoint.id, day


def _predicted(name: str, day: float | None, result: StudyResult, arm: str) -> dict[str, Any]:
    readings = result.readings
    if readings.registry[name].per == "trial":
        return predicted_of_a_trial(name, result, arm)
    if readings.registry[name].per == "scan":
        assert day is not None
        return _of_patients(name, day, readings, result.trial.measured(name, arm, day)) | {
            "criterion": result.trial.plan.criterion
        }
    values = readings.course(arm, name) if day is None else readings.on_day(arm, name, day)
    return _of_patients(name, day, readings, values)


def _of_patients(name: str, day: float | None, readings: Readings, values: Array) -> dict[str, Any]:
    own = np.sort(values[np.isfinite(values)])
    row: dict[str, Any] = {"id": name, "day": day, "unit": readings.registry[name].unit, "n": len(own)}
    if len(own) == 0:
        return row | dict.fromkeys(("median", "lower", "upper", "median_se", "mean", "sd", "percentiles"))
    lower, median, upper = np.percentile(own, [5.0, 50.0, 95.0]).tolist()
    mean = math.fsum(own.tolist()) / len(own)
    sd = math.sqrt(math.fsum(((own - mean) ** 2).tolist()) / (len(own) - 1)) if len(own) > 1 else None
    return row | {
        "median": median,
        "lower": lower,
        "upper": upper,
        "median_se": _median_se(own),
        "mean": mean,
        "sd": sd,
        "percentiles": np.percentile(own, PERCENTILES).tolist(),
    }


def _median_se(values: Array) -> float | None:
    """Give the Maritz-Jarrett standard error of the median: no assumption on the distribution, no random numbers."""
    if len(values) < 3:
        return None
    from scipy.stats import beta

    half = (len(values) + 1) / 2
    weights = np.diff(beta.cdf(np.linspace(0.0, 1.0, len(values) + 1), half, half))
    away = values - values[len(values) // 2]  # so that the difference below does not cancel
    mean = math.fsum((weights * away).tolist())
    return math.sqrt(math.fsum((weights * (away - mean) ** 2).tolist()))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise StudyError("a file of more than 5 MB does not fit into a prediction", where=str(path))
        return path.read_text("utf-8-sig")
    except OSError as fault:
        raise StudyError(f"the file cannot be read: {fault.strerror or fault}", where=str(path)) from None
    except UnicodeDecodeError:
        raise StudyError("the file is not UTF-8 text", where=str(path)) from None


def _thin(result: StudyResult) -> list[str]:
    if result.summary["patients"] >= 100:
        return []
    return [f"only {result.summary['patients']} virtual patients: the percentiles of this prediction are rough"]
