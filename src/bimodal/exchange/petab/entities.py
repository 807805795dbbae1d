"""The model of a PEtab problem, and what the names in its tables stand for."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bimodal.errors import ModelError, PetabError
from bimodal.exchange.petab.formula import read_formula
from bimodal.expr import Node
from bimodal.files.read import FileKind
from bimodal.files.suggest import did_you_mean
from bimodal.files.table import Place
from bimodal.model.guard import MAX_LENGTH, check_xml
from bimodal.model.network import Network
from bimodal.model.sbml_reader import read_sbml

_FILE = FileKind("the model file", PetabError, max_bytes=MAX_LENGTH)
_MOST_INSIDE = 100  # observables in observables


def load_network(path: Path, given: Collection[str]) -> Network:
    """Read the SBML file of a problem.

    Parameters
    ----------
    path
        The file.
    given
        Ids that the tables give values: they may be without one in the file.

    Raises
    ------
    PetabError
        The file cannot be read.
    ModelError
        It uses what is not supported, as delays and fast reactions are not in a PEtab problem.
    """
    text = _FILE.text(path)
    network = read_sbml(_filled(text, path.name, given), file=path.name)
    if network.delayed or network.lag:
        what = "delays" if network.delayed else "fast reactions"
        raise ModelError(f"{what} are not supported in a PEtab problem", where=str(path))
    return network


def _filled(text: str, file: str, given: Collection[str]) -> str:
    """Give a number to what has none in the file and gets its value from the tables."""
    import libsbml

    check_xml(text, file)
    document: Any = libsbml.readSBMLFromString(text)
    model, changed = document.getModel(), False
    if model is None:
        return text
    for p in model.getListOfParameters():
        if p.getId() in given and not p.isSetValue():
            changed = p.setValue(0.0) == libsbml.LIBSBML_OPERATION_SUCCESS or changed
    for s in model.getListOfSpecies():
        if s.getId() in given and not (s.isSetInitialAmount() or s.isSetInitialConcentration()):
            changed = s.setInitialConcentration(0.0) == libsbml.LIBSBML_OPERATION_SUCCESS or changed
    for c in model.getListOfCompartments():
        if c.getId() in given and not c.isSetSize():
            changed = c.setSize(1.0) == libsbml.LIBSBML_OPERATION_SUCCESS or changed
    return libsbml.writeSBMLToString(document) if changed else text


@dataclass
class Entities:
    """What a name means: a quantity of the model, a parameter of the table, an observable, a placeholder.

    Parameters
    ----------
    network
        The model; formulas go into its graph.
    parameters
        Ids of the parameter table.
    targets
        Ids that conditions give values and the model does not have.
    mapped
        Id in the model by id in the tables, where they differ.
    observables
        Formulas of observables, as text with their place, that other formulas may name.
    """

    network: Network
    parameters: frozenset[str]
    targets: frozenset[str] = frozenset()
    mapped: Mapping[str, str] = field(default_factory=dict[str, str])
    observables: Mapping[str, tuple[str, Place]] = field(default_factory=dict[str, tuple[str, Place]])
    _open: list[str] = field(default_factory=list[str])

    def read(self, text: str, place: Place, column: str, placeholders: Collection[str] = ()) -> Node:
        """Read a formula of a table; `placeholders` are names that measurements give a meaning."""
        graph = self.network.graph

        def lookup(name: str) -> Node:
            if name in placeholders:
                return graph.symbol(name)
            node = self._find(name, placeholders)
            if node is None:
                known = {*self.network.units, *self.parameters, *self.observables, *placeholders}
                near = did_you_mean(name, known)
                raise PetabError(
                    f"'{name[:40]}' is unknown", fix=f"{near}a quantity of the model or of the parameter table"
                )
            return node

        try:
            return read_formula(text, graph, lookup)
        except PetabError as fault:
            place.fail(column, fault.what, fault.fix)

    def node(self, name: str) -> Node:
        """Return what an id stands for that was checked before."""
        node = self._find(name, ())
        if node is None:
            raise PetabError(f"'{name[:40]}' is unknown")
        return node

    def _find(self, name: str, placeholders: Collection[str]) -> Node | None:
        graph, network = self.network.graph, self.network
        if name in self.parameters or name in self.targets:
            return graph.symbol(name)
        own = self.mapped.get(name, name)
        if own == "time":
            return graph.symbol("time")
        if own in network.units or own in network.reactions:
            return network.expression(own)
        if name not in self.observables:
            return None
        if name in self._open or len(self._open) > _MOST_INSIDE:
            raise PetabError(f"the observable '{name}' contains itself")
        text, place = self.observables[name]
        self._open.append(name)
        try:
            return self.read(text, place, "observableFormula", placeholders)
        finally:
            self._open.pop()
