"""What SBML documents may say, against closed forms."""

from __future__ import annotations

import math as m

import numpy as np
import pytest
from sbml_texts import compartment, document, event, listed, parameter, reaction, read, run, species

from bimodal.errors import ModelError

T = [0.0, 0.5, 1.0, 2.0]
TIMES = np.array(T)
C = listed("Compartments", compartment(size=2.0))
GROWING = listed("Compartments", compartment(size=2.0, constant=False))
K = listed("Parameters", parameter("k", 1.5))


def rules(**formulas: str) -> str:
    """Return rate rules (``rate_x``) and assignment rules (``x``)."""
    items = []
    for name, formula in formulas.items():
        kind, variable = ("rateRule", name[5:]) if name.startswith("rate_") else ("assignmentRule", name)
        items.append(f'<{kind} variable="{variable}">{{{{{formula}}}}}</{kind}>')
    return listed("Rules", *items)


def assigned(**formulas: str) -> str:
    """Return initial assignments."""
    return listed(
        "InitialAssignments",
        *(f'<initialAssignment symbol="{name}">{{{{{f}}}}}</initialAssignment>' for name, f in formulas.items()),
    )


@pytest.mark.parametrize("only", [True, False])
@pytest.mark.parametrize("start", ['initialAmount="6"', 'initialConcentration="3"'])
def test_decay_in_either_measure(start: str, only: bool) -> None:
    body = (
        C + listed("Species", species("S", start, only=only)) + K + listed("Reactions", reaction("J", "k*S", eats="S"))
    )
    # a law of a concentration changes the amount by k*S, so the rate constant is k/size
    speed = 1.5 if only else 0.75
    got = run(document(body), ["amount:S", "concentration:S", "J"], T)
    amount = 6.0 * np.exp(-speed * TIMES)
    law = 1.5 * (amount if only else amount / 2.0)
    np.testing.assert_allclose(got, np.stack([amount, amount / 2.0, law], axis=1), rtol=1e-7)


def test_an_amount_in_a_compartment_that_grows() -> None:
    body = (
        GROWING + listed("Species", species("S", 'initialConcentration="3"')) + K + rules(rate_c="0.5")
        + listed("Reactions", reaction("J", "k", makes="S"))
    )  # fmt: skip
    got = run(document(body), ["amount:S", "S", "c"], T)
    amount, size = 6.0 + 1.5 * TIMES, 2.0 + 0.5 * TIMES
    np.testing.assert_allclose(got, np.stack([amount, amount / size, size], axis=1), rtol=1e-9)


def test_an_untouched_species_is_diluted() -> None:
    body = GROWING + listed("Species", species("S", 'initialAmount="6"')) + rules(c="2 + time")
    got = run(document(body), ["amount:S", "S"], T)
    np.testing.assert_allclose(got, np.stack([6.0 + 0 * TIMES, 6.0 / (2.0 + TIMES)], axis=1), rtol=1e-12)


@pytest.mark.parametrize("size", ["rate", "rule"])
def test_a_rate_rule_of_a_concentration_in_a_compartment_that_grows(size: str) -> None:
    growth = {"rate_c": "0.5"} if size == "rate" else {"c": "2 + 0.5*time"}
    body = (
        GROWING
        + listed("Species", species("S", 'initialConcentration="3"', boundary=True))
        + rules(rate_S="0.25", **growth)
    )
    got = run(document(body), ["S", "amount:S"], T)
    value = 3.0 + 0.25 * TIMES
    np.testing.assert_allclose(got, np.stack([value, value * (2.0 + 0.5 * TIMES)], axis=1), rtol=1e-9)


def test_a_rate_rule_of_a_concentration_in_a_size_that_jumps_is_refused() -> None:
    body = GROWING + listed("Species", species("S", 'initialConcentration="3"', boundary=True))
    with pytest.raises(ModelError, match="may jump"):
        read(document(body + rules(rate_S="1", c="piecewise(1, time < 1, 2)")))


def test_a_compartment_without_dimensions_holds_amounts_only() -> None:
    flat = listed("Compartments", compartment(dimensions=0))
    body = (
        flat
        + listed("Species", species("S", 'initialAmount="6"'))
        + K
        + listed("Reactions", reaction("J", "k*S", eats="S"))
    )
    np.testing.assert_allclose(run(document(body), ["S"], T)[:, 0], 6.0 * np.exp(-1.5 * TIMES), rtol=1e-8)
    with pytest.raises(ModelError, match="no dimensions"):
        read(document(body)).concentration("S")


