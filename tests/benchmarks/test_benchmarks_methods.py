"""The methods that are compared have the order they are said to have, and are compared at the same error."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bimodal.engine.tableau import RODAS4, RODAS5P

NAMES = ("Rodas5P", "Rodas4", "Rodas5", "Rodas5Pe", "Rodas4P2", "Rodas6P")


@pytest.fixture(scope="module")
def bench():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
        names = ("rosenbrock", "judged", "cases")
        yield SimpleNamespace(**{n: import_module(f"engine.{n}") for n in names}, methods=import_module("methods"))


def tableaus(bench):
    own = bench.rosenbrock
    found = (RODAS5P, RODAS4, own.RODAS5, own.RODAS5PE, own.RODAS4P2, own.RODAS6P)
    return {tableau.name: tableau for tableau in found}


def one_step(tableau, h):
    """Take a step of y' = -y^2 + t from 1 at 0; return where it ends, and its stages."""
    k = np.zeros(tableau.stages)
    for i in range(tableau.stages):
        u, t = 1.0 + tableau.full_a[i] @ k, h * tableau.times[i]
        right = -u * u + t + tableau.c[i] @ k[:i] / h + h * tableau.slopes[i]
        k[i] = right / (1.0 / (h * tableau.gamma) + 2.0)
    return 1.0 + tableau.full_a[-1] @ k + k[-1], k


def exact(h):
    """Return the same by the Taylor series, far closer than any method here."""
    y = [1.0]
    for n in range(40):
        y.append((-sum(y[i] * y[n - i] for i in range(n + 1)) + (n == 1)) / (n + 1))
    return float(np.polyval(y[::-1], h))


@pytest.mark.parametrize("name", NAMES)
def test_the_error_of_a_step_falls_with_the_order_of_the_method(bench, name):
    tableau = tableaus(bench)[name]
    wide, narrow = (abs(one_step(tableau, h)[0] - exact(h)) for h in (0.1, 0.05))
    assert np.log2(wide / narrow) > tableau.order + 0.4


@pytest.mark.parametrize("name", NAMES)
def test_the_error_a_step_is_judged_by_is_one_order_lower(bench, name):
    tableau = tableaus(bench)[name]
    last = np.eye(tableau.stages)[-1]
    weights = np.array(bench.rosenbrock.ERROR_WEIGHTS.get(name, last))
    wide, narrow = (abs(weights @ one_step(tableau, h)[1]) for h in (0.1, 0.05))
    assert abs(np.log2(wide / narrow) - tableau.order) < 0.5


def test_counts_are_read_off_at_the_same_error(bench):
    at = bench.methods.at_error
    assert at([1e-4, 1e-5, 1e-6], [100.0, 200.0, 400.0], 1e-5) == 200.0
    assert at([1e-4, 1e-6], [100.0, 400.0], 1e-5) == pytest.approx(200.0)
    assert at([1e-4, 1e-6], [100.0, 400.0], 1e-7) is None
    assert at([1e-4, 1e-6], [100.0, 400.0], 1e-3) is None


def test_other_weights_are_what_the_engine_judges_by(bench):
    case = bench.cases.Case("human", "1 MIU/m2 SC daily for 2 days", 2.0, "healthy")
    job = bench.cases.lay_out(case, 2, 1)
    found = {name: bench.methods.solver(job, tableaus(bench)[name], 2) for name in ("Rodas5P", "Rodas5Pe")}
    exactly, usual, other = found["Rodas5P"](1e-10), found["Rodas5P"](1e-6), found["Rodas5Pe"](1e-6)
    assert (other.steps < usual.steps).all()
    assert bench.methods.worst_error(other.values, exactly.values) < 1e-5
