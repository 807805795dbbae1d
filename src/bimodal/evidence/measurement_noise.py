"""How far two readings of one untreated person lie apart: the assay, and the person from day to day."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from bimodal.errors import EvidenceError
from bimodal.files.faults import Faults
from bimodal.files.read import FileKind
from bimodal.files.suggest import did_you_mean
from bimodal.files.table import Place, read_rows

_NAME = "measurement_noise.csv"
_COLUMNS = ("observable", "cv", "source", "where_in_source", "status", "note")
_NEEDED = ("observable", "source", "where_in_source", "note")
_FILE = FileKind("the table of measurement noise", EvidenceError)
_LARGEST = 2.0  # a coefficient of variation above it is a percentage that was not divided by 100


@dataclass(frozen=True)
class MeasurementNoise:
    """Noise of one observable between visits, log-normal around what the person has.

    Parameters
    ----------
    cv
        Coefficient of variation within a person, the assay included.
    status
        ``measured``, or ``assumed`` where nothing was found and the nearest measured one stands in.
    note
        How the number follows from its source, and what is doubtful about it.

    Examples
    --------
    >>> round(MeasurementNoise("a_count", 0.1, "s", "w", "measured", "n").log_sd, 4)
    0.0998
    """

    observable: str
    cv: float
    source: str
    where_in_source: str
    status: Literal["measured", "assumed"]
    note: str

    @property
    def log_sd(self) -> float:
        """Standard deviation of the logarithm of a reading."""
        return math.sqrt(math.log1p(self.cv * self.cv))


@cache
def load_measurement_noise() -> dict[str, MeasurementNoise]:
    """Read the shipped table, by observable.

    Examples
    --------
    >>> load_measurement_noise()["scd25"].cv
    0.2
    """
    text = (resources.files("bimodal.evidence") / "data" / _NAME).read_text(encoding="utf-8")
    return parse_measurement_noise(text, _NAME)


def parse_measurement_noise(
    text: str, origin: str, known: Collection[str] | None = None
) -> dict[str, MeasurementNoise]:
    r"""Check a table of measurement noise.

    Parameters
    ----------
    origin
        File name for messages.
    known
        Observables that there are; None takes any id.

    Raises
    ------
    EvidenceError
        With line and column of every field that is wrong.

    Examples
    --------
    >>> table = "observable,cv,source,where_in_source,status,note\na_count,0.1,s,w,assumed,n\n"
    >>> parse_measurement_noise(table, "mine.csv")["a_count"].status
    'assumed'
    """
    found: dict[str, MeasurementNoise] = {}
    faults = Faults()
    for fields, place in read_rows(text, _FILE, where=origin, columns=_COLUMNS, needed=_COLUMNS, faults=faults):
        with faults.kept():
            row = _row(fields, place, known)
            if row.observable in found:
                place.fail("observable", f"'{row.observable}' has two rows")
            found[row.observable] = row
    faults.raise_any()
    return found


def _row(fields: dict[str, str], place: Place, known: Collection[str] | None) -> MeasurementNoise:
    for name in _NEEDED:
        if not fields[name]:
            place.fail(name, "it is blank")
    observable, status = fields["observable"], fields["status"]
    if known is not None and observable not in known:
        place.fail("observable", f"there is no observable '{observable[:60]}'", did_you_mean(observable, known) or None)
    if status not in ("measured", "assumed"):
        place.fail("status", f"'{status[:40]}' is no status", "measured or assumed")
    try:
        cv = float(fields["cv"])
    except ValueError:
        cv = math.nan
    if not 0.0 < cv <= _LARGEST:
        place.fail(
            "cv", f"'{fields['cv'][:40]}' is no coefficient of variation", f"a fraction above 0, at most {_LARGEST:g}"
        )
    return MeasurementNoise(observable, cv, fields["source"], fields["where_in_source"], status, fields["note"])
