"""What a built-in model is made of: texts, tables, ports for doses, observables."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from bimodal.errors import ModelError
from bimodal.model.files import data_names, read_data
from bimodal.model.level import ReceptorLevel, before_end, shipped
from bimodal.model.parameters import ParameterTable
from bimodal.model.short_form import PlainText, read_list, write_out


@dataclass(frozen=True)
class Manifest:
    """The content of ``<name>.toml``, and of the file it extends.

    Parameters
    ----------
    name, title, species
        What it is called and of whom it is.
    cohort
        Whom to treat with it where nothing is said.
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
    more_partners
        Model that runs in its place where an arm has more partner drugs than this one has ports for.
    body
        Model whose states rest where this one has more that do not, such as a tumour; None is itself.
    perturbing
        Parameters that change what a body senses and none of its rates: with one of them set, it finds another rest.
    conditions
        File of the named causes by which two studies of it may differ.
    copies
        Cells that have every row of others: their name -> that of the others.
    dish
        Subsets of the assay -> the cells whose rows they have, where they were not stained.
    """

    name: str
    title: str
    species: str
    cohort: str | None
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
    more_partners: str | None
    body: str | None
    perturbing: frozenset[str]
    conditions: str | None
    copies: Mapping[str, str]
    dish: Mapping[str, str]

    def plain(self) -> PlainText:
        """Return the Antimony, modules first."""
        if self.level is None:
            sources = shipped(self.files)
        else:
            sources = self.level.sources(self.files, {cell: f"{cell}.r" for cell in self.level.cells})
        if self.inside:
            sources = before_end(sources, shipped(self.inside))
        old, new = (f"model *{name}(" for name in (self.main, self.name))
        return write_out(replace(source, text=source.text.replace(old, new)) for source in sources)

    def text(self) -> str:
        """Return the text of :meth:`plain`."""
        return self.plain().text

    def table(self) -> ParameterTable:
        """Return the parameter table."""
        rows = {row.id: row for name in self.parameters for row in ParameterTable.read(read_data(name), name).rows}
        if self.level is not None:
            for cell in self.level.cells:
                for name, other in self.level.unmeasured.items():
                    note = f"as {other}: not measured on this cell type"
                    own = replace(rows[other], id=f"{cell}_{name}", status="assumed", note=note)
                    rows.setdefault(own.id, own)
        for cell, other in self.copies.items():
            for row in [row for row in rows.values() if row.id.startswith(f"{other}_")]:
                own = replace(
                    row, id=f"{cell}_{row.id.removeprefix(f'{other}_')}", status="assumed", note=f"as {row.id}"
                )
                rows.setdefault(own.id, own)
        return ParameterTable(tuple(row for row in rows.values() if row.id not in self.without))


@cache
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
    known = list_models()
    if name not in known:
        raise ModelError(
            f"there is no model '{name}'",
            fix=f"one of: {', '.join(known)}; or the path of an .xml, .sbml or .ant file",
        )
    said, base = _said(name)
    files = (*said.get("modules", ()), *said["files"])
    level = said.get("level")
    by_cell = any("{cell}" in observable for observable in said["observables"])
    cells = _cells(files) if level or by_cell else ()
    return Manifest(
        name=name,
        title=said["title"],
        species=said["species"],
        cohort=said.get("cohort"),
        files=files,
        inside=tuple(said.get("inside", ())),
        main=base,
        parameters=tuple(said["parameters"]),
        without=frozenset(said.get("without", ())),
        ports=said["ports"],
        observables=dict(_each_cell(said["observables"], cells)),
        settable=tuple(said["settable"]),
        signed=frozenset(said.get("signed", ())),
        level=None if level is None else ReceptorLevel(cells=cells, **level),
        larger=said.get("larger"),
        more_partners=said.get("more_partners"),
        body=said.get("body"),
        perturbing=frozenset(_each_name(said.get("perturbing", ()), cells)),
        conditions=said.get("conditions"),
        copies=said.get("copies", {}),
        dish=said.get("dish", {}),
    )


def list_models() -> list[str]:
    """Return the names of the built-in models."""
    return data_names(".toml")


def _cells(files: Sequence[str]) -> tuple[str, ...]:
    """Read the list of cells, which stands in the text of the model or in the one before it."""
    own = next((source for source in reversed(shipped(files)) if "@list cells" in source.text), None)
    return () if own is None else read_list("cells", own)


def _each_cell(observables: Mapping[str, str], cells: Iterable[str]) -> Iterator[tuple[str, str]]:
    for observable, quantity in observables.items():
        for cell in cells if "{cell}" in observable else ("",):
            yield observable.replace("{cell}", cell), quantity.replace("{cell}", cell)


def _each_name(names: Iterable[str], cells: Iterable[str]) -> Iterator[str]:
    return (name for name, _ in _each_cell(dict.fromkeys(names, ""), cells))


def _said(name: str) -> tuple[dict[str, Any], str]:
    """Give what a file and all that it extends say, and the name of the last of them, which has the main model."""
    own: dict[str, Any] = tomllib.loads(read_data(f"{name}.toml"))
    if "extends" not in own:
        return own, name
    below, base = _said(own["extends"])
    for other in ("larger", "more_partners"):
        below.pop(other, None)
    joined = {name: {**below[name], **own.get(name, {})} for name in ("observables", "ports")}
    return {**below, **own, **joined}, base
