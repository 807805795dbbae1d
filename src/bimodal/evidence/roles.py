"""Which study may be fitted and which only checks."""

from __future__ import annotations

from importlib import resources

from bimodal.errors import EvidenceError
from bimodal.evidence.target import Role
from bimodal.files.read import FileKind
from bimodal.files.toml import parse_toml


def study_roles() -> dict[str, Role]:
    """Give the role of every study, as committed before the first fit.

    A study that was fitted cannot test the fit; keeping all roles in one file makes a change of mind visible.

    Examples
    --------
    >>> study_roles()["koreth-2011"]
    'calibration'
    """
    return parse_roles((resources.files("bimodal.evidence") / "data" / "roles.toml").read_text(encoding="utf-8"))


def parse_roles(text: str) -> dict[str, Role]:
    r"""Check the text of a roles file: lists ``calibration``, ``validation``, ``context``; no study in two of them.

    Examples
    --------
    >>> parse_roles("calibration = ['a-1990']\nvalidation = []\ncontext = []")
    {'a-1990': 'calibration'}
    """
    roles: tuple[Role, ...] = ("calibration", "validation", "context")
    data = parse_toml(text, FileKind("the file of roles", EvidenceError), where="roles.toml")
    if set(data) != set(roles):
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
