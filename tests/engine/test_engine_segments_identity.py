"""Nothing but the path changes a reading: not what is saved, not company, order, workers or lanes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from engine_systems import at_width, decay, same_readings, stiff, stiff_patients
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from bimodal.engine import Schedule, SegmentResults, Segments, Settings, System, solve
from bimodal.engine.compiled import compiled


@limits(deadline=None, max_examples=40)
@given(
    events=st.lists(
        st.tuples(
            st.sampled_from([0.0, 0.5, 1.0, 1.0, 2.25, 5.0]) | st.floats(0, 5).map(lambda v: round(v, 2)),
            st.sampled_from(["add", "set", "source"]),
            st.floats(0, 10).map(lambda v: round(v, 3)),
        ),
        max_size=10,
    ),
    edges=st.lists(
        st.sampled_from([0.0, 0.5, 1.0, 2.25, 5.0]) | st.floats(0, 5).map(lambda v: round(v, 2)),
        min_size=2,
        max_size=9,
        unique=True,
    ),
    saves=st.lists(st.floats(0, 5).map(lambda v: round(v, 3)), max_size=30),
)
def test_any_regimen_any_edges_any_saves(
    events: list[tuple[float, str, float]], edges: list[float], saves: list[float]
) -> None:
    slots = {"add": _BOLUS.slot_add("x"), "set": _BOLUS.slot_set_state("x"), "source": _BOLUS.slot_set("source")}
    schedule = Schedule.build([[(t, slots[kind], value) for t, kind, value in events]])
    segments, k = Segments(np.array(sorted(edges)), ("x",)), 0.7

    def run(times: list[float]) -> SegmentResults | None:
        return solve(_BOLUS, [[1.0, k, 0.0]], schedule, [*sorted(times), 5.0], segments=segments).segments

    found = run([])
    assert same_readings(run(saves), found)
    assert found is not None
    expected = np.array([piecewise(k, events, low, high) for low, high in pairwise(sorted(edges))])
    for o, name in enumerate(("high", "low", "integral", "first", "last")):
        np.testing.assert_allclose(getattr(found, name)[0, :, 0], expected[:, o], rtol=2e-5, atol=1e-6, err_msg=name)


def piecewise(k: float, events: list[tuple[float, str, float]], low: float, high: float) -> list[float]:
    """Return highest, lowest, integral, first and last of x' = source - k x in [low, high)."""
    x, source, now = 1.0, 0.0, 0.0
    top, bottom, area, first = -np.inf, np.inf, 0.0, np.nan
    stops = sorted({t for t, _, _ in events} | {low, high})
    for stop in stops:
        if stop > high:
            break
        length = stop - now
        after = x * np.exp(-k * length) - source * np.expm1(-k * length) / k
        if stop > now >= low:
            area += (source * length - (after - x)) / k
            top, bottom = max(top, x, after), min(bottom, x, after)
        x, now = after, stop
        if stop == high:
            break
        for _, kind, value in (event for event in sorted(events, key=lambda e: e[0]) if event[0] == stop):
            x, source = {"add": (x + value, source), "set": (value, source), "source": (x, value)}[kind]
        if stop == low:
            first = x
    return [top, bottom, area, first, x]


_BOLUS = decay()

N = 37
EDGES = np.array([0.0, 0.5, 1.0, 3.0, 3.1, 7.7, 20.0])


@pytest.fixture(scope="module")
def system() -> System:
    return stiff()


def in_company(system: System, who: np.ndarray, **more: object) -> SegmentResults | None:
    values, events = stiff_patients(N)
    schedule = Schedule.build([events[i] for i in who])
    settings = Settings(fallback=False)
    segments = Segments(EDGES, ("y", "x", "z"), np.array([0.3, 0.9, np.nan]))
    return solve(system, values[who], schedule, [20.0], segments=segments, settings=settings, **more).segments  # type: ignore[arg-type]


def test_company_order_batch_and_workers_change_nothing(system: System) -> None:
    everybody = np.arange(N)
    whole = in_company(system, everybody)
    shuffled = np.random.default_rng(3).permutation(N)
    for order, workers in ((shuffled, 1), (everybody[::-1], 2), (shuffled, 3)):
        assert same_readings(in_company(system, order, workers=workers), whole, order)
    for one in (0, 5, 6, 36):
        assert same_readings(in_company(system, np.array([one])), whole, [one])
    for low in range(0, N, 5):
        part = np.arange(low, min(low + 5, N))
        assert same_readings(in_company(system, part), whole, part)


@pytest.mark.parametrize("width", [1, 2, 4, 8])
def test_the_number_of_lanes_changes_nothing(system: System, width: int) -> None:
    other = at_width(system, width)
    assert compiled(other).width == width
    assert same_readings(in_company(other, np.arange(N)), in_company(system, np.arange(N)))


def test_other_outputs_beside_it_change_nothing(system: System) -> None:
    values, events = stiff_patients(N)
    schedule = Schedule.build(events[:4])
    both = solve(system, values[:4], schedule, [20.0], segments=Segments(EDGES, ("x", "z"))).segments
    alone = solve(system, values[:4], schedule, [20.0], segments=Segments(EDGES, ("z",))).segments
    assert both is not None
    assert alone is not None
    for name in ("first", "last"):
        assert getattr(both, name)[:, :, 1].tobytes() == getattr(alone, name)[:, :, 0].tobytes()
    for name in ("high", "low", "integral"):
        np.testing.assert_allclose(getattr(both, name)[:, :, 1], getattr(alone, name)[:, :, 0], rtol=1e-7, atol=1e-9)
