"""Exported formulas share what they repeat, and say the same as before."""

import libsbml
import pytest

from bimodal.exchange import to_sbml
from bimodal.exchange.sbml_functions import with_functions
from bimodal.model import load_model


def _formulas(model):
    rules = [model.getRule(i) for i in range(model.getNumRules())]
    assignments = [model.getInitialAssignment(i) for i in range(model.getNumInitialAssignments())]
    return {
        **{r.getVariable(): libsbml.formulaToL3String(r.getMath()) for r in rules},
        **{a.getSymbol(): libsbml.formulaToL3String(a.getMath()) for a in assignments},
    }


def _names_written_out(model):
    made = {a.getSymbol(): a.getMath() for a in model.getListOfInitialAssignments()}
    made |= {r.getVariable(): r.getMath() for r in model.getListOfRules() if r.isAssignment()}
    counts = {}

    def count(node):
        own = written(node.getName()) if node.getType() == libsbml.AST_NAME else 0
        return own + sum(count(node.getChild(i)) for i in range(node.getNumChildren()))

    def written(name):
        if name not in counts:
            counts[name] = count(made[name]) if name in made else 1
        return counts[name]

    return sum(written(name) for name in made)


def test_the_human_is_twenty_times_shorter_and_says_the_same_once_its_functions_are_expanded():
    human = load_model("human")
    before = libsbml.readSBMLFromString(human.network.sbml)
    document = libsbml.readSBMLFromString(to_sbml(human))
    assert _names_written_out(document.getModel()) * 20 < _names_written_out(before.getModel())
    assert document.expandFunctionDefinitions()
    assert _formulas(document.getModel()) == _formulas(before.getModel())


def _chain(levels):
    parameters = "".join(f'<parameter id="x_{i}" value="1" constant="true"/>' for i in range(levels))
    times = "<apply><times/><ci>x_{0}</ci><ci>x_{0}</ci></apply>"
    made = "".join(
        f'<initialAssignment symbol="x_{i}"><math xmlns="http://www.w3.org/1998/Math/MathML">{times.format(i - 1)}'
        "</math></initialAssignment>"
        for i in range(1, levels)
    )
    return (
        '<sbml xmlns="http://www.sbml.org/sbml/level3/version2/core" level="3" version="2"><model id="m">'
        f"<listOfParameters>{parameters}</listOfParameters>"
        f"<listOfInitialAssignments>{made}</listOfInitialAssignments></model></sbml>"
    )


def test_formulas_of_one_form_share_a_function_and_short_ones_stay():
    document = libsbml.readSBMLFromString(_chain(30))
    model = document.getModel()
    assert _names_written_out(model) > 2**29
    assert with_functions(model) == 1
    assert model.getNumFunctionDefinitions() == 1
    assert libsbml.formulaToL3String(model.getInitialAssignmentBySymbol("x_1").getMath()) == "x_0 * x_0"
    assert libsbml.formulaToL3String(model.getInitialAssignmentBySymbol("x_29").getMath()).endswith("(x_28)")
    assert _names_written_out(model) < 2000


@pytest.mark.parametrize("taken", ["formula_of_x_9", "formula_of_9"])
def test_a_function_takes_no_id_that_is_there(taken):
    text = _chain(10).replace("<listOfParameters>", f'<listOfParameters><parameter id="{taken}" constant="true"/>')
    model = libsbml.readSBMLFromString(text)
    with_functions(model.getModel())
    names = [element.getIdAttribute() for element in model.getListOfAllElements() if element.getIdAttribute()]
    assert len(names) == len(set(names))
