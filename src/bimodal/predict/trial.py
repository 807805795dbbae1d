"""What a prediction holds of a number of a trial, and where the same number of another trial would fall."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.predict.prediction import PERCENTILES, PredictedEndpoint
from bimodal.study.endpoints.trial import SurvivalCurve, between_trials, survival_curve
from bimodal.study.readings.trial_rows import trial_rows
from bimodal.study.run.result import StudyResult
from bimodal.study.spec.spec import EndpointSpec

Array = npt.NDArray[np.float64]
_LEVEL = 0.9
_NOTHING = dict.fromkeys(("median", "lower", "upper", "median_se", "mean", "sd", "percentiles"))
_KEPT = ("id", "day", "unit", "statistic", "value", "lower", "upper", "interval", "n", "count", "criterion")


def predicted_of_a_trial(name: str, result: StudyResult, arm: str) -> dict[str, Any]:
    """Read a number of a trial off a finished simulation.

    Returns
    -------
    dict
        As `bimodal.predict.prediction.PredictedEndpoint` holds it. A median of times to an event carries the
        percentiles of its Kaplan-Meier curve, so that medians of fewer patients can be judged.
    """
    found = trial_rows(EndpointSpec(id=name), arm, result.trial)[0]
    row = {**_NOTHING, **{key: found[key] for key in _KEPT if key in found}, "note": found["note"] or None}
    if row["statistic"] == "median" and row["unit"] == "month":
        curve = survival_curve(name, result.outcomes(arm))
        row["median"] = row["value"]
        if curve is not None:
            row["percentiles"], row["reached"] = _percentiles(curve)
    return row


def share_between(row: PredictedEndpoint, n: int) -> tuple[float, float]:
    """Say where a share among other patients falls in 90 % of cases if the prediction is right.

    Returns
    -------
    lower, upper
        Binomial quantiles over n: the lower one of the smallest predicted share, the upper one of the largest, where
        the prediction has a range over parameter sets; both of the one share where it has none.

    Examples
    --------
    >>> row = PredictedEndpoint(id="orr", day=None, unit="1", n=500, median=None, lower=0.1, upper=0.2, median_se=None,
    ...                         mean=None, sd=None, percentiles=None, statistic="proportion", value=0.15)
    >>> [round(end, 2) for end in share_between(row, 100)]
    [0.09, 0.21]
    """
    smallest, largest = value_range(row)
    return between_trials(smallest, n, level=_LEVEL)[0], between_trials(largest, n, level=_LEVEL)[1]


def value_range(row: PredictedEndpoint) -> tuple[float, float]:
    """Give the smallest and largest predicted value over the parameter sets, the best set among them."""
    assert row.value is not None
    ends = [end for end in (row.ensemble_lower, row.value, row.ensemble_upper) if end is not None]
    return min(ends), max(ends)


def _percentiles(curve: SurvivalCurve) -> tuple[list[float], float]:
    end, found = float(curve.months[-1]), [curve.quantile(percent / 100.0) for percent in PERCENTILES]
    months = [end if value is None else value for value in found]
    return months, float(np.clip(100.0 * (1.0 - curve.survival[-1]), 0.0, 100.0))
