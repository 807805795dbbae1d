"""Derivatives against the complex step and against finite differences."""

from __future__ import annotations

import math

import numpy as np
import pytest
from expr_trees import bounded, build, direct, trees, values
from hypothesis import assume, example, given, settings

from bimodal.expr import Graph, Op, derivative, evaluate


@settings(deadline=None, max_examples=250)
@given(tree=trees, where=values)
@example(  # a comparison with what is no number must not count as exact
    tree=(
        "select",
        ("lt", ("pow", ("const", -3.0), ("symbol", "x")), ("symbol", "x")),
        ("const", -3.0),
        ("symbol", "x"),
    ),
    where={"x": 0.5, "y": 1.0, "z": 1.0},
)
@example(  # the slope is exactly 0 and the complex step leaves its remainder, step**2
    tree=("pow", ("sub", ("symbol", "x"), ("symbol", "y")), ("neg", ("const", -3.0))),
    where={"x": 1.0, "y": 1.0, "z": 1.0},
)
def test_against_the_complex_step(tree: tuple, where: dict[str, float]) -> None:
    g = Graph()
    root = build(g, tree)
    slope = derivative(g, [root], "x")[0]
    _, near_a_jump = bounded(g, root, where)
    got, error = bounded(g, slope, where)
    assume(math.isfinite(near_a_jump + error))
    stepped = {name: np.complex128(value) for name, value in where.items()}
    step = 1e-30
    stepped["x"] += 1j * step
    reference = float(np.imag(direct(tree, stepped))) / step
    assume(math.isfinite(reference))
    remainder = step**1.5  # of order step**2 times the third derivative
    assert abs(got - reference) <= 1e4 * error + 1e-11 * abs(reference) + remainder


@settings(deadline=None, max_examples=100)
@given(tree=trees, where=values)
def test_against_finite_differences(tree: tuple, where: dict[str, float]) -> None:
    g = Graph()
    root = build(g, tree)
    assume(not any(g.term(node).op in (Op.FLOOR, Op.SELECT) for node in g.order([root])))  # these may jump
    slope = derivative(g, [root], "y")[0]
    bend = derivative(g, derivative(g, [slope], "y"), "y")[0]
    h = 1e-4
    points = [{**where, "y": where["y"] + k * h} for k in (-1, 0, 1)]
    slopes = [bounded(g, slope, point) for point in points]
    third = max(abs(bounded(g, bend, point)[0]) for point in points)
    ends = [bounded(g, root, point) for point in points]
    assume(all(math.isfinite(error) for _, error in [*slopes, *ends]) and math.isfinite(third))
    spread = abs(slopes[2][0] - slopes[0][0])
    assume(spread <= 1e-2 * (1 + abs(slopes[1][0])))  # no kink or jump between the points
    difference = (ends[2][0] - ends[0][0]) / (2 * h)
    rounding = sum(error for _, error in ends) / h
    rounding += 1e-15 * (abs(ends[1][0]) + abs(where["y"] * slopes[1][0])) / h  # y +- h is itself rounded
    assert abs(difference - slopes[1][0]) <= spread + third * h**2 + 10 * rounding


def test_a_quantity_that_is_not_there_has_derivative_zero() -> None:
    g = Graph()
    root = g.call(Op.EXP, g.mul(g.symbol("x"), g.symbol("y")))
    assert derivative(g, [root], "nothing") == [g.const(0.0)]


@pytest.mark.parametrize("exponent", [1.0, 1.5, 2.0, 3.0])
def test_the_power_rule_holds_at_zero(exponent: float) -> None:
    g = Graph()
    for node in (
        g.pow(g.symbol("x"), g.const(exponent)),
        g.pow(g.symbol("x"), g.symbol("n")),
    ):
        slope = float(evaluate(g, derivative(g, [node], "x"), {"x": 0.0, "n": exponent})[0])
        assert slope == (1.0 if exponent == 1.0 else 0.0)


def test_a_piecewise_expression_has_the_derivative_of_its_branch() -> None:
    g = Graph()
    x = g.symbol("x")
    node = g.select(g.compare(Op.LT, x, g.const(1.0)), g.mul(x, x), g.call(Op.LOG, x))
    slope = derivative(g, [node], "x")
    np.testing.assert_allclose(evaluate(g, slope, {"x": [0.5, 1.0, 4.0]})[0], [1.0, 1.0, 0.25])


def test_many_roots_share_the_work() -> None:
    g = Graph()
    x = g.symbol("x")
    roots = [g.pow(x, g.const(n)) for n in (2.0, 3.0, 2.5)]
    at = {"x": 1.7}
    slopes = [float(v) for v in evaluate(g, derivative(g, roots, "x"), at)]
    np.testing.assert_allclose(slopes, [2 * 1.7, 3 * 1.7**2, 2.5 * 1.7**1.5], rtol=1e-14)


@pytest.mark.parametrize(
    ("base", "x", "slope"), [(0.0, 2.0, 0.0), (2.0, 3.0, 8.0 * np.log(2.0)), (0.5, -1.0, 2.0 * np.log(0.5))]
)
def test_a_power_by_its_exponent_is_a_number_at_base_zero(base, x, slope):
    g = Graph()
    root = g.pow(g.symbol("b"), g.symbol("x"))
    found = evaluate(g, derivative(g, [root], "x"), {"b": base, "x": x})[0]
    assert float(found) == pytest.approx(slope)


def test_a_negative_base_with_an_exponent_that_stands_still():
    """The exponent is a piecewise constant, so its slope is 0 at every point: so is that of the power."""
    g = Graph()
    x = g.symbol("x")
    exponent = g.select(g.compare(Op.LT, x, g.const(1.0)), g.const(2.0), g.const(3.0))
    root = g.pow(g.const(-2.0), g.add(exponent, g.mul(g.const(0.0), g.call(Op.FLOOR, x))))
    found = evaluate(g, derivative(g, [root], "x"), {"x": 0.5})[0]
    assert float(found) == 0.0
