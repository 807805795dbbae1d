"""What the columns of a table are, by their names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bimodal.errors import TimingError
from bimodal.files.faults import Faults
from bimodal.files.table import Place
from bimodal.timing.rows import COLUMNS, refuse_identity, refuse_personal
from bimodal.timing.said import Question, Said, question

#: Names that people give the documented columns.
_NAMES = {
    "datetime": ("datetime", "date_time", "timestamp", "date", "datum", "datum_zeit", "datum_uhrzeit", "date_heure"),
    "time": ("time", "zeit", "uhrzeit", "heure"),
    "patient_id": ("patient_id", "patient", "subject", "subject_id", "participant"),
    "kind": ("kind",),
    "value": ("value", "wert", "valeur"),
    "unit": ("unit", "einheit", "unité", "unite"),
    "flag": ("flag",),
    "laboratory": ("laboratory", "lab", "labor", "laboratoire"),
}
_MEANT = {name: meant for meant, names in _NAMES.items() for name in names}
_CRP = re.compile(r"(?:hs_?)?crp|c_reactive_protein|c_reaktives_protein")
# a code has a digit; two words or an address are taken for one too, to be refused as a person
_CRP_OF = re.compile(r"crp_([^()\[\]/]*[\d@_][^()\[\]/]*)|([^()\[\]/]*[\d@_][^()\[\]/]*)_crp")
_UNIT = re.compile(r"[\[(]? ?(mg(?:/|_per_|_)d?l) ?[\])]?$", re.IGNORECASE)
_PERSONAL = re.compile(
    r"(^|_)(nom|prenom|prénom|adresse|telefon|strasse|straße|fallnummer|ipp)($|_)|geburt|geb_|naissance"
)
_CODE = re.compile(r"[^\W_]{0,12}[ _-]?\d{1,6}")
_HOW = (
    "columns are date, time and CRP (mg/L), and if wanted patient_id, unit, flag, laboratory; or those of the "
    "documentation: " + ", ".join(COLUMNS)
)


@dataclass(frozen=True)
class Columns:
    """Where the cells of a table stand.

    Parameters
    ----------
    at
        Documented name (and ``time``) to index of the column.
    crp
        Index of each column of CRP, with the code of its patient; the code is blank where there is one column.
    unit
        Unit in the heads of these, blank where there is none.
    header
        Names as written.
    question
        What the names leave open.
    """

    at: dict[str, int]
    crp: tuple[tuple[int, str], ...]
    unit: str
    header: tuple[str, ...]
    question: Question | None = None

    @property
    def long(self) -> bool:
        """Whether each row says what it is, as documented."""
        return not self.crp

    def named(self, documented: str) -> str:
        """Give the name that the table has for a documented column."""
        return self.header[self.at[documented]] if documented in self.at else documented


def read_columns(header: list[str], place: Place, said: Said) -> Columns:
    """Recognise columns; names of people are refused, and of the others all that are unknown are named at once."""
    clean = [re.sub(r"[\s-]+", "_", name.lower()) for name in header]
    for name in clean:
        if _PERSONAL.search(name):
            refuse_personal(["name"], place)  # in words that do not repeat it
    faults, at, crp, units, codes = Faults(), dict[str, int](), list[tuple[int, str]](), list[str](), list[int]()
    for k, (name, written) in enumerate(zip(clean, header, strict=True)):
        bare, unit = _without_unit(name)
        if (meant := _MEANT.get(name)) is not None:
            if meant in at:
                faults.add(_fault(place, k, f"the column '{written[:40]}' appears twice", "keep one of them"))
            at[meant] = k
        elif _CRP.fullmatch(bare):
            crp.append((k, ""))
            units.append(unit)
        elif (match := _CRP_OF.fullmatch(bare)) is not None:
            crp.append((k, _code(written, match[1] or match[2])))
            units.append(unit)
        else:
            codes.append(k)
    if not crp and not {"kind", "value"} & set(at) and codes:
        asked = _patients(codes, header, said)
        if asked is not None or said.columns:
            crp = [(k, _without_unit(header[k])[0]) for k in codes]
            units, codes = [_without_unit(clean[k])[1] for k in codes], []
    else:
        asked = None
    refuse_personal([clean[k] for k in codes], place)
    for k in codes:
        what = f"unknown column '{header[k][:40]}'" if header[k] else "this column has no name"
        faults.add(_fault(place, k, what, f"take it out; {_HOW}"))
    _check_crp(crp, units, at, place, faults)
    faults.raise_any()
    return Columns(at, tuple(crp), _unit(units), tuple(header), asked)


def _patients(codes: list[int], header: list[str], said: Said) -> Question | None:
    """Ask whether columns with codes for names are patients; with other names, they are unknown columns."""
    if said.columns or not all(_CODE.fullmatch(_without_unit(header[k])[0]) for k in codes):
        return None
    return question("columns", f"{len(codes)} columns have codes for names: is each of them the CRP of one patient?")


def _check_crp(crp: list[tuple[int, str]], units: list[str], at: dict[str, int], place: Place, faults: Faults) -> None:
    for k, code in crp:
        with faults.kept():
            refuse_identity(code, Place(place.file, place.line, place.error, f"column {k + 1} of row"))
    several = len(crp) > 1
    if several and ("" in [code for _, code in crp] or "patient_id" in at):
        faults.add(
            _fault(place, crp[1][0], "more than one column is of CRP", "keep one, or name them CRP P01, CRP P02")
        )
    if several and len({code for _, code in crp}) < len(crp):
        faults.add(_fault(place, crp[1][0], "two columns are of one patient", "give each patient one column"))
    if len({one for one in units if one}) > 1:
        faults.add(_fault(place, crp[0][0], "columns of CRP have different units", "1 mg/dL is 10 mg/L"))
    if crp and {"kind", "value"} & set(at):
        faults.add(_fault(place, crp[0][0], "CRP has a column, and `kind` or `value` too", f"use one layout: {_HOW}"))
    needed = ("datetime",) if crp else ("datetime", "kind", "value")
    absent = [name for name in needed if name not in at]
    if absent:
        words = "date and time" if absent == ["datetime"] else ", ".join(f"'{name}'" for name in absent)
        faults.add(TimingError(f"columns are missing: {words}", where=str(place), fix=_HOW))


def _without_unit(name: str) -> tuple[str, str]:
    """Take a unit of CRP off a name."""
    match = _UNIT.search(name)
    if match is None:
        return name, ""
    return name[: match.start()].rstrip(" _"), "mg/dL" if "d" in match[1][2:].lower().replace("_per_", "/") else "mg/L"


def _unit(units: list[str]) -> str:
    return next((one for one in units if one), "")


def _code(written: str, clean: str) -> str:
    """Give a code as it was written, not in small letters."""
    bare = re.sub(r"[\s-]+", "_", _without_unit(written)[0])
    start = bare.lower().find(clean)
    return bare[start : start + len(clean)] if start >= 0 else clean


def _fault(place: Place, k: int, what: str, fix: str) -> TimingError:
    return TimingError(what, where=f"{place}, column {k + 1}", fix=fix)
