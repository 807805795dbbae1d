"""Exported formulas share what they repeat, and say the same as before."""

import libsbml
import pytest

from bimodal.engine import TIME
from bimodal.exchange import to_sbml
from bimodal.exchange.sbml_expressions import Expressions
from bimodal.exchange.sbml_functions import with_functions
from bimodal.expr import evaluate
from bimodal.model import load_model
from bimodal.model.sbml_reader import read_sbml


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


def test_the_human_is_sixty_times_shorter_written_out():
    human = load_model("human")
    before = libsbml.readSBMLFromString(human.network.sbml)
    document = libsbml.readSBMLFromString(to_sbml(human))
    assert _names_written_out(document.getModel()) * 60 < _names_written_out(before.getModel())


@pytest.mark.parametrize("name", ["human", "mouse", "tumour_alone"])
def test_every_formula_is_the_same_operations_on_the_same_constants(name):
    model = load_model(name)
    ours, read = model.network, read_sbml(to_sbml(model), file=f"{name}.xml")
    assert set(read.state_ids) == set(ours.state_ids)
    systems = [network.system([(state, state) for state in ours.state_ids]) for network in (ours, read)]
    values = {constant.id: constant.value for constant in read.constants} | model.table.values()
    found = []
    for system in systems:
        known = {**values, TIME: 0.0}
        for key, node in system.derived:
            known[key] = evaluate(system.graph, [node], known)[0]
        starts = dict(zip(system.state_ids, evaluate(system.graph, system.initial, known), strict=True))
        rates = dict(zip(system.state_ids, evaluate(system.graph, system.rates, {**known, **starts}), strict=True))
        found.append((known, starts, rates))
    for one, other in zip(*found, strict=True):
        assert one == other  # to the last bit


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
    assert len(with_functions(model)) == 2  # one of its own formula, one of what is four steps down
    assert model.getNumFunctionDefinitions() == 2
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


def test_no_function_calls_another_but_at_its_top():
    # libSBML keeps units by where a formula lies in memory: two calls in one formula gave it random remarks
    document = libsbml.readSBMLFromString(to_sbml(load_model("human")))
    for definition in document.getModel().getListOfFunctionDefinitions():
        body = definition.getMath().getChild(definition.getMath().getNumChildren() - 1)
        below = [body.getChild(i) for i in range(body.getNumChildren())]
        while below:
            node = below.pop()
            assert node.getType() != libsbml.AST_FUNCTION
            below += [node.getChild(i) for i in range(node.getNumChildren())]


def test_parts_that_are_equal_are_one():
    parts = Expressions()
    root = parts.read(libsbml.parseL3Formula("sqrt(a + b) * c^(a + b) + 1"))
    assert len([part for part in parts.parts if part.name == "a"]) == 1
    assert parts.text(root) == "sqrt(a + b) * c^(a + b) + 1"
    assert parts.read(libsbml.parseL3Formula("a + b")) in parts.below(root, {})
