"""Something is simulated wherever the package runs: no home, no user, nothing to write, no cache."""

import pytest

from environments import PLACES, WHOLE, run_there

#: A system and a loop compiled: all that needs a place to write, in a second.
SMALL = """
from bimodal.engine import System
from bimodal.engine.cache import cache_folder
from bimodal.engine.compiled import compiled
from bimodal.engine.jit import jit
from bimodal.expr import Graph
g = Graph(); x, k = g.symbol("x"), g.symbol("k")
s = System(g, ("x",), ("k",), frozenset(), (), (g.const(1.0),), (g.neg(g.mul(k, x)),), (("x", x),), (1.0,))
import numpy as np
rate = compiled(s).call("rate", 0.0, np.array([3.0]), np.array([2.0]))[0]
print(float(rate), jit(lambda x: x + 1)(1), cache_folder())
"""


@pytest.mark.parametrize("place", PLACES)
def test_code_is_compiled_and_run(place, tmp_path):
    words = run_there(place, SMALL, tmp_path).split()
    assert words[:2] == ["-6.0", "2"]
    if place == "no cache":
        assert words[2] == "None"


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
def test_a_patient_is_simulated(place, tmp_path):
    assert run_there(place, WHOLE, tmp_path).strip().splitlines()[-1] == "0"
    assert (tmp_path / "work" / "out" / "summary.json").stat().st_size > 1000
