"""Reads a study that came over the network: checked as a study file is, without files, within limits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal, NoReturn, cast

from bimodal.app.limits import Limits
from bimodal.cohort.loader import list_cohorts
from bimodal.cohort.parameter_sets import list_parameter_sets
from bimodal.drugs.load import list_molecules
from bimodal.errors import StudyError
from bimodal.files.suggest import suggest_names
from bimodal.files.toml import DEEPEST, every_value
from bimodal.model.manifest import list_models
from bimodal.study.plan.arm import lay_out_arm
from bimodal.study.spec.load import check_study, parse_study
from bimodal.study.spec.spec import StudySpec

Form = Literal["toml", "json"]
_WHERE = "the study"
_LONGEST_REGIMEN = 10_000
_FINEST_RTOL = 1e-10
_DAY_H = 24.0


def read_study(body: bytes, form: Form, limits: Limits) -> StudySpec:
    """Read a study as TOML or JSON.

    Raises
    ------
    BimodalError
        It is no study, names a file, or asks for more than the limits allow.

    Examples
    --------
    >>> arm = {"name": "a", "drug": "../secret.toml", "regimen": "1 MIU SC daily for 5 days"}
    >>> raw = {"name": "mine", "population": {"cohort": "healthy", "patients": 4}, "arm": [arm]}
    >>> read_study(json.dumps(raw).encode(), "json", Limits())
    Traceback (most recent call last):
    ...
    bimodal.errors.StudyError: there is no molecule '../secret.toml' here: the server reads no files of a study
      where: arm 'a', key drug
      try:   `bimodal list drugs` prints every name
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise StudyError("the study is not UTF-8", where=_WHERE) from None
    spec = parse_study(text, where=_WHERE) if form == "toml" else check_study(_from_json(text), where=_WHERE)
    _refuse_files(spec)
    _refuse_large(spec, limits)
    return spec


def plain_study(spec: StudySpec) -> dict[str, Any]:
    """Give a study as plain data, with the keys that were given.

    Examples
    --------
    >>> raw = {"name": "x", "population": {"cohort": "healthy"}, "arm": [{"name": "a", "regimen": "none"}]}
    >>> plain_study(check_study(raw, where="here")) == raw
    True
    """
    return spec.model_dump(mode="json", exclude_unset=True)


def _from_json(text: str) -> dict[str, Any]:
    try:
        found: Any = json.loads(text, parse_constant=_no_number, object_pairs_hook=_once)
    except RecursionError:
        raise StudyError("the study is nested too deeply", where=_WHERE) from None
    except ValueError as fault:  # also a whole number of over 4300 digits
        raise StudyError(f"the study is not JSON: {fault}", where=_WHERE) from None
    if not isinstance(found, dict):
        raise StudyError("the study is no JSON object", where=_WHERE)
    table = cast(dict[str, Any], found)
    for depth, value in every_value(table):
        if depth > DEEPEST:
            raise StudyError("the study is nested too deeply", where=_WHERE)
        if isinstance(value, float) and value - value != 0.0:
            raise StudyError("a number of the study is too large", where=_WHERE)
    try:
        json.dumps(table, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise StudyError("the study holds half a letter (an unpaired surrogate)", where=_WHERE) from None
    return table


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        twice = next(name for name in made if sum(name == other for other, _ in pairs) > 1)
        raise ValueError(f"key '{twice[:60]}' is there twice")
    return made


def _refuse_files(spec: StudySpec) -> None:
    """Let names of what is built in pass, and nothing that could be a path."""
    for kind, name, known, where in _names(spec):
        if name not in known:
            listing = {"molecule": "drugs", "cohort": "cohorts", "model": "models"}[kind]
            raise StudyError(
                f"there is no {kind} '{name[:120]}' here: the server reads no files of a study",
                where=where,
                fix=suggest_names(name[:120], sorted(known), f"bimodal list {listing}"),
            )
    if spec.population.subjects is not None:
        raise _no_file("population, key subjects")
    for arm in spec.arm:
        if arm.table is not None:
            raise _no_file(f"arm '{arm.name}', key table")


def _names(spec: StudySpec) -> Iterator[tuple[str, str, frozenset[str], str]]:
    molecules = frozenset(list_molecules())
    cohorts = frozenset([*list_cohorts(), *list_parameter_sets()])
    yield "model", spec.model, frozenset(list_models()), "key model"
    if spec.population.cohort is not None:
        yield "cohort", spec.population.cohort, cohorts, "population, key cohort"
    for arm in spec.arm:
        if arm.drug:
            yield "molecule", arm.drug, molecules, f"arm '{arm.name}', key drug"
        if arm.cohort is not None:
            yield "cohort", arm.cohort, cohorts, f"arm '{arm.name}', key cohort"
        for partner in arm.partner:
            yield "molecule", partner.drug, molecules, f"arm '{arm.name}', partner, key drug"


def _no_file(where: str) -> StudyError:
    return StudyError("the server reads no files of a study", where=where, fix="`bimodal run` on the desk takes them")


def _refuse_large(spec: StudySpec, limits: Limits) -> None:
    patients, arms = spec.population.patients, len(spec.arm)
    read = sum(len(endpoint.days or (0.0,)) for endpoint in spec.endpoint)
    _within(patients, limits.patients, "patients in an arm")
    _within(arms, limits.arms, "arms")
    _within(patients * arms, limits.people, "patients in all arms")
    _within(read, limits.endpoints, "endpoints and days")
    if spec.rtol is not None and spec.rtol < _FINEST_RTOL:
        raise StudyError(f"a tolerance below {_FINEST_RTOL:g} is for the desk", where="key rtol", fix="`bimodal run`")
    _within(max([spec.horizon or 0.0, *spec.report_days]), limits.days, "days")
    for arm in spec.arm:
        for text in (arm.regimen, *(partner.regimen for partner in arm.partner)):
            _within(len(text), _LONGEST_REGIMEN, f"letters of the regimen of arm '{arm.name}'")
        ends = max(drug.schedule.end_h for drug in lay_out_arm(arm, spec.horizon).drugs) / _DAY_H
        _within(ends + (spec.follow_up_days or 0.0), limits.days, f"days of arm '{arm.name}'")


def _within(value: float, most: float, what: str) -> None:
    if value > most:
        fix = f"ask for at most {most:,.0f}; `bimodal run` on the desk takes more"
        raise StudyError(f"{value:,.0f} {what} are too many for the server", where=_WHERE, fix=fix)
