"""What the elements of an exported document are: names, sources in notes, terms of SBO, and identifiers.org."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from bimodal import INTENDED_USE
from bimodal.model import Model
from bimodal.model.parameters import ParameterRow
from bimodal.study.endpoints import load_registry

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
}
#: Taxa of NCBI by the species of a model.
_TAXA = {"human": "9606", "mouse": "10090"}
_DOI = re.compile(r"\b10\.\d{4,}/[^\s,;\"]*[^\s,;\".]")


def annotate(model: Model, inside: Any) -> None:
    """Give each element of a libSBML model its name, its notes and its terms.

    A parameter of the table says where its value comes from and its standing; a quantity that is an observable has the
    observable's label and definition. Other names are the ids in words. What a file says of itself stays.
    """
    import libsbml

    registry = load_registry()
    labels = {quantity: registry[name] for name, quantity in model.observables.items() if name in registry}
    rows: Mapping[str, ParameterRow] = model.table.by_id
    for kind, elements in (
        ("compartment", inside.getListOfCompartments()),
        ("species", inside.getListOfSpecies()),
        ("parameter", inside.getListOfParameters()),
        ("reaction", inside.getListOfReactions()),
        ("rule", inside.getListOfRules()),
        ("rule", inside.getListOfInitialAssignments()),
    ):
        for element in elements:
            _set_term(element, kind)
            name = element.getIdAttribute()
            if kind == "rule" or not name:
                continue
            observable, row = labels.get(name), rows.get(name)
            if not element.isSetName():
                element.setName(observable.label if observable is not None else name.replace("_", " ").strip())
            if element.isSetNotes():
                continue
            if observable is not None:
                element.setNotes(_notes([observable.definition]))
            elif row is not None:
                element.setNotes(_notes(_origin(row)))
                _describe(libsbml, element, _DOI.findall(f"{row.source} {row.where_in_source} {row.note}"))
    for reaction in inside.getListOfReactions():
        if reaction.getKineticLaw() is not None:
            _set_term(reaction.getKineticLaw(), "kineticLaw")
        for side, references in (
            ("reactant", reaction.getListOfReactants()),
            ("product", reaction.getListOfProducts()),
        ):
            for reference in references:
                _set_term(reference, side)
    inside.setName(model.title)
    if model.species in _TAXA:
        inside.setNotes(_notes([INTENDED_USE]))
        _add_term(libsbml, inside, libsbml.BQB_HAS_TAXON, f"https://identifiers.org/taxonomy:{_TAXA[model.species]}")


def _set_term(element: Any, kind: str) -> None:
    if not element.isSetSBOTerm():
        element.setSBOTerm(_TERMS[kind])


def _origin(row: ParameterRow) -> list[str]:
    where = f", {row.where_in_source}" if row.where_in_source else ""
    spread = [] if row.cv is None else [f"Between patients: {row.distribution}, coefficient of variation {row.cv:g}"]
    return [f"{row.status.capitalize()}. Source: {row.source}{where}", *([row.note] if row.note else []), *spread]


def _notes(sentences: list[str]) -> str:
    paragraphs = "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)
    return f'<body xmlns="http://www.w3.org/1999/xhtml">{paragraphs}</body>'


def _describe(libsbml: Any, element: Any, dois: list[str]) -> None:
    for doi in dict.fromkeys(dois):
        _add_term(libsbml, element, libsbml.BQB_IS_DESCRIBED_BY, f"https://identifiers.org/doi:{doi}")


def _add_term(libsbml: Any, element: Any, qualifier: int, resource: str) -> None:
    """Add an annotation in the form of MIRIAM."""
    if not element.isSetMetaId():
        element.setMetaId(f"meta_{element.getIdAttribute() or 'model'}")
    term = libsbml.CVTerm(libsbml.BIOLOGICAL_QUALIFIER)
    term.setBiologicalQualifierType(qualifier)
    term.addResource(resource)
    element.addCVTerm(term)