def test_a_negative_size_is_told() -> None:
    held = listed("Species", species("S", 'initialAmount="6"'))
    network = read(document(listed("Compartments", compartment(size=-2.0)) + held))
    (warning,) = network.warnings
    assert warning.startswith("the compartment 'c' has a negative size (-2)")


def test_conversion_factors() -> None:
    factors = listed("Parameters", parameter("k", 1.5), parameter("f", 10.0), parameter("g", 100.0))
    both = listed(
        "Species",
        species("A", 'initialAmount="0"', only=True),
        species("B", 'initialAmount="0"', only=True, extra='conversionFactor="g"'),
    )
    body = C + both + factors + listed("Reactions", reaction("J", "k", makes="A"), reaction("L", "k", makes="B"))
    got = run(document(body, model='conversionFactor="f"'), ["A", "B"], T)
    np.testing.assert_allclose(got, np.stack([15.0 * TIMES, 150.0 * TIMES], axis=1), rtol=1e-12)


@pytest.mark.parametrize("kind", ["number", "start", "rule", "rate"])
def test_stoichiometries(kind: str) -> None:
    given = 'stoichiometry="3" ' if kind != "start" else ""
    reference = f'<speciesReference id="n" species="S" {given}constant="{str(kind == "number").lower()}"/>'
    extra = {"number": "", "start": assigned(n="k*2"), "rule": rules(n="3 + time"), "rate": rules(rate_n="1")}[kind]
    body = (
        C + listed("Species", species("S", 'initialAmount="0"', only=True)) + K + extra
        + listed("Reactions", reaction("J", "1 + 0*n", references=reference))
    )  # fmt: skip
    expected = 3.0 * TIMES + (TIMES**2 / 2.0 if kind in ("rule", "rate") else 0.0)
    np.testing.assert_allclose(run(document(body), ["S"], T)[:, 0], expected, rtol=1e-9)


def test_local_parameters_hide_and_functions_are_put_in() -> None:
    functions = listed("FunctionDefinitions", '<functionDefinition id="f">{{lambda(a, b, a*b)}}</functionDefinition>')
    local = listed("LocalParameters", '<localParameter id="k" value="3"/>')
    body = (
        functions + C + listed("Species", species("S", 'initialAmount="1"', only=True)) + K + rules(p="f(k, 2)")
        + listed("Reactions", reaction("J", "f(k, S)", eats="S", local=local))
    )  # fmt: skip
    body = body.replace(K, listed("Parameters", parameter("k", 1.5), parameter("p", 0.0, constant=False)))
    got = run(document(body), ["S", "p", "J"], T)
    decay = np.exp(-3.0 * TIMES)
    np.testing.assert_allclose(got, np.stack([decay, 3.0 + 0 * TIMES, 3.0 * decay], axis=1), rtol=1e-7)
    assert "J.k" in read(document(body)).constant_ids


def test_rate_of() -> None:
    body = listed(
        "Parameters", parameter("x", 1.0, constant=False), parameter("y", 0.0, constant=False), parameter("k", 2.0)
    )
    got = run(document(body + rules(rate_x="-k*x", y="rateOf(x) + rateOf(k)")), ["y"], T)
    np.testing.assert_allclose(got[:, 0], -2.0 * np.exp(-2.0 * TIMES), rtol=1e-7)
    with pytest.raises(ModelError, match="rateOf"):
        read(document(body + rules(rate_x="rateOf(y)", y="2*time")))
    with pytest.raises(ModelError, match=r"itself|circular"):
        read(document(body + rules(rate_x="rateOf(y)", rate_y="rateOf(x)")))


def test_what_has_no_formula_is_as_if_it_were_not_there() -> None:
    body = listed("Parameters", parameter("x", 1.0, constant=False), parameter("y", 4.0, constant=False))
    empty = listed("Rules", '<rateRule variable="x"/>', '<assignmentRule variable="y"/>')
    np.testing.assert_array_equal(run(document(body + empty), ["x", "y"], T), np.tile([1.0, 4.0], (4, 1)))


def test_starting_values_follow_one_another() -> None:
    body = GROWING + listed("Species", species("S", 'initialConcentration="9"'))
    body += listed("Parameters", parameter("a", 0.0), parameter("b", 0.0), parameter("z", 7.0, constant=False))
    body += assigned(a="b*2", b="c + 1", c="z", S="a") + rules(rate_c="0", z="5")
    np.testing.assert_allclose(
        run(document(body), ["a", "b", "c", "S", "amount:S"], [0.0])[0], [12.0, 6.0, 5.0, 12.0, 60.0]
    )


