"""Every function SBML may use, by the plain reading and by compiled code, against Python's own mathematics."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from model_texts import rule_model

from bimodal.engine import System
from bimodal.engine.kernel import Kernel, compile_system
from bimodal.expr import Graph, Op, derivative, evaluate
from bimodal.model.functions import UNARY
from bimodal.model.sbml_reader import read_sbml

X = "<ci>x</ci>"
AVOGADRO = "<csymbol encoding='text' definitionURL='http://www.sbml.org/sbml/symbols/avogadro'>a</csymbol>"
# Level 3 Version 2 lets numbers and truth values stand for each other
VERSION_2 = rule_model("{}").replace("version1/core", "version2/core").replace('version="1">', 'version="2">', 1)
PLAIN: dict[str, tuple[Callable[[float], float], float, float]] = {
    "abs": (abs, -5.0, 5.0),
    "exp": (math.exp, -50.0, 50.0),
    "ln": (math.log, 1e-9, 1e9),
    "floor": (math.floor, -9.0, 9.0),
    "ceiling": (math.ceil, -9.0, 9.0),
    "sin": (math.sin, -1e4, 1e4),
    "cos": (math.cos, -1e4, 1e4),
    "tan": (math.tan, -1.5, 1.5),
    "sec": (lambda x: 1 / math.cos(x), -1.5, 1.5),
    "csc": (lambda x: 1 / math.sin(x), 0.1, 3.0),
    "cot": (lambda x: 1 / math.tan(x), 0.1, 1.5),
    "arcsin": (math.asin, -0.999, 0.999),
    "arccos": (math.acos, -0.999, 0.999),
    "arctan": (math.atan, -1e3, 1e3),
    "arcsec": (lambda x: math.acos(1 / x), 1.01, 50.0),
    "arccsc": (lambda x: math.asin(1 / x), 1.01, 50.0),
    "arccot": (lambda x: math.atan(1 / x), 0.01, 50.0),
    "sinh": (math.sinh, -30.0, 30.0),
    "cosh": (math.cosh, -30.0, 30.0),
    "tanh": (math.tanh, -30.0, 30.0),
    "sech": (lambda x: 1 / math.cosh(x), -30.0, 30.0),
    "csch": (lambda x: 1 / math.sinh(x), 0.01, 30.0),
    "coth": (lambda x: 1 / math.tanh(x), 0.01, 30.0),
    "arcsinh": (math.asinh, -1e6, 1e6),
    "arccosh": (math.acosh, 1.001, 1e6),
    "arctanh": (math.atanh, -0.999, 0.999),
    "arcsech": (lambda x: math.acosh(1 / x), 0.001, 0.999),
    "arccsch": (lambda x: math.asinh(1 / x), 0.001, 50.0),
    "arccoth": (lambda x: math.atanh(1 / x), 1.01, 50.0),
    "factorial": (lambda x: float(math.factorial(int(x))), 0.0, 0.0),
}


def value(formula: str, x: float) -> float:
    found = read_sbml(VERSION_2.replace("{}", formula), file="m.xml")
    return float(evaluate(found.graph, [found.rates[0]], {"x": x, "time": 3.0})[0])


def applied(function: str, *args: str) -> str:
    return f"<apply><{function}/>{''.join(args)}</apply>"


def cn(number: float) -> str:
    return f"<cn>{number!r}</cn>"


def compiled() -> tuple[list[str], Kernel]:
    """Compile all functions as outputs of one system."""
    g = Graph()
    x = g.symbol("x")
    outputs = tuple((name, build(g, x)) for name, build in UNARY.items())
    system = System(g, ("x",), (), frozenset(), (), (g.const(1.0),), (g.const(0.0),), outputs, (1.0,))
    return list(UNARY), compile_system(system, width=1)


NAMES, KERNEL = compiled()


def test_every_function_is_tested() -> None:
    assert set(PLAIN) == set(UNARY)


@pytest.mark.parametrize("name", [name for name in PLAIN if name != "factorial"])
def test_functions_agree_with_python(name: str) -> None:
    reference, low, high = PLAIN[name]
    g = Graph()
    node = UNARY[name](g, g.symbol("x"))
    points = np.random.default_rng(1).uniform(low, high, 400)
    expected = np.array([reference(x) for x in points.tolist()])
    np.testing.assert_allclose(evaluate(g, [node], {"x": points})[0], expected, rtol=1e-13, atol=1e-300)
    column = NAMES.index(name)
    got = [KERNEL.call("observe", 0.0, np.array([x]), np.empty(0))[column] for x in points.tolist()]
    np.testing.assert_allclose(got, expected, rtol=1e-13, atol=1e-300)


@pytest.mark.parametrize("name", [n for n in PLAIN if n not in ("floor", "ceiling", "factorial", "abs")])
def test_derivatives_agree_with_differences(name: str) -> None:
    _, low, high = PLAIN[name]
    g = Graph()
    node = UNARY[name](g, g.symbol("x"))
    slope = derivative(g, [node], "x")[0]
    # away from the ends of the domain, where differences say little
    points = np.random.default_rng(2).uniform(low + 0.1 * (high - low), high - 0.1 * (high - low), 50)
    step = 1e-6 * np.maximum(np.abs(points), 0.1)
    up, down = (evaluate(g, [node], {"x": points + sign * step})[0] for sign in (1.0, -1.0))
    np.testing.assert_allclose(evaluate(g, [slope], {"x": points})[0], (up - down) / (2 * step), rtol=2e-5, atol=1e-7)


@settings(deadline=None, max_examples=300)
@given(x=st.floats(allow_nan=True, allow_infinity=True) | st.floats(-1e-8, 1e-8))
@example(x=704.0)  # expm1: a product overflowed before its result does
def test_compiled_primitives_agree_with_the_plain_reading(x: float) -> None:
    g = Graph()
    operations = (Op.EXPM1, Op.LOG1P, Op.ATAN)
    plain = evaluate(g, [g.call(op, g.symbol("x")) for op in operations], {"x": x})
    np.testing.assert_allclose(_primitives().call("observe", 0.0, np.array([x]), np.empty(0)), plain, rtol=1e-15)


_KEPT: list[Kernel] = []


def _primitives() -> Kernel:
    if not _KEPT:
        g = Graph()
        x = g.symbol("x")
        outputs = tuple((op.name, g.call(op, x)) for op in (Op.EXPM1, Op.LOG1P, Op.ATAN))
        system = System(g, ("x",), (), frozenset(), (), (g.const(1.0),), (g.const(0.0),), outputs, (1.0,))
        _KEPT.append(compile_system(system, width=1))
    return _KEPT[0]


@pytest.mark.parametrize("x", [1e300, -1e12, math.inf, math.nan])
def test_waves_of_what_cannot_be_reduced_are_no_number(x: float) -> None:
    outputs = KERNEL.call("observe", 0.0, np.array([x]), np.empty(0))
    assert math.isnan(outputs[NAMES.index("sin")])
    assert math.isnan(outputs[NAMES.index("cos")])


@pytest.mark.parametrize("x", [0.0, 1.0, 2.0, 5.0, 20.0, 170.0])
def test_factorials(x: float) -> None:
    assert value(applied("factorial", X), x) == pytest.approx(math.factorial(int(x)), rel=1e-14)
    assert value(applied("factorial", cn(x)), 1.0) == float(math.factorial(int(x)))


@pytest.mark.parametrize(("x", "expected"), [(171.0, math.inf), (2.5, math.nan), (-1.0, math.nan)])
def test_factorials_of_what_has_none(x: float, expected: float) -> None:
    np.testing.assert_equal(value(applied("factorial", X), x), expected)


@pytest.mark.parametrize(
    ("formula", "x", "expected"),
    [
        (applied("log", X), 1000.0, 3.0),
        (applied("log", f"<logbase>{cn(2.0)}</logbase>{X}"), 8.0, 3.0),
        (applied("root", f"<degree>{cn(3.0)}</degree>{X}"), -27.0, -3.0),
        (applied("root", X), 9.0, 3.0),
        (applied("neq", X, cn(2.0)), 2.0, 0.0),
        (applied("lt", cn(1.0), X, cn(3.0)), 2.0, 1.0),
        (applied("lt", cn(1.0), X, cn(3.0)), 4.0, 0.0),
        (applied("xor", "<true/>", applied("gt", X, cn(1.0))), 2.0, 0.0),
        (applied("xor", "<true/>", "<true/>", "<true/>"), 2.0, 1.0),
        (applied("and"), 1.0, 1.0),
        (applied("or"), 1.0, 0.0),
        (applied("xor"), 1.0, 0.0),
        (applied("plus"), 1.0, 0.0),
        (applied("times"), 1.0, 1.0),
        ("<true/>", 1.0, 1.0),
        ("<infinity/>", 1.0, math.inf),
        ("<notanumber/>", 1.0, math.nan),
        (f"<piecewise><piece>{X}{applied('gt', X, cn(5.0))}</piece></piecewise>", 1.0, math.nan),
        (AVOGADRO, 1.0, 6.02214179e23),
    ],
)  # fmt: skip
def test_formulas(formula: str, x: float, expected: float) -> None:
    np.testing.assert_allclose(value(formula, x), expected, rtol=1e-14)


@pytest.mark.parametrize(
    ("function", "a", "b", "expected"),
    [
        ("quotient", 7.0, 2.0, 3.0),
        ("quotient", -7.0, 2.0, -3.0),
        ("rem", 7.0, 2.0, 1.0),
        ("rem", -7.0, 2.0, -1.0),
        ("max", 2.0, 5.0, 5.0),
        ("min", 2.0, 5.0, 2.0),
        ("implies", 1.0, 0.0, 0.0),
        ("implies", 0.0, 0.0, 1.0),
    ],
)
def test_functions_of_level_3_version_2(function: str, a: float, b: float, expected: float) -> None:
    assert value(applied(function, cn(a), X), b) == expected
