"""Models in a user's file: loaded with their own parameters and everything they have as observables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sbml_texts import compartment, document, listed, parameter, reaction, species

from bimodal.engine import solve
from bimodal.errors import ModelError
from bimodal.model import load_model

TEXT = document(
    listed("Compartments", compartment(size=2.0))
    + listed("Species", species("S", 'initialConcentration="3"'))
    + listed("Parameters", parameter("k", 1.5), parameter("double", 0.0, constant=False))
    + listed("Rules", '<assignmentRule variable="double">{{2*S}}</assignmentRule>')
    + listed("Reactions", reaction("J", "k*S", eats="S"))
)


@pytest.mark.parametrize("ending", ["xml", "sbml", "XML"])
def test_an_sbml_file(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"mine.{ending}"
    path.write_text("\ufeff" + TEXT, encoding="utf-8")
    model = load_model(path)
    assert (model.name, model.species, dict(model.ports)) == ("mine", "not given", {})
    assert model.table.values() == {"c": 2.0, "k": 1.5}
    assert {(row.status, row.source, row.cv, row.distribution) for row in model.table.rows} == {
        ("assumed", "the model file", None, "fixed")
    }
    assert dict(model.observables) == {"S": "S", "double": "double"}
    got = solve(model.system, [list(model.table.values().values())], None, [0.0, 1.0])
    np.testing.assert_allclose(got["double"][0], [6.0, 6.0 * np.exp(-0.75)], rtol=1e-5)


def test_an_antimony_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.ant"
    path.write_text("model m; x = 1; k = 2; x' = -k * x; at time > 1: x = 5; end", encoding="utf-8")
    model = load_model(str(path))
    assert model.network.state_ids == ("x",)
    assert len(model.network.triggers) == 1
    got = solve(model.system, [[2.0]], None, [0.5, 1.5])
    np.testing.assert_allclose(got["x"][0], [np.exp(-1.0), 5.0 * np.exp(-1.0)], rtol=1e-5)


def test_what_is_no_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        load_model(tmp_path / "nothing.xml")
    (tmp_path / "folder.xml").mkdir()
    with pytest.raises(ModelError, match="cannot be read"):
        load_model(tmp_path / "folder.xml")
    with pytest.raises(ModelError, match=r"no model 'huma'[\s\S]*\.xml"):
        load_model("huma")
