"""What the elements of an exported document are: names, sources in notes, terms of SBO, and identifiers.org."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from bimodal import INTENDED_USE
from bimodal.model import Model
from bimodal.model.parameters import ParameterRow
from bimodal.study.endpoints import load_registry
from bimodal.study.endpoints.cell import Cell

#: Terms of the Systems Biology Ontology: what every element of a kind is.
_TERMS = {
    "parameter": "SBO:0000002",  # quantitative systems description parameter
    "species": "SBO:0000240",  # material entity
    "compartment": "SBO:0000290",  # physical compartment
    "reaction": "SBO:0000375",  # process
    "kineticLaw": "SBO:0000001",  # rate law
    "reactant": "SBO:0000010",
    "product": "SBO:0000011",
    "rule": "SBO:0000064",  # mathematical expression
    "start": "SBO:0000064",
    "function": "SBO:0000064",
}
#: Taxa of NCBI by the species of a model.
_TAXA = {"human": "9606", "mouse": "10090"}
_DOI = re.compile(r"\b10\.\d{4,}/[^\s,;\"]*[^\s,;\".]")
_PMID = re.compile(r"\bPMID:? ?(\d{4,8})\b")
#: Human interleukin-2 in UniProt; the native ligand of a human, endogenous or given.
_IL2 = "https://identifiers.org/uniprot:P60568"


def annotate(model: Model, inside: Any, users: Mapping[str, Sequence[str]]) -> None:
    """Give each element of a libSBML model its name, its notes and its terms.

    A parameter of the table says where its value comes from and its standing; a quantity that is an observable has the
    observable's label and definition; all else says what it follows from. Names that are not in the registry are the
    ids in words, with the cell type as the registry calls it. What a file says of itself stays.

    Parameters
    ----------
    users
        By function, the quantities that follow from it.
    """
    _Annotations(model, inside, users).write()


class _Annotations:
    def __init__(self, model: Model, inside: Any, users: Mapping[str, Sequence[str]]) -> None:
        import libsbml

        self._libsbml, self._model, self._inside, self._users = libsbml, model, inside, users
        registry = load_registry()
        self._labels = {quantity: registry[name] for name, quantity in model.observables.items() if name in registry}
        self._rows: Mapping[str, ParameterRow] = model.table.by_id
        own = [registry.cells[name] for name in registry.cells_of(model.species)]
        # the longest first, so that a naive Treg is not a Treg
        self._cells: list[Cell] = sorted(own, key=lambda cell: -len(cell.id))
        rules, starts = inside.getListOfRules(), inside.getListOfInitialAssignments()
        self._always = {rule.getVariable() for rule in rules if rule.isAssignment()}
        self._rates = {rule.getVariable() for rule in rules if rule.isRate()}
        self._starts = {start.getSymbol() for start in starts}

    def write(self) -> None:
        """Go through all elements."""
        inside = self._inside
        for kind, elements in (
            ("compartment", inside.getListOfCompartments()),
            ("species", inside.getListOfSpecies()),
            ("parameter", inside.getListOfParameters()),
            ("reaction", inside.getListOfReactions()),
            ("function", inside.getListOfFunctionDefinitions()),
        ):
            for element in elements:
                self._element(kind, element)
        for unit in inside.getListOfUnitDefinitions():
            self._name(unit, unit.getId().replace("_", " "))
        for kind, elements in (("rule", inside.getListOfRules()), ("start", inside.getListOfInitialAssignments())):
            for element in elements:
                self._formula(kind, element)
        for reaction in inside.getListOfReactions():
            self._reaction(reaction)
        inside.setName(self._model.title)
        if self._model.species in _TAXA:
            inside.setNotes(_notes([INTENDED_USE]))
            taxon = f"https://identifiers.org/taxonomy:{_TAXA[self._model.species]}"
            self._add(inside, self._libsbml.BQB_HAS_TAXON, taxon)

    def _element(self, kind: str, element: Any) -> None:
        name = element.getIdAttribute()
        observable, row = self._labels.get(name), self._rows.get(name)
        _set_term(element, kind)
        self._name(element, self._words(name) if observable is None else observable.label)
        if element.isSetNotes():
            return
        if observable is not None:
            said = [observable.definition]
        elif row is not None:
            said = _origin(row)
            self._sources(element, row)
        elif kind == "function":
            said = [f"Shared by: {', '.join(dict.fromkeys(self._users.get(name, ())))}"]
        else:
            said = [self._standing(kind, name)]
        element.setNotes(_notes(said))
        if not self._model.gaps:
            self._identity(kind, name, element)

    def _standing(self, kind: str, name: str) -> str:
        start = " Its starting value is calculated." if name in self._starts else ""
        if kind == "compartment":
            return "A volume that holds amounts or counts."
        if kind == "reaction":
            return "A process of the model; its speed is its rate law."
        if name in self._always:
            return "Calculated from other quantities at every moment."
        if name in self._rates:
            return f"A state: its rate rule says how it changes.{start}"
        if kind == "species":
            return f"An amount that reactions and doses change.{start}"
        if name in self._starts:
            return "Calculated once, at the start: it keeps the untreated body at rest, or describes it."
        return "A number of the model's text, not of its parameter table."

    def _formula(self, kind: str, element: Any) -> None:
        _set_term(element, kind)
        target = element.getSymbol() if kind == "start" else element.getVariable()
        words = self._labels[target].label if target in self._labels else self._words(target)
        rate = kind == "rule" and element.isRate()
        # before Level 3 Version 2 a formula has no name
        if (self._inside.getLevel(), self._inside.getVersion()) >= (3, 2):
            self._name(element, f"{'Start' if kind == 'start' else 'Rate' if rate else 'Value'} of: {words}")

    def _reaction(self, reaction: Any) -> None:
        if reaction.getKineticLaw() is not None:
            _set_term(reaction.getKineticLaw(), "kineticLaw")
        for side, references in (
            ("reactant", reaction.getListOfReactants()),
            ("product", reaction.getListOfProducts()),
        ):
            for reference in references:
                _set_term(reference, side)

    def _identity(self, kind: str, name: str, element: Any) -> None:
        """Say of which cell something is, and which protein, in public vocabularies."""
        if kind == "species" and self._model.species == "human" and name.startswith("il2_"):
            self._add(element, self._libsbml.BQB_IS_VERSION_OF, _IL2)
        cell = self._cell(name)
        if cell is None or not cell.ontology or kind not in ("species", "parameter"):
            return
        # a version of: naive Treg are Treg, and the cells of a model are those of the blood
        qualifier = self._libsbml.BQB_IS_VERSION_OF if kind == "species" else self._libsbml.BQB_IS_PROPERTY_OF
        self._add(element, qualifier, f"https://identifiers.org/{cell.ontology}")

    def _cell(self, name: str) -> Cell | None:
        return next((c for c in self._cells if name.startswith(f"{c.id}_") or name.endswith(f"_{c.id}")), None)

    def _words(self, name: str) -> str:
        cell = self._cell(name)
        if cell is None or not name.startswith(f"{cell.id}_"):
            return name.replace("_", " ").strip()
        return f"{cell.label}: {name.removeprefix(f'{cell.id}_').replace('_', ' ').strip()}"

    def _name(self, element: Any, name: str) -> None:
        if not element.isSetName():
            element.setName(name)

    def _sources(self, element: Any, row: ParameterRow) -> None:
        text = f"{row.source} {row.where_in_source} {row.note}"
        found = [f"doi:{doi}" for doi in _DOI.findall(text)] + [f"pubmed:{number}" for number in _PMID.findall(text)]
        for resource in dict.fromkeys(found):
            self._add(element, self._libsbml.BQB_IS_DESCRIBED_BY, f"https://identifiers.org/{resource}")

    def _add(self, element: Any, qualifier: int, resource: str) -> None:
        """Add an annotation in the form of MIRIAM."""
        if not element.isSetMetaId():
            element.setMetaId(f"meta_{element.getIdAttribute() or 'model'}")
        term = self._libsbml.CVTerm(self._libsbml.BIOLOGICAL_QUALIFIER)
        term.setBiologicalQualifierType(qualifier)
        term.addResource(resource)
        element.addCVTerm(term)


def _set_term(element: Any, kind: str) -> None:
    if not element.isSetSBOTerm():
        element.setSBOTerm(_TERMS[kind])


def _origin(row: ParameterRow) -> list[str]:
    where = f", {row.where_in_source}" if row.where_in_source else ""
    spread = [] if row.cv is None else [f"Between patients: {row.distribution}, coefficient of variation {row.cv:g}"]
    return [
        f"{row.status.capitalize()}. Source: {row.source}{where}",
        f"Unit: {row.unit}; libSBML finds it consistent with every formula.",
        *([row.note] if row.note else []),
        *spread,
    ]


def _notes(sentences: list[str]) -> str:
    paragraphs = "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)
    return f'<body xmlns="http://www.w3.org/1999/xhtml">{paragraphs}</body>'
