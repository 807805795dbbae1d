"""What `summary.json` says of scans and survival."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.study.endpoints import Registry
from bimodal.study.endpoints.spread import median_row
from bimodal.study.endpoints.trial import Cause, Response
from bimodal.study.endpoints.weighted import of_those, share
from bimodal.study.readings.toxicity import TABLE, toxicity_table
from bimodal.study.readings.trial import TrialReader
from bimodal.study.spec.spec import EndpointSpec

Array = npt.NDArray[np.float64]
_TUMOUR = "tumour_cells"


def trial_rows(endpoint: EndpointSpec, arm: str, trial: TrialReader) -> list[dict[str, Any]]:
    """Give the rows of one trial endpoint of one arm.

    Returns
    -------
    list of dict
        As every endpoint of ``summary.json``, and with the criterion, the denominator `n` and the `count` behind it.
    """
    entry = trial.readings.registry[endpoint.id]
    if entry.per == "scan":
        return [_scan_row(entry.id, entry.unit, arm, day, trial) for day in sorted(endpoint.days or ())]
    found = trial.statistic(entry.id, [arm])
    return [
        {
            "id": entry.id,
            "day": None,
            "statistic": found.statistic,
            "value": found.value,
            "lower": found.lower,
            "upper": found.upper,
            "interval": found.interval,
            "unit": entry.unit,
            "n": found.n,
            "count": found.count,
            **({} if found.effective is None else {"effective_n": found.effective}),
            **({} if endpoint.when is None else {"when": endpoint.when}),
            **({"criterion": trial.plan.criterion} if _TUMOUR in entry.of else {}),
            "note": found.note,
        }
    ]


def arm_outcomes(endpoints: Iterable[EndpointSpec], registry: Registry, arm: str, trial: TrialReader) -> dict[str, Any]:
    """Count best responses and deaths of an arm, where the study asks for a trial endpoint.

    Returns
    -------
    dict
        Keys ``outcomes`` with the counts and ``toxicity`` with the table of it, or nothing.

    Examples
    --------
    >>> arm_outcomes((), {}, "a", None)
    {}
    """
    asked = {endpoint.id for endpoint in endpoints}
    toxic = {"toxicity": toxicity_table(arm, trial)} if TABLE in asked else {}
    if not any(_TUMOUR in registry[endpoint.id].of for endpoint in endpoints):
        return toxic
    out = trial.outcomes(arm)
    best = out.best[out.evaluated]
    cause = out.cause[out.evaluated]
    weights = of_those(out.weights, out.evaluated)
    return {
        **toxic,
        "outcomes": {
            "criterion": out.criterion,
            "n": int(out.evaluated.sum()),
            "best_response": {kind.name: int((best == kind).sum()) for kind in sorted(Response, reverse=True)},
            "deaths": {kind.name.lower(): int((cause == kind).sum()) for kind in (Cause.DISEASE, Cause.TREATMENT)},
            **({} if weights is None else {"weighted_shares": _shares(best, cause, weights)}),
            "follow_up_days": out.cut_days,
            "scans": len(out.scan_days),
        },
    }


def _shares(best: npt.NDArray[np.int8], cause: npt.NDArray[np.int8], weights: Array) -> dict[str, dict[str, float]]:
    return {
        "best_response": {kind.name: share(best == kind, weights) for kind in sorted(Response, reverse=True)},
        "deaths": {kind.name.lower(): share(cause == kind, weights) for kind in (Cause.DISEASE, Cause.TREATMENT)},
    }


def _scan_row(name: str, unit: str, arm: str, day: float, trial: TrialReader) -> dict[str, Any]:
    values = trial.measured(name, arm, day)
    return {
        "id": name,
        "day": day,
        **median_row(values, trial.readings.weights),
        "unit": unit,
        "n": int(np.isfinite(values).sum()),
        "criterion": trial.plan.criterion,
    }
