"""The graph: one node for equal expressions, types, and simplifications that keep every value."""

from __future__ import annotations

import math

import numpy as np
import pytest
from expr_trees import bounded, build, direct, trees, values
from hypothesis import given, settings

from bimodal.errors import ModelError
from bimodal.expr import Graph, Op, evaluate

SYMBOLS = [Op.ADD, Op.SUB, Op.MUL, Op.DIV, Op.POW]


def test_equal_expressions_are_one_node() -> None:
    g = Graph()
    x, y = g.symbol("x"), g.symbol("y")
    assert g.add(x, y) == g.add(y, x)
    assert g.mul(x, y) == g.mul(y, x)
    assert g.sub(x, y) != g.sub(y, x)
    assert g.const(float("nan")) == g.const(-float("nan"))
    assert g.const(0.0) != g.const(-0.0)
    before = len(g)
    g.mul(g.add(y, x), g.call(Op.EXP, x))
    once = len(g)
    g.mul(g.call(Op.EXP, x), g.add(x, y))
    assert len(g) == once == before + 2


@settings(deadline=None, max_examples=60)
@given(tree=trees)
def test_building_twice_gives_the_same_node(tree: tuple) -> None:
    g = Graph()
    first = build(g, tree)
    size = len(g)
    assert build(g, tree) == first
    assert len(g) == size


@settings(deadline=None, max_examples=150)
@given(tree=trees, where=values)
def test_simplification_keeps_values(tree: tuple, where: dict[str, float]) -> None:
    g = Graph()
    root = build(g, tree)
    got = float(evaluate(g, [root], where)[0])
    value, error = bounded(g, root, where)
    reference = float(direct(tree, {k: np.float64(v) for k, v in where.items()}))
    if not math.isfinite(error) or not math.isfinite(reference):
        return
    assert abs(got - value) <= 8 * error
    assert abs(got - reference) <= 200 * error + 1e-13 * abs(reference)


@settings(deadline=None, max_examples=80)
@given(tree=trees, other=trees, where=values)
def test_substitution_is_evaluation_of_the_replacement(tree: tuple, other: tuple, where: dict[str, float]) -> None:
    g = Graph()
    root, new = build(g, tree), build(g, other)
    changed = g.substitute([root], {"x": new})[0]
    inner = float(evaluate(g, [new], where)[0])
    if not math.isfinite(inner):
        return
    reference = float(evaluate(g, [root], {**where, "x": inner})[0])
    got, error = bounded(g, changed, where)
    _, other_error = bounded(g, root, {**where, "x": inner})
    if math.isfinite(error + other_error) and math.isfinite(reference):
        assert abs(got - reference) <= 200 * (error + other_error) + 1e-13 * abs(reference)


def test_substitution_replaces_all_at_once() -> None:
    g = Graph()
    x, y = g.symbol("x"), g.symbol("y")
    swapped = g.substitute([g.sub(x, y)], {"x": y, "y": x})[0]
    assert swapped == g.sub(y, x)


@pytest.mark.parametrize("op", SYMBOLS)
@pytest.mark.parametrize("number", [0.0, 1.0, -1.0, 0.5, 2.0])
@pytest.mark.parametrize("boolean_first", [True, False])
def test_a_truth_value_is_no_number_even_beside_neutral_elements(op: Op, number: float, boolean_first: bool) -> None:
    g = Graph()
    truth = g.compare(Op.LT, g.symbol("x"), g.symbol("y"))
    pair = (truth, g.const(number)) if boolean_first else (g.const(number), truth)
    with pytest.raises(ModelError, match="truth value"):
        g.rebuild(op, pair)


