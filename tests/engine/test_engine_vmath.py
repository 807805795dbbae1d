"""exp, ln and pow of compiled code against correctly rounded references."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext

import numpy as np
import numpy.typing as npt
import pytest

from bimodal.engine import System
from bimodal.engine.kernel import Kernel, compile_system
from bimodal.expr import Graph, Op


@pytest.fixture(scope="module")
def kernel() -> Kernel:
    g = Graph()
    x, y = g.symbol("x"), g.symbol("y")
    outputs = (("exp", g.call(Op.EXP, x)), ("log", g.call(Op.LOG, x)), ("pow", g.pow(x, y)))
    one = g.const(1.0)
    system = System(g, ("x", "y"), (), frozenset(), (), (one, one), (one, one), outputs, (1.0, 1.0))
    return compile_system(system, width=1)


def values(kernel: Kernel, x: npt.ArrayLike, y: npt.ArrayLike = 1.0) -> np.ndarray:
    """Return (N, 3): exp x, ln x, x**y."""
    pairs = np.stack(np.broadcast_arrays(np.asarray(x, float), np.asarray(y, float)), axis=-1).reshape(-1, 2)
    nothing = np.zeros(1)
    return np.array([kernel.call("observe", 0.0, pair, nothing) for pair in pairs])


def ulps(got: np.ndarray, true: list[Decimal]) -> np.ndarray:
    with localcontext() as context:
        context.prec = 40
        return np.array(
            [float(abs(Decimal(float(g)) - t) / Decimal(math.ulp(float(t)))) for g, t in zip(got, true, strict=True)]
        )


def test_exp_is_good_to_the_last_bits(kernel: Kernel) -> None:
    rng = np.random.default_rng(1)
    x = np.concatenate([rng.uniform(-708.3, 709.4, 1500), rng.uniform(-2, 2, 500), 10 ** rng.uniform(-300, 0, 200)])
    with localcontext() as context:
        context.prec = 40
        true = [Decimal(float(v)).exp() for v in x]
    assert ulps(values(kernel, x)[:, 0], true).max() < 2


def test_log_is_good_to_the_last_bits(kernel: Kernel) -> None:
    rng = np.random.default_rng(2)
    near_one = 1 + rng.choice([-1, 1], 400) * 10 ** rng.uniform(-15, -0.5, 400)
    x = np.concatenate(
        [10 ** rng.uniform(-307, 308, 1000), near_one, rng.uniform(0.4, 3, 500), [5e-324, 1e-310, 2.3e-308]]
    )
    x = x[x != 1.0]
    with localcontext() as context:
        context.prec = 40
        true = [Decimal(float(v)).ln() for v in x]
    assert ulps(values(kernel, x)[:, 1], true).max() < 2


def test_pow_is_good_where_the_exponent_is_moderate(kernel: Kernel) -> None:
    rng = np.random.default_rng(3)
    x, y = 10 ** rng.uniform(-6, 6, 2000), rng.uniform(-8, 8, 2000)
    with localcontext() as context:
        context.prec = 40
        true = np.array([float(Decimal(float(a)) ** Decimal(float(b))) for a, b in zip(x, y, strict=True)])
    np.testing.assert_allclose(values(kernel, x, y)[:, 2], true, rtol=1e-13)


def test_exp_at_the_edges(kernel: Kernel) -> None:
    x = [0.0, -0.0, math.inf, -math.inf, math.nan, 710.0, 1e308, -746.0, -1e308, 5e-324, -5e-324]
    expected = [1.0, 1.0, math.inf, 0.0, math.nan, math.inf, math.inf, 0.0, 0.0, 1.0, 1.0]
    np.testing.assert_array_equal(values(kernel, x)[:, 0], expected)


def test_log_at_the_edges(kernel: Kernel) -> None:
    x = [1.0, 0.0, -0.0, -1.0, -5e-324, math.inf, -math.inf, math.nan]
    expected = [0.0, -math.inf, -math.inf, math.nan, math.nan, math.inf, math.nan, math.nan]
    np.testing.assert_array_equal(values(kernel, x)[:, 1], expected)


def test_pow_at_the_edges(kernel: Kernel) -> None:
    inf, nan = math.inf, math.nan
    cases = [
        (0.0, 2.5, 0.0),
        (0.0, -2.5, inf),
        (0.0, 0.0, 1.0),
        (nan, 0.0, 1.0),
        (1.0, nan, 1.0),
        (0.0, nan, nan),
        (2.0, nan, nan),
        (nan, 2.0, nan),
        (-2.0, 3.0, -8.0),
        (-2.0, 4.0, 16.0),
        (-2.0, -3.0, -0.125),
        (-2.0, 0.5, nan),
        (inf, 2.0, inf),
        (inf, -2.0, 0.0),
        (2.0, inf, inf),
        (0.5, inf, 0.0),
        (2.0, -inf, 0.0),
        (-inf, 3.0, -inf),
        (-inf, 2.0, inf),
        (1.0, 1e300, 1.0),
        (10.0, 400.0, inf),
        (10.0, -400.0, 0.0),
    ]
    x, y, expected = (np.array(column) for column in zip(*cases, strict=True))
    np.testing.assert_allclose(values(kernel, x, y)[:, 2], expected, rtol=1e-14)


def test_negative_bases_with_whole_exponents(kernel: Kernel) -> None:
    x = -np.linspace(0.1, 5, 50)
    for n in range(-6, 7):
        np.testing.assert_allclose(values(kernel, x, float(n))[:, 2], x ** float(n), rtol=1e-13)


def test_small_whole_powers_are_products(kernel: Kernel) -> None:
    x = np.array([0.0, 5e-324, 1e-200, 0.1, 1.0, 3.7, 1e200, -2.3, math.inf, -math.inf, math.nan])
    with np.errstate(over="ignore", under="ignore"):
        square = x * x
        for n, product in enumerate((np.ones_like(x), x, square, square * x, square * square)):
            np.testing.assert_array_equal(values(kernel, x, float(n))[:, 2], product)


def test_powers_are_monotonic_near_one(kernel: Kernel) -> None:
    x = 1 + np.arange(-200, 200) * 2.0**-52
    assert (np.diff(values(kernel, x, 2.5)[:, 2]) >= 0).all()
