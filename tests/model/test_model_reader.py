"""The reader: SBML and Antimony that mean something are read right, everything else is refused by name."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_texts import MATH, SBML, X, applied, network, rule_model, system

from bimodal.engine import Settings, solve
from bimodal.errors import BimodalError, ModelError
from bimodal.expr import evaluate
from bimodal.model import load_model, model_text
from bimodal.model.antimony_text import to_sbml
from bimodal.model.guard import MAX_DEPTH, MAX_OPERATORS
from bimodal.model.sbml_reader import read_sbml


def read(text: str) -> object:
    return read_sbml(text, file="m.xml")


def rate(formula: str, x: float = 1.0) -> float:
    """Return the rate of x at x."""
    found = read_sbml(rule_model(formula), file="m.xml")
    return float(evaluate(found.graph, [found.rates[0]], {"x": x, "time": 3.0})[0])


def refusal_of(action: Callable[[], object]) -> str | None:
    """Return what a ModelError says and where, ``None`` if nothing is refused; anything else comes through."""
    try:
        action()
    except ModelError as fault:
        return str(fault) if fault.where else ""
    return None


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (applied("plus", X, X, X), 6.0),
        (applied("plus", X), 2.0),
        (applied("times", X, X, X), 8.0),
        (applied("minus", X), -2.0),
        (applied("minus", X, "<cn>5</cn>"), -3.0),
        (applied("divide", "<cn type='integer'>1</cn>", X), 0.5),
        (applied("power", X, "<cn>3</cn>"), 8.0),
        (applied("root", X), 2.0**0.5),
        (applied("root", f"<degree><cn>3</cn></degree>{X}"), 2.0 ** (1 / 3)),
        (applied("exp", X), 7.38905609893065),
        (applied("ln", X), 0.6931471805599453),
        (applied("abs", applied("minus", X)), 2.0),
        (applied("floor", "<cn>2.7</cn>"), 2.0),
        ("<cn type='e-notation'>2<sep/>-3</cn>", 2e-3),
        ("<cn type='rational'>1<sep/>4</cn>", 0.25),
        ("<pi/>", 3.141592653589793),
        ("<exponentiale/>", 2.718281828459045),
        ("<csymbol encoding='text' definitionURL='http://www.sbml.org/sbml/symbols/time'>t</csymbol>", 3.0),
        (
            f"<piecewise><piece><cn>7</cn>{applied('gt', X, '<cn>1</cn>')}</piece>"
            f"<otherwise>{X}</otherwise></piecewise>",
            7.0,
        ),
        (
            f"<piecewise><piece><cn>7</cn>{applied('lt', X, '<cn>2</cn>')}</piece>"
            f"<otherwise>{X}</otherwise></piecewise>",
            2.0,
        ),
        (
            "<piecewise><piece><cn>1</cn>"
            + applied("and", applied("geq", X, "<cn>2</cn>"), applied("not", applied("eq", X, "<cn>3</cn>")))
            + "</piece><otherwise><cn>0</cn></otherwise></piecewise>",
            1.0,
        ),
        (
            "<piecewise><piece><cn>1</cn>"
            + applied("or", applied("leq", X, "<cn>1</cn>"), applied("eq", X, "<cn>3</cn>"))
            + "</piece><otherwise><cn>0</cn></otherwise></piecewise>",
            0.0,
        ),
    ],
)
def test_formulas(formula: str, expected: float) -> None:
    assert rate(formula, 2.0) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (applied("sin", X), math.sin(2)),
        (applied("cos", X), math.cos(2)),
        (applied("tan", X), math.tan(2)),
        (applied("sinh", X), math.sinh(2)),
        (applied("tanh", X), math.tanh(2)),
        (applied("arctan", X), math.atan(2)),
        (applied("arcsin", "<cn>0.5</cn>"), math.asin(0.5)),
        (applied("factorial", "<cn>5</cn>"), 120.0),
        (applied("ceiling", "<cn>2.2</cn>"), 3.0),
        (applied("log", X), math.log10(2)),
        (applied("log", "<logbase><cn>2</cn></logbase>", X), 1.0),
        (applied("plus"), 0.0),
        (applied("times"), 1.0),
        (applied("minus", applied("gt", X, "<cn>1</cn>")), -1.0),
        (applied("gt", X, "<cn>1</cn>"), 1.0),
        ("<true/>", 1.0),
        ("<csymbol encoding='text' definitionURL='http://www.sbml.org/sbml/symbols/avogadro'>a</csymbol>", 6.02214e23),
    ],
)
def test_other_formulas_are_read_right_or_refused(formula: str, expected: float) -> None:
    try:
        found = rate(formula, 2.0)
    except ModelError as fault:
        said = str(fault)
    else:
        assert found == pytest.approx(expected, rel=1e-6)
        return
    assert "rule of 'x'" in said or "not valid SBML" in said


@pytest.mark.parametrize(
    "formula",
    [
        applied("and", X, X),
        f"<piecewise><piece>{X}{X}</piece><otherwise>{X}</otherwise></piecewise>",
        applied("divide", X),
        applied("minus"),
        applied("minus", X, X, X),
        applied("power", X),
        applied("exp"),
        applied("exp", X, X),
        applied("lt", X),
        "<ci>nobody</ci>",
        "<ci>m</ci>",
        applied("x", X),
        "",
        "<notanelement/>",
        "<infinity/><infinity/>",
    ],
)
def test_formulas_that_mean_nothing_are_refused(formula: str) -> None:
    with pytest.raises(ModelError):
        rate(formula)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model m; x = 1; x' = delay(x, 1); end", "delay"),
        ("model m; x = 1; x' = a; a := b; b := a; end", "Loop|itself"),
        ("model m; x = 1; x' = a; a = b; b = a + 1; end", "Loop|itself"),
        ("model m; x = y; y = x; x' = 1; y' = 1; end", "Loop|itself"),
        ("model m; x = 1; x' = -k * x; end", "'k' has no value"),
        ("model m; x' = -x; end", "'x' has no starting value"),
        ("model m x = 1", "cannot be read"),
        ("\x00\x01 %%% ][", "NUL"),
        ("model m; x = 1; x' = -x; end\x00 garbage", "NUL"),
        ("import 'other.ant'\nmodel m; x = 1; x' = -x; end", "imports"),
        ('import "other.ant";\nmodel m; x = 1; x\' = -x; end', "imports"),
        ("\ud800", "characters that are none"),
        ("%&/()=?", "cannot be read"),
    ],
)
def test_antimony_that_is_not_supported(text: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        network(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("model m; x = 1; x' = -x; at time > 0.5: x = 2; end", 2 * math.exp(-0.5)),
        ("function f(a) a^2; end\nmodel m; x = 1; x' = -f(x); end", 0.5),
        ("model m; compartment c = 1; species x in c; x = 1; J: x -> ; k * x; k = 1; y := J; end", math.exp(-1)),
        ("model m; x = 1; x' = (x > 0); end", 2.0),
        ("model m; x = 1; end", 1.0),
        ("model m; x = 1; x' = ; end", 1.0),
        ("", math.nan),
    ],
)
def test_what_the_reader_may_know_is_right_or_refused(text: str, expected: float) -> None:
    try:
        found = system(text)
        run = solve(found, [found_values(text)], None, [0.0, 1.0], settings=Settings(rtol=1e-8))
    except BimodalError as fault:
        refusal = str(fault)
    else:
        if "x" in run.output_ids:
            assert run["x"][0, -1] == pytest.approx(expected, rel=1e-5)
        return
    assert refusal


def found_values(text: str) -> list[float]:
    return [constant.value for constant in network(text).constants]


def test_an_unknown_module_is_named() -> None:
    with pytest.raises(ModelError, match="'other'"):
        to_sbml("model m; x = 1; x' = -x; end", "other", file="m.ant")


def test_texts_do_not_leak_into_each_other() -> None:
    first = to_sbml("model m; x = 1; x' = -x; end", "m", file="a.ant")
    with pytest.raises(ModelError):
        to_sbml("model broken", "m", file="b.ant")
    assert to_sbml("model m; x = 1; x' = -x; end", "m", file="a.ant") == first


@settings(deadline=None, max_examples=60)
@given(text=st.text(max_size=80) | st.text(alphabet="model x=1;'()+-*/^ end:=->,.\n", max_size=80))
def test_any_antimony_is_read_or_refused(text: str) -> None:
    assert refusal_of(lambda: network(text)) != ""


@settings(deadline=None, max_examples=60)
@given(text=st.text(max_size=120), place=st.integers(0, 400))
def test_any_sbml_is_read_or_refused(text: str, place: int) -> None:
    good = rule_model(X)
    for hostile in (text, good[:place] + text + good[place:], good[:place]):
        assert refusal_of(lambda hostile=hostile: read(hostile)) != ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "<sbml/>",
        "<html></html>",
        SBML + "</sbml>",
        rule_model(X)[:-5],
        '<?xml version="1.0"?><!DOCTYPE sbml [<!ENTITY a "b">]>' + rule_model(X).partition("?>")[2],
        '<?xml version="1.0"?><!DOCTYPE sbml SYSTEM "file:///etc/hostname">' + rule_model(X).partition("?>")[2],
        '<?xml version="1.0"?>\n\n <!DOCTYPE\nsbml [\n]>' + rule_model(X).partition("?>")[2],
        rule_model("<ci>&lol;</ci>"),
        rule_model(X).replace("UTF-8", "UTF-7"),
        rule_model(X).replace("UTF-8", "UTF-16"),
        "\ufeff\ufeff" + rule_model(X),
        rule_model(X) + rule_model(X),
        rule_model(X).replace('level="3"', 'level="9"'),
        rule_model(X, extra='<parameter id="x" value="2" constant="false"/>'),
        rule_model(X, extra='<parameter id="1bad" value="2" constant="true"/>'),
        rule_model(X, extra='<parameter id="p" value="two" constant="true"/>'),
        rule_model(X).replace('variable="x"', 'variable="y"'),
        rule_model(X).replace('constant="false"', 'constant="true"'),
    ],
)
def test_hostile_or_broken_documents(text: str) -> None:
    with pytest.raises(ModelError):
        read(text)


@pytest.mark.parametrize("depth", [MAX_DEPTH, 1000, 10_000, 100_000])
@pytest.mark.parametrize("function", ["exp", "minus", "abs"])
def test_deep_formulas_are_refused_before_they_overflow_a_stack(depth: int, function: str) -> None:
    formula = f"<apply><{function}/>" * depth + X + "</apply>" * depth
    with pytest.raises(ModelError, match="nested"):
        read(rule_model(formula))


@pytest.mark.parametrize("depth", [10, 100, MAX_DEPTH - 20])
def test_formulas_of_a_sane_depth_are_read(depth: int) -> None:
    assert rate("<apply><abs/>" * depth + X + "</apply>" * depth, 2.0) == 2.0


@pytest.mark.parametrize(
    "formula",
    [
        "(" * 10_000 + "x" + ")" * 10_000,
        "-x" * 10_000,
        "exp(" * 10_000 + "x" + ")" * 10_000,
        "x" + "^x" * 10_000,
        "!" * 10_000 + "x",
        "piecewise(1, x < 2, " * 3_000 + "x" + ")" * 3_000,
    ],
)
def test_deep_antimony_is_refused(formula: str) -> None:
    with pytest.raises(ModelError, match=f"{MAX_OPERATORS} operators"):
        network(f"model m; x = 1; x' = {formula}; end")


@pytest.mark.parametrize("count", [150, 250, 900])
def test_long_antimony_works_or_is_refused(count: int) -> None:
    terms = " + ".join(["x"] * count)
    assert network(f"model m; x = 1; x' = {terms}; end").state_ids == ("x",)
    said = refusal_of(lambda: network(f"model m; x = 1; x' = {terms.replace('+', '-')}; end"))
    assert said is None or "nested" in said


def test_many_rules_in_a_row_need_no_recursion() -> None:
    rules = "; ".join(f"a{i} := a{i - 1} + 1" for i in range(1, 60))
    found = network(f"model m; x = 1; x' = a59; a0 := x; {rules}; end")
    assert float(evaluate(found.graph, [found.rates[0]], {"x": 1.0})[0]) == 60.0


def test_a_very_wide_sum_works_or_is_refused() -> None:
    try:
        found = rate(applied("plus", *[X] * 20_000))
    except ModelError as fault:
        refusal = str(fault)
    else:
        assert found == 20_000.0
        return
    assert refusal


def test_cycles_and_blanks_of_sbml_are_named() -> None:
    two = '<parameter id="a" constant="false"/><parameter id="b" constant="false"/>'
    rules = "".join(
        f'<assignmentRule variable="{left}">{MATH}<ci>{right}</ci></math></assignmentRule>'
        for left, right in (("a", "b"), ("b", "a"))
    )
    with pytest.raises(ModelError):
        read(rule_model("<ci>a</ci>", extra=two).replace("</listOfRules>", rules + "</listOfRules>"))
    with pytest.raises(ModelError, match="'p' has no value"):
        read(rule_model("<ci>p</ci>", extra='<parameter id="p" constant="true"/>'))


def test_a_table_must_fit_the_model() -> None:
    text = rule_model(applied("times", "<ci>k</ci>", X), extra='<parameter id="k" value="1" constant="true"/>')
    assert read_sbml(text, file="m.xml", values={"k": 5.0}).constants[0].value == 5.0
    for values, message in (({"q": 1.0}, "'q'"), ({"x": 1.0}, "'x'"), ({"k": float("nan")}, "'k' has no value")):
        with pytest.raises(ModelError, match=message):
            read_sbml(text, file="m.xml", values=values)
    assert read_sbml(text, file="m.xml", values={}).constants == ()


def test_an_unknown_model_lists_those_there_are() -> None:
    with pytest.raises(ModelError, match="no model 'elephant'") as caught:
        load_model("elephant")
    assert "human" in str(caught.value)
    with pytest.raises(ModelError):
        model_text("../human")


def test_an_unknown_quantity_is_named() -> None:
    with pytest.raises(ModelError, match="'nothing'"):
        load_model("human").network.expression("nothing")
