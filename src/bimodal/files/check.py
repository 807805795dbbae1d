"""Checks plain data against a model, and says every fault with file, line, key and nearest name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from bimodal.errors import BimodalError
from bimodal.files.faults import Faults
from bimodal.files.locate import line_finder
from bimodal.files.read import FileKind
from bimodal.files.suggest import did_you_mean, suggest_names

M = TypeVar("M", bound=BaseModel)
_LONGEST = 60
_LOOKED_AT = 50
_NUMBER = re.compile(r"\s*([+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?)", re.ASCII)
_REMEDIES = {
    "float_type": "write a number, without quotes",
    "float_parsing": "write a number, without quotes",
    "int_type": "write a whole number, without quotes",
    "int_parsing": "write a whole number, without quotes",
    "int_from_float": "write a whole number",
    "string_type": "put it in quotes",
    "bool_type": "write true or false, without quotes",
    "tuple_type": "write a list: [...]",
    "list_type": "write a list: [...]",
    "model_type": "write a table of keys and values",
    "dict_type": "write a table of keys and values",
}


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with plain data.

    Parameters
    ----------
    sort
        ``extra_forbidden``, ``missing`` or another type of error of pydantic.
    path
        Keys and list positions from the top.
    message
        Pydantic's, or that of a check of the model, with a small letter first.
    found
        What stands there.
    known
        Keys that may stand there.
    where
        Name of the file.
    line
        Line of the key or of the table around it; None where it is not known.
    cause
        The exception of a check of the model.

    Examples
    --------
    >>> Fault("missing", ("arm", 0, "name"), "field required", {}, (), "x.toml", 3).key
    'arm[1].name'
    """

    sort: str
    path: tuple[str | int, ...]
    message: str
    found: Any
    known: tuple[str, ...]
    where: str
    line: int | None = None
    cause: Exception | None = None

    @property
    def key(self) -> str:
        """The key as a person counts: ``arm[1]`` is the first."""
        steps = (f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return "".join(steps).removeprefix(".")

    @property
    def place(self) -> str:
        """File and line."""
        return self.where if self.line is None else f"{self.where}, line {self.line}"

    @property
    def shown(self) -> str:
        """What was found, in few characters."""
        if isinstance(self.found, dict):
            return "a table"
        text = "a list" if isinstance(self.found, list | tuple) else repr(self.found)
        return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def check_table(
    model: type[M],
    data: object,
    kind: FileKind,
    *,
    where: str,
    text: str = "",
    explain: Callable[[Fault], BimodalError] | None = None,
) -> M:
    """Turn plain data into a model, or say in words what is wrong with it.

    Parameters
    ----------
    model
        What is made.
    data
        As TOML gives it.
    kind
        What is raised.
    where
        Name of the file for messages.
    text
        The TOML, to find the line in.
    explain
        Words of the caller's own; None uses plain ones.

    Returns
    -------
    BaseModel
        Of `model`.

    Examples
    --------
    >>> class Dose(BaseModel, extra="forbid"):
    ...     amount: float
    >>> check_table(Dose, {"amuont": 1.0}, FileKind("the file"), where="x.toml", text="amuont = 1.0")
    Traceback (most recent call last):
    ...
    bimodal.errors.BimodalError: unknown key 'amuont'
      where: x.toml, line 1
      try:   did you mean 'amount'? there are: amount
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        found = _found(error, model, text, where)
    faults = Faults()
    for fault in found[: faults.most]:
        faults.add(explain(fault) if explain else _plain(fault, kind))
    faults.count += len(found[faults.most :])  # no words for what is not listed
    faults.raise_any()
    raise AssertionError("pydantic raises at least one fault")


def _found(error: ValidationError, model: type[BaseModel], text: str, where: str) -> list[Fault]:
    """Give every fault, those of unknown keys first and each key once."""
    faults: dict[tuple[str | int, ...], Fault] = {}
    keys: dict[tuple[str | int, ...], tuple[str, ...]] = {}  # alike in every table of a list
    items, line = error.errors(include_url=False), line_finder(text)
    for item in sorted(items, key=lambda one: one["type"] != "extra_forbidden"):
        context: dict[str, Any] = item.get("ctx", {})
        cause = context.get("error")
        several: list[dict[str, Any]] = context.get("several") or [context]
        for one in several:
            # a check between keys says below which key the fault lies
            path = (*item["loc"], *(one.get("path") or getattr(cause, "key", ())))
            message = str(one.get("what") or item["msg"]).removeprefix("Value error, ")
            message = message[:1].lower() + message[1:]
            sort = one.get("kind") or item["type"]
            plain = tuple(step if isinstance(step, str) else 0 for step in path[:-1])
            if plain not in keys:
                keys[plain] = _keys(model, path)
            known = keys[plain]
            faults.setdefault(path, Fault(sort, path, message, item["input"], known, where, line(path), cause))
    unknown: dict[tuple[str | int, ...], list[str]] = {}
    for fault in faults.values():
        if fault.sort == "extra_forbidden":
            unknown.setdefault(fault.path[:-1], []).append(str(fault.path[-1]))
    inside = {path[:k] for path in faults for k in range(len(path))}
    first, *rest = (
        fault
        for path, fault in faults.items()
        if not (fault.sort == "missing" and _misspelt(path, unknown))
        # a list of which a part is wrong is said to be too short
        and path not in inside
    )
    return [first, *sorted(rest, key=lambda fault: fault.line or 0)]


def _misspelt(path: tuple[str | int, ...], unknown: dict[tuple[str | int, ...], list[str]]) -> bool:
    """Tell whether a missing key stands there under another spelling, which is what the person wrote."""
    return any(did_you_mean(name, [str(path[-1])]) for name in unknown.get(path[:-1], [])[:_LOOKED_AT])


def _plain(fault: Fault, kind: FileKind) -> BimodalError:
    fix = None
    if fault.sort == "extra_forbidden":
        what, fix = f"unknown key '{fault.key}'", suggest_names(str(fault.path[-1]), fault.known)
    elif fault.sort == "missing":
        what, fix = f"key '{fault.key}' is missing", kind.fix
    else:
        fix = _remedy(fault)
        shown = f" (found {fault.shown})" if isinstance(fault.found, str | int | float) else ""
        what = f"key '{fault.key}': {fault.message}{shown}" if fault.path else fault.message
    return kind.error(what, where=fault.place, fix=fix)


def _remedy(fault: Fault) -> str | None:
    number = _NUMBER.match(fault.found) if isinstance(fault.found, str) else None
    if fault.sort.startswith(("float_", "int_")) and number is not None and "%" in str(fault.found):
        return f"no percentage can stand here; if a share is meant, write {float(number[1].replace(',', '.')) / 100:g}"
    if fault.sort.startswith(("float_", "int_")) and number is not None:
        return f"write the number alone, without quotes: {number[1].replace(',', '.')}"
    # a table where a number belongs is no slip of writing: nobody can say what was meant
    return None if isinstance(fault.found, dict | list) else _REMEDIES.get(fault.sort)


def _keys(model: type[BaseModel], path: tuple[str | int, ...]) -> tuple[str, ...]:
    """Name the keys that may stand at the end of a path."""
    here = [model]
    for step in path[:-1]:
        fields = [field for one in here for name, field in one.model_fields.items() if step in (name, field.alias)]
        # a list position and a free key of a mapping name no field: the table is the same
        here = [one for field in fields for one in _models(field.annotation)] or here
    return tuple(field.alias or name for one in here for name, field in one.model_fields.items())


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
