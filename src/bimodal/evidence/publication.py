"""What a built-in study file says of the publication behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bimodal.errors import EvidenceError
from bimodal.evidence.studies import study_text
from bimodal.files.read import FileKind
from bimodal.files.toml import parse_toml

_FILE = FileKind("the study file", EvidenceError)


@dataclass(frozen=True)
class Publication:
    """Citation and species of a study."""

    citation: str
    species: str


def load_publication(study: str) -> Publication:
    """Read the publication of a built-in study.

    Examples
    --------
    >>> load_publication("koreth-2011").citation.endswith("N Engl J Med 2011;365:2055")
    True
    """
    content: dict[str, Any] = parse_toml(study_text(study), _FILE, where=f"{study}.toml")
    about = content["publication"]
    return Publication(about["citation"], about["species"])
