"""Sets what was observed against what was predicted: misses first."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bimodal.errors import StudyError
from bimodal.evidence.band import FOLD
from bimodal.files.faults import Faults
from bimodal.files.read import FileKind
from bimodal.files.suggest import suggest_names
from bimodal.files.table import Place, read_rows
from bimodal.predict.noisy import noisy_percentiles, noisy_sd
from bimodal.predict.prediction import PredictedArm, PredictedEndpoint, Prediction
from bimodal.predict.trial import share_between, value_range
from bimodal.study.endpoints.noise import noise_log_sd

_COLUMNS = ("endpoint", "day", "statistic", "value", "n")
_OPTIONAL = ("arm", "source")
_STATISTICS = ("median", "mean", "value", "proportion", "count", "above", "below", "about")
_SHARES = ("proportion", "count")
_SIDES = ("above", "below", "about")
_FILE = FileKind("the table of observed values", StudyError)
#: Values that one table may have: the interval of each takes milliseconds.
MAX_ROWS = 2000
_SLACK = 1e-6  # an untreated fold is 1 up to the tolerance of the solver
_Z90 = 1.6448536269514722  # half of the 90 % interval of a normal distribution
_EXAMPLE = "endpoint,day,statistic,value,n"


@dataclass(frozen=True)
class Observation:
    """One observed number, judged.

    Parameters
    ----------
    arm, endpoint, day, statistic, value, n, unit
        What was observed, in `n` patients; a count is held as the share it is.
    predicted
        The prediction's median, or mean for a mean, or share.
    lower, upper
        Where 90 % of such statistics of `n` patients would fall if the prediction were right. Of a side (``above``,
        ``below``, ``about``), of which only the direction is known, both are the prediction itself.
    source
        Where the value was read, in words.
    noise_cv
        Coefficient of variation of the measurement noise that is in the interval; 0 is none.

    Examples
    --------
    >>> Observation("a", "treg_fold", 28.0, "median", 2.0, 9, "1", 4.0, 3.0, 5.0, False, "").misses_by
    0.5
    """

    arm: str
    endpoint: str
    day: float | None
    statistic: str
    value: float
    n: int
    unit: str
    predicted: float
    lower: float
    upper: float
    inside: bool
    rule: str
    source: str = ""
    noise_cv: float = 0.0

    @property
    def misses_by(self) -> float:
        """How far outside the interval the value lies, in widths of the interval; 0 inside."""
        if self.inside:
            return 0.0
        beyond = max(self.lower - self.value, self.value - self.upper)
        return beyond / (self.upper - self.lower) if self.upper > self.lower else math.inf


def judge_observations(prediction: Prediction, path: Path) -> tuple[Observation, ...]:
    r"""Read observed values and judge each by where such a statistic would fall if the prediction were right.

    A median of n patients scatters less than a patient: its 90 % interval follows from the predicted percentiles and
    the distribution of the middle order statistic, Beta((n + 1) / 2, (n + 1) / 2). With n = 1 that is the interval of
    patients itself. A mean is judged by mean and standard deviation over patients. A share, or a count of n, is judged
    by the binomial distribution over n. Where the prediction has a range over equally good parameter sets, the
    intervals of shares and of times to an event reach over it; else no uncertainty of parameters is in them.
    Medians, means and single values of what is measured are widened by the noise between visits
    (:mod:`bimodal.evidence.measurement_noise`); of means the small upward bias that noise gives a fold is left out.

    Parameters
    ----------
    path
        CSV with the columns ``endpoint, day, statistic, value, n`` (and ``arm`` where several were predicted);
        statistic is ``median``, ``mean`` or ``value`` (of one patient), or ``proportion`` or ``count`` for a share; the
        day is blank where there is none. Where only a direction is known, it is ``above``, ``below`` or ``about``: the
        predicted median must lie on that side of the value, or within 1.5-fold of it, and n may be blank. A column
        ``source`` is carried along.

    Returns
    -------
    tuple of Observation
        The largest miss first.
    """
    found: list[Observation] = []
    faults = Faults()
    rows = _rows(path, faults)
    if len(rows) > MAX_ROWS:
        raise StudyError(f"the table has more than {MAX_ROWS:,} observed values", where=path.name, fix="split it")
    for fields, place in rows:
        with faults.kept():
            found.append(_observation(prediction, fields, place))
    faults.raise_any()
    if not rows:
        raise StudyError("the table has a header but no observed value", where=path.name, fix="one line per value")
    return tuple(sorted(found, key=lambda one: -one.misses_by))


def _observation(prediction: Prediction, fields: dict[str, str], place: Place) -> Observation:
    arm = _arm(prediction, fields.get("arm", ""), place)
    row = _row(arm, fields["endpoint"], fields["day"], place)
    statistic = fields["statistic"].lower()
    if statistic not in _STATISTICS:
        place.fail("statistic", f"'{statistic[:40]}' is no statistic", "median, mean, value, proportion or count")
    value = _number(fields["value"], "value", place)
    if statistic in _SIDES:
        n = _count(fields["n"], "n", place) if fields["n"] else 0
        return _side(arm.name, row, statistic, value, n, place, fields.get("source", ""))
    n = _count(fields["n"], "n", place)
    if statistic == "value" and n != 1:
        place.fail("n", "a value is of one patient", "n = 1, or a median or mean")
    judged = _share if row.statistic == "proportion" else _judged
    return replace(judged(arm.name, row, statistic, value, n, place), source=fields.get("source", ""))


def _side(arm: str, row: PredictedEndpoint, side: str, value: float, n: int, place: Place, source: str) -> Observation:
    predicted = row.median if row.statistic is None else row.value
    if predicted is None:
        place.fail(None, f"'{row.id}' cannot be judged: {row.note or 'no virtual patient has a value'}")
    if side == "about" and value <= 0.0:
        place.fail("value", f"nothing lies within a factor of {value:g}", "a value above 0")
    inside = {"above": predicted > value, "below": predicted < value}.get(
        side, value / FOLD <= predicted <= value * FOLD
    )
    rule = f"within {FOLD:g}-fold, direction only" if side == "about" else f"{side} it, direction only"
    return Observation(
        arm, row.id, row.day, side, value, n, row.unit, predicted, predicted, predicted, inside, rule, source
    )


def _share(arm: str, row: PredictedEndpoint, statistic: str, value: float, n: int, place: Place) -> Observation:
    if statistic not in _SHARES:
        place.fail("statistic", f"'{row.id}' was predicted as a share of patients", "proportion or count")
    if row.value is None:
        place.fail(None, f"'{row.id}' was predicted to have no value: {row.note or 'nobody is in this group'}")
    if statistic == "count" and value != int(value):
        place.fail("value", f"{value:g} is no number of patients", "a whole number")
    share = value / n if statistic == "count" else value
    if not 0.0 <= share <= 1.0:
        place.fail("value", f"{value:g} of {n} is no share", "from none to all of n")
    lower, upper = share_between(row, n)
    # a published share is rounded: half a patient is no miss
    inside = lower - 0.5 / n <= share <= upper + 0.5 / n
    rule = "share of n patients, binomial" + ("" if row.ensemble is None else ", over the parameter sets")
    if row.interval is not None and "Greenwood" in row.interval:
        rule += ", as if nobody were censored"
    return Observation(arm, row.id, row.day, "proportion", share, n, row.unit, row.value, lower, upper, inside, rule)


def _judged(arm: str, row: PredictedEndpoint, statistic: str, value: float, n: int, place: Place) -> Observation:
    if statistic in _SHARES or row.statistic == "value":
        place.fail(
            "statistic",
            f"'{row.id}' was not predicted as a share of patients"
            if statistic in _SHARES
            else f"'{row.id}' is a difference of two groups: nothing says how it would scatter in others",
        )
    if row.median is None or row.percentiles is None:
        why = row.note or "no virtual patient has a value"
        place.fail(None, f"'{row.id}' cannot be judged: {why}")
    log_sd = noise_log_sd(row.id)
    if statistic == "mean":
        if row.mean is None:
            place.fail("statistic", f"'{row.id}' was predicted as a median", "median")
        if row.sd is None:
            place.fail(None, "one virtual patient has no standard deviation to judge a mean by")
        half = _Z90 * noisy_sd(row.mean, row.sd, log_sd) / math.sqrt(n)
        middle, lower, upper = row.mean, row.mean - half, row.mean + half
        rule = "mean of n patients, normal"
    else:
        from scipy.stats import beta

        shape = (n + 1) / 2
        places = 100.0 * np.asarray(beta.ppf([0.05, 0.95], shape, shape))
        lower, upper = noisy_percentiles(row.percentiles, places, log_sd).tolist()
        middle, rule = row.median, "one patient" if n == 1 else "median of n patients, order statistic"
        if row.ensemble is not None and row.value:
            smallest, largest = value_range(row)
            lower, upper = lower * smallest / row.value, upper * largest / row.value
            rule += ", stretched by the range over the parameter sets"
        if row.reached is not None and places[1] > row.reached:
            upper, rule = max(upper, value), f"{rule}; its upper end is not reached within the follow-up"
    noise_cv = math.sqrt(math.expm1(log_sd * log_sd))
    if noise_cv:
        rule += f", measurement noise of {noise_cv:.0%}"
    slack = _SLACK * max(abs(lower), abs(upper))
    inside = lower - slack <= value <= upper + slack
    return Observation(
        arm, row.id, row.day, statistic, value, n, row.unit, middle, lower, upper, inside, rule, noise_cv=noise_cv
    )


def _rows(path: Path, faults: Faults) -> list[tuple[dict[str, str], Place]]:
    fix = f"begin with {_EXAMPLE}"
    columns = (*_COLUMNS, *_OPTIONAL)
    text = _FILE.text(path)
    return list(read_rows(text, _FILE, where=path.name, columns=columns, needed=_COLUMNS, fix=fix, faults=faults))


def _arm(prediction: Prediction, name: str, place: Place) -> PredictedArm:
    if not name and len(prediction.arms) == 1:
        return prediction.arms[0]
    arms = {arm.name: arm for arm in prediction.arms}
    if name not in arms:
        what = f"there is no arm '{name[:60]}'" if name else "several arms were predicted: say which is meant"
        place.fail("arm", what, suggest_names(name, arms))
    return arms[name]


def _row(arm: PredictedArm, name: str, day: str, place: Place) -> PredictedEndpoint:
    rows = [row for row in arm.endpoints if row.id == name]
    if not rows:
        near = suggest_names(name, {row.id for row in arm.endpoints})
        place.fail("endpoint", f"'{name[:60]}' was not predicted", near)
    wanted = _number(day, "day", place) if day else None
    found = next((row for row in rows if _same_day(row.day, wanted)), None)
    if found is None:
        days = ", ".join("none" if row.day is None else f"{row.day:g}" for row in rows)
        said = f"on day {wanted:g}" if wanted is not None else "without a day"
        place.fail("day", f"'{name}' was not predicted {said}", f"days predicted: {days}")
    return found


def _same_day(one: float | None, other: float | None) -> bool:
    return one is other if one is None or other is None else abs(one - other) < 1e-7


def _number(text: str, column: str, place: Place) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in text:
        place.fail(column, f"'{text[:40]}' is not a number", "write a decimal point" if "," in text else None)
    return value


def _count(text: str, column: str, place: Place) -> int:
    value = _number(text, column, place)
    if value < 1 or value != int(value):
        place.fail(column, f"'{text[:40]}' is no number of patients", "a whole number from 1")
    return int(value)
