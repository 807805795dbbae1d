"""Eras: dose-holding rules as they were at a time and place, with thresholds that carry their sources."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from bimodal.dosing.rule import Rule, condition_of
from bimodal.dosing.rule_parse import parse_rule
from bimodal.errors import DosingError
from bimodal.files.check import check_table
from bimodal.files.read import FileKind
from bimodal.files.suggest import did_you_mean
from bimodal.files.toml import parse_toml

_FILE = FileKind("the file of eras", DosingError)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Threshold(_Part):
    """A named level of an observable.

    Parameters
    ----------
    value, unit
        The level; "1" for a pure number.
    source
        Where it comes from; for a fitted one, the command that fits it.
    status
        ``measured``, ``fitted`` or ``assumed``.
    note
        What a reader must know.

    Examples
    --------
    >>> load_era("registration-1990").thresholds["hold_threshold"].unit
    '1'
    """

    value: float = Field(allow_inf_nan=False)
    unit: str = Field(min_length=1)
    source: str = Field(min_length=1)
    status: Literal["measured", "fitted", "assumed"]
    note: str = ""


class Era(_Part):
    """Rules of one era.

    Parameters
    ----------
    id, title
        Its name, and what it stands for.
    rules
        Texts of the rule language, in the order in which they are tried.
    thresholds
        By name.
    source, note
        Where the rules come from, and what a reader must know.

    Examples
    --------
    >>> load_era("nci-1985").id
    'nci-1985'
    """

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")
    title: str = Field(min_length=1)
    rules: tuple[str, ...] = Field(min_length=1)
    thresholds: Mapping[str, Threshold] = Field(default_factory=dict[str, Threshold])
    source: str = Field(min_length=1)
    note: str = ""

    @field_validator("thresholds", mode="after")
    @classmethod
    def _unchanging(cls, value: Mapping[str, Threshold]) -> Mapping[str, Threshold]:
        return MappingProxyType(dict(value))

    @property
    def parsed(self) -> tuple[Rule, ...]:
        """The rules as data."""
        return tuple(parse_rule(text) for text in self.rules)


class _Eras(BaseModel):
    era: tuple[Era, ...] = ()


def list_eras() -> list[str]:
    """List the eras that come with the package.

    Returns
    -------
    list of str
        Their ids, in the order of the file.

    Examples
    --------
    >>> "nci-1997" in list_eras()
    True
    """
    return list(_eras())


def load_era(name: str) -> Era:
    """Load an era by its id.

    Parameters
    ----------
    name
        An id of :func:`list_eras`.

    Returns
    -------
    Era
        Its rules and thresholds.

    Raises
    ------
    DosingError
        There is no such era.

    Examples
    --------
    >>> load_era("nci-1895")
    Traceback (most recent call last):
    ...
    bimodal.errors.DosingError: there is no era 'nci-1895'
      try:   did you mean 'nci-1985'? `bimodal list eras` prints every name
    """
    eras = _eras()
    if name not in eras:
        raise DosingError(
            f"there is no era '{name[:60]}'", fix=did_you_mean(name, eras) + "`bimodal list eras` prints every name"
        )
    return eras[name]


def parse_eras(text: str) -> Mapping[str, Era]:
    """Read eras from TOML text and check their rules.

    Parameters
    ----------
    text
        A list of ``[[era]]`` tables.

    Returns
    -------
    mapping
        Id to era, in the order of the text.

    Raises
    ------
    DosingError
        Wrong TOML, an id twice, a rule that cannot be read, a threshold that no rule or no table names.

    Examples
    --------
    >>> len(parse_eras("schema = 1"))
    0
    """
    where = "dosing/data/eras.toml"
    found = check_table(_Eras, parse_toml(text, _FILE, where=where), _FILE, where=where, text=text).era
    eras: dict[str, Era] = {}
    for era in found:
        if era.id in eras:
            raise DosingError(f"era '{era.id}' is there twice", where=where)
        conditions = [condition for rule in era.parsed if (condition := condition_of(rule)) is not None]
        named = {one.level for condition in conditions for one in condition.comparisons if isinstance(one.level, str)}
        odd = sorted(named ^ set(era.thresholds))
        if odd:
            raise DosingError(f"era '{era.id}': '{odd[0]}' is named by a rule or by a table, not by both", where=where)
        eras[era.id] = era
    return MappingProxyType(eras)


@cache
def _eras() -> Mapping[str, Era]:
    return parse_eras(files("bimodal.dosing").joinpath("data", "eras.toml").read_text("utf-8"))
