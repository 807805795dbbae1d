"""Sets what was observed against what was predicted: misses first."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bimodal.errors import StudyError
from bimodal.files.suggest import suggest_names
from bimodal.predict.prediction import PERCENTILES, PredictedArm, PredictedEndpoint, Prediction
from bimodal.predict.trial import share_between, value_range

_COLUMNS = ("endpoint", "day", "statistic", "value", "n")
_OPTIONAL = ("arm",)
_STATISTICS = ("median", "mean", "value", "proportion", "count")
_SHARES = ("proportion", "count")
_MAX_BYTES = 1_000_000
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
        Where 90 % of such statistics of `n` patients would fall if the prediction were right.
    inside
        Whether the value lies there.
    rule
        How the interval was made.

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

    Parameters
    ----------
    prediction
        Checked.
    path
        CSV with the columns ``endpoint, day, statistic, value, n`` (and ``arm`` where several were predicted);
        statistic is ``median``, ``mean`` or ``value`` (of one patient), or ``proportion`` or ``count`` for a share; the
        day is blank where there is none.

    Returns
    -------
    tuple of Observation
        The largest miss first.

    Raises
    ------
    StudyError
        The file cannot be read or is empty, a column or value is wrong, or something was not predicted; with line.
    """
    found: list[Observation] = []
    for line, fields in _rows(path):
        where = f"{path.name}, line {line}"
        arm = _arm(prediction, fields.get("arm", ""), where)
        row = _row(arm, fields["endpoint"], fields["day"], where)
        statistic = fields["statistic"].lower()
        if statistic not in _STATISTICS:
            raise StudyError(
                f"'{statistic[:40]}' is no statistic",
                where=f"{where}, column statistic",
                fix="median, mean, value, proportion or count",
            )
        value, n = _number(fields["value"], f"{where}, column value"), _count(fields["n"], f"{where}, column n")
        if statistic == "value" and n != 1:
            raise StudyError("a value is of one patient", where=f"{where}, column n", fix="n = 1, or a median or mean")
        judged = _share if row.statistic == "proportion" else _judged
        found.append(judged(arm.name, row, statistic, value, n, where))
    return tuple(sorted(found, key=lambda one: -one.misses_by))


def _share(arm: str, row: PredictedEndpoint, statistic: str, value: float, n: int, where: str) -> Observation:
    if statistic not in _SHARES:
        raise StudyError(
            f"'{row.id}' was predicted as a share of patients",
            where=f"{where}, column statistic",
            fix="proportion or count",
        )
    if row.value is None:
        raise StudyError(
            f"'{row.id}' was predicted to have no value: {row.note or 'nobody is in this group'}", where=where
        )
    if statistic == "count" and value != int(value):
        raise StudyError(f"{value:g} is no number of patients", where=f"{where}, column value", fix="a whole number")
    share = value / n if statistic == "count" else value
    if not 0.0 <= share <= 1.0:
        raise StudyError(f"{value:g} of {n} is no share", where=f"{where}, column value", fix="from none to all of n")
    lower, upper = share_between(row, n)
    # a published share is rounded: half a patient is no miss
    inside = lower - 0.5 / n <= share <= upper + 0.5 / n
    rule = "share of n patients, binomial" + ("" if row.ensemble is None else ", over the parameter sets")
    if row.interval is not None and "Greenwood" in row.interval:
        rule += ", as if nobody were censored"
    return Observation(arm, row.id, row.day, "proportion", share, n, row.unit, row.value, lower, upper, inside, rule)


