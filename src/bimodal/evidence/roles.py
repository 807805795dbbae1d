"""Which study may be fitted and which only checks."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

from bimodal.errors import EvidenceError
from bimodal.evidence.target import Role
from bimodal.files.read import FileKind
from bimodal.files.toml import parse_toml

_FILE = FileKind("the file of roles", EvidenceError)
_WAITING = "not_yet_fitted"


def study_roles() -> dict[str, Role]:
    """Give the role of every study, as committed before the first fit.

    A study that was fitted cannot test the fit; keeping all roles in one file makes a change of mind visible.

    Examples
    --------
    >>> study_roles()["koreth-2011"]
    'calibration'
    """
    return parse_roles((resources.files("bimodal.evidence") / "data" / "roles.toml").read_text(encoding="utf-8"))


def not_yet_fitted() -> frozenset[str]:
    """Name the calibration studies no shipped fit has used: the model does not stand on them yet.

    Examples
    --------
    >>> "koreth-2011" in not_yet_fitted()
    False
    """
    text = (resources.files("bimodal.evidence") / "data" / "roles.toml").read_text(encoding="utf-8")
    return parse_not_yet_fitted(text, parse_roles(text))


def parse_not_yet_fitted(text: str, roles: Mapping[str, Role]) -> frozenset[str]:
    r"""Check the list ``not_yet_fitted`` of a roles file, which may be left out: calibration studies alone.

    Examples
    --------
    >>> sorted(parse_not_yet_fitted("not_yet_fitted = ['a-1990']", {"a-1990": "calibration"}))
    ['a-1990']
    """
    names = parse_toml(text, _FILE, where="roles.toml").get(_WAITING, [])
    where = f"roles.toml, key {_WAITING}"
    if not isinstance(names, list):
        raise EvidenceError("it must hold a list of study names", where=where)
    for name in names:  # pyright: ignore[reportUnknownVariableType]
        if not isinstance(name, str) or roles.get(name) != "calibration":
            raise EvidenceError(f"{name!r} is no calibration study", where=where)
    return frozenset(map(str, names))  # pyright: ignore[reportUnknownArgumentType]


def parse_roles(text: str) -> dict[str, Role]:
    r"""Check the text of a roles file: lists ``calibration``, ``validation``, ``context``; no study in two of them.

    Examples
    --------
    >>> parse_roles("calibration = ['a-1990']\nvalidation = []\ncontext = []")
    {'a-1990': 'calibration'}
    """
    roles: tuple[Role, ...] = ("calibration", "validation", "context")
    data = parse_toml(text, _FILE, where="roles.toml")
    if set(data) - {_WAITING} != set(roles):
        raise EvidenceError("the keys must be calibration, validation and context", where="roles.toml")
    found: dict[str, Role] = {}
    for role in roles:
        names = data[role]
        if not isinstance(names, list):
            raise EvidenceError("a role must hold a list of study names", where=f"roles.toml, key {role}")
        for name in names:  # pyright: ignore[reportUnknownVariableType]
            if not isinstance(name, str) or not name.strip():
                raise EvidenceError("a study name must be text", where=f"roles.toml, key {role}")
            if name in found:
                raise EvidenceError(
                    f"the study {name!r} has two roles, {found[name]} and {role}", where=f"roles.toml, key {role}"
                )
            found[name] = role
    return found
