"""Reads a study: a built-in name or a file, with faults that name file, line and key."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bimodal.errors import StudyError
from bimodal.files.locate import line_of
from bimodal.files.suggest import suggest_names
from bimodal.study.spec.model_file import MODEL_ENDINGS
from bimodal.study.spec.spec import StudySpec

_MAX_BYTES = 1_000_000
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
        No such study, unreadable file, unknown key, wrong value, or a part this version cannot do.

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
    if not (path.suffix == ".toml" or "/" in text or "\\" in text or path.exists()):
        raise StudyError(f"there is no study '{text}'", fix=suggest_names(text, known, "bimodal list studies"))
    return parse_study(_read(path), where=str(path), folder=path.parent)


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
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise StudyError(f"this is not TOML: {fault}", where=where) from None
    except RecursionError:
        raise StudyError("this TOML is nested too deeply", where=where) from None
    spec = check_study(raw, where=where, text=text)
    return resolved(spec, folder) if folder is not None else spec


def check_study(raw: dict[str, Any], *, where: str, text: str = "") -> StudySpec:
    """Turn plain data into a study, or say in words what is wrong with it.

    Parameters
    ----------
    text
        The TOML, so that messages can name the line.

    Examples
    --------
    >>> check_study({"name": "a b"}, where="here")
    Traceback (most recent call last):
    ...
    bimodal.errors.StudyError: key 'name': string should match pattern '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' (found 'a b')
      where: here
    """
    try:
        spec = StudySpec.model_validate(raw)
    except ValidationError as fault:
        raise _explained(fault, text, where) from None
    return spec.require_supported()


def study_template() -> str:
    """Return the commented study file that ``bimodal init study`` writes.

    Examples
    --------
    >>> parse_study(study_template(), where="template").name
    'my-study'
    """
    return files("bimodal.study").joinpath("template.toml").read_text("utf-8")


def _read(path: Path) -> str:
    try:
        if path.is_file() and path.stat().st_size > _MAX_BYTES:
            raise StudyError("the study file is larger than 1 MB", where=str(path))
        return path.read_text("utf-8-sig")
    except (OSError, ValueError) as fault:
        if isinstance(fault, UnicodeDecodeError):
            raise StudyError("the study file is not UTF-8 text", where=str(path)) from None
        reason = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
        raise StudyError(f"the study file cannot be read: {reason}", where=str(path)) from None


def resolved(spec: StudySpec, folder: Path) -> StudySpec:
    """Give a study whose file names stand relative to its own folder."""

    def full(name: str | None) -> str | None:
        if name is None or not name.lower().endswith(_SUFFIXES) or Path(name).is_absolute():
            return name
        return str(folder / name)

    population = spec.population.model_copy(
        update={"cohort": full(spec.population.cohort), "subjects": full(spec.population.subjects)}
    )
    arms = tuple(
        arm.model_copy(
            update={
                "drug": full(arm.drug),
                "cohort": full(arm.cohort),
                "partner": tuple(row.model_copy(update={"drug": full(row.drug)}) for row in arm.partner),
            }
        )
        for arm in spec.arm
    )
    return spec.model_copy(update={"model": full(spec.model), "population": population, "arm": arms})


def _explained(fault: ValidationError, text: str, where: str) -> StudyError:
    faults = fault.errors(include_url=False)
    # a misspelt key is both unknown and missing: the unknown one is what the person wrote
    first = next((item for item in faults if item["type"] == "extra_forbidden"), faults[0])
    path = (*first["loc"], *first.get("ctx", {}).get("path", ()))
    line = line_of(text, path)
    place = where if line is None else f"{where}, line {line}"
    what, fix = _sentence(first, path, StudySpec.model_fields)
    return StudyError(what, where=place, fix=fix)


def _sentence(first: Any, path: tuple[int | str, ...], top: dict[str, Any]) -> tuple[str, str | None]:
    key = _dotted(path)
    if first["type"] == "extra_forbidden":
        return f"unknown key '{key}'", suggest_names(str(path[-1]), _known_keys(path, top), "bimodal init study")
    if first["type"] == "missing":
        return f"key '{key}' is missing", "`bimodal init study` writes a commented study file to begin with"
    message = str(first["msg"]).removeprefix("Value error, ")
    shown = f" (found {first['input']!r})" if isinstance(first["input"], str | int | float) else ""
    if not path:
        return message, None
    return f"key '{key}': {message[:1].lower() + message[1:]}{shown}", None


def _dotted(path: tuple[int | str, ...]) -> str:
    out = ""
    for step in path:
        out += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if out else str(step)
    return out


def _known_keys(path: tuple[int | str, ...], top: dict[str, Any]) -> list[str]:
    from bimodal.study.spec import spec
    from bimodal.study.spec.ports import PortsSpec

    tables = {
        "population": spec.PopulationSpec,
        "arm": spec.ArmSpec,
        "endpoint": spec.EndpointSpec,
        "ports": PortsSpec,
        "design": spec.DesignSpec,
        "publication": spec.PublicationSpec,
    }
    if "partner" in path:
        return list(spec.PartnerSpec.model_fields)
    table = tables.get(str(path[0])) if len(path) > 1 else None
    return list(table.model_fields if table else top)
