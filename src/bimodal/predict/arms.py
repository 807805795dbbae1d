"""What a prediction says of each arm, read off a finished simulation."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.predict.prediction import PERCENTILES
from bimodal.predict.trial import predicted_of_a_trial
from bimodal.study.readings.readings import Readings
from bimodal.study.run.ensemble_run import EnsembleRange
from bimodal.study.run.result import StudyResult
from bimodal.study.spec.spec import EndpointSpec

Array = npt.NDArray[np.float64]


def predicted_arms(result: StudyResult, spread: EnsembleRange | None = None) -> list[dict[str, Any]]:
    """Read what is predicted off a finished simulation."""
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
