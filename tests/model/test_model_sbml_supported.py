"""The lists of docs/sbml.md: every row of them stands for a document that runs, or that is refused by name."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from sbml_texts import HEADS, compartment, document, event, listed, math, parameter, reaction, read, run, species

from bimodal.errors import ModelError

PAGE = Path(__file__).parents[2] / "docs" / "sbml.md"
C = listed("Compartments", compartment(size=2.0))
S = C + listed("Species", species("S", 'initialAmount="6"'))
X = listed("Parameters", parameter("x", 1.0, constant=False), parameter("y", 1.0, constant=False), parameter("k", 2.0))
COMP = 'xmlns:comp="http://www.sbml.org/sbml/level3/version1/comp/version1" comp:required="true"'
LAYOUT = 'xmlns:layout="http://www.sbml.org/sbml/level3/version1/layout/version1" layout:required="false"'
BLANK = '<speciesReference species="S" constant="true"/>'


def rules(*items: str) -> str:
    """Return rules, ``x = formula``, ``x' = formula`` or ``0 = formula``."""
    made = []
    for item in items:
        name, formula = item.split(" = ", 1)
        if name == "0":
            made.append(f"<algebraicRule>{math(formula)}</algebraicRule>")
        else:
            kind = "rateRule" if name.endswith("'") else "assignmentRule"
            made.append(f'<{kind} variable="{name[0]}">{math(formula)}</{kind}>')
    return listed("Rules", *made)


def with_head(text: str, more: str) -> str:
    """Return a document that declares a package."""
    return text.replace(f"<sbml {HEADS[3, 2]}", f"<sbml {HEADS[3, 2]} {more}", 1)


def parts(more: str) -> str:
    """Return a document with one submodel."""
    used = '<comp:submodel comp:id="a" comp:modelRef="d"/>'
    inside = X + rules("x' = -x") + f"<comp:listOfSubmodels>{used}</comp:listOfSubmodels>"
    return with_head(document(inside), COMP).replace("</sbml>", f"{more}</sbml>")


DEFINED = (
    f'<comp:listOfModelDefinitions><comp:modelDefinition id="d">{X}</comp:modelDefinition>'
    "</comp:listOfModelDefinitions>"
)
EXTERNAL = (
    '<comp:listOfExternalModelDefinitions><comp:externalModelDefinition comp:id="d" comp:source="d.xml"/>'
    "</comp:listOfExternalModelDefinitions>"
)
FAST = document(S + listed("Reactions", reaction("J", "S", eats="S")), level=(3, 1)).replace(
    '<reaction id="J"', '<reaction id="J" fast="true"'
)

