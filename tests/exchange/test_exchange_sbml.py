"""Models leave the house as SBML that others read."""

import json

import libsbml
import pytest

from bimodal.errors import ModelError
from bimodal.exchange import export_sbml, id_map, to_sbml
from bimodal.model import load_model


@pytest.fixture(scope="module")
def human():
    return load_model("human")


@pytest.fixture(scope="module")
def text(human):
    return to_sbml(human)


def test_document_is_level_3_version_2_core_without_any_message(text):
    document = libsbml.readSBMLFromString(text)
    assert (document.getLevel(), document.getVersion()) == (3, 2)
    assert "required=" not in text  # no package is used
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, True)
    document.checkConsistency()
    assert document.getNumErrors() == 0


def test_values_are_those_of_the_table(human, text):
    document = libsbml.readSBMLFromString(text)  # owns what is in it
    model = document.getModel()
    assert {row.id: model.getParameter(row.id).getValue() for row in human.table.rows} == human.table.values()


def test_every_element_has_a_name_and_a_term_and_says_where_its_number_comes_from(human, text):
    document = libsbml.readSBMLFromString(text)
    model = document.getModel()
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_SBO_CONSISTENCY, True)
    document.checkConsistency()
    assert document.getNumErrors() == 0
    named = [*model.getListOfParameters(), *model.getListOfSpecies(), *model.getListOfCompartments()]
    assert all(element.isSetName() and element.isSetSBOTerm() for element in [*named, *model.getListOfReactions()])
    rules = [*model.getListOfRules(), *model.getListOfInitialAssignments()]
    assert all(rule.isSetSBOTerm() for rule in rules)
    for row in human.table.rows:
        notes = model.getParameter(row.id).getNotesString()
        assert f"{row.status.capitalize()}. Source: " in notes
    assert "Cells" in model.getParameter("treg_count").getName() or "Treg" in model.getParameter("treg_count").getName()
    assert "Not for diagnosis" in model.getNotesString()
    assert "taxonomy:9606" in model.getAnnotationString()


def test_functions_formulas_and_units_have_names_and_everything_with_an_id_has_notes(text):
    document = libsbml.readSBMLFromString(text)
    model = document.getModel()
    lists = [model.getListOfFunctionDefinitions(), model.getListOfRules(), model.getListOfInitialAssignments()]
    assert all(element.isSetName() and element.isSetSBOTerm() for elements in lists for element in elements)
    assert all(unit.isSetName() for unit in model.getListOfUnitDefinitions())
    noted = [model.getListOfParameters(), model.getListOfSpecies(), model.getListOfCompartments()]
    noted += [model.getListOfReactions(), model.getListOfFunctionDefinitions()]
    assert all(element.isSetNotes() for elements in noted for element in elements)


def test_cells_of_the_blood_are_species_with_their_terms(text):
    document = libsbml.readSBMLFromString(text)
    model = document.getModel()
    for cell, term in (("treg", "CL:0000815"), ("nk_bright", "CL:0000938")):
        species = model.getSpecies(f"{cell}_cells")
        compartment = model.getCompartment(species.getCompartment())
        assert (compartment.getSize(), compartment.getUnits(), compartment.getConstant()) == (1.0, "uL", True)
        assert not species.getHasOnlySubstanceUnits()  # so that formulas name cells per microlitre
        assert f"identifiers.org/{term}" in species.getAnnotationString()
    assert "uniprot:P60568" in model.getSpecies("il2_amount").getAnnotationString()
    assert model.getParameter("treg_pstat5") is not None  # a share is no amount


def test_each_unit_is_there_once_and_the_bytes_are_the_same_again(human, text):
    document = libsbml.readSBMLFromString(text)
    names = [unit.getId() for unit in document.getModel().getListOfUnitDefinitions()]
    assert "treg_r_molecule" not in names
    assert len(names) < 20
    assert to_sbml(human) == text


def test_a_source_with_a_doi_is_an_annotation():
    document = libsbml.readSBMLFromString(to_sbml(load_model("receptor_cell")))
    model = document.getModel()
    told = [p.getId() for p in model.getListOfParameters() if "identifiers.org/doi:10." in p.getAnnotationString()]
    assert told


def test_what_a_file_says_of_itself_stays(tmp_path):
    path = tmp_path / "m.xml"
    path.write_text(
        '<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model id="m">'
        '<listOfParameters><parameter id="x" name="level" value="1" units="dimensionless" '
        'constant="false" sboTerm="SBO:0000009">'
        '<notes><p xmlns="http://www.w3.org/1999/xhtml">measured</p></notes></parameter></listOfParameters>'
        "</model></sbml>"
    )
    document = libsbml.readSBMLFromString(to_sbml(load_model(path)))  # owns what is in it
    x = document.getModel().getParameter("x")
    assert (x.getName(), x.getSBOTermID()) == ("level", "SBO:0000009")
    assert "measured" in x.getNotesString()


def test_inconsistent_units_are_not_exported(human, monkeypatch):
    broken = human.network.sbml.replace('units="nM"', 'units="molecule"', 1)
    assert broken != human.network.sbml
    monkeypatch.setitem(human.network.__dict__, "sbml", broken)
    with pytest.raises(ModelError, match="not consistent"):
        to_sbml(human)


def test_id_map_knows_every_quantity(human, tmp_path):
    xml, ids = export_sbml(human, tmp_path / "h.xml")
    assert json.loads(ids.read_text("utf-8")) == id_map(human)
    known = id_map(human)["ids"]
    assert known["clearance"]["source"]
    assert known["treg_count"]["observable"] == "treg_count"
    model = libsbml.readSBMLFromString(xml.read_text("utf-8")).getModel()
    assert all(model.getElementBySId(name) is not None for name in known)
