"""What a contrast says of one endpoint."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from bimodal.study.contrast.change import FEWEST, Change, Measure, Sides
from bimodal.study.endpoints.trial import TrialStatistic

#: A smaller relative difference is within what the solver resolves (its tolerance is 1e-6).
RESOLVED = 1e-4
RULE = (
    "an endpoint differs if the 95 % interval of its ratio excludes 1, or of its difference 0, and the two arms lie at "
    "least 0.01 % apart; more patients narrow that interval, so a difference may be sure and too small to matter"
)
_SAME = "both arms are given the same"


@dataclass(frozen=True)
class Judged:
    """The verdict on one endpoint.

    Parameters
    ----------
    differs
        None where there is no interval to judge by.
    relative
        How far the arms lie apart, 0 to 1: the difference over the larger of both.
    """

    differs: bool | None
    relative: float | None


def of_ratio(change: Change) -> Judged:
    """Judge a ratio.

    Examples
    --------
    >>> of_ratio(Change("median", 2.0, 1.5, 2.5, ""))
    Judged(differs=True, relative=0.5)
    """
    apart = 1.0 if change.value <= 0.0 else 1.0 - min(change.value, 1.0 / change.value)
    return Judged(_excludes(1.0, change.lower, change.upper, apart), apart)


def of_difference(change: Change | TrialStatistic, first: float, second: float) -> Judged:
    """Judge a difference of two arms whose middle values are given."""
    if change.value is None:
        return Judged(None, None)
    largest = max(abs(first), abs(second), abs(change.value))
    apart = abs(change.value) / largest if largest > 0.0 else 0.0
    return Judged(_excludes(0.0, change.lower, change.upper, apart), apart)


def _excludes(none: float, lower: float | None, upper: float | None, apart: float) -> bool | None:
    if lower is None or upper is None:
        return None
    return apart >= RESOLVED and (lower > none or upper < none)


def continuous_row(sides: Sides, *, fold: bool, measure: Measure | None) -> dict[str, Any]:
    """Compare an endpoint with a value in every person.

    Parameters
    ----------
    fold
        Whether the ratio is the geometric mean over people, in place of the median.
    measure
        Which of both is judged; None is the ratio where it is there.

    Returns
    -------
    dict
        As ``summary.json`` has it, without id, day and unit.
    """
    if sides.n == 0:
        return {**_nothing(0), "note": "nobody has a value in both arms"}
    first, second = sides.medians
    difference = sides.difference()
    ratio = sides.ratio(geometric=fold) if sides.positive else None
    shown: Measure = "difference" if ratio is None else (measure or "ratio")
    judged = of_difference(difference, first, second) if shown == "difference" or ratio is None else of_ratio(ratio)
    notes = ["no ratio: not every value is above 0"] if ratio is None and measure == "ratio" else []
    if sides.size < FEWEST:
        notes.append(_few(sides.size))
    return {
        "n": sides.n,
        **({} if sides.weights is None else {"effective_n": sides.size}),
        "statistic": "median",
        "first": first,
        "second": second,
        "measure": shown,
        "difference": asdict(difference),
        "ratio": None if ratio is None else asdict(ratio),
        "higher": sides.higher,
        "equal": sides.equal,
        **asdict(judged),
        "note": "; ".join(notes),
    }


def trial_row(
    first: TrialStatistic, second: TrialStatistic, difference: TrialStatistic, *, same: bool
) -> dict[str, Any]:
    """Compare a rate, or a median survival, of two arms.

    Parameters
    ----------
    difference
        First minus second, with its interval.
    same
        Whether both arms are given the same, so that nothing of the difference is left to chance.
    """
    notes = list(dict.fromkeys(one.note for one in (first, second, difference) if one.note))
    a, b, value = first.value, second.value, difference.value
    if a is None or b is None or value is None:
        return {
            **_nothing(difference.n),
            "statistic": first.statistic,
            "first": a,
            "second": b,
            "note": "; ".join(notes),
        }
    lower, upper = (value, value) if same else (difference.lower, difference.upper)
    if difference.size < FEWEST and not same:
        lower = upper = None
        notes.append(_few(difference.size))
    change = Change(f"difference of {first.statistic}s", value, lower, upper, _SAME if same else difference.interval)
    return {
        "n": difference.n,
        **({} if difference.effective is None else {"effective_n": difference.effective}),
        "statistic": first.statistic,
        "first": a,
        "second": b,
        "measure": "difference",
        "difference": asdict(change),
        "ratio": None,
        "higher": None,
        "equal": None,
        **asdict(of_difference(change, a, b)),
        "note": "; ".join(notes),
    }


def _few(n: float) -> str:
    return f"no interval: {n:.3g} of the {FEWEST} people it takes"


def _nothing(n: int) -> dict[str, Any]:
    empty = ("first", "second", "measure", "difference", "ratio", "higher", "equal", "differs", "relative")
    return {"n": n, "statistic": "median", **dict.fromkeys(empty)}
