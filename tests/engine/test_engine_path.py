"""The path of steps is chosen by events, visits and triggers, never by what is saved on the way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from engine_systems import make

from bimodal.engine import System, Trigger, solve
from bimodal.engine.sensitivities import sensitivities
from bimodal.engine.tableau import RODAS5P
from bimodal.expr import Op

#: A save here is reached by a step whose matrix is singular: ``1/(h gamma)`` is just the growth rate of ``a``.
TRAP = 0.005
GROWTH = (1.0 / TRAP) * (1.0 / RODAS5P.gamma)
PATIENT = [[GROWTH, 1.0]]


@pytest.fixture(scope="module")
def system() -> System:
    """b decays and sets the steps, the first from 0 to 0.01; a would grow, were it not zero."""
    return make(
        {"a": 0.0, "b": 1.0},
        ("growth", "k"),
        lambda g, s: [g.mul(s("growth"), s("a")), g.neg(g.mul(s("k"), s("b")))],
    )


def test_a_save_that_no_step_reaches_leaves_the_path_alone(system: System) -> None:
    plain = solve(system, PATIENT, None, [0.0, 0.004, 0.007, 1.0])
    trapped = solve(system, PATIENT, None, [0.0, 0.004, TRAP, TRAP, 0.007, 1.0])
    assert trapped.steps == plain.steps
    assert trapped.rejected == plain.rejected
    assert trapped.values[:, [0, 1, 4, 5]].tobytes() == plain.values.tobytes()
    np.testing.assert_allclose(trapped["b"][0], np.exp(-trapped.times), rtol=1e-6)


def test_it_is_the_same_for_a_system_that_causes_events(system: System) -> None:
    g = system.graph
    full = Trigger("refill", g.compare(Op.LT, g.symbol("b"), g.const(0.5)), (("b", g.const(1.0)),))
    own = replace(system, triggers=(full,))
    plain = solve(own, PATIENT, None, [0.0, 1.0])
    trapped = solve(own, PATIENT, None, [0.0, TRAP, 1.0])
    assert trapped.values[:, [0, 2]].tobytes() == plain.values.tobytes()
    np.testing.assert_allclose(trapped["b"][0], [1.0, np.exp(-TRAP), 2.0 * np.exp(-1.0)], rtol=1e-5)


def test_it_is_the_same_for_derivatives(system: System) -> None:
    plain = sensitivities(system, PATIENT, None, [0.0, 0.004, 1.0], wrt=["k"])
    trapped = sensitivities(system, PATIENT, None, [0.0, 0.004, TRAP, 1.0], wrt=["k"])
    assert trapped.steps == plain.steps
    assert trapped.values[:, [0, 1, 3]].tobytes() == plain.values.tobytes()
    assert trapped.derivatives[:, [0, 1, 3]].tobytes() == plain.derivatives.tobytes()
    np.testing.assert_allclose(trapped["b", "k"][0], -trapped.times * np.exp(-trapped.times), rtol=1e-5)
    assert solve(system, PATIENT, None, [0.0, TRAP, 1.0]).values.tobytes() == trapped.values[:, [0, 2, 3]].tobytes()
