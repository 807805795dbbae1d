"""Named causes by which two animals of a model may differ: a gene, a strain, a disease, the state of the host."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from bimodal.errors import ModelError
from bimodal.files.suggest import suggest_names
from bimodal.model.files import read_data
from bimodal.model.manifest import read_manifest


@dataclass(frozen=True)
class Condition:
    """One named cause, and the parameters by which the model says it.

    Parameters
    ----------
    cause
        What differs, in words.
    source
        Rows of the evidence.
    """

    id: str
    title: str
    cause: str
    source: str
    values: Mapping[str, float]


@cache
def load_conditions(model: str) -> Mapping[str, Condition]:
    """Read the conditions of a built-in model, by their ids; none for a model without any.

    Examples
    --------
    >>> dict(load_conditions("mouse")["cd25-null"].values)
    {'cd25_missing': 1.0}
    >>> dict(load_conditions("human"))
    {}
    """
    name = read_manifest(model).conditions
    said: list[dict[str, Any]] = [] if name is None else tomllib.loads(read_data(name))["condition"]
    read: list[dict[str, Any]] = [
        {**row, "values": {key: float(value) for key, value in row["values"].items()}} for row in said
    ]
    return {row["id"]: Condition(**row) for row in read}


def condition_values(model: str, names: tuple[str, ...]) -> dict[str, float]:
    """Return the parameters that some conditions set together.

    Raises
    ------
    ModelError
        There is no such condition, or two set one parameter.

    Examples
    --------
    >>> condition_values("mouse", ("il2-null",))
    {'il2_production': 0.0}
    """
    known = load_conditions(model)
    out: dict[str, float] = {}
    for name in names:
        if name not in known:
            fix = suggest_names(name, known) if known else "leave it out; models of the mouse have some"
            raise ModelError(
                f"the model '{model}' has no " + (f"condition '{name}'" if known else "conditions"), fix=fix
            )
        twice = sorted(out.keys() & known[name].values.keys())
        if twice:
            raise ModelError(
                f"the condition '{name}' and one before it both set '{twice[0]}'", fix="leave one of the two out"
            )
        out |= known[name].values
    return out
