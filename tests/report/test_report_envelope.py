from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from report_fake import fake_result

from bimodal.report.envelope import Envelope

VALUES = st.one_of(st.floats(-1e6, 1e6), st.just(np.nan), st.just(np.inf))
EDGES = np.arange(10.0)


@settings(deadline=None, max_examples=60)
@given(arrays(np.float64, st.tuples(st.integers(1, 7), st.integers(1, 5)), elements=VALUES))
def test_percentiles_are_those_of_the_finite_values_in_each_pixel(table):
    found = Envelope.of(EDGES[: table.shape[1] + 1], table, table, table)
    for column in range(table.shape[1]):
        finite = table[np.isfinite(table[:, column]), column]
        expected = np.percentile(finite, [5, 25, 50, 75, 95]) if len(finite) else np.full(5, np.nan)
        parts = (found.p5, found.p25, found.median, found.p75, found.p95)
        np.testing.assert_allclose([part[column] for part in parts], expected, rtol=1e-12)
    assert found.drawn == int(np.isfinite(table).any(axis=1).sum())


@settings(deadline=None, max_examples=30)
@given(arrays(np.float64, (6, 3), elements=st.floats(-100, 100)), st.permutations(range(6)))
def test_order_of_patients_does_not_matter(table, order):
    one, two = (Envelope.of(EDGES[:4], t, t, t) for t in (table, table[list(order)]))
    assert one.p5.tobytes() == two.p5.tobytes()
    assert one.median.tobytes() == two.median.tobytes()


def test_bands_reach_from_the_lows_to_the_highs_and_the_line_is_the_mean():
    low, mean, high = np.full((5, 2), 1.0), np.full((5, 2), 2.0), np.full((5, 2), 8.0)
    found = Envelope.of(EDGES[:3], low, mean, high)
    assert [part.tolist() for part in (found.p5, found.p25, found.low)] == [[1.0, 1.0]] * 3
    assert found.median.tolist() == [2.0, 2.0]
    assert [part.tolist() for part in (found.high, found.p75, found.p95)] == [[8.0, 8.0]] * 3


def test_failed_patients_change_nothing_but_the_count():
    table = np.arange(12.0).reshape(4, 3)
    with_failed = np.vstack([np.full((2, 3), np.nan), table])
    one, two = (Envelope.of(EDGES[:4], t, t, t) for t in (with_failed, table))
    assert one.p95.tolist() == two.p95.tolist()
    assert one.drawn == 4


def test_part_of_the_time_begins_at_zero_again_and_the_length_of_a_pixel_is_said():
    one = np.ones((2, 4))
    found = Envelope.of(np.array([0.0, 0.5, 1.0, 4.0, 7.0]), one, one, one)
    assert found.between(1.0, 7.0).edges.tolist() == [0.0, 3.0, 6.0]
    assert found.pixel_text == "12 h, later 3 days"
    assert found.between(0.0, 1.0).pixel_text == "12 h"


def test_blocks_of_pixels_are_put_together_and_a_level_is_taken_off():
    result = fake_result()
    whole = Envelope.read(result, "1 MIU/m2", "il2_plasma")
    assert whole is not None
    assert len(whole.edges) == len(whole.median) + 1
    assert whole.drawn == result.n("1 MIU/m2") - result.failed("1 MIU/m2")
    above = Envelope.read(result, "1 MIU/m2", "il2_plasma", above=np.full(result.n("1 MIU/m2"), 1e9))
    assert above is not None
    assert np.nanmax(above.p95) == 0.0
    assert Envelope.read(result, "1 MIU/m2", "nothing") is None