def test_constants_that_nothing_uses_need_no_value() -> None:
    body = listed("Parameters", '<parameter id="u" constant="true"/>', parameter("x", 1.0, constant=False))
    assert read(document(body + rules(rate_x="-x"))).constant_ids == ()
    with pytest.raises(ModelError, match="'u' has no value"):
        read(document(body + rules(rate_x="-x*u")))


def test_levels_1_and_2() -> None:
    old = (
        listed("Compartments", '<compartment name="c" volume="2"/>')
        + listed("Species", '<species name="S" compartment="c" initialAmount="6"/>')
        + '<listOfReactions><reaction name="J" reversible="false"><listOfReactants>'
        '<speciesReference species="S" stoichiometry="1" denominator="2"/></listOfReactants>'
        '<kineticLaw formula="k*S*log(e)"><listOfParameters><parameter name="k" value="1.5"/>'
        '<parameter name="e" value="2.718281828459045"/></listOfParameters></kineticLaw></reaction></listOfReactions>'
    )
    text = document(old, level=(1, 2)).replace('id="m"', 'name="m"')
    np.testing.assert_allclose(run(text, ["amount:S"], T)[:, 0], 6.0 * np.exp(-0.375 * TIMES), rtol=1e-7)
    body = (
        listed("Compartments", '<compartment id="c" size="2"/>')
        + listed("Species", '<species id="S" compartment="c" initialAmount="6"/>')
        + '<listOfReactions><reaction id="J"><listOfReactants><speciesReference species="S"><stoichiometryMath>'
        "{{1 + time}}</stoichiometryMath></speciesReference></listOfReactants><kineticLaw>{{0.5}}</kineticLaw>"
        "</reaction></listOfReactions>"
    )
    got = run(document(body, level=(2, 4)), ["amount:S"], T)
    np.testing.assert_allclose(got[:, 0], 6.0 - 0.5 * (TIMES + TIMES**2 / 2), rtol=1e-9)


def test_events_change_species_sizes_and_parameters() -> None:
    body = (
        GROWING + listed("Species", species("S", 'initialConcentration="3"'), species("R", 'initialConcentration="3"'))
        + listed("Parameters", parameter("p", 1.0, constant=False))
        + listed("Events", event("time >= 0.75", {"S": "1", "c": "4", "p": "p + c"}))
    )  # fmt: skip
    got = run(document(body), ["amount:S", "S", "amount:R", "R", "c", "p"], [0.0, 0.5, 1.0])
    # S is set in the size before, and then keeps its amount as R does
    np.testing.assert_allclose(got[1], [6.0, 3.0, 6.0, 3.0, 2.0, 1.0])
    np.testing.assert_allclose(got[2], [2.0, 0.5, 6.0, 1.5, 4.0, 3.0])


def test_delays_priorities_and_persistence() -> None:
    body = listed("Parameters", *(parameter(name, 0.0, constant=False) for name in "abcd"))
    body += listed(
        "Events",
        event("time >= 1", {"a": "a + 1"}, priority="1", early=False),
        event("time >= 1", {"a": "a * 10 + 5"}, priority="2", early=False),
        event("time >= 1", {"b": "time"}, delay="0.5"),
        event("time >= 1 && time < 1.25", {"c": "1"}, delay="0.5", flags='initialValue="true" persistent="false"'),
        event("time >= 0", {"d": "1"}, flags='initialValue="false" persistent="true"'),
    )
    got = run(document(body), list("abcd"), [0.0, 0.9, 1.2, 1.4, 1.6])
    np.testing.assert_allclose(got[:, 0], [0.0, 0.0, 6.0, 6.0, 6.0])
    np.testing.assert_allclose(got[:, 1], [0.0, 0.0, 0.0, 0.0, 1.0])
    np.testing.assert_allclose(got[:, 2], 0.0)
    np.testing.assert_allclose(got[1:, 3], 1.0)


def test_a_condition_that_holds_for_a_moment_is_seen() -> None:
    body = listed("Parameters", parameter("x", 0.0, constant=False), parameter("hit", 0.0, constant=False))
    body += rules(rate_x="1") + listed("Events", event("x > 50 && x < 50.001", {"hit": "1"}))
    np.testing.assert_array_equal(run(document(body), ["hit"], [0.0, 49.0, 100.0])[:, 0], [0.0, 0.0, 1.0])


