"""The table of toxicity of an arm: worst grades by term, and dose-limiting toxicity, each with its denominator."""

from __future__ import annotations

from typing import Any

import numpy as np

from bimodal.study.endpoints.adverse_events import LABEL, TERMS
from bimodal.study.endpoints.trial.statistics import WILSON, proportion
from bimodal.study.endpoints.weighted import Weights, of_those, share
from bimodal.study.readings.trial import TrialReader

#: Endpoint that asks for the table.
TABLE = "ae_rate_any_3"
_GRADES = 5
_TOXICITY = "tox_index"


def toxicity_table(arm: str, trial: TrialReader) -> list[dict[str, Any]]:
    """Count worst grades of every term, of any term, and dose-limiting toxicity.

    Returns
    -------
    list of dict
        ``type`` (a term, ``any`` or ``dlt``), the denominator ``n``, ``worst_grade`` (patients with 0, 1, 2, 3 and 4 as
        their worst; None for ``dlt``; with weights also ``worst_grade_shares``), how many have the event (grade 3 or
        4), its share with Wilson's interval, and the ``criterion``.
    """
    known = trial.readings.observables
    terms = {term: grades for term, grades in TERMS.items() if grades in known}
    weights = trial.readings.weights
    rows = [_of_grades(term, trial.worst(arm, [grades]), weights) for term, grades in terms.items()]
    rows.append(_of_grades("any", trial.worst(arm, list(terms.values())), weights))
    if _TOXICITY in known:
        last = min(trial.plan.dlt_days, float(trial.readings.days[-1]))
        peak = trial.readings.highest(arm, _TOXICITY, last)
        rule = f"tox_index of {trial.plan.dlt_tox_index:g} or more by day {last:g}"
        rows.append(_row("dlt", peak, trial.plan.dlt_tox_index, {"worst_grade": None}, rule, weights))
    return rows


def _of_grades(kind: str, worst: np.ndarray, weights: Weights) -> dict[str, Any]:
    there = ~np.isnan(worst)
    known, by = worst[there], of_those(weights, there)
    grades: dict[str, Any] = {"worst_grade": [int((known == grade).sum()) for grade in range(_GRADES)]}
    if by is not None and by.any():
        grades["worst_grade_shares"] = [share(known == grade, by) for grade in range(_GRADES)]
    return _row(kind, worst, 3.0, grades, f"worst grade 3 or 4; {LABEL}", weights)


def _row(
    kind: str, worst: np.ndarray, level: float, grades: dict[str, Any], rule: str, weights: Weights
) -> dict[str, Any]:
    found = proportion(worst >= level, ~np.isnan(worst), weights)
    return {
        "type": kind,
        "n": found.n,
        **grades,
        "count": found.count,
        **({} if found.effective is None else {"effective_n": found.effective}),
        "share": found.value,
        "lower": found.lower,
        "upper": found.upper,
        "interval": WILSON,
        "criterion": rule,
    }
