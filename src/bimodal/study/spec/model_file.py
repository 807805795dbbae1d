"""Whether the model of a study is a file a user brings, and how long its unit of time is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: Endings of SBML and Antimony files, as `bimodal.model.load_model` reads them.
MODEL_ENDINGS = (".xml", ".sbml", ".ant", ".txt")

#: Length of the units of time a study file may name, seconds.
TIME_UNITS: Mapping[str, float] = MappingProxyType({"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0})


def is_model_file(model: str) -> bool:
    """Say whether `model` names a file and not a built-in model.

    A file has no human parameter table, no ports and no registry observables, so a study of one says other things.

    Returns
    -------
    bool
        By its ending alone; nothing is opened.

    Examples
    --------
    >>> is_model_file("human"), is_model_file("models/BIOMD0000000289.xml")
    (False, True)
    """
    return model.lower().endswith(MODEL_ENDINGS)