@pytest.mark.parametrize("form", ["floor", "rem", "window"])
def test_short_pulses_in_a_rate_are_seen(form: str) -> None:
    inside = {
        "floor": "time - 24*floor(time/24) < 0.01",
        "rem": "rem(time, 24) < 0.01",
        "window": "(time < 0.01) || (time >= 24 && time < 24.01) || (time >= 48 && time < 48.01)",
    }[form]
    body = listed("Parameters", parameter("x", 0.0, constant=False)) + rules(rate_x=f"piecewise(100, {inside}, 0)")
    got = run(document(body), ["x"], [0.0, 23.0, 47.0, 71.0])
    np.testing.assert_allclose(got[:, 0], [0.0, 1.0, 2.0, 3.0], rtol=1e-6)


def test_a_delayed_concentration_in_a_changing_size_is_refused() -> None:
    body = GROWING + listed("Species", species("S", 'initialConcentration="3"')) + rules(rate_c="1")
    with pytest.raises(ModelError, match="before the delay"):
        read(document(body + listed("Events", event("time > 1", {"S": "1"}, delay="1"))))


def test_equal_priorities_are_drawn_and_the_draw_is_the_same_in_every_run() -> None:
    names = ("u", "v", "reset")
    body = listed("Parameters", *(parameter(name, 0.0, constant=False) for name in names))
    volatile = 'initialValue="true" persistent="false"'
    body += listed(
        "Events",
        *(event("time - reset >= 0.01", {"reset": "time", n: f"{n} + 1"}, priority="1", flags=volatile) for n in "uv"),
    )
    first = run(document(body), ["u", "v"], [0.0, 4.0])[1]
    assert first.sum() == pytest.approx(400, abs=2)
    assert abs(first[0] - first[1]) < 100
    np.testing.assert_array_equal(run(document(body), ["u", "v"], [0.0, 4.0])[1], first)


VARIABLE_X = listed("Parameters", parameter("x", 1.0, constant=False))
ONE_SPECIES = C + listed("Species", species("S", 'initialAmount="1"'))
BLANK_REFERENCE = '<speciesReference species="S" constant="true"/>'
REFUSED = {
    "constraints": VARIABLE_X + "<listOfConstraints><constraint>{{x > 0}}</constraint></listOfConstraints>",
    "kinetic law": ONE_SPECIES + '<listOfReactions><reaction id="J" reversible="false"/></listOfReactions>',
    "starting value": C + listed("Species", species("S", "")) + listed("Reactions", reaction("J", "1", makes="S")),
    "stoichiometry": ONE_SPECIES + listed("Reactions", reaction("J", "1", references=BLANK_REFERENCE)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_supported_is_refused_by_name(name: str) -> None:
    with pytest.raises(ModelError, match=name):
        read(document(REFUSED[name]))


def test_a_model_of_rules_alone_is_solved() -> None:
    body = listed("Parameters", parameter("x", 1.0, constant=False)) + rules(x="sin(time)")
    np.testing.assert_allclose(run(document(body), ["x"], T)[:, 0], [m.sin(t) for t in T], rtol=1e-14)


DRAWN = {
    "render": (
        '<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1" '
        'xmlns:layout="http://www.sbml.org/sbml/level3/version1/layout/version1" layout:required="false" '
        'xmlns:render="http://www.sbml.org/sbml/level3/version1/render/version1" render:required="false">'
        '<model id="m">{}<layout:listOfLayouts><render:listOfGlobalRenderInformation>'
        "<render:globalRenderInformation/></render:listOfGlobalRenderInformation></layout:listOfLayouts></model></sbml>"
    ),
    "layout": (
        '<sbml xmlns="http://www.sbml.org/sbml/level2/version4" level="2" version="4" layout:required="false" '
        'xmlns:layout="http://www.sbml.org/sbml/level3/version1/layout/version1"><model id="m">{}</model></sbml>'
    ),
}


@pytest.mark.parametrize("package", DRAWN)
def test_a_broken_drawing_is_a_warning(package: str) -> None:
    body = C + '<listOfSpecies><species id="S" compartment="c" initialAmount="6"/></listOfSpecies>'
    if package == "render":
        body = C + listed("Species", species("S", 'initialAmount="6"'))
    network = read(DRAWN[package].format(body))
    assert list(network.species) == ["S"]
    (warning,) = network.warnings
    assert "the drawing in the file is not valid SBML" in warning
