"""How step lengths follow errors: the factor compiled with the model, and the shortening of a rejected step."""

from __future__ import annotations

import ctypes
import math

import numpy as np
import pytest
from engine_systems import decay
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from bimodal.engine import Schedule, solve
from bimodal.engine.ir import fold
from bimodal.engine.kernel import Kernel, compile_system
from bimodal.engine.march import aligned
from bimodal.engine.tableau import RODAS4, RODAS5P


@pytest.fixture(scope="module")
def kernel() -> Kernel:
    return compile_system(decay(), width=2)


def judged(kernel: Kernel, first: float, second: float) -> tuple[float, float]:
    mean, factor = aligned((2,)), aligned((2,))
    mean[:] = first, second
    ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(kernel.addresses["judge"])(
        mean.ctypes.data, factor.ctypes.data
    )
    return float(factor[0]), float(factor[1])


@pytest.mark.parametrize("mean", [1e-12, 1e-4, 0.3, 1.0, 7.0, 1e3])
def test_the_factor_is_that_of_the_order(kernel: Kernel, mean: float) -> None:
    wanted = min(max(0.9 * math.sqrt(mean) ** (-1 / 5), 0.15), 8.0)
    assert judged(kernel, mean, 1.0)[0] == pytest.approx(wanted, rel=1e-13)


def test_the_factor_of_errors_that_are_no_number(kernel: Kernel) -> None:
    assert judged(kernel, math.inf, math.nan) == (0.15, 0.15)
    assert judged(kernel, 0.0, 1e-300) == (8.0, 8.0)


@pytest.fixture(scope="module")
def kernels() -> dict[int, Kernel]:
    return {tableau.order: compile_system(decay(), width=1, tableau=tableau) for tableau in (RODAS4, RODAS5P)}


def shorten(kernel: Kernel, *trial: float) -> float:
    """Give what is made of (error, step, error before, step before, factor)."""
    numbers = aligned((5,))
    numbers[:] = trial
    ctypes.CFUNCTYPE(None, ctypes.c_void_p)(kernel.addresses["shorten"])(numbers.ctypes.data)
    assert tuple(numbers[:4]) == pytest.approx(trial[:4], nan_ok=True)
    return float(numbers[4])


def test_the_first_rejection_follows_the_order(kernels) -> None:
    assert shorten(kernels[5], 4.0, 0.5, 0.0, 1.0, 0.8) == 0.8


def test_the_second_rejection_follows_the_order_seen(kernels) -> None:
    # half the step made the error 4 times smaller (its square 16 times): order 2, and the error is still 5
    assert shorten(kernels[5], 25.0, 0.5, 400.0, 1.0, 0.7) == pytest.approx(0.9 * 5.0 ** (-1 / 2), rel=1e-14)


@pytest.mark.parametrize("order", [4, 5])
def test_the_order_seen_is_at_most_that_of_the_method(kernels, order: int) -> None:
    # half the step made the error 1e4 times smaller: order 13
    wanted = 0.9 * 5.0 ** (-1 / order)
    assert shorten(kernels[order], 25.0, 0.5, 25e8, 1.0, 0.7) == pytest.approx(wanted, rel=1e-14)


@pytest.mark.parametrize("last", [25.0, 26.0, 24.0])
def test_an_error_that_does_not_fall_makes_a_short_step(kernels, last: float) -> None:
    assert shorten(kernels[5], 25.0, 0.5, last, 1.0, 0.7) == 0.15


@pytest.mark.parametrize(("mean", "last"), [(math.inf, 4.0), (math.nan, 4.0), (4.0, math.inf), (4.0, math.nan)])
def test_an_error_that_is_no_number_says_nothing_of_the_order(kernels, mean: float, last: float) -> None:
    assert shorten(kernels[5], mean, 0.5, last, 1.0, 0.15) == 0.15


@limits(deadline=None, max_examples=100)
@given(mean=st.floats(1.0, 1e200), last=st.floats(1.0, 1e200), ratio=st.floats(0.1, 0.9), order=st.sampled_from([4, 5]))
def test_a_rejected_step_always_becomes_shorter(kernels, mean: float, last: float, ratio: float, order: int) -> None:
    assert 0.15 <= shorten(kernels[order], mean, ratio, last, 1.0, 0.5) <= 0.9


def test_a_run_of_jumps_rejects_little() -> None:
    rng = np.random.default_rng(4)
    events = [[(float(t), 0, 1000.0) for t in range(1, 21)] for _ in range(5)]
    values = np.column_stack([np.ones(5), rng.uniform(0.5, 500.0, 5), np.ones(5)])
    run = solve(decay(), values, Schedule.build(events), [0.0, 21.0])
    assert (run.rejected < 0.15 * run.steps).all()


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=60))
def test_folding_is_a_sum_whatever_the_count(numbers: list[int]) -> None:
    found = fold(lambda a, b: str(int(a) + int(b)), [str(n) for n in numbers])
    assert int(found) == sum(numbers)
