"""Reads measured values from a CSV file; every fault names file, line and column."""

from __future__ import annotations

import csv
import hashlib
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bimodal.errors import BimodalError
from bimodal.files.suggest import suggest_names
from bimodal.fit.from_file.measurement import STATISTICS, Measurement
from bimodal.units import convert

COLUMNS = ("arm", "observable", "day", "hour", "statistic", "value", "unit", "sd_log", "sd", "lower", "upper", "group")
_NEEDED = ("arm", "observable", "value")
_MAX_BYTES, _MAX_ROWS = 20_000_000, 100_000
_NOTHING = {"", "na", "nan", "null", "none", "."}


@dataclass(frozen=True)
class _Place:
    file: str
    line: int

    def fault(self, what: str, column: str | None = None, fix: str | None = None) -> BimodalError:
        where = f"{self.file}, line {self.line}" + (f", column '{column}'" if column else "")
        return BimodalError(what, where=where, fix=fix)


def read_measurements(path: Path, units: Mapping[str, str]) -> tuple[tuple[Measurement, ...], str]:
    """Read measured values.

    Parameters
    ----------
    path
        CSV, UTF-8, one value per line; columns `COLUMNS`, of which ``arm``, ``observable`` and ``value`` are needed,
        and one of ``sd_log``, ``sd``, or ``lower`` and ``upper``.

    Returns
    -------
    measurements, digest
        In the unit of the registry and in the order of the file, and the SHA-256 of the file.
    """
    try:
        if path.is_file() and path.stat().st_size > _MAX_BYTES:
            raise BimodalError("the data file is larger than 20 MB", where=str(path))
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as fault:
        raise BimodalError(f"the data file cannot be read: {fault.strerror}", where=str(path)) from None
    except UnicodeDecodeError:
        raise BimodalError("the data file is not UTF-8 text", where=str(path)) from None
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        head = [name.strip() for name in next(rows, [])]
        _check_head(head, str(path))
        found = [
            _measurement(dict(zip(head, (cell.strip() for cell in row), strict=False)), place, units)
            for row in rows
            if any(cell.strip() for cell in row) and (place := _at(path, rows.line_num, row, head))
        ]
    except csv.Error as fault:
        raise BimodalError(f"this is not CSV: {fault}", where=f"{path}, line {rows.line_num}") from None
    if not found:
        raise BimodalError("there is no measured value in the file", where=str(path), fix="one value per line")
    if len(found) > _MAX_ROWS:
        raise BimodalError(f"{len(found)} values are over the limit of {_MAX_ROWS}", where=str(path))
    return tuple(found), hashlib.sha256(content).hexdigest()


def _at(path: Path, line: int, row: list[str], head: list[str]) -> _Place:
    place = _Place(str(path), line)
    if len(row) != len(head):
        raise place.fault(
            f"{len(row)} cells under {len(head)} columns", fix="decimal points, not commas; quote text with commas"
        )
    return place


def _check_head(head: list[str], where: str) -> None:
    if not any(head):
        raise BimodalError("the data file is empty", where=where, fix=f"columns: {', '.join(COLUMNS)}")
    for name in head:
        if name not in COLUMNS:
            raise BimodalError(f"unknown column '{name}'", where=f"{where}, line 1", fix=suggest_names(name, COLUMNS))
        if head.count(name) > 1:
            raise BimodalError(f"column '{name}' is there twice", where=f"{where}, line 1")
    for name in _NEEDED:
        if name not in head:
            raise BimodalError(
                f"column '{name}' is missing", where=f"{where}, line 1", fix=f"needed: {', '.join(_NEEDED)}"
            )
    if "day" in head and "hour" in head:
        raise BimodalError("columns 'day' and 'hour' are both there", where=f"{where}, line 1", fix="keep one of them")


def _measurement(row: Mapping[str, str], place: _Place, units: Mapping[str, str]) -> Measurement:
    observable = row["observable"]
    if observable not in units:
        raise place.fault(f"unknown observable '{observable}'", "observable", suggest_names(observable, units))
    statistic = row.get("statistic") or "median"
    if statistic not in STATISTICS:
        raise place.fault(f"unknown statistic '{statistic}'", "statistic", suggest_names(statistic, STATISTICS))
    unit = "1" if statistic == "sd_log" else units[observable]
    numbers = {name: _number(row.get(name, ""), place, name) for name in ("value", "sd_log", "sd", "lower", "upper")}
    value = numbers["value"]
    if value is None and numbers["lower"] is None and numbers["upper"] is None:
        raise place.fault("the value is missing", "value", "leave the line out, or give the number")
    factor = _factor(row.get("unit") or unit, unit, place)
    scaled = {name: None if x is None else x * (1.0 if name == "sd_log" else factor) for name, x in numbers.items()}
    _check_error(scaled, place)
    when = scaled["value"]
    return Measurement(
        arm=row["arm"],
        observable=observable,
        day=_day(row, place),
        statistic=statistic,
        value=when if when is not None else math.nan,
        sd_log=scaled["sd_log"],
        sd=scaled["sd"],
        lower=scaled["lower"],
        upper=scaled["upper"],
        group=row.get("group") or f"{row['arm']}/{observable}",
    )


def _day(row: Mapping[str, str], place: _Place) -> float | None:
    for name, size in (("day", 1.0), ("hour", 24.0)):
        number = _number(row.get(name, ""), place, name)
        if number is not None:
            if number < 0.0:
                raise place.fault(f"{name} {number:g} lies before the first dose", name, "day 0 is just before it")
            return number / size
    return None


def _number(text: str, place: _Place, column: str) -> float | None:
    if text.lower() in _NOTHING:
        return None
    try:
        number = float(text)
    except ValueError:
        fix = "write a decimal point" if "," in text else None
        raise place.fault(f"'{text[:40]}' is not a number", column, fix) from None
    if not math.isfinite(number):
        raise place.fault(f"'{text}' is not a finite number", column)
    return number


def _factor(unit: str, wanted: str, place: _Place) -> float:
    try:
        return convert(1.0, unit, wanted)
    except BimodalError:
        raise place.fault(
            f"the unit '{unit}' cannot be turned into '{wanted}'", "unit", f"give it in {wanted}"
        ) from None


def _check_error(numbers: Mapping[str, float | None], place: _Place) -> None:
    band = numbers["lower"] is not None or numbers["upper"] is not None
    given = [name for name in ("sd_log", "sd") if numbers[name] is not None] + (["lower or upper"] if band else [])
    if len(given) != 1:
        what = f"{' and '.join(given)} are both given" if given else "no error is given"
        raise place.fault(what, fix="exactly one of: sd_log, sd, a band (lower, upper or both)")
    for name in ("sd_log", "sd"):
        number = numbers[name]
        if number is not None and number <= 0.0:
            raise place.fault(f"{name} is {number:g}", name, "a number above 0")
    value, low, high = numbers["value"], numbers["lower"], numbers["upper"]
    if not band and value is None:
        raise place.fault("the value is missing", "value", "leave the line out, or give the number")
    if (numbers["sd_log"] is not None and value is not None and value <= 0.0) or any(
        end is not None and end <= 0.0 for end in (low, high)
    ):
        raise place.fault("a number that is not above 0 has no logarithm", fix="give sd in place of sd_log or a band")
    if low is not None and high is not None and low >= high:
        raise place.fault(f"the lower end {low:g} is not below the upper end {high:g}", "lower")
