"""Cohort files: built in or written by a user."""

from __future__ import annotations

import difflib
import hashlib
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bimodal.cohort.cohort import Body, Cohort
from bimodal.cohort.correlation import Correlation
from bimodal.cohort.links import check_links
from bimodal.cohort.mixture import Mixture, MixtureClass
from bimodal.cohort.quantity import Quantity
from bimodal.errors import CohortError

_LARGEST_FILE = 1_000_000


class _BodyFile(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    weight_kg: Quantity
    height_cm: Quantity
    log_correlation: Quantity


class _CohortFile(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, str_strip_whitespace=True)

    name: str = Field(min_length=1)
    title: str = Field(min_length=1)
    note: str = ""
    female_fraction: Quantity
    female: _BodyFile
    male: _BodyFile
    parameters: dict[str, Quantity] = Field(default_factory=dict)
    factors: dict[str, Quantity] = Field(default_factory=dict)
    covariates: dict[str, Quantity] = Field(default_factory=dict)
    correlations: dict[str, Correlation] = Field(default_factory=dict)
    mixture: dict[str, dict[str, MixtureClass]] = Field(default_factory=dict)


def list_cohorts() -> list[str]:
    """Name the built-in cohorts.

    Returns
    -------
    list of str
        Names in alphabetical order.

    Examples
    --------
    >>> "healthy" in list_cohorts()
    True
    """
    folder = resources.files("bimodal.cohort") / "data"
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def load_cohort(name_or_path: str | Path) -> Cohort:
    """Read a built-in cohort by name, or a cohort file by path.

    Parameters
    ----------
    name_or_path
        A name of :func:`list_cohorts`, or the path of a TOML file (with a folder, or ending in ``.toml``).

    Returns
    -------
    Cohort
        The checked cohort.

    Raises
    ------
    CohortError
        If the cohort is unknown or its file is wrong; the message names the file and the key.

    Examples
    --------
    >>> load_cohort("cgvhd").parameters["treg_count_rest"].unit
    '1/uL'
    """
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or text.endswith(".toml") or "/" in text or "\\" in text:
        path = Path(name_or_path)
        return parse_cohort(_read(path), path.name)
    names = list_cohorts()
    if text not in names:
        near = difflib.get_close_matches(text.lower(), names, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise CohortError(
            f"there is no cohort {text!r}", fix=f"{hint}built in: {', '.join(names)}; or give the path of a .toml file"
        )
    resource = resources.files("bimodal.cohort") / "data" / f"{text}.toml"
    return parse_cohort(resource.read_bytes(), f"{text}.toml")


def parse_cohort(content: bytes, origin: str) -> Cohort:
    """Check the bytes of a cohort file.

    Parameters
    ----------
    content
        UTF-8 TOML.
    origin
        File name for messages.

    Returns
    -------
    Cohort
        The checked cohort.

    Raises
    ------
    CohortError
        If anything is missing, unknown or impossible.

    Examples
    --------
    >>> content = (resources.files("bimodal.cohort") / "data" / "healthy.toml").read_bytes()
    >>> parse_cohort(content, "healthy.toml").name
    'healthy'
    """
    try:
        data = tomllib.loads(content.decode("utf-8-sig"))
        file = _CohortFile.model_validate(data)
    except UnicodeDecodeError as error:
        raise CohortError("the cohort file is not UTF-8 text", where=origin, fix="save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise CohortError(f"the cohort file is not valid TOML: {error}", where=origin) from error
    except RecursionError as error:
        raise CohortError("the cohort file is nested too deeply", where=origin) from error
    except ValidationError as error:
        raise _explain(error, origin) from error
    female, male = (_body(body, sex, origin) for body, sex in ((file.female, "female"), (file.male, "male")))
    if not 0 <= file.female_fraction.median <= 1 or file.female_fraction.distribution != "fixed":
        raise CohortError(
            "the fraction of women must be a fixed value between 0 and 1",
            where=f"{origin}, key female_fraction",
            fix='write distribution = "fixed" and a median from 0 to 1',
        )
    mixtures = {name: _mixture(classes, name, origin) for name, classes in file.mixture.items()}
    cohort = Cohort(
        name=file.name,
        title=file.title,
        note=file.note,
        female_fraction=file.female_fraction,
        female=female,
        male=male,
        parameters=file.parameters,
        factors=file.factors,
        covariates=file.covariates,
        correlations=file.correlations,
        mixtures=mixtures,
        sha256=hashlib.sha256(content).hexdigest(),
        origin=origin,
    )
    check_links(cohort)
    return cohort


def _body(body: _BodyFile, sex: str, origin: str) -> Body:
    for key in ("weight_kg", "height_cm"):
        quantity: Quantity = getattr(body, key)
        if quantity.distribution != "lognormal" or quantity.unit != key.rpartition("_")[2]:
            raise CohortError(
                f"{key} must be log-normal and in {key.rpartition('_')[2]}", where=f"{origin}, key {sex}.{key}"
            )
    correlation = body.log_correlation
    if correlation.distribution != "fixed" or not -1 < correlation.median < 1:
        raise CohortError(
            "the correlation of log weight and log height must be a fixed value between -1 and 1",
            where=f"{origin}, key {sex}.log_correlation",
            fix='write distribution = "fixed"',
        )
    return Body(weight_kg=body.weight_kg, height_cm=body.height_cm, log_correlation=correlation)


def _mixture(classes: dict[str, MixtureClass], name: str, origin: str) -> Mixture:
    try:
        return Mixture(classes=classes)
    except ValidationError as error:
        message = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise CohortError(
            f"the mixture {name!r} is wrong: {message[0].lower()}{message[1:]}",
            where=f"{origin}, key mixture.{name}",
            fix="give at least two classes, each with a proportion; together they make 1",
        ) from error


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise CohortError("the cohort file is larger than 1 MB", where=str(path))
        return path.read_bytes()
    except OSError as error:
        raise CohortError(
            f"the cohort file cannot be read: {error.strerror or error}",
            where=str(path),
            fix="check the path; built-in cohorts: " + ", ".join(list_cohorts()),
        ) from error


def _explain(error: ValidationError, origin: str) -> CohortError:
    first: Any = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    where = f"{origin}, key {key}"
    if first["type"] == "extra_forbidden":
        last = str(first["loc"][-1])
        known = sorted(
            {
                *_CohortFile.model_fields,
                *_BodyFile.model_fields,
                *Quantity.model_fields,
                *Correlation.model_fields,
                *MixtureClass.model_fields,
            }
        )
        near = difflib.get_close_matches(last, known, n=1)
        return CohortError(f"unknown key {last!r}", where=where, fix=f"did you mean {near[0]!r}?" if near else None)
    if first["type"] == "missing":
        return CohortError(f"the key {key!r} is missing", where=where)
    message = str(first["msg"]).removeprefix("Value error, ")
    return CohortError(f"{message[0].lower()}{message[1:]} (found {_short(first['input'])})", where=where)


def _short(value: object) -> str:
    text = "a table" if isinstance(value, dict) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
