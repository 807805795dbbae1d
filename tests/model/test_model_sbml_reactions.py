"""Amounts, concentrations and reactions of SBML: read right, or refused by name."""

from __future__ import annotations

import numpy as np
import pytest
from model_texts import MATH, SBML, X, applied, rule_model

from bimodal.engine import solve
from bimodal.engine.compiled import compiled
from bimodal.errors import ModelError
from bimodal.model.sbml_reader import read_sbml

SPECIES = (
    '<listOfCompartments><compartment id="c" size="{size}" constant="true"/></listOfCompartments>'
    '<listOfSpecies><species id="s" compartment="c" {start} hasOnlySubstanceUnits="{only}" boundaryCondition="false"'
    ' constant="false"/></listOfSpecies>'
    '<listOfParameters><parameter id="k" value="1" constant="true"/></listOfParameters>{assigned}'
    '<listOfReactions><reaction id="r" reversible="false" fast="{fast}"><listOfReactants>'
    '<speciesReference species="s" stoichiometry="{order}" constant="true"/></listOfReactants><kineticLaw>'
    + MATH
    + "<apply><times/>"
    "<ci>k</ci><ci>s</ci></apply></math>{local}</kineticLaw></reaction></listOfReactions>"
)


def species(
    start: str,
    only: str,
    *,
    size: str = "4",
    assigned: str = "",
    local: str = "",
    fast: str = "false",
    order: str = "1",
) -> str:
    body = SPECIES.format(size=size, start=start, only=only, assigned=assigned, local=local, fast=fast, order=order)
    return f'{SBML}<model id="m">{body}</model></sbml>'


DOUBLED = (
    f'<listOfInitialAssignments><initialAssignment symbol="c">{MATH}<cn>8</cn></math></initialAssignment>'
    "</listOfInitialAssignments>"
)


@pytest.mark.parametrize(
    ("start", "only", "assigned", "expected"),
    [
        ('initialAmount="12"', "true", "", (12.0, -12.0)),
        ('initialAmount="12"', "false", "", (3.0, -0.75)),
        ('initialConcentration="12"', "false", "", (12.0, -3.0)),
        ('initialConcentration="12"', "true", "", (48.0, -48.0)),
        ('initialAmount="12"', "false", DOUBLED, (1.5, -0.1875)),
        ('initialConcentration="12"', "true", DOUBLED, (96.0, -96.0)),
    ],
)
def test_amounts_and_concentrations(start: str, only: str, assigned: str, expected: tuple[float, float]) -> None:
    found = read_sbml(species(start, only, assigned=assigned), file="m.xml")
    run_system = found.system([("s", "s")])
    values = [[constant.value for constant in found.constants]]
    kernel = compiled(run_system)
    full, states = kernel.start(np.array(values))
    assert states[0, 0] == pytest.approx(expected[0], rel=1e-15)
    assert kernel.call("rate", 0.0, states[0], full[0])[0] == pytest.approx(expected[1], rel=1e-15)


def test_a_size_that_is_an_input_moves_the_start_with_it() -> None:
    found = read_sbml(species('initialAmount="12"', "false"), file="m.xml")
    order = [constant.id for constant in found.constants]
    inputs = {"c": 6.0, "k": 0.0}
    run = solve(found.system([("s", "s")]), [[inputs[name] for name in order]], None, [0.0, 1.0])
    assert run["s"][0].tolist() == [2.0, 2.0]
    from_table = read_sbml(species('initialAmount="12"', "false"), file="m.xml", values={"c": 6.0})
    assert solve(from_table.system([("s", "s")]), [[6.0]], None, [0.0])["s"][0, 0] == 2.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (species("", "true"), "no starting value"),
        (
            f'{SBML}<model id="m"><listOfParameters><parameter id="x" value="1" constant="false"/></listOfParameters>'
            f"<listOfRules><algebraicRule>{MATH}{applied('minus', applied('times', X, X), '<cn>1</cn>')}</math>"
            "</algebraicRule></listOfRules></model></sbml>",
            "algebraic",
        ),
        (
            rule_model(X).replace(
                "</listOfRules>",
                "</listOfRules><listOfConstraints><constraint>"
                + MATH
                + applied("lt", X, "<cn>9</cn>")
                + "</math></constraint></listOfConstraints>",
            ),
            "constraints",
        ),
        (
            rule_model(X)
            .replace("<model", "<model")
            .replace(
                'level="3" version="1"',
                'xmlns:spatial="http://www.sbml.org/sbml/level3/version1/spatial/version1" spatial:required="true" '
                'level="3" version="1"',
            ),
            "spatial",
        ),
    ],
)
def test_sbml_that_is_not_supported(text: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        read_sbml(text, file="m.xml")


LOCAL = '<listOfLocalParameters><localParameter id="k" value="9"/></listOfLocalParameters>'
LEVEL_2 = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<sbml xmlns="http://www.sbml.org/sbml/level2/version4" level="2" version="4">'
    '<model id="m"><listOfCompartments><compartment id="c" size="1"/></listOfCompartments><listOfSpecies>'
    '<species id="s" compartment="c" initialAmount="1"/></listOfSpecies><listOfParameters><parameter id="k" value="1"/>'
    '</listOfParameters><listOfReactions><reaction id="r" reversible="false"><listOfReactants>'
    f'<speciesReference species="s"/></listOfReactants><kineticLaw>{MATH}<ci>k</ci></math>'
    "{local}</kineticLaw></reaction></listOfReactions></model></sbml>"
)
FACTOR = '<parameter id="f" value="5" constant="true"/></listOfParameters>'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (species('initialAmount="1"', "true", local=LOCAL), -9.0),
        (
            species('initialAmount="1"', "true")
            .replace('boundaryCondition="false"', 'boundaryCondition="false" conversionFactor="f"')
            .replace("</listOfParameters>", FACTOR),
            -5.0,
        ),
        (
            species('initialAmount="1"', "true")
            .replace('<model id="m">', '<model id="m" conversionFactor="f">')
            .replace("</listOfParameters>", FACTOR),
            -5.0,
        ),
        (
            LEVEL_2.format(local='<listOfParameters><parameter id="k" value="9"/></listOfParameters>'),
            -9.0,
        ),
        (LEVEL_2.format(local=""), -1.0),
    ],
    ids=["local", "species factor", "model factor", "level 2 local", "level 2"],
)
def test_reactions_are_read_right_or_refused(text: str, expected: float, request: pytest.FixtureRequest) -> None:
    try:
        found = read_sbml(text, file="m.xml")
    except ModelError as fault:
        refusal = str(fault)
    else:
        run_system = found.system([("s", "s")])
        full, states = compiled(run_system).start(np.array([[constant.value for constant in found.constants]]))
        assert compiled(run_system).call("rate", 0.0, states[0], full[0])[0] == pytest.approx(expected, rel=1e-15)
        return
    assert "local" in refusal or "conversion" in refusal
    assert request.node.callspec.id != "level 2"
