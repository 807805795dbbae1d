"""Residuals: half the square is the negative log-likelihood."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, lognorm, norm

from bimodal.errors import BimodalError
from bimodal.fit import band_residual, log_normal_residual, normal_residual, proportion_residual

POSITIVE = st.floats(1e-3, 1e3)


@settings(deadline=None)
@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3), POSITIVE)
def test_normal(simulated: float, observed: float, sd: float) -> None:
    fall = norm.logpdf(observed, observed, sd) - norm.logpdf(observed, simulated, sd)
    assert 0.5 * float(normal_residual(simulated, observed, sd)) ** 2 == pytest.approx(fall, rel=1e-6, abs=1e-9)


@settings(deadline=None)
@given(POSITIVE, POSITIVE, st.floats(0.05, 2.0))
def test_log_normal(simulated: float, observed: float, sd: float) -> None:
    fall = lognorm.logpdf(observed, sd, scale=observed) - lognorm.logpdf(observed, sd, scale=simulated)
    assert 0.5 * float(log_normal_residual(simulated, observed, sd)) ** 2 == pytest.approx(fall, rel=1e-6, abs=1e-9)


@settings(deadline=None)
@given(st.integers(1, 300), st.data(), st.floats(0.001, 0.999))
def test_proportion(people: int, data: st.DataObject, simulated: float) -> None:
    events = data.draw(st.integers(0, people))
    residual = float(proportion_residual(simulated, events, people))
    fall = binom.logpmf(events, people, events / people) - binom.logpmf(events, people, simulated)
    assert 0.5 * residual**2 == pytest.approx(float(fall), rel=1e-6, abs=1e-8)
    assert residual * (simulated - events / people) >= 0.0


def test_a_proportion_is_smooth_where_it_agrees() -> None:
    at = 0.3 + np.array([-2.2e-6, -2.0e-6, 2.0e-6, 2.2e-6])  # either side of where the series takes over
    slopes = proportion_residual(at, 3, 10) / (at - 0.3)
    assert slopes == pytest.approx(math.sqrt(10 / 0.21), rel=1e-5)
    assert float(proportion_residual(0.3, 3, 10)) == pytest.approx(0.0, abs=1e-12)


def test_a_proportion_at_its_ends() -> None:
    ends = proportion_residual([0.0, 1.0], [3, 3], [10, 10])
    assert np.isfinite(ends).all()
    assert ends[0] < -5.0 < 5.0 < ends[1]
    assert proportion_residual([0.0, 1.0], [0, 10], [10, 10]) == pytest.approx([0.0, 0.0], abs=0.01)
    assert np.isnan(proportion_residual([-0.1, 1.1, math.nan], 3, 10)).all()


@settings(deadline=None)
@given(POSITIVE, POSITIVE, st.floats(1.0, 10.0), st.floats(0.05, 2.0))
def test_band(simulated: float, lower: float, wide: float, sd: float) -> None:
    upper = lower * wide
    found = float(band_residual(simulated, lower, upper, sd))
    if lower <= simulated <= upper:
        assert found == pytest.approx(0.0, abs=1e-12)
    else:
        edge = lower if simulated < lower else upper
        assert found == pytest.approx(math.log(simulated / edge) / sd, rel=1e-9, abs=1e-12)


def test_one_sided() -> None:
    assert band_residual([0.5, 5.0], 1.0, None, 1.0) == pytest.approx([math.log(0.5), 0.0])
    assert band_residual([0.5, 5.0], None, 1.0, 1.0) == pytest.approx([0.0, math.log(5.0)])


def test_what_has_no_logarithm_is_nan_when_simulated() -> None:
    assert np.isnan(log_normal_residual([0.0, -1.0, math.nan], 1.0, 1.0)).all()
    assert np.isnan(band_residual([0.0, -1.0], 1.0, 2.0, 1.0)).all()


def test_refusals() -> None:
    for sd in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(BimodalError, match="standard deviation"):
            normal_residual(1.0, 1.0, sd)
    with pytest.raises(BimodalError, match="missing or not finite"):
        normal_residual(1.0, [1.0, math.nan], 1.0)
    with pytest.raises(BimodalError, match="observed value 0 has no logarithm"):
        log_normal_residual(1.0, 0.0, 1.0)
    with pytest.raises(BimodalError, match="without any edge"):
        band_residual(1.0, None, None, 1.0)
    with pytest.raises(BimodalError, match="above the upper"):
        band_residual(1.0, 2.0, 1.0, 1.0)
    with pytest.raises(BimodalError, match="lower edge -1 has no logarithm"):
        band_residual(1.0, -1.0, 1.0, 1.0)
    for events, people in ((-1, 5), (6, 5), (0, 0)):
        with pytest.raises(BimodalError, match="0 <= events <= people"):
            proportion_residual(0.5, events, people)
    with pytest.raises(BimodalError, match=r"floor of 0\.5"):
        proportion_residual(0.5, 1, 2, floor=0.5)


@pytest.mark.parametrize("nothing", [0.0, -1e-12, -0.0])
def test_nothing_lies_below_a_limit_of_quantification(nothing):
    assert band_residual([nothing, 0.04, 0.05 * math.e], None, 0.05, 1.0) == pytest.approx([0.0, 0.0, 1.0])
    assert math.isnan(band_residual(nothing, 0.01, 0.05, 1.0))
    assert math.isnan(band_residual(math.nan, None, 0.05, 1.0))