#: Row of the table, a document, a quantity and its value at time 1.
SUPPORTED = {
    "Compartments": (
        document(listed("Compartments", compartment(size=2.0, constant=False)) + rules("c' = 1")),
        "c",
        3.0,
    ),
    "Species": (document(S), "concentration:S", 3.0),
    "Reactions": (document(S + listed("Reactions", reaction("J", "3", eats="S"))), "amount:S", 3.0),
    "Stoichiometry": (
        document(S + listed("Reactions", reaction("J", "1", references=BLANK.replace("/>", ' stoichiometry="2"/>')))),
        "amount:S",
        8.0,
    ),
    "Rules": (document(X + rules("x = 2*y", "y' = 1")), "x", 4.0),
    "Initial assignments": (
        document(X + listed("InitialAssignments", f'<initialAssignment symbol="x">{math("2*k")}</initialAssignment>')),
        "x",
        4.0,
    ),
    "Events": (document(X + listed("Events", event("time > 0.5", {"x": "7"}))), "x", 7.0),
    "Mathematics": (document(X + rules("x = piecewise(sqrt(4), time > 0.5, 0)")), "x", 2.0),
    "Empty formulas": (document(X + listed("Rules", '<assignmentRule variable="x"/>')), "k", 2.0),
    "Submodels": (parts(DEFINED), "a__k", 2.0),
    "Algebraic rules": (document(X + rules("0 = 2*x - k - time", "y = 1")), "x", 1.5),
    "Delays": (document(X + rules("x' = 1", "y = delay(x, 0.5)")), "y", 1.5),
    "Fast reactions": (FAST, "amount:S", 0.0),
    "Drawings": (with_head(document(X + rules("x' = 1")), LAYOUT), "x", 2.0),
}
GROWS = listed("Compartments", compartment(size=2.0, constant=False))
CONCENTRATION = GROWS + listed("Species", species("S", 'initialConcentration="3"', boundary=True))
LOCAL = '<listOfLocalParameters><localParameter id="time" value="1"/></listOfLocalParameters>'
#: Row of the table, a document and the words of its refusal.
REFUSED = {
    "delay in a rate, an event or a starting value": (document(X + rules("x' = -delay(x, 1)")), "'delay'"),
    "algebraic rules that are not linear in what they determine, or name more quantities than there are rules": (
        document(X + rules("0 = x + y - k")),
        "algebraic rules must determine",
    ),
    "submodels from another file": (parts(EXTERNAL), "external model definition 'd'"),
    "other packages a document calls required": (
        with_head(
            document(X), 'xmlns:multi="http://www.sbml.org/sbml/level3/version1/multi/version1" multi:required="true"'
        ),
        "package 'multi'",
    ),
    "fbc models with an objective": (
        with_head(
            document(
                '<fbc:listOfObjectives fbc:activeObjective="o"><fbc:objective fbc:id="o" fbc:type="maximize">'
                "<fbc:listOfFluxObjectives/></fbc:objective></fbc:listOfObjectives>",
                model='fbc:strict="false"',
            ),
            'xmlns:fbc="http://www.sbml.org/sbml/level3/version1/fbc/version2" fbc:required="false"',
        ),
        "flux balance",
    ),
    "constraints": (
        document(X + f"<listOfConstraints><constraint>{math('x > 0')}</constraint></listOfConstraints>"),
        "constraints",
    ),
    "reactions without kinetic law; stoichiometries, starting values or used constants without value": (
        document(S + listed("Reactions", reaction("J", "1", references=BLANK))),
        "has no value",
    ),
    "units of single reactions or events that differ from the model's": (
        '<sbml xmlns="http://www.sbml.org/sbml/level2" level="2" version="1"><model id="m">'
        '<listOfCompartments><compartment id="c"/></listOfCompartments><listOfSpecies>'
        '<species id="S" compartment="c" initialAmount="1"/></listOfSpecies><listOfReactions><reaction id="J">'
        '<listOfReactants><speciesReference species="S"/></listOfReactants>'
        f'<kineticLaw substanceUnits="item">{math("S")}</kineticLaw></reaction></listOfReactions></model></sbml>',
        "unit 'item'",
    ),
    "a delayed event that sets a concentration from before the delay, where the size changes": (
        document(CONCENTRATION + rules("c' = 1") + listed("Events", event("time > 1", {"S": "1"}, delay="1"))),
        "before the delay",
    ),
    "a rate rule of a concentration where an assignment rule makes the size jump": (
        document(CONCENTRATION + rules("c = piecewise(1, time > 1, 2)", "S' = 1")),
        "size may jump",
    ),
    "rateOf of what an assignment rule determines": (document(X + rules("x = time", "y = rateOf(x)")), "'rateOf'"),
    "a parameter of a reaction and a quantity of the model both called time": (
        document(
            S + listed("Parameters", parameter("time", 1.0)) + listed("Reactions", reaction("J", "time", local=LOCAL))
        ),
        "called 'time'",
    ),
}


def rows(heading: str) -> list[str]:
    """Return the first cells of the table under a heading, without what stands in brackets."""
    text = PAGE.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    cells = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| ")]
    return [re.sub(r"\s*\([^)]*\)$", "", cell).replace("`", "") for cell in cells if cell not in ("", "feature")]


@pytest.mark.parametrize("row", SUPPORTED)
def test_what_is_supported_runs(row: str) -> None:
    text, quantity, value = SUPPORTED[row]
    times = np.array([0.0, 1.0])
    if row in ("Delays", "Fast reactions"):
        from bimodal.engine import Settings
        from bimodal.exchange.network_run import run_network

        network = read(text)
        wanted = network.amount("S") if quantity == "amount:S" else quantity
        got = run_network(network, [("q", wanted)], times, settings=Settings(rtol=1e-9)).values["q"]
    else:
        got = run(text, [quantity], times.tolist())[:, 0]
    assert got[1] == pytest.approx(value, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("row", REFUSED)
def test_what_is_refused_is_refused_by_name(row: str) -> None:
    text, words = REFUSED[row]
    with pytest.raises(ModelError, match=words):
        read(text)


def test_the_lists_of_the_page_are_these() -> None:
    assert rows("What is supported") == list(SUPPORTED)
    assert rows("What is refused, by name") == list(REFUSED)
