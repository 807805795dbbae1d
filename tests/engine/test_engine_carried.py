"""Runs that go on from the end of another: what is true there, what waits, and what happens at the seam."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from engine_systems import decay

from bimodal.engine import TIME, Settings, System, Trigger, solve
from bimodal.engine.sensitivities import sensitivities
from bimodal.errors import EngineError
from bimodal.expr import Graph, Node, Op

TIGHT = Settings(rtol=1e-9)


def falling(*triggers: tuple[str, float | None, bool]) -> System:
    """x' = -x from x0, a count of events beside it.

    A trigger adds 1 to the count: the state or time that is compared, a delay, and whether it fires if true at first.
    ``x`` fires below 1/2, ``time`` from 1 on.
    """
    g = Graph()
    x, count, time, one = g.symbol("x"), g.symbol("count"), g.symbol(TIME), g.const(1.0)
    condition: dict[str, Node] = {
        "x": g.compare(Op.LT, x, g.const(0.5)),
        TIME: g.compare(Op.LE, one, time),
    }
    events = tuple(
        Trigger(
            name,
            condition[name],
            (("count", g.add(count, one)),),
            initial_value=not at_start,
            delay=None if delay is None else g.const(delay),
        )
        for name, delay, at_start in triggers
    )
    return System(
        g, ("x", "count"), ("x0", "c0"), frozenset(), (), (g.symbol("x0"), g.symbol("c0")),
        (g.neg(x), g.const(0.0)), (("x", x), ("count", count)), (1.0, 1.0), events,
    )  # fmt: skip


def test_what_was_true_is_not_triggered_again():
    system = falling(("x", None, True))
    first = solve(system, [[1.0, 0.0], [0.6, 0.0]], None, [0.0, 0.6], settings=TIGHT)
    assert first["count"][:, -1].tolist() == [0.0, 1.0]
    starts = first.values[:, -1]
    assert first.carried is not None
    later = solve(system, starts, None, [0.6, 2.0], start=0.6, settings=TIGHT, carried=first.carried)
    assert later["count"][:, -1].tolist() == [1.0, 1.0]
    # without what is carried, the second patient's condition counts as new
    assert solve(system, starts, None, [0.6, 2.0], start=0.6)["count"][:, -1].tolist() == [1.0, 2.0]


def test_a_run_in_two_parts_is_the_run_in_one_to_the_tolerance():
    system = falling(("x", 0.3, False), (TIME, None, False))
    times = np.array([0.0, 0.5, 0.9, 1.0, 1.2, 2.0])
    whole = solve(system, [[1.0, 0.0]], None, times, settings=TIGHT).values[0]
    first = solve(system, [[1.0, 0.0]], None, [0.0, 0.5, 0.9], settings=TIGHT)
    assert len(first.carried.waiting[0]) == 1  # triggered at ln 2, due 0.3 later
    second = solve(system, first.values[:, -1], None, [1.0, 1.2, 2.0], start=0.9, settings=TIGHT, carried=first.carried)
    np.testing.assert_allclose(np.concatenate([first.values[0], second.values[0]]), whole, rtol=1e-8)
    assert second["count"][0].tolist() == [2.0, 2.0, 2.0]


def test_an_event_at_the_very_end_is_left_to_the_next_run():
    system = falling((TIME, None, False))
    assert solve(system, [[1.0, 0.0]], None, [0.0, 1.0])["count"][0].tolist() == [0.0, 1.0]
    first = solve(system, [[1.0, 0.0]], None, [0.0, 1.0], hold=True)
    assert first["count"][0].tolist() == [0.0, 0.0]
    assert first["x"][0, 1] == pytest.approx(math.exp(-1.0), rel=1e-6)
    second = solve(system, first.values[:, -1], None, [1.0, 2.0], start=1.0, carried=first.carried)
    assert second["count"][0].tolist() == [1.0, 1.0]


def test_patients_are_picked_with_what_they_carry():
    system = falling(("x", None, True))
    both = solve(system, [[1.0, 0.0], [0.6, 0.0]], None, [0.0, 0.6], settings=TIGHT)
    alone = solve(
        system, both.values[1:, -1], None, [0.6, 2.0], start=0.6, settings=TIGHT, carried=both.carried.of([1])
    )
    assert alone["count"][0, -1] == 1.0
    assert both.carried.of([1, 0]).truths.tolist() == both.carried.truths[::-1].tolist()
    assert solve(decay(), [[1.0, 1.0, 0.0]], None, [0.0, 1.0]).carried is None


def test_derivatives_along_a_direction_of_several_parameters():
    rows = np.array([[2.0, 0.7, 0.3], [1.0, 0.2, 0.1]])
    times = np.array([0.0, 1.0, 4.0])
    plain = sensitivities(decay(), rows, None, times, wrt=("x0", "k", "source"), step={"source": 1e-6}, settings=TIGHT)
    slopes = np.array([[1.0, -0.5, 2.0], [0.0, 0.3, 0.1]])
    found = sensitivities(
        decay(), rows, None, times, wrt=("both",), input_slopes={"both": slopes}, step={"both": 1e-6}, settings=TIGHT
    )
    wanted = np.einsum("ntok,nk->nto", plain.derivatives, slopes)
    np.testing.assert_allclose(found.derivatives[..., 0], wanted, rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(found.values, plain.values)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"input_slopes": {"both": np.zeros((1, 2))}, "step": {"both": 1.0}}, "needs slopes of shape"),
        ({"input_slopes": {"both": np.zeros((1, 3))}}, "no natural size"),
        (
            {"input_slopes": {"k": np.zeros((1, 3))}, "wrt": ("k",), "step": {"k": 1.0}},
            "a parameter of the system itself",
        ),
        ({"input_slopes": {"other": np.zeros((1, 3))}, "wrt": ("k",)}, "not among the parameters"),
    ],
)
def test_impossible_directions_are_refused(given, said):
    with pytest.raises(EngineError, match=said):
        sensitivities(decay(), [[2.0, 0.7, 0.3]], None, [0.0, 1.0], **{"wrt": ("both",), **given})


def test_a_held_end_changes_nothing_without_events():
    system = decay()
    plain = solve(system, [[1.0, 1.0, 0.0]], None, [0.0, 1.0])
    held = solve(system, [[1.0, 1.0, 0.0]], None, [0.0, 1.0], hold=True)
    assert (plain.values == held.values).all()
    named = replace(system, observers=frozenset({"x"}))
    assert solve(named, [[1.0, 1.0, 0.0]], None, [0.0, 1.0], hold=True).failed == 0
