"""What a built-in model is made of: texts, tables, ports for doses, observables."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bimodal.errors import ModelError
from bimodal.model.files import data_names, read_data
from bimodal.model.level import ReceptorLevel, before_end
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
    inside
        Texts with lines that stand before the end of the model.
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
    signed
        States that may be negative; all others may not.
    level
        Receptor level other than the one of the files.
    larger
        Model that runs in its place where a study reads what this one lacks.
    """

    name: str
    title: str
    species: str
    files: tuple[str, ...]
    inside: tuple[str, ...]
    main: str
    parameters: tuple[str, ...]
    without: frozenset[str]
    ports: Mapping[str, Mapping[str, str]]
    observables: Mapping[str, str]
    settable: tuple[str, ...]
    signed: frozenset[str]
    level: ReceptorLevel | None
    larger: str | None

    def text(self) -> str:
        """Return the Antimony text, modules first."""
        if self.level is None:
            text = "".join(read_data(name) for name in self.files)
        else:
            text = self.level.text(self.files, {cell: f"{cell}.r" for cell in self.level.cells})
        if self.inside:
            text = before_end(text, "".join(read_data(name) for name in self.inside))
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
    said, base = _said(name)
    level = said.get("level")
    if level is not None:
        level["cells"] = tuple(level["cells"])
    return Manifest(
        name=name,
        title=said["title"],
        species=said["species"],
        files=(*said.get("modules", ()), *said["files"]),
        inside=tuple(said.get("inside", ())),
        main=base,
        parameters=tuple(said["parameters"]),
        without=frozenset(said.get("without", ())),
        ports=said["ports"],
        observables=said["observables"],
        settable=tuple(said["settable"]),
        signed=frozenset(said.get("signed", ())),
        level=None if level is None else ReceptorLevel(**level),
        larger=said.get("larger"),
    )


def _said(name: str) -> tuple[dict[str, Any], str]:
    """Give what a file and all that it extends say, and the name of the last of them, which has the main model."""
    own: dict[str, Any] = tomllib.loads(read_data(f"{name}.toml"))
    if "extends" not in own:
        return own, name
    below, base = _said(own["extends"])
    below.pop("larger", None)
    return {**below, **own, "observables": {**below["observables"], **own.get("observables", {})}}, base
