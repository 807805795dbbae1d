"""Models: built-in ones with a sourced parameter table, and those in a user's file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from bimodal.engine import System
from bimodal.errors import ModelError
from bimodal.model.antimony_text import to_sbml
from bimodal.model.files import data_names, read_data, read_text
from bimodal.model.network import Network
from bimodal.model.parameters import ParameterRow, ParameterTable
from bimodal.model.sbml_reader import read_sbml

#: Endings by which a name is a file: SBML, and Antimony text.
_SBML_ENDINGS = (".xml", ".sbml")
_ANTIMONY_ENDINGS = (".ant", ".txt")


@dataclass(frozen=True)
class Port:
    """Where doses of one kind of ligand enter a model.

    Parameters
    ----------
    sc, iv_bolus
        State that receives a dose in nmol.
    iv_infusion
        Constant that holds the present infusion rate in nmol/h.
    """

    sc: str
    iv_bolus: str
    iv_infusion: str


@dataclass(frozen=True, eq=False)
class Model:
    """A network with its parameter table, its doors for doses and its observables.

    Parameters
    ----------
    name, title, species
        What it is called and of whom it is.
    network
        The mathematics.
    table
        Its parameters.
    ports
        By ligand: ``native`` or ``engineered``.
    observables
        Observable id -> quantity of the network, in the unit of the registry.
    settable
        Constants events may change.
    nonnegative
        States that must not go negative: amounts, counts and shares.
    """

    name: str
    title: str
    species: str
    network: Network
    table: ParameterTable
    ports: Mapping[str, Port]
    observables: Mapping[str, str]
    settable: tuple[str, ...]
    nonnegative: tuple[str, ...] = ()

    @cached_property
    def system(self) -> System:
        """What the engine solves; outputs are the observables."""
        return self.network.system(self.observables.items(), settable=self.settable, nonnegative=self.nonnegative)

    @property
    def sha256(self) -> str:
        """Fingerprint of the mathematics, without the parameter values."""
        return self.system.sha256


def list_models() -> list[str]:
    """Return the names of the built-in models."""
    return data_names(".toml")


def model_text(name: str) -> str:
    """Return the Antimony text of a built-in model, modules first."""
    return "".join(read_data(part) for part in _manifest(name)["files"])


def load_model(name: str | Path) -> Model:
    """Load a built-in model by name, or a model from an SBML or Antimony file by path.

    A file has no sources: every constant of it becomes a parameter with the file as its source, status ``assumed`` and
    no spread. Everything in it that changes is an observable under its own id, species in the measure their id has.
    It has no ports, so no dose can be given to it.

    Parameters
    ----------
    name
        ``human``, or a path that ends in .xml, .sbml, .ant or .txt.

    Raises
    ------
    ModelError
        There is no such model, its files disagree, or it uses what is not supported.

    Examples
    --------
    >>> load_model("human").species
    'human'
    """
    path = Path(name)
    if path.suffix.lower() in (*_SBML_ENDINGS, *_ANTIMONY_ENDINGS):
        return _from_file(path)
    return _built_in(str(name))


def _from_file(path: Path) -> Model:
    text = read_text(path)
    if path.suffix.lower() in _ANTIMONY_ENDINGS:
        text = to_sbml(text, "", file=path.name)
    network = read_sbml(text, file=path.name)
    rows = (
        ParameterRow(c.id, c.value, c.unit, None, "fixed", "the model file", c.id, "assumed", "")
        for c in network.constants
    )
    return Model(
        name=path.stem,
        title=network.name or path.stem,
        species="not given",
        network=network,
        table=ParameterTable(tuple(rows)),
        ports={},
        observables={quantity: quantity for quantity in network.quantities},
        settable=(),
    )


def _built_in(name: str) -> Model:
    manifest = _manifest(name)
    table = ParameterTable.read(read_data(manifest["parameters"]), manifest["parameters"])
    sbml = to_sbml(model_text(name), name, file=f"{name}.ant")
    network = read_sbml(sbml, file=f"{name}.ant", values=table.values())
    return Model(
        name=name,
        title=manifest["title"],
        species=manifest["species"],
        network=network,
        table=table,
        ports={ligand: Port(**doors) for ligand, doors in manifest["ports"].items()},
        observables=manifest["observables"],
        settable=tuple(manifest["settable"]),
        nonnegative=network.state_ids,
    )


def _manifest(name: str) -> dict[str, Any]:
    if name not in list_models():
        raise ModelError(
            f"there is no model '{name}'",
            fix=f"one of: {', '.join(list_models())}; or the path of an .xml, .sbml or .ant file",
        )
    return tomllib.loads(read_data(f"{name}.toml"))
