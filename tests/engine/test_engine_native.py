"""Loops run from their machine code: what goes in, what comes out, and without Numba."""

import subprocess
import sys
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba.core.errors import NumbaError

from bimodal.engine.jit import jit
from bimodal.engine.native import Native
from bimodal.errors import EngineError


class Two(NamedTuple):
    whole: np.ndarray
    scale: float


@jit
def several(a, flag, count, pair):
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            a[i, j] += pair.whole[j] * pair.scale
    return flag and count > 0, count - 1, a[0, 0] / 3.0


@jit
def total(cube, truths, nested):
    found = 0.0
    for i in range(cube.shape[0]):
        for j in range(cube.shape[1]):
            for k in range(cube.shape[2]):
                if truths[k] and nested[1][0][k] > 0:
                    found += cube[i, j, k]
    return found


@jit
def nothing(a):
    a[0] = 1.0


@jit
def allocates(a):
    return np.zeros(len(a))[0]


@given(st.integers(-(2**62), 2**62), st.booleans(), st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_numbers_pass_unchanged(count, flag, scale):
    a, whole = np.zeros((2, 3)), np.array([1, 2, 3])
    found = NATIVE(a, flag, count, Two(whole, scale))
    assert found == (flag and count > 0, count - 1, scale / 3.0)
    assert [type(one) for one in found] == [bool, int, float]
    assert (a == whole * scale).all()


NATIVE = Native(__name__, "several")


def test_arrays_of_every_shape_and_kind():
    rng = np.random.default_rng(1)
    cube, truths, mask = rng.normal(size=(2, 3, 4)), rng.random(4) > 0.3, np.array([1, 0, 1, 1], np.int8)
    expected = float(cube[:, :, truths & (mask > 0)].sum())
    assert Native(__name__, "total")(cube, truths, (0, (mask, 1.0))) == pytest.approx(expected, rel=1e-14)


def test_a_loop_that_gives_nothing_gives_none():
    a = np.zeros(1)
    assert Native(__name__, "nothing")(a) is None
    assert a[0] == 1.0


def test_an_array_with_gaps_is_refused():
    with pytest.raises(EngineError, match="gaps"):
        Native(__name__, "nothing")(np.zeros((4, 2))[:, 0])


def test_a_loop_that_allocates_is_refused():
    with pytest.raises(NumbaError, match="zeros"):
        Native(__name__, "allocates")(np.zeros(2))


def test_once_compiled_a_patient_is_simulated_without_numba():
    """A start would wait half a second for it; and code that needs it could not run."""
    program = (
        "import sys, numpy as np\nfrom bimodal.engine import Segments, System, solve\nfrom bimodal.expr import Graph\n"
        "g = Graph(); x, k = g.symbol('x'), g.symbol('k')\n"
        "s = System(g, ('x',), ('k',), frozenset(), (), (g.const(1.0),), (g.neg(g.mul(k, x)),), (('x', x),), (1.0,))\n"
        "solve(s, [[1.0]], None, [0.0, 1.0], segments=Segments(np.array([0.0, 1.0]), ('x',)))\n"
        "print('numba' in sys.modules)"
    )
    for _ in range(2):
        ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=True)
    assert ran.stdout.strip() == "False"