def test_types_of_all_other_operations() -> None:
    g = Graph()
    x = g.symbol("x")
    truth = g.compare(Op.LE, x, g.const(1.0))
    for wrong in (
        lambda: g.neg(truth),
        lambda: g.call(Op.EXP, truth),
        lambda: g.compare(Op.LT, truth, x),
        lambda: g.logical(Op.AND, truth, x),
        lambda: g.logical(Op.NOT, x),
        lambda: g.select(x, x, g.const(2.0)),
        lambda: g.select(x, x, x),
        lambda: g.select(truth, truth, truth),
        lambda: g.select(truth, x, truth),
        lambda: g.sub(truth, truth),
    ):
        with pytest.raises(ModelError, match=r"truth value|a number"):
            wrong()
    assert g.is_boolean(g.logical(Op.NOT, truth))


@pytest.mark.parametrize(
    ("base", "exponent", "expected"),
    [
        (0.0, -1.0, math.inf),
        (-0.0, -1.0, -math.inf),
        (-0.0, -2.0, math.inf),
        (-10.0, 309.0, -math.inf),
        (10.0, 309.0, math.inf),
        (-8.0, 1.0 / 3.0, math.nan),
        (0.0, 0.0, 1.0),
        (math.nan, 0.0, 1.0),
        (2.0, math.inf, math.inf),
    ],
)
def test_constant_powers_follow_ieee(base: float, exponent: float, expected: float) -> None:
    g = Graph()
    np.testing.assert_equal(g.value(g.pow(g.const(base), g.const(exponent))), expected)


@pytest.mark.parametrize("exponent", [math.inf, -math.inf, math.nan, 1e308, 16.0, -16.0, 17.0, 2.5])
def test_odd_exponents_of_a_symbol(exponent: float) -> None:
    g = Graph()
    root = g.pow(g.symbol("x"), g.const(exponent))
    with np.errstate(over="ignore"):
        expected = np.power(1.3, exponent)
    np.testing.assert_allclose(evaluate(g, [root], {"x": 1.3})[0], expected, rtol=1e-14)


@pytest.mark.parametrize("x", [0.0, -0.0, -1.0, 800.0, -800.0, math.inf, -math.inf, math.nan, 5e-324])
@pytest.mark.parametrize("op", [Op.EXP, Op.LOG, Op.SQRT, Op.ABS, Op.FLOOR])
def test_folding_a_function_is_evaluating_it(op: Op, x: float) -> None:
    g = Graph()
    folded = g.value(g.call(op, g.const(x)))
    np.testing.assert_equal(folded, float(evaluate(g, [g.call(op, g.symbol("x"))], {"x": x})[0]))


@pytest.mark.parametrize("op", [Op.MIN, Op.MAX])
@pytest.mark.parametrize(("a", "b"), [(1.0, math.nan), (math.nan, 1.0), (1.0, 2.0), (2.0, 1.0)])
def test_folding_min_and_max_is_evaluating_them(op: Op, a: float, b: float) -> None:
    g = Graph()
    folded = g.value(g.call(op, g.const(a), g.const(b)))
    root = g.call(op, g.symbol("a"), g.symbol("b"))
    np.testing.assert_equal(folded, float(evaluate(g, [root], {"a": a, "b": b})[0]))


def test_a_missing_value_is_named() -> None:
    g = Graph()
    with pytest.raises(ModelError, match="'k' has no value"):
        evaluate(g, [g.symbol("k")], {})


def test_arrays_broadcast() -> None:
    g = Graph()
    root = g.add(g.symbol("x"), g.symbol("y"))
    assert evaluate(g, [root], {"x": np.zeros((3, 1)), "y": np.ones(4)})[0].shape == (3, 4)


def test_a_very_deep_expression_needs_no_recursion() -> None:
    g = Graph()
    node = g.symbol("x")
    for _ in range(20_000):
        node = g.call(Op.SQRT, g.add(node, g.const(1.0)))
    assert float(evaluate(g, [node], {"x": 1.0})[0]) == pytest.approx((1 + 5**0.5) / 2)
    assert g.symbols([node]) == {"x"}
    assert g.substitute([node], {"x": g.const(0.0)})[0] < len(g)
