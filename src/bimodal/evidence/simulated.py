"""What the shipped models gave for every built-in study, as ``benchmarks/evidence.py`` stored it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bimodal.errors import EvidenceError
from bimodal.evidence.studies import study_text
from bimodal.evidence.target import Target
from bimodal.files.as_json import parse_json
from bimodal.files.fingerprint import json_sha256
from bimodal.files.read import FileKind

_FILE = FileKind("the table of simulated targets", EvidenceError)
_SHA256 = r"^[0-9a-f]{64}$"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class SimulatedTarget(_Part):
    """What a run gave for one target, under the names of ``summary.json``.

    Attributes
    ----------
    simulated, simulated_lower, simulated_upper
        Value and interval in the unit of the target; None where there is none.
    simulated_interval
        What the interval is of: patients, Monte-Carlo, parameter sets.
    simulated_n
        Virtual patients behind a number of a trial.
    share_of_sets
        Share of parameter sets that agree, where the patients are parameter sets.
    criterion
        By which rules responses were judged.
    within, rule
        Verdict of the run and the rule it followed.
    """

    id: str
    simulated: float | None = None
    simulated_lower: float | None = None
    simulated_upper: float | None = None
    simulated_interval: str | None = None
    simulated_n: int | None = None
    share_of_sets: float | None = None
    criterion: str | None = None
    within: bool | None = None
    rule: str = ""


class SimulatedStudy(_Part):
    """One study of the table, and what it was run with.

    Attributes
    ----------
    model_sha256, table_sha256
        Fingerprints of the mathematics and of the parameter table of the model.
    parameters_sha256
        Fingerprint of table, virtual people, molecules and what arms set, as in ``summary.json``.
    inputs_sha256
        Fingerprint of the study file and of what its targets read; see :func:`inputs_sha256`.
    run
        Fingerprint of the whole run, as in ``summary.json``.
    patients, failed
        Virtual patients (or parameter sets) of each arm; how many courses of all arms could not be computed.
    planned
        Patients of each arm that the study file asks for.
    bimodal, commit
        Version and commit of the package that ran it.
    """

    model: str
    model_sha256: str = Field(pattern=_SHA256)
    table_sha256: str = Field(pattern=_SHA256)
    parameters_sha256: str = Field(pattern=_SHA256)
    inputs_sha256: str = Field(pattern=_SHA256)
    run: str = Field(pattern=_SHA256)
    cohort: str
    patients: int = Field(ge=1)
    planned: int = Field(ge=1)
    failed: int = Field(ge=0)
    seed: int = Field(ge=0)
    bimodal: str
    commit: str
    targets: tuple[SimulatedTarget, ...]


class Simulated(_Part):
    """The stored table.

    Attributes
    ----------
    studies
        By name; a built-in study that is in neither mapping was not run.
    refused
        Studies that cannot be simulated, and why.
    """

    schema_version: Literal[1] = Field(alias="schema")
    command: str
    studies: dict[str, SimulatedStudy]
    refused: dict[str, str]


@cache
def load_simulated() -> Simulated:
    """Give what the shipped models gave for every built-in study.

    The numbers are of the run that is named beside them, not computed now: see
    :func:`~bimodal.study.verdict.changed.changed_since` for whether the shipped model is still that one.

    Examples
    --------
    >>> koreth = load_simulated().studies["koreth-2011"]
    >>> koreth.model, koreth.patients, [row.within for row in koreth.targets if row.id == "B05"]
    ('human', 1000, [True])
    """
    file = resources.files("bimodal.evidence") / "data" / "simulated.json"
    return parse_simulated(file.read_text(encoding="utf-8"), "simulated.json")


def parse_simulated(text: str, origin: str) -> Simulated:
    """Check the text of such a table.

    Raises
    ------
    EvidenceError
        It is no JSON, or a key or value is wrong; the message names it.

    Examples
    --------
    >>> parse_simulated('{"schema": 1, "command": "c", "studies": {}, "refused": {"a": "why"}}', "mine.json").refused
    {'a': 'why'}
    """
    try:
        return Simulated.model_validate(parse_json(text, _FILE, where=origin))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise EvidenceError(str(first["msg"]), where=f"{origin}, key {where}") from error


def inputs_sha256(study: str, targets: Iterable[Target]) -> str:
    """Fingerprint what a study is: its file, and what each of its targets reads.

    Bounds are left out: a stored number is judged by the bounds of today.

    Examples
    --------
    >>> inputs_sha256("koreth-2011", ()) == inputs_sha256("konrad-1990", ())
    False
    """
    read = {"id", "arms", "endpoint", "time", "statistic", "kind", "unit"}
    rows = [target.model_dump(mode="json", include=read) for target in targets]
    return json_sha256({"study": study_text(study), "targets": rows})