def _judged(arm: str, row: PredictedEndpoint, statistic: str, value: float, n: int, where: str) -> Observation:
    if statistic in _SHARES or row.statistic == "value":
        raise StudyError(
            f"'{row.id}' was not predicted as a share of patients"
            if statistic in _SHARES
            else f"'{row.id}' is a difference of two groups: nothing says how it would scatter in others",
            where=f"{where}, column statistic",
        )
    if row.median is None or row.percentiles is None:
        why = row.note or "no virtual patient has a value"
        raise StudyError(f"'{row.id}' cannot be judged: {why}", where=where)
    if statistic == "mean":
        if row.mean is None:
            raise StudyError(f"'{row.id}' was predicted as a median", where=f"{where}, column statistic", fix="median")
        if row.sd is None:
            raise StudyError("one virtual patient has no standard deviation to judge a mean by", where=where)
        half = _Z90 * row.sd / math.sqrt(n)
        middle, lower, upper = row.mean, row.mean - half, row.mean + half
        rule = "mean of n patients, normal"
    else:
        from scipy.stats import beta

        shape = (n + 1) / 2
        places = 100.0 * np.asarray(beta.ppf([0.05, 0.95], shape, shape))
        lower, upper = np.interp(places, PERCENTILES, row.percentiles).tolist()
        middle, rule = row.median, "one patient" if n == 1 else "median of n patients, order statistic"
        if row.ensemble is not None and row.value:
            smallest, largest = value_range(row)
            lower, upper = lower * smallest / row.value, upper * largest / row.value
            rule += ", stretched by the range over the parameter sets"
        if row.reached is not None and places[1] > row.reached:
            upper, rule = max(upper, value), f"{rule}; its upper end is not reached within the follow-up"
    slack = _SLACK * max(abs(lower), abs(upper))
    inside = lower - slack <= value <= upper + slack
    return Observation(arm, row.id, row.day, statistic, value, n, row.unit, middle, lower, upper, inside, rule)


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    lines = list(csv.reader(io.StringIO(_text(path)), strict=False))
    numbered = [(k, fields) for k, fields in enumerate(lines, start=1) if any(field.strip() for field in fields)]
    if not numbered:
        raise StudyError("the table of observed values is empty", where=path.name, fix=f"begin with {_EXAMPLE}")
    header = [name.strip().lower() for name in numbered[0][1]]
    where = f"{path.name}, line {numbered[0][0]}"
    known = (*_COLUMNS, *_OPTIONAL)
    for name in header:
        if name not in known:
            raise StudyError(f"unknown column '{name[:40]}'", where=where, fix=suggest_names(name, known))
        if header.count(name) > 1:
            raise StudyError(f"column '{name}' is there twice", where=where)
    missing = [name for name in _COLUMNS if name not in header]
    if missing:
        raise StudyError(f"column '{missing[0]}' is missing", where=where, fix=f"begin with {_EXAMPLE}")
    if len(numbered) == 1:
        raise StudyError("the table has a header but no observed value", where=path.name, fix="one line per value")
    rows: list[tuple[int, dict[str, str]]] = []
    for line, fields in numbered[1:]:
        if len(fields) != len(header):
            raise StudyError(
                f"the line has {len(fields)} fields, the header {len(header)}",
                where=f"{path.name}, line {line}",
                fix="one field per column; a decimal comma must become a point",
            )
        rows.append((line, {name: field.strip() for name, field in zip(header, fields, strict=True)}))
    return rows


def _text(path: Path) -> str:
    try:
        if path.is_file() and path.stat().st_size > _MAX_BYTES:
            raise StudyError("the table of observed values is larger than 1 MB", where=path.name)
        return path.read_text("utf-8-sig")
    except OSError as fault:
        raise StudyError(f"the observed values cannot be read: {fault.strerror or fault}", where=str(path)) from None
    except UnicodeDecodeError:
        raise StudyError("the table of observed values is not UTF-8 text", where=path.name) from None


def _arm(prediction: Prediction, name: str, where: str) -> PredictedArm:
    if not name and len(prediction.arms) == 1:
        return prediction.arms[0]
    for arm in prediction.arms:
        if arm.name == name:
            return arm
    what = f"there is no arm '{name[:60]}'" if name else "several arms were predicted: say which is meant"
    fix = suggest_names(name, [arm.name for arm in prediction.arms])
    raise StudyError(what, where=f"{where}, column arm", fix=fix)


def _row(arm: PredictedArm, name: str, day: str, where: str) -> PredictedEndpoint:
    rows = [row for row in arm.endpoints if row.id == name]
    if not rows:
        fix = suggest_names(name, {row.id for row in arm.endpoints})
        raise StudyError(f"'{name[:60]}' was not predicted", where=f"{where}, column endpoint", fix=fix)
    wanted = _number(day, f"{where}, column day") if day else None
    for row in rows:
        if row.day is None and wanted is None:
            return row
        if row.day is not None and wanted is not None and abs(row.day - wanted) < 1e-7:
            return row
    days = ", ".join("none" if row.day is None else f"{row.day:g}" for row in rows)
    said = f"on day {wanted:g}" if wanted is not None else "without a day"
    raise StudyError(f"'{name}' was not predicted {said}", where=f"{where}, column day", fix=f"days predicted: {days}")


def _number(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or "_" in text:
        raise StudyError(f"'{text[:40]}' is not a number", where=where)
    return value


def _count(text: str, where: str) -> int:
    value = _number(text, where)
    if value < 1 or value != int(value):
        raise StudyError(f"'{text[:40]}' is no number of patients", where=where, fix="a whole number from 1")
    return int(value)
