"""What each study may be used for: the shipped table, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from bimodal.errors import EvidenceError
from bimodal.files.read import FileKind
from bimodal.files.toml import parse_toml

_FILE = FileKind("the table of assessments", EvidenceError)
LEVELS = ("low", "medium", "high")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, str_min_length=1)


class _Every(_Part):
    evidence: tuple[str, ...]
    limits: str


class _Kind(_Part):
    context: str
    influence: str
    consequence: str
    evidence: tuple[str, ...]
    limits: str


class _Study(_Part):
    kind: str
    question: str
    limits: str | None = None


class _Table(_Part):
    every: _Every
    kind: Mapping[str, _Kind]
    study: Mapping[str, _Study]


class Assessment(_Part):
    """One study in the shape of a credibility assessment.

    Attributes
    ----------
    influence, consequence
        ``low``, ``medium`` or ``high``, a colon, and why.
    evidence
        Ids of sections of the report.
    """

    study: str
    question: str
    context: str
    influence: str
    consequence: str
    evidence: tuple[str, ...]
    limits: str


def load_assessments() -> dict[str, Assessment]:
    """Give the assessment of every study that has one.

    Examples
    --------
    >>> load_assessments()["koreth-2011"].influence.partition(":")[0]
    'medium'
    """
    text = (files("bimodal.qualify") / "data" / "assessment.toml").read_text(encoding="utf-8")
    return parse_assessments(parse_toml(text, _FILE, where="assessment.toml"))


def parse_assessments(content: Mapping[str, Any]) -> dict[str, Assessment]:
    """Check the content of such a table, and fill what studies of one kind share.

    Raises
    ------
    EvidenceError
        A key is missing or unknown, a kind does not exist, or a level is none of low, medium and high.

    Examples
    --------
    >>> parse_assessments({"every": {"evidence": [], "limits": "x"}, "kind": {}, "study": {}})
    {}
    """
    try:
        table = _Table.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = f"assessment.toml, key {'.'.join(map(str, first['loc']))}"
        raise EvidenceError(str(first["msg"]), where=where) from error
    for name, kind in table.kind.items():
        for key, words in (("influence", kind.influence), ("consequence", kind.consequence)):
            if words.partition(":")[0] not in LEVELS:
                where = f"assessment.toml, key kind.{name}.{key}"
                raise EvidenceError("it begins with no level", where=where, fix="low, medium or high, a colon, and why")
    found: dict[str, Assessment] = {}
    for name, study in table.study.items():
        kind = table.kind.get(study.kind)
        if kind is None:
            where = f"assessment.toml, key study.{name}.kind"
            raise EvidenceError(f"there is no kind '{study.kind}'", where=where, fix=f"one of: {', '.join(table.kind)}")
        found[name] = Assessment(
            study=name,
            question=study.question,
            context=kind.context,
            influence=kind.influence,
            consequence=kind.consequence,
            evidence=tuple(dict.fromkeys([*table.every.evidence, *kind.evidence])),
            limits=" ".join(part for part in (study.limits, kind.limits, table.every.limits) if part),
        )
    return found
