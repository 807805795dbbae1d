"""Cohort files: built in or written by a user."""

from __future__ import annotations

import hashlib
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
from bimodal.files.check import Fault, check_table
from bimodal.files.faults import Faults
from bimodal.files.read import FileKind
from bimodal.files.suggest import did_you_mean, suggest_names
from bimodal.files.toml import parse_toml

_FILE = FileKind(
    "the cohort file",
    CohortError,
    fix="`bimodal list cohorts` names the built-in ones",
    malformed="the cohort file is not valid TOML",
)


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

    Examples
    --------
    >>> load_cohort("cgvhd").parameters["treg_count_rest"].unit
    '1/uL'
    """
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or text.endswith(".toml") or "/" in text or "\\" in text:
        path = Path(name_or_path)
        return parse_cohort(_FILE.content(path), path.name)
    names = list_cohorts()
    if text not in names:
        raise CohortError(
            f"there is no cohort {text!r}",
            fix=did_you_mean(text, names) + f"built in: {', '.join(names)}; or give the path of a .toml file",
        )
    return parse_cohort(_built_in(text), f"{text}.toml")


def parse_cohort(content: bytes, origin: str) -> Cohort:
    """Check the bytes of a cohort file, whose name for messages is `origin`.

    Examples
    --------
    >>> content = (resources.files("bimodal.cohort") / "data" / "healthy.toml").read_bytes()
    >>> parse_cohort(content, "healthy.toml").name
    'healthy'
    """
    text = _FILE.decode(content, origin)
    data, below = _with_base(parse_toml(text, _FILE, where=origin), origin)
    file = check_table(_CohortFile, data, _FILE, where=origin, text=text, explain=_explain)
    faults = Faults()
    for body, sex in ((file.female, "female"), (file.male, "male")):
        with faults.kept():
            _check_body(body, sex, origin)
    if not 0 <= file.female_fraction.median <= 1 or file.female_fraction.distribution != "fixed":
        faults.add(
            CohortError(
                "the fraction of women must be a fixed value between 0 and 1",
                where=f"{origin}, key female_fraction",
                fix='write distribution = "fixed" and a median from 0 to 1',
            )
        )
    mixtures: dict[str, Mixture] = {}
    for name, classes in file.mixture.items():
        with faults.kept():
            mixtures[name] = _mixture(classes, name, origin)
    faults.raise_any()
    cohort = Cohort(
        name=file.name,
        title=file.title,
        note=file.note,
        female_fraction=file.female_fraction,
        female=_body(file.female),
        male=_body(file.male),
        parameters=file.parameters,
        factors=file.factors,
        covariates=file.covariates,
        correlations=file.correlations,
        mixtures=mixtures,
        sha256=hashlib.sha256(content + below).hexdigest(),
        origin=origin,
    )
    check_links(cohort)
    return cohort


def _built_in(name: str) -> bytes:
    return (resources.files("bimodal.cohort") / "data" / f"{name}.toml").read_bytes()


def _with_base(data: dict[str, Any], origin: str) -> tuple[dict[str, Any], bytes]:
    """Fill in what a file takes from the built-in cohort it is like: a number it names itself replaces a whole number.

    Returns
    -------
    data, below
        The whole cohort, and the bytes it builds on.
    """
    if "like" not in data:
        return data, b""
    name, names = data.pop("like"), list_cohorts()
    if name not in names:
        fix = f"built in: {', '.join(names)}"
        raise CohortError(f"there is no cohort {str(name)[:60]!r} to be like", where=f"{origin}, key like", fix=fix)
    content = _built_in(name)
    base, below = _with_base(parse_toml(content.decode(), _FILE, where=f"{name}.toml"), f"{name}.toml")
    for key, own in data.items():
        # numbers stand in tables of tables, but for the fraction of women
        tables = isinstance(own, dict) and isinstance(base.get(key), dict) and key != "female_fraction"
        base[key] = {**base[key], **own} if tables else own
    return base, content + below


def _body(body: _BodyFile) -> Body:
    return Body(weight_kg=body.weight_kg, height_cm=body.height_cm, log_correlation=body.log_correlation)


def _check_body(body: _BodyFile, sex: str, origin: str) -> None:
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


def _explain(fault: Fault) -> CohortError:
    where, fix = f"{fault.place}, key {fault.key}", None
    if fault.sort == "extra_forbidden":
        last = str(fault.path[-1])
        what, fix = f"unknown key {last!r}", suggest_names(last, fault.known)
    elif fault.sort == "missing":
        what = f"the key {fault.key!r} is missing"
    else:
        what = f"{fault.message} (found {fault.shown})"
    return CohortError(what, where=where, fix=fix)
