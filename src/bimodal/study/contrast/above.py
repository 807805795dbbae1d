"""How many people lie above a threshold."""

from __future__ import annotations

from typing import Any

import numpy as np

from bimodal.study.contrast.change import Measure, Sides
from bimodal.study.endpoints.trial import TrialStatistic, contrast
from bimodal.study.endpoints.trial.paired_rates import paired_rates
from bimodal.study.endpoints.trial.statistics import WILSON
from bimodal.study.endpoints.weighted import Weights, share, share_interval


def share_above(sides: Sides, limit: float, unit: str, measure: Measure | None) -> dict[str, Any] | None:
    """Count the people above a threshold: by their value in each arm, or by their own ratio or difference.

    Parameters
    ----------
    limit, unit
        The threshold; a value equal to it is not above.
    measure
        None for the values themselves.

    Returns
    -------
    dict or None
        As ``summary.json`` has it; None where nobody has a value, or a ratio.

    Examples
    --------
    >>> found = share_above(Sides(np.array([1.0, 3.0, 5.0]), np.array([1.0, 1.0, 3.0]), paired=True), 2.0, "1", None)
    >>> round(found["first"], 3), round(found["second"], 3), round(found["difference"], 3)
    (0.667, 0.333, 0.333)
    """
    if sides.n == 0 or (measure is not None and not sides.paired) or (measure == "ratio" and not sides.positive):
        return None
    about = {"threshold": limit, "unit": unit, "of": measure or "value"}
    if measure is not None:
        found = _rate(sides.of_people(measure) > limit, sides.weights)
        return {
            **about,
            "share": found.value,
            "lower": found.lower,
            "upper": found.upper,
            "interval": found.interval,
        }
    first, second = sides.first > limit, sides.second > limit
    by = sides.weights
    found = paired_rates(first, second, by) if sides.paired else contrast("difference", _rate(first), _rate(second))
    return {
        **about,
        "first": share(first, by),
        "second": share(second, by),
        "difference": found.value,
        "lower": found.lower,
        "upper": found.upper,
        "interval": found.interval,
    }


def _rate(above: np.ndarray[Any, np.dtype[np.bool_]], weights: Weights = None) -> TrialStatistic:
    return TrialStatistic("proportion", *share_interval(above, weights), WILSON, len(above), int(above.sum()))
