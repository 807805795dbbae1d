"""Reads what is to be predicted, as written on the command line or in a batch file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from bimodal.errors import StudyError
from bimodal.files.number_text import DECIMAL
from bimodal.study.endpoints import load_registry

_EXAMPLE = "for example treg_fold@28,84,cmax"
_NUMBER = re.compile(rf"^{DECIMAL}$")


def parse_endpoints(texts: Sequence[str], *, where: str = "--endpoints") -> list[dict[str, Any]]:
    """Read ``id@day,day`` lists: every number after an id is one of its days. Gives ``[[endpoint]]`` tables.

    Parameters
    ----------
    texts
        For example ``["treg_fold@28,84", "cmax"]`` or ``["treg_fold@28,84,cmax"]``.

    Examples
    --------
    >>> parse_endpoints(["treg_fold@28,84,cmax"])
    [{'id': 'treg_fold', 'days': [28.0, 84.0]}, {'id': 'cmax'}]
    """
    days: dict[str, list[float]] = {}
    name = ""
    for token in (part.strip() for text in texts for part in re.split(r"[,;]", text)):
        if not token:
            continue
        if _NUMBER.match(token):
            if not name:
                raise StudyError(f"day {token} belongs to no endpoint", where=where, fix=_EXAMPLE)
            days[name].append(float(token))
            continue
        name, at, day = (part.strip() for part in token.partition("@"))
        try:
            load_registry()[name]
        except StudyError as fault:
            raise StudyError(fault.what, where=where, fix=fault.fix) from None
        days.setdefault(name, [])
        if at and not _NUMBER.match(day):
            raise StudyError(f"'{day}' is no day", where=f"{where}, {name}", fix=_EXAMPLE)
        if at:
            days[name].append(float(day))
    if not days:
        raise StudyError("nothing is to be predicted", where=where, fix=_EXAMPLE)
    return [_endpoint(name, sorted(set(found)), where) for name, found in days.items()]


def _endpoint(name: str, days: list[float], where: str) -> dict[str, Any]:
    entry = load_registry()[name]
    if entry.any_months:
        number = name.replace("_n_months", "_24_months")
        raise StudyError(f"'{name}' does not say how many months", where=where, fix=f"write a number: {number}")
    if entry.contrast is not None:
        raise StudyError(
            f"'{name}' sets two arms against each other, which a prediction leaves to its reader",
            where=where,
            fix=f"predict {entry.rate} of both arms",
        )
    if entry.per == "scan" and not days:
        raise StudyError(f"'{name}' has a value at every scan", where=where, fix=f"say which days: {name}@56,112")
    if entry.per == "trial" and days:
        raise StudyError(f"'{name}' has one value per arm", where=where, fix=f"leave the days out: {name}")
    if entry.per == "time" and not days:
        raise StudyError(f"'{name}' has a value at every time", where=where, fix=f"say which days: {name}@28,84")
    if entry.per == "course" and days:
        raise StudyError(f"'{name}' has one value per patient", where=where, fix=f"leave the days out: {name}")
    return {"id": name, "days": days} if days else {"id": name}


def refuse_unfollowed(names: Sequence[str], key: str) -> None:
    """Refuse to predict a number of a trial of people nobody says how long to follow.

    Examples
    --------
    >>> refuse_unfollowed(["treg_fold"], "--follow-up-days")
    """
    for name in names:
        if load_registry()[name].per == "trial":
            raise StudyError(
                f"'{name}' is a number of a trial, and nothing says how long people are followed",
                where=key,
                fix=f"give {key}, for example 1825",
            )
