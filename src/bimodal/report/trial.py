"""Trial outcomes as the figures and tables need them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from bimodal.errors import BimodalError
from bimodal.report.published import TargetComparison, comparisons
from bimodal.report.source import FloatArray, ResultSource, drawn_arms
from bimodal.study.endpoints.trial import RULES, Outcomes, Response

# Okabe and Ito's colours, from the best response to the worst; not evaluable in grey.
RESPONSE_COLOURS: Mapping[Response, str] = MappingProxyType(
    {
        Response.CR: "#009e73",
        Response.PR: "#56b4e9",
        Response.SD: "#c9ced4",
        Response.PD: "#d55e00",
        Response.NE: "#7a828a",
    }
)
_MEASURES = {"sld": "sum of diameters", "spd": "sum of products"}


@dataclass(frozen=True, eq=False)
class Changes:
    """How the tumour of each patient changed, in percent of baseline.

    Attributes
    ----------
    months
        (V,) times of the scans.
    percent
        (N, V) change at every scan up to and including progression; NaN elsewhere, 0 at baseline.
    best
        (N,) best change after baseline; NaN for a patient without a scan after baseline.
    thresholds
        Change in percent of a partial response and of progression.
    weights
        (N,) for how many patients each stands; None counts all the same.
    """

    months: FloatArray
    percent: FloatArray
    best: FloatArray
    response: np.ndarray
    progressed: np.ndarray
    measure: str
    thresholds: tuple[float, float]
    weights: FloatArray | None = None


def asked_for_trial(result: ResultSource) -> bool:
    """Tell whether the study asks for an endpoint that is read from scans or survival.

    Examples
    --------
    >>> class Plain:
    ...     summary = {"arms": [{"name": "a"}], "targets": []}
    >>> asked_for_trial(Plain())
    False
    """
    arms, targets = result.summary.get("arms", ()), result.summary.get("targets", ())
    return any("outcomes" in arm for arm in arms) or any("criterion" in target for target in targets)


def outcomes_of(result: ResultSource, arm: str) -> Outcomes | None:
    """Give the outcomes of an arm, or None where the study has none."""
    read = getattr(result, "outcomes", None)
    if read is None or not asked_for_trial(result):
        return None
    try:
        return read(arm)
    except (KeyError, BimodalError):
        return None


def has_outcomes(result: ResultSource) -> bool:
    """Tell whether the study asks for a trial endpoint and has outcomes."""
    return asked_for_trial(result) and any(outcomes_of(result, arm) is not None for arm in drawn_arms(result))


def changes(outcomes: Outcomes) -> Changes:
    """Compute the change of the tumour at every scan, by the measure of the criterion.

    Patients without measurable lesions have NaN everywhere.
    """
    from bimodal.study.endpoints.trial.scan_schedule import MONTH_DAYS

    rules = RULES[outcomes.criterion]
    until = np.where(np.isnan(outcomes.progression_day), np.inf, outcomes.progression_day)
    shown = outcomes.scan_days <= until[:, None]
    base = outcomes.sums[:, :1]
    with np.errstate(divide="ignore", invalid="ignore"):
        percent = np.where(shown & (base > 0.0), 100.0 * (outcomes.sums / base - 1.0), np.nan)
    after = np.where(np.isnan(percent[:, 1:]), np.inf, percent[:, 1:])
    best = after.min(axis=1, initial=np.inf)
    return Changes(
        months=outcomes.scan_days / MONTH_DAYS,
        percent=percent,
        best=np.where(np.isfinite(best), best, np.nan),
        response=outcomes.best,
        progressed=np.isfinite(outcomes.progression_day),
        measure=_MEASURES[rules.measure],
        thresholds=(-100.0 * rules.partial, 100.0 * rules.progression),
        weights=outcomes.weights,
    )


def trial_targets(result: ResultSource, arms: Sequence[str], *endpoints: str) -> list[TargetComparison]:
    """List the published results of some arms on some trial endpoints."""
    return [row for row in comparisons(result) if row.endpoint in endpoints and set(row.arms) & set(arms)]


def percent_note(rows: Sequence[TargetComparison]) -> str:
    """Write published rates in percent beside the simulated ones, one line each, for the corner of a panel."""
    names = {"orr": "ORR", "cr_rate": "CR", "pr_rate": "PR"}
    lines: list[str] = []
    for row in rows:
        if row.published is None or row.kind in ("ordering", "direction", "ratio"):
            continue
        low, high = row.lower, row.upper
        around = "" if low is None or high is None else f" ({100 * low:.0f}-{100 * high:.0f})"
        here = "" if row.simulated is None else f", simulated {100 * row.simulated:.1f}"
        lines.append(f"{names.get(row.endpoint, row.endpoint)} published {100 * row.published:.1f}{around}{here} %")
    return "\n".join(lines)
