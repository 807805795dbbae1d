from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bimodal.report.bands import Bands

VALUES = st.one_of(st.floats(-1e6, 1e6), st.just(np.nan), st.just(np.inf))


@settings(deadline=None, max_examples=60)
@given(arrays(np.float64, st.tuples(st.integers(0, 7), st.integers(1, 5)), elements=VALUES))
def test_percentiles_are_those_of_the_finite_values_at_each_time(table):
    bands = Bands.of(table)
    for column in range(table.shape[1]):
        finite = table[np.isfinite(table[:, column]), column]
        expected = np.percentile(finite, [5, 25, 50, 75, 95]) if len(finite) else np.full(5, np.nan)
        found = [part[column] for part in (bands.p5, bands.p25, bands.median, bands.p75, bands.p95)]
        np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert bands.drawn == int(np.isfinite(table).any(axis=1).sum())


@settings(deadline=None, max_examples=30)
@given(arrays(np.float64, (6, 3), elements=st.floats(-100, 100)), st.permutations(range(6)))
def test_order_of_patients_does_not_matter(table, order):
    one, two = Bands.of(table), Bands.of(table[list(order)])
    assert one.p5.tobytes() == two.p5.tobytes()
    assert one.median.tobytes() == two.median.tobytes()


def test_failed_patients_change_nothing_but_the_count():
    table = np.arange(12.0).reshape(4, 3)
    with_failed = np.vstack([np.full((2, 3), np.nan), table])
    assert Bands.of(with_failed).p95.tolist() == Bands.of(table).p95.tolist()
    assert Bands.of(with_failed).drawn == 4


def test_a_table_of_another_shape_is_refused():
    with pytest.raises(ValueError, match="patients, times"):
        Bands.of(np.zeros(4))
