"""Reads measured values from a CSV file; every fault names file, line and column."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from pathlib import Path

from bimodal.errors import BimodalError
from bimodal.files.faults import Faults
from bimodal.files.read import FileKind
from bimodal.files.spellings import Spellings
from bimodal.files.suggest import suggest_names
from bimodal.files.table import Place, read_rows
from bimodal.fit.from_file.measurement import STATISTICS, Measurement
from bimodal.units import Substance, concentration, convert

COLUMNS = ("arm", "observable", "day", "hour", "statistic", "value", "unit", "sd_log", "sd", "lower", "upper", "group")
_NUMBERS = ("value", "sd_log", "sd", "lower", "upper")
_NEEDED = ("arm", "observable", "value")
_FILE, _MAX_ROWS = FileKind("the data file", max_bytes=20_000_000), 100_000
_NOTHING = {"", "na", "nan", "null", "none", "."}


def read_measurements(
    path: Path, units: Mapping[str, str], substances: Mapping[str, Substance] | None = None
) -> tuple[tuple[Measurement, ...], str]:
    """Read measured values.

    Parameters
    ----------
    path
        CSV, UTF-8, one value per line; columns `COLUMNS`, of which ``arm``, ``observable`` and ``value`` are needed,
        and one of ``sd_log``, ``sd``, or ``lower`` and ``upper``.
    units
        By observable.
    substances
        What is given in each arm, which turns IU/mL and pg/mL into a molar concentration.

    Returns
    -------
    measurements, digest
        In the unit of the registry and in the order of the file, and the SHA-256 of the file.
    """
    content = _FILE.content(path)
    faults, groups = Faults(), Spellings("the group")
    rows = read_rows(
        _FILE.decode(content, str(path)),
        _FILE,
        where=str(path),
        columns=COLUMNS,
        needed=_NEEDED,
        clean=str,
        refuse=_one_time,
        faults=faults,
    )
    found: list[Measurement] = []
    for row, place in rows:
        with faults.kept():
            if row.get("group"):
                groups.check(row["group"], place, "group")
            seen = _measurement(row, place, units, (substances or {}).get(row["arm"]), faults)
            found += [] if seen is None else [seen]
    faults.raise_any()
    if not found:
        raise BimodalError("there is no measured value in the file", where=str(path), fix="one value per line")
    if len(found) > _MAX_ROWS:
        raise BimodalError(f"{len(found)} values are over the limit of {_MAX_ROWS}", where=str(path))
    return tuple(found), hashlib.sha256(content).hexdigest()


def _one_time(header: list[str], place: Place) -> None:
    if "day" in header and "hour" in header:
        place.fail("hour", "columns 'day' and 'hour' are both there", "keep one of them")


def _measurement(
    row: Mapping[str, str], place: Place, units: Mapping[str, str], substance: Substance | None, faults: Faults
) -> Measurement | None:
    """Read a row, or keep what is wrong with its cells and give None."""
    before, observable = faults.count, row["observable"]
    numbers: dict[str, float | None] = {}
    day: float | None = None
    statistic = row.get("statistic") or "median"
    with faults.kept():
        if observable not in units:
            place.fail("observable", f"unknown observable '{observable[:40]}'", suggest_names(observable, units))
    with faults.kept():
        if statistic not in STATISTICS:
            place.fail("statistic", f"unknown statistic '{statistic[:40]}'", suggest_names(statistic, STATISTICS))
    with faults.kept():
        day = _day(row, place)
    for name in _NUMBERS:
        with faults.kept():
            numbers[name] = _number(row.get(name, ""), place, name)
    if faults.count > before:
        return None
    unit = "1" if statistic == "sd_log" else units[observable]
    value = numbers["value"]
    if value is None and numbers["lower"] is None and numbers["upper"] is None:
        place.fail("value", "the value is missing", "leave the line out, or give the number")
    factor = _factor(row.get("unit") or unit, unit, place, substance)
    scaled = {name: None if x is None else x * (1.0 if name == "sd_log" else factor) for name, x in numbers.items()}
    _check_error(scaled, place)
    when = scaled["value"]
    return Measurement(
        arm=row["arm"],
        observable=observable,
        day=day,
        statistic=statistic,
        value=when if when is not None else math.nan,
        sd_log=scaled["sd_log"],
        sd=scaled["sd"],
        lower=scaled["lower"],
        upper=scaled["upper"],
        group=row.get("group") or f"{row['arm']}/{observable}",
        line=place.line,
    )


def _day(row: Mapping[str, str], place: Place) -> float | None:
    for name, size in (("day", 1.0), ("hour", 24.0)):
        number = _number(row.get(name, ""), place, name)
        if number is not None:
            if number < 0.0:
                place.fail(name, f"{name} {number:g} lies before the first dose", "day 0 is just before it")
            return number / size
    return None


def _number(text: str, place: Place, column: str) -> float | None:
    if text.lower() in _NOTHING:
        return None
    try:
        number = float(text)
    except ValueError:
        fix = "write a decimal point" if "," in text else None
        place.fail(column, f"'{text[:40]}' is not a number", fix)
    if not math.isfinite(number):
        place.fail(column, f"'{text[:40]}' is not a finite number")
    return number


def _factor(unit: str, wanted: str, place: Place, substance: Substance | None) -> float:
    try:
        return convert(1.0, unit, wanted)
    except BimodalError:
        pass
    try:
        return float(concentration(1.0, unit, wanted, substance or Substance("any", molar_mass=1.0)))
    except BimodalError as fault:
        why = f": {fault.what}" if substance is not None and "/" in unit else ""
        place.fail("unit", f"the unit '{unit}' cannot be turned into '{wanted}'{why}", f"give it in {wanted}")


def _check_error(numbers: Mapping[str, float | None], place: Place) -> None:
    band = numbers["lower"] is not None or numbers["upper"] is not None
    given = [name for name in ("sd_log", "sd") if numbers[name] is not None] + (["lower or upper"] if band else [])
    if len(given) != 1:
        what = f"{' and '.join(given)} are both given" if given else "no error is given"
        place.fail(None, what, "exactly one of: sd_log, sd, a band (lower, upper or both)")
    for name in ("sd_log", "sd"):
        number = numbers[name]
        if number is not None and number <= 0.0:
            place.fail(name, f"{name} is {number:g}", "a number above 0")
    value, low, high = numbers["value"], numbers["lower"], numbers["upper"]
    if not band and value is None:
        place.fail("value", "the value is missing", "leave the line out, or give the number")
    if (numbers["sd_log"] is not None and value is not None and value <= 0.0) or any(
        end is not None and end <= 0.0 for end in (low, high)
    ):
        place.fail(None, "a number that is not above 0 has no logarithm", "give sd in place of sd_log or a band")
    if low is not None and high is not None and low >= high:
        place.fail("lower", f"the lower end {low:g} is not below the upper end {high:g}")
