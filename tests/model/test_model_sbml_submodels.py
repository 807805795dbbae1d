"""Models made of submodels: put together, or refused by name before any parser could be hurt."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from sbml_texts import listed, math, parameter, read, run

from bimodal.errors import ModelError
from bimodal.model import parser_apart, sbml_submodels
from bimodal.model.sbml_reader import read_sbml
from cpu import bounded

HEAD = (
    '<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2" '
    'xmlns:comp="http://www.sbml.org/sbml/level3/version1/comp/version1" comp:required="true"'
)
DECAY = (
    listed("Parameters", parameter("x", 3.0, constant=False), parameter("k", 1.0))
    + f'<listOfRules><rateRule variable="x">{math("-k*x")}</rateRule></listOfRules>'
)
REPLACING = (
    '<listOfParameters><parameter id="speed" value="0.5" constant="true"><comp:listOfReplacedElements>'
    '<comp:replacedElement comp:submodelRef="a" comp:idRef="k"/></comp:listOfReplacedElements></parameter>'
    "</listOfParameters>"
)


def part(name: str, of: str) -> str:
    """Return a submodel."""
    return f'<comp:submodel comp:id="{name}" comp:modelRef="{of}"/>'


def whole(definitions: str, body: str, *parts: str, more: str = "") -> str:
    """Return a document with model definitions and a model of submodels."""
    inside = f"<comp:listOfSubmodels>{''.join(parts)}</comp:listOfSubmodels>" if parts else ""
    defined = f"<comp:listOfModelDefinitions>{definitions}</comp:listOfModelDefinitions>" if definitions else ""
    return f'{HEAD}><model id="m">{body}{inside}</model>{defined}{more}</sbml>'


def definition(name: str, body: str, *parts: str) -> str:
    """Return a model definition."""
    inside = f"<comp:listOfSubmodels>{''.join(parts)}</comp:listOfSubmodels>" if parts else ""
    return f'<comp:modelDefinition id="{name}">{body}{inside}</comp:modelDefinition>'


def doubling(levels: int) -> str:
    """Return a model that holds 2^levels submodels."""
    definitions = definition("d0", DECAY) + "".join(
        definition(f"d{i}", "", part("a", f"d{i - 1}"), part("b", f"d{i - 1}")) for i in range(1, levels)
    )
    return whole(definitions, "", part("a", f"d{levels - 1}"), part("b", f"d{levels - 1}"))


def test_submodels_are_put_together_and_elements_replaced() -> None:
    text = whole(definition("decay", DECAY), REPLACING, part("a", "decay"), part("b", "decay"))
    got = run(text, ["a__x", "b__x"], [0.0, 2.0])
    np.testing.assert_allclose(got[1], 3.0 * np.exp([-1.0, -2.0]), rtol=1e-7)
    network = read(text)
    assert set(network.constant_ids) == {"speed", "b__k"}
    assert "comp" not in network.sbml  # what is exported is the flattened document


def test_submodels_in_submodels() -> None:
    text = doubling(3)
    assert len(read(text).state_ids) == 8


EXTERNAL = (
    "<comp:listOfExternalModelDefinitions>"
    '<comp:externalModelDefinition comp:id="other" comp:source="{}"/></comp:listOfExternalModelDefinitions>'
)


@pytest.mark.parametrize("source", ["http://127.0.0.1:9/m.xml", "secret.xml", "/etc/hostname", "file:///etc/hostname"])
def test_a_model_from_another_file_is_refused_by_name(source: str) -> None:
    text = whole("", "", part("a", "other"), more=EXTERNAL.format(source))
    with pytest.raises(ModelError, match="external model definition 'other'") as caught:
        read(text)
    assert "hunter2" not in str(caught.value)


@pytest.mark.skipif(sys.platform == "win32", reason="no limits there: the guard alone")
def test_the_process_could_not_open_another_file_either(tmp_path, monkeypatch) -> None:
    other = tmp_path / "secret.xml"
    other.write_text(f'{HEAD}><model id="hunter2">{DECAY}</model></sbml>')
    text = whole("", "", part("a", "other"), more=EXTERNAL.format(other))
    monkeypatch.setattr(sbml_submodels, "_check_external", lambda *_: None)
    with pytest.raises(ModelError) as caught:
        read(text)
    assert "hunter2" not in str(caught.value)


HURTS = {
    "contains itself": whole(definition("d", "", part("a", "d")), "", part("a", "d")),
    "definition 'e' contains itself": whole(
        definition("d", "", part("a", "e")) + definition("e", "", part("a", "d")), "", part("b", "e")
    ),
    "more than 2000 submodels": doubling(40),
    "levels of submodels": whole(
        definition("d0", DECAY) + "".join(definition(f"d{i}", "", part("a", f"d{i - 1}")) for i in range(1, 200)),
        "",
        part("a", "d199"),
    ),
    "does not exist in the referenced document": whole(definition("d", DECAY), "", part("a", "none")),
    "depends on itself": whole(
        definition(
            "d",
            listed("Parameters", parameter("x", 3.0, constant=False))
            + f'<listOfRules><assignmentRule variable="x">{math("x+1")}</assignmentRule></listOfRules>',
        ),
        "",
        part("a", "d"),
    ),
}


@pytest.mark.parametrize("name", HURTS)
def test_hostile_submodels_are_refused_fast(name: str) -> None:
    with bounded(200), pytest.raises(ModelError, match=name) as caught:
        read_sbml(HURTS[name], file="m.xml")
    assert "m.xml" in str(caught.value)


def test_elements_are_counted_as_often_as_they_come(monkeypatch) -> None:
    monkeypatch.setattr(sbml_submodels, "MAX_ELEMENTS", 50)
    with pytest.raises(ModelError, match="more than 50 elements in its submodels"):
        read(doubling(5))


def test_what_breaks_the_parser_is_a_sentence(monkeypatch) -> None:
    breaks = "import sys, os, signal; sys.stdin.read(); os.kill(os.getpid(), signal.SIGSEGV)"
    own = parser_apart.subprocess.run
    monkeypatch.setattr(
        parser_apart.subprocess, "run", lambda command, **how: own([command[0], "-I", "-c", breaks], **how)
    )
    with pytest.raises(ModelError, match="the parser broke down"):
        read(doubling(2))


def test_another_package_in_a_model_with_submodels_is_still_refused() -> None:
    head = HEAD + ' xmlns:multi="http://www.sbml.org/sbml/level3/version1/multi/version1" multi:required="true"'
    text = whole(definition("d", DECAY), "", part("a", "d")).replace(HEAD, head)
    with pytest.raises(ModelError, match="package 'multi'"):
        read(text)
