"""Networks of the shipped texts, read by Antimony and libSBML when the package was built and not at every start."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from bimodal.model.network import Network
from bimodal.model.network_file import network_from_json, network_to_json
from bimodal.model.short_form import PlainText


def flat_network(text: PlainText, name: str, *, file: str, values: Mapping[str, float] | None = None) -> Network:
    """Return the network of one model of a shipped text.

    It is the one that ``python -m bimodal.model.build_flat`` wrote, unless the text or the names in the parameter table
    have changed since: then Antimony reads the text, which takes seconds and gives the same.

    Parameters
    ----------
    text
        Modules and the model.
    name
        The model.
    file
        What to call the text in messages.
    values
        Parameter table of the model; see `read_sbml`.

    Raises
    ------
    ModelError
        The text cannot be read.
    """
    kept = _kept(flat_key(text, name, values))
    return read_network(text, name, file=file, values=values) if kept is None else network_from_json(kept, values)


def read_network(text: PlainText, name: str, *, file: str, values: Mapping[str, float] | None = None) -> Network:
    """Return the network of one model of a text as Antimony and libSBML read it now."""
    from bimodal.model.antimony_text import to_sbml
    from bimodal.model.sbml_reader import read_sbml

    return read_sbml(to_sbml(text, name, file=file), file=file, values=values)


def flat_key(text: PlainText, name: str, values: Mapping[str, float] | None) -> str:
    """Return what a kept network is found by: the hash of all that its mathematics is made from.

    Examples
    --------
    >>> text = PlainText((("model m(); end", "m.ant, line 1"),), {})
    >>> flat_key(text, "m", {"k": 1.0}) == flat_key(text, "m", {"k": 2.0})
    True
    """
    made_from = [name, text.text, None if values is None else list(values)]
    return hashlib.sha256(json.dumps(made_from).encode()).hexdigest()


def flat_file(name: str, key: str) -> str:
    """Return what the file of a kept network is called."""
    return f"{name}-{key[:16]}.json.gz"


def flat_bytes(network: Network) -> bytes:
    """Return the content of the file of a network."""
    said = json.dumps(network_to_json(network), separators=(",", ":"))
    return gzip.compress(said.encode(), mtime=0)


def _kept(key: str) -> dict[str, Any] | None:
    folder = files("bimodal.model").joinpath("data", "flat")
    if not folder.is_dir():
        return None
    for entry in folder.iterdir():
        if entry.name.endswith(f"-{key[:16]}.json.gz"):
            try:
                return json.loads(gzip.decompress(entry.read_bytes()))
            except (OSError, EOFError, ValueError, zlib.error):  # damaged: as if it were not there
                return None
    return None
