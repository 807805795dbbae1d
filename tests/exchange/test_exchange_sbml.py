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


def test_document_is_level_3_version_2_core_without_any_message(human):
    text = to_sbml(human)
    document = libsbml.readSBMLFromString(text)
    assert (document.getLevel(), document.getVersion()) == (3, 2)
    assert "required=" not in text  # no package is used
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, True)
    document.checkConsistency()
    assert document.getNumErrors() == 0


def test_values_are_those_of_the_table(human):
    model = libsbml.readSBMLFromString(to_sbml(human)).getModel()
    assert {row.id: model.getParameter(row.id).getValue() for row in human.table.rows} == human.table.values()


def test_every_element_has_a_name_and_a_term_and_says_where_its_number_comes_from(human):
    document = libsbml.readSBMLFromString(to_sbml(human))
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


def test_a_source_with_a_doi_is_an_annotation():
    document = libsbml.readSBMLFromString(to_sbml(load_model("human_mass_action")))
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
