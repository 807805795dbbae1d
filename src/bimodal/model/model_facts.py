"""What a list says of a built-in model, without its mathematics."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from bimodal.model.files import read_data
from bimodal.model.manifest import read_manifest
from bimodal.model.short_form import PlainText


@dataclass(frozen=True)
class ModelFacts:
    """Name, title, species, and how many states and parameters there are."""

    name: str
    title: str
    species: str
    states: int
    parameters: int


def model_facts(name: str) -> ModelFacts:
    """Look up a built-in model.

    Raises
    ------
    ModelError
        There is no such model.

    Examples
    --------
    >>> from bimodal.model import load_model
    >>> model_facts("human").states == len(load_model("human").network.state_ids)
    True
    """
    manifest = read_manifest(name)
    return ModelFacts(name, manifest.title, manifest.species, _states(name), len(manifest.table().rows))


def text_key(text: PlainText) -> str:
    """Return the hash of a text, by which a number counted when the package was built is known to be of it."""
    return hashlib.sha256(text.text.encode()).hexdigest()[:16]


def _states(name: str) -> int:
    key, states = json.loads(read_data("flat/states.json")).get(name, ("", 0))
    if key == text_key(read_manifest(name).plain()):
        return states
    from bimodal.model.model import load_model

    return len(load_model(name).network.state_ids)
