"""What a built-in model is made of: texts, tables, doors for doses, observables."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bimodal.errors import ModelError
from bimodal.model.files import data_names, read_data
from bimodal.model.level import Level
from bimodal.model.parameters import ParameterTable


@dataclass(frozen=True)
class Manifest:
    """The content of ``<name>.toml``, and of the file it extends.

    Parameters
    ----------
    name, title, species
        What it is called and of whom it is.
    files
        Antimony texts, the last with the model.
    main
        Name of the model in them.
    parameters
        Parameter tables; rows of later ones replace those of earlier ones.
    without
        Rows of the tables that the mathematics does not use.
    ports
        Doors for doses, by ligand.
    observables
        Observable id -> quantity.
    settable
        Constants events may change.
    level
        Receptor level other than the one of the files.
    """

    name: str
    title: str
    species: str
    files: tuple[str, ...]
    main: str
    parameters: tuple[str, ...]
    without: frozenset[str]
    ports: Mapping[str, Mapping[str, str]]
    observables: Mapping[str, str]
    settable: tuple[str, ...]
    level: Level | None

    def text(self) -> str:
        """Return the Antimony text, modules first."""
        if self.level is None:
            return "".join(read_data(name) for name in self.files)
        text = self.level.text(self.files, {cell: f"{cell}.r" for cell in self.level.cells})
        return text.replace(f"model *{self.main}(", f"model *{self.name}(")

    def table(self) -> ParameterTable:
        """Return the parameter table."""
        rows = {row.id: row for name in self.parameters for row in ParameterTable.read(read_data(name), name).rows}
        return ParameterTable(tuple(row for row in rows.values() if row.id not in self.without))


def read_manifest(name: str) -> Manifest:
    """Read what a built-in model is made of.

    Raises
    ------
    ModelError
        There is no such model.

    Examples
    --------
    >>> read_manifest("human_mass_action").observables == read_manifest("human").observables
    True
    """
    known = data_names(".toml")
    if name not in known:
        raise ModelError(
            f"there is no model '{name}'",
            fix=f"one of: {', '.join(known)}; or the path of an .xml, .sbml or .ant file",
        )
    own = tomllib.loads(read_data(f"{name}.toml"))
    base = own.get("extends", name)
    said: dict[str, Any] = {**(tomllib.loads(read_data(f"{base}.toml")) if base != name else {}), **own}
    level = said.get("level")
    if level is not None:
        level["cells"] = tuple(level["cells"])
    return Manifest(
        name=name,
        title=said["title"],
        species=said["species"],
        files=tuple(said["files"]),
        main=base,
        parameters=tuple(said["parameters"]),
        without=frozenset(said.get("without", ())),
        ports=said["ports"],
        observables=said["observables"],
        settable=tuple(said["settable"]),
        level=None if level is None else Level(**level),
    )
