"""Given subjects from a table of a user."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bimodal.cohort.links import OWN_COVARIATES
from bimodal.cohort.population import Population
from bimodal.cohort.scaling import SCALED, scale_by_size
from bimodal.cohort.table import Table, TableRow
from bimodal.errors import CohortError
from bimodal.files.faults import Faults
from bimodal.files.number_text import NUMBER
from bimodal.files.read import FileKind
from bimodal.files.spellings import Spellings
from bimodal.files.table import read_lines, read_rows
from bimodal.units import bsa_m2

_NUMBER = re.compile(rf"[+-]?{NUMBER}", re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}", re.ASCII)
_ELSE = "covariate."
_LIMITS = {"weight_kg": (20.0, 500.0), "height_cm": (80.0, 260.0)}
_FILE = FileKind("the subject file", CohortError, max_bytes=100_000_000, malformed="the line is no valid CSV")


def read_subjects(path: str | Path, table: Table) -> Population:
    r"""Read subjects and their covariates from a CSV file.

    Nothing is drawn at random: what the file does not give has the table's value, with plasma volume and clearance
    scaled by body size unless the file gives them.

    Parameters
    ----------
    path
        CSV with the columns ``id``, ``weight_kg`` (20 to 500 kg), ``height_cm`` (80 to 260 cm) and, if wanted, one
        column per parameter id, in the unit of the table, or per ``covariate.<name>``: what else is known of the
        subjects, a number that is no parameter of the model.
    table
        The model's parameter table.

    Returns
    -------
    Population
        Subjects in the order of the file, ``labels`` holding their ids.

    Raises
    ------
    CohortError
        If the file is empty, a column is unknown, missing or doubled, an id is blank or doubled, or a number is
        missing, not finite, negative or out of range; the message names line and column.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Empty:
    ...     rows: tuple = ()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder) / "mine.csv"
    ...     _ = file.write_text("id,weight_kg,height_cm\nA,72,180\n")
    ...     read_subjects(file, Empty()).labels
    ('A',)
    """
    path = Path(path)
    known = {row.id: row for row in table.rows}
    lines: dict[str, int] = {}
    values: dict[str, list[float]] = {}
    faults, spellings = Faults(), Spellings("the subject")
    text = _FILE.text(path)
    for row, place in read_rows(
        text,
        _FILE,
        where=path.name,
        columns=("id", *_LIMITS, *known, *_covariates(text, path.name, known)),
        needed=("id", *_LIMITS),
        fix="use id, weight_kg, height_cm, a parameter id or covariate.<name>",
        clean=str,
        faults=faults,
    ):
        for column, field in row.items():
            where = f"{place}, column {column}"
            with faults.kept():
                if column == "id":
                    if not field:
                        raise CohortError("the id is blank", where=where)
                    if field in lines:
                        raise CohortError(f"the id {field!r} is used twice, first on line {lines[field]}", where=where)
                    lines[field] = place.line
                    spellings.check(field, place, column)
                else:
                    values.setdefault(column, []).append(_number(field, column, known.get(column), where))
    faults.raise_any()
    if not lines:
        raise CohortError("the file has a header but no subject", where=path.name, fix="add one line per subject")
    return _population(values, tuple(lines), table.rows)


def _covariates(text: str, name: str, known: Collection[str]) -> list[str]:
    """Name the columns of the header that say what else is known of the subjects."""
    header, place = next(read_lines(text, _FILE, where=name), ([], None))
    found = [column for column in header if column.startswith(_ELSE)]
    for column in found:
        own = column.removeprefix(_ELSE)
        where = f"{place}, column {column}"
        if not _NAME.fullmatch(own):
            raise CohortError(
                f"{own!r} is no name of a covariate", where=where, fix="use letters, digits and _, as in age_years"
            )
        if own in OWN_COVARIATES or own in known:
            raise CohortError(f"a covariate cannot be called {own}", where=where, fix="choose another name")
    return found


def _population(values: dict[str, list[float]], labels: tuple[str, ...], rows: Sequence[TableRow]) -> Population:
    given = {column: np.array(numbers) for column, numbers in values.items()}
    weight, height = given.pop("weight_kg"), given.pop("height_cm")
    more: dict[str, NDArray[np.float64]] = {
        name.removeprefix(_ELSE): given.pop(name) for name in list(given) if name.startswith(_ELSE)
    }
    size: NDArray[np.float64] = np.asarray(bsa_m2(weight, height), dtype=np.float64)
    # A volume or clearance the user measured is already that of the subject's own size.
    defaults = {row.id: row.value for row in rows if row.id in SCALED and row.id not in given}
    scaled = scale_by_size({}, defaults, size)
    return Population(
        patients=np.arange(len(labels), dtype=np.int64),
        covariates={"weight_kg": weight, "height_cm": height, "bsa_m2": size, **more},
        parameters={**given, **scaled},
        weights=np.ones(len(labels)),
        labels=labels,
    )


def _number(field: str, column: str, row: TableRow | None, where: str) -> float:
    if not field:
        raise CohortError("the value is missing", where=where, fix="give a number in every field")
    value = float(field) if _NUMBER.fullmatch(field) else math.nan
    if not math.isfinite(value):
        fix = "write a decimal point" if "," in field else None
        raise CohortError(f"{field[:40]!r} is not a finite number", where=where, fix=fix)
    if value < 0 and not column.startswith(_ELSE):
        raise CohortError(f"{field} is negative", where=where)
    if column in _LIMITS:
        low, high = _LIMITS[column]
        if not low <= value <= high:
            raise CohortError(
                f"{field} is outside {low:g} to {high:g}", where=where, fix=f"give it in {column.rpartition('_')[2]}"
            )
    elif row is not None and row.distribution == "logitnormal" and value > 1:
        raise CohortError(f"{field} is not a fraction between 0 and 1", where=where)
    return value
