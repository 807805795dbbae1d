"""The table of published results."""

from __future__ import annotations

from importlib import resources

from pydantic import ValidationError

from bimodal.errors import EvidenceError
from bimodal.evidence.target import Target
from bimodal.evidence.when import parse_when
from bimodal.files.read import FileKind
from bimodal.files.table import Place, read_lines

COLUMNS = (
    "id",
    "study",
    "arms",
    "endpoint",
    "label",
    "time",
    "statistic",
    "kind",
    "published",
    "lower",
    "upper",
    "unit",
    "denominator",
    "quality",
    "role",
    "source",
    "note",
)
_FILE = FileKind("the table of targets", EvidenceError)
_OPTIONAL_NUMBERS = ("lower", "upper", "denominator")


def load_targets(study: str | None = None) -> tuple[Target, ...]:
    """Give the published results of a study.

    Parameters
    ----------
    study
        Study name; None gives every study's.

    Returns
    -------
    tuple of Target
        In the order of the table; empty for a study without published results.

    Raises
    ------
    EvidenceError
        If the table is wrong.

    Examples
    --------
    >>> [target.id for target in load_targets("koreth-2011")][:2]
    ['B01', 'B02']
    """
    table = resources.files("bimodal.evidence") / "data" / "targets.csv"
    rows = parse_targets(table.read_text(encoding="utf-8"), "targets.csv")
    return tuple(row for row in rows if study is None or row.study == study)


def parse_targets(text: str, origin: str) -> tuple[Target, ...]:
    """Check a table of targets.

    Parameters
    ----------
    text
        CSV with exactly the columns of ``COLUMNS``; arms are separated by ``|``.
    origin
        File name for messages.

    Returns
    -------
    tuple of Target
        In the order of the table.

    Raises
    ------
    EvidenceError
        If a column, a field or an id is wrong; the message names line and column.

    Examples
    --------
    >>> parse_targets(",".join(COLUMNS), "mine.csv")
    ()
    """
    found: list[Target] = []
    lines: dict[str, Place] = {}
    rows = read_lines(text, _FILE, where=origin)
    header, _ = next(rows, ([], None))
    if tuple(header) != COLUMNS:
        raise EvidenceError(
            "the columns of the table are wrong", where=f"{origin}, line 1", fix="use " + ",".join(COLUMNS)
        )
    for fields, place in rows:
        target = _target(fields, str(place))
        if target.id in lines:
            raise EvidenceError(
                f"the id {target.id!r} is used twice, first on line {lines[target.id].line}",
                where=f"{place}, column id",
            )
        lines[target.id] = place
        found.append(target)
    return tuple(found)


def _target(fields: list[str], where: str) -> Target:
    if len(fields) != len(COLUMNS):
        raise EvidenceError(f"the line has {len(fields)} fields, not {len(COLUMNS)}", where=where)
    raw: dict[str, object] = dict(zip(COLUMNS, fields, strict=True))
    for name in (*_OPTIONAL_NUMBERS, "endpoint"):
        raw[name] = raw[name] or None
    raw["arms"] = tuple(arm.strip() for arm in str(raw["arms"]).split("|"))
    try:
        raw["time"] = parse_when(str(raw["time"]))
    except ValidationError as error:
        raise EvidenceError(_plain(error), where=f"{where}, column time") from error
    except ValueError as error:
        raise EvidenceError(str(error), where=f"{where}, column time") from error
    try:
        return Target.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        column = f", column {first['loc'][0]}" if first["loc"] else ""
        raise EvidenceError(_plain(error), where=f"{where}{column}") from error


def _plain(error: ValidationError) -> str:
    first = error.errors()[0]
    message = str(first["msg"]).removeprefix("Value error, ")
    given = f" (found {str(first['input'])[:60]!r})" if first["loc"] else ""
    return f"{message[0].lower()}{message[1:]}{given}"
