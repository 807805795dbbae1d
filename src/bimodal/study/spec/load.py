"""Reads a study: a built-in name or a file, with faults that name file, line and key."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from bimodal.errors import StudyError
from bimodal.files.check import check_table
from bimodal.files.faults import Faults
from bimodal.files.locate import line_finder
from bimodal.files.presence import is_there
from bimodal.files.read import FileKind
from bimodal.files.suggest import suggest_names
from bimodal.files.toml import parse_toml
from bimodal.study.endpoints import load_registry
from bimodal.study.spec.model_file import MODEL_ENDINGS
from bimodal.study.spec.rule_faults import rule_faults
from bimodal.study.spec.spec import StudySpec

Part = TypeVar("Part", bound=BaseModel)
_FILE = FileKind("the study file", StudyError, fix="`bimodal init study` writes a commented study file to begin with")
_SUFFIXES = (".toml", ".csv", *MODEL_ENDINGS)


def load_study(name_or_path: str | Path) -> StudySpec:
    """Read a built-in study by its name, or a study file.

    Returns
    -------
    StudySpec
        Checked; files it names by a relative path are taken from the folder of the study file.

    Raises
    ------
    StudyError
        No such study, unreadable file, unknown key or wrong value.

    Examples
    --------
    >>> load_study("koreth-2011").name
    'koreth-2011'
    """
    from bimodal.evidence import list_studies, study_text

    text = str(name_or_path)
    path = Path(text)
    known = list(list_studies())
    if text in known:
        return parse_study(study_text(text), where=f"built-in study '{text}'")
    if not (path.suffix == ".toml" or "/" in text or "\\" in text or is_there(path)):
        raise StudyError(f"there is no study '{text}'", fix=suggest_names(text, known, "bimodal list studies"))
    return parse_study(_FILE.text(path), where=str(path), folder=path.parent)


def parse_study(text: str, *, where: str, folder: Path | None = None) -> StudySpec:
    """Read a study from its TOML text.

    Parameters
    ----------
    folder
        What relative paths in it start from.

    Examples
    --------
    >>> parse_study("name = 'x'", where="x.toml")
    Traceback (most recent call last):
    ...
    bimodal.errors.StudyError: key 'population' is missing
      where: x.toml
      try:   `bimodal init study` writes a commented study file to begin with
    1 more fault:
      key 'arm' is missing
        where: x.toml
    """
    spec = check_study(parse_toml(text, _FILE, where=where), where=where, text=text)
    return resolved(spec, folder) if folder is not None else spec


def check_study(raw: dict[str, Any], *, where: str, text: str = "") -> StudySpec:
    """Turn plain data into a study, or say in words what is wrong with it.

    Parameters
    ----------
    text
        The TOML, so that messages can name the line.

    Examples
    --------
    >>> arm = {"name": "a", "regimen": "none"}
    >>> check_study({"name": "a b", "population": {"cohort": "healthy"}, "arm": [arm]}, where="here")
    Traceback (most recent call last):
    ...
    bimodal.errors.StudyError: key 'name': string should match pattern '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' (found 'a b')
      where: here
    """
    spec = check_table(StudySpec, raw, _FILE, where=where, text=text)
    if text:
        _check_rules(spec, where, text)
    return spec


def _check_rules(spec: StudySpec, where: str, text: str) -> None:
    """Refuse rules that cannot be read, and names nobody knows, with the line they stand on."""
    faults, line = Faults(), line_finder(text)
    registry = None if spec.model_is_file else load_registry()
    for place, arm in enumerate(spec.arm):
        for path, fault in rule_faults(arm, registry, spec.model):
            number = line(("arm", place, *path))
            key = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path)[1:]
            fault.where = f"{where}{'' if number is None else f', line {number}'}, arm '{arm.name}', key '{key}'"
            faults.add(fault)
    faults.raise_any()


def study_template() -> str:
    """Return the commented study file that ``bimodal init study`` writes.

    Examples
    --------
    >>> parse_study(study_template(), where="template").name
    'my-study'
    """
    return files("bimodal.study").joinpath("template.toml").read_text("utf-8")


def resolved(spec: StudySpec, folder: Path) -> StudySpec:
    """Give a study whose file names stand relative to its own folder."""
    return with_files(spec, lambda name: name if Path(name).is_absolute() else str(folder / name))


def with_files(spec: StudySpec, change: Callable[[str], str]) -> StudySpec:
    """Give a study every file name of which is changed; names of built-in things stay.

    Examples
    --------
    >>> spec = parse_study(study_template(), where="template")
    >>> with_files(spec, str.upper) == spec
    True
    """

    def full(name: str | None) -> str | None:
        return name if name is None or not name.lower().endswith(_SUFFIXES) else change(name)

    arms = tuple(
        _with(
            arm,
            drug=full(arm.drug),
            cohort=full(arm.cohort),
            table=arm.table and _with(arm.table, file=change(arm.table.file)),
            partner=tuple(_with(row, drug=full(row.drug)) for row in arm.partner),
        )
        for arm in spec.arm
    )
    people = _with(spec.population, cohort=full(spec.population.cohort), subjects=full(spec.population.subjects))
    return _with(spec, model=full(spec.model), population=people, arm=arms)


def _with(part: Part, **values: Any) -> Part:
    """Change what differs: a key that was not given stays one that was not."""
    return part.model_copy(update={name: value for name, value in values.items() if value != getattr(part, name)})
