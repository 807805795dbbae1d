"""One line of a dose table."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from bimodal.dosing.dose import DoseRoute
from bimodal.dosing.limits import MAX_AMOUNT, MAX_DOSES, MAX_HOURS, MIN_HOURS
from bimodal.errors import UnitError
from bimodal.files.table import Place
from bimodal.units import DoseUnit, parse_dose_unit

_NUMBER = re.compile(r"[+-]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?")
_ROUTES: dict[str, Literal["sc", "iv"]] = {
    **dict.fromkeys(("sc", "subcutaneous", "depot"), "sc"),
    **dict.fromkeys(("iv", "intravenous", "iv_bolus", "iv_infusion", "central", "plasma"), "iv"),
}


@dataclass(frozen=True)
class DoseRecord:
    """A dose line, with times in hours; an amount of 0 is a dose that was held."""

    subject: str
    time_h: float
    duration_h: float
    route: DoseRoute
    amount: float
    unit: DoseUnit
    additional: int
    interval_h: float


@dataclass(frozen=True)
class RecordReader:
    """Reads dose lines, with what holds where the table is silent.

    ``hours`` are those in the table's unit of time.
    """

    unit: DoseUnit | None
    route: Literal["sc", "iv"]
    hours: float

    def read(self, row: Mapping[str, str], place: Place) -> DoseRecord | None:
        """Read a row, or give None for an observation."""
        _refuse_steady_state(row, place)
        time = _number(row, "time", place)
        if time is None or time < 0:
            place.fail("time", "every line needs a time of zero or later")
        amount = _number(row, "amt", place)
        if not _is_dose(row, amount, place):
            return None
        if amount is None:
            place.fail("amt", "the amount is missing", "write the amount, or 0 for a dose that was held")
        if amount < 0:
            place.fail("amt", "a dose cannot be negative", "write the amount, or 0 for a dose that was held")
        if amount > MAX_AMOUNT:
            place.fail("amt", f"a dose over {MAX_AMOUNT:g} is not supported")
        interval, additional = self._additional(row, place)
        if time * self.hours + interval * additional > MAX_HOURS:
            place.fail("addl" if additional else "time", "this lasts over 100 years")
        route, duration = self._route(row, amount, place)
        return DoseRecord(
            _subject(row, place),
            time * self.hours,
            duration,
            route,
            amount,
            self._unit(row, place),
            additional,
            interval,
        )

    def _additional(self, row: Mapping[str, str], place: Place) -> tuple[float, int]:
        interval = (_number(row, "ii", place) or 0.0) * self.hours
        additional = _number(row, "addl", place) or 0.0
        if interval < 0:
            place.fail("ii", "an interval cannot be negative")
        if additional < 0 or additional != int(additional):
            place.fail("addl", "the number of additional doses must be a whole number, zero or more")
        if additional >= MAX_DOSES:
            place.fail("addl", f"over {MAX_DOSES} doses are not supported")
        if additional and interval < MIN_HOURS:
            place.fail("ii", "additional doses need an interval of at least one second")
        if interval and not additional:
            place.fail("addl", "an interval without additional doses does nothing", "give addl, or set ii to 0")
        return interval, int(additional)

    def _route(self, row: Mapping[str, str], amount: float, place: Place) -> tuple[DoseRoute, float]:
        column = "cmt" if "cmt" in row else "route"
        word = row.get(column, "").lower()
        if not _missing(word) and word not in _ROUTES:
            why = (
                "a compartment number means different things in different models"
                if column == "cmt"
                else "unknown route"
            )
            place.fail(column, f"'{word[:40]}': {why}", "write sc or iv")
        route = self.route if _missing(word) else _ROUTES[word]
        rate = _number(row, "rate", place) or 0.0
        if rate < 0:
            coded = rate in (-1.0, -2.0)
            place.fail(
                "rate", "modelled rates and durations (-1, -2) are not supported" if coded else "a rate is negative"
            )
        if rate > 0 and route == "sc":
            place.fail("rate", "a subcutaneous dose has no rate", "set rate to 0, or the route to iv")
        if rate == 0 or amount == 0:
            return ("sc" if route == "sc" else "iv_bolus"), 0.0
        duration = amount / rate * self.hours
        if duration < MIN_HOURS:
            place.fail("rate", "the infusion amt/rate lasts under one second", "set rate to 0 for a bolus")
        if duration > MAX_HOURS:
            place.fail("rate", "the infusion amt/rate lasts over 100 years")
        return "iv_infusion", duration

    def _unit(self, row: Mapping[str, str], place: Place) -> DoseUnit:
        text = row.get("unit", "")
        if _missing(text):
            if self.unit is None:
                place.fail("unit", "the unit of amt is not given", "add a column 'unit' (e.g. MIU/m2), or pass unit=")
            return self.unit
        try:
            return parse_dose_unit(text)
        except UnitError as error:
            place.fail("unit", error.what, error.fix)


def _refuse_steady_state(row: Mapping[str, str], place: Place) -> None:
    if _number(row, "ss", place):
        place.fail(
            "ss",
            "steady-state doses are not supported: IL-2 clearance grows with the cells it feeds, so there is none",
            "list the doses that were given, for instance with ii and addl",
        )


def _is_dose(row: Mapping[str, str], amount: float | None, place: Place) -> bool:
    event = _number(row, "evid", place)
    if event in (2.0, 3.0, 4.0):
        place.fail("evid", f"event type {int(event)} is not supported", "keep doses (1) and observations (0)")
    if event not in (None, 0.0, 1.0):
        place.fail("evid", "an event type is 0 (observation) or 1 (dose)")
    if event == 0.0:
        if amount:
            place.fail("amt", "an observation (evid 0) has an amount", "set evid to 1, or amt to 0")
        return False
    if event is None and amount is None:
        if "evid" in row or "mdv" in row or "dv" in row:
            return False
        place.fail("amt", "the amount is missing")
    # NONMEM without evid: a line with amt 0 and a dv is an observation
    return not (event is None and amount == 0 and not _missing(row.get("dv", ".")))


def _missing(text: str) -> bool:
    """Whether nothing stands in a cell, as spreadsheets, NONMEM and R write it."""
    return text.lower() in ("", ".", "na")


def _subject(row: Mapping[str, str], place: Place) -> str:
    subject = row.get("id", "1")
    if _missing(subject):
        place.fail("id", "the subject is missing")
    return subject


def _number(row: Mapping[str, str], column: str, place: Place) -> float | None:
    """Read a number; blank, ``.`` and ``NA`` are missing."""
    text = row.get(column, ".")
    if _missing(text):
        return None
    if not _NUMBER.fullmatch(text):
        fix = "write a decimal point" if "," in text else None
        place.fail(column, f"'{text[:40]}' is not a finite number", fix)
    value = float(text)
    if not math.isfinite(value):
        place.fail(column, f"'{text[:40]}' is too large")
    return value
