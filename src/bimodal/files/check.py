"""Checks plain data against a model, and says the first fault with file, line, key and nearest name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from bimodal.errors import BimodalError
from bimodal.files.locate import line_of
from bimodal.files.read import FileKind
from bimodal.files.suggest import suggest_names

M = TypeVar("M", bound=BaseModel)
_LONGEST = 60


@dataclass(frozen=True)
class Fault:
    """The first thing that is wrong with plain data.

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
        fault = _first(error, model, text, where)
    raise explain(fault) if explain else _plain(fault, kind)


def _first(error: ValidationError, model: type[BaseModel], text: str, where: str) -> Fault:
    faults = error.errors(include_url=False)
    # a misspelt key is both unknown and missing: the unknown one is what the person wrote
    first = next((item for item in faults if item["type"] == "extra_forbidden"), faults[0])
    context = first.get("ctx", {})
    cause = context.get("error")
    # a check between keys says below which key the fault lies
    path = (*first["loc"], *(context.get("path") or getattr(cause, "key", ())))
    message = first["msg"].removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    known = _keys(model, path)
    return Fault(first["type"], path, message, first["input"], known, where, line_of(text, path), cause)


def _plain(fault: Fault, kind: FileKind) -> BimodalError:
    fix = None
    if fault.sort == "extra_forbidden":
        what, fix = f"unknown key '{fault.key}'", suggest_names(str(fault.path[-1]), fault.known)
    elif fault.sort == "missing":
        what, fix = f"key '{fault.key}' is missing", kind.fix
    else:
        shown = f" (found {fault.shown})" if isinstance(fault.found, str | int | float) else ""
        what = f"key '{fault.key}': {fault.message}{shown}" if fault.path else fault.message
    return kind.error(what, where=fault.place, fix=fix)


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
