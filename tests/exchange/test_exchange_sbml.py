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
