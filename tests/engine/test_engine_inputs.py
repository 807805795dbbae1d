"""Impossible requests are refused in words, and importing the room is cheap."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from engine_systems import decay

from bimodal.engine import TIME, Schedule, Settings, System, solve
from bimodal.errors import EngineError
from bimodal.expr import Graph, Op


@pytest.mark.parametrize("room", ["bimodal.engine", "bimodal.model", "bimodal.expr"])
def test_importing_a_room_loads_nothing_heavy(room: str) -> None:
    heavy = ["numba", "llvmlite", "antimony", "libsbml", "scipy", "pandas", "xarray", "matplotlib", "duckdb", "pint"]
    script = f"import sys, {room}; print([name for name in {heavy!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("parameters", "schedule", "times", "options", "message"),
    [
        ([[1.0, 1.0]], None, [0.0, 1.0], {}, "3 parameters, 2 were given"),
        ([[1.0, 1.0, 0.0]], Schedule.none(2), [0.0, 1.0], {}, "1 patients came with events of 2"),
        ([[1.0, 1.0, 0.0]], None, [], {}, "save times"),
        ([[1.0, 1.0, 0.0]], None, [1.0, 0.5], {}, "save times"),
        ([[1.0, 1.0, 0.0]], None, [0.0, np.nan], {}, "save times"),
        ([[1.0, 1.0, 0.0]], None, [0.0, np.inf], {}, "save times"),
        ([[1.0, 1.0, 0.0]], None, [-1.0, 1.0], {}, "save times"),
        ([[1.0, 1.0, 0.0]], Schedule.build([[(-1.0, 0, 1.0)]]), [0.0, 1.0], {}, "before the start"),
        ([[1.0, 1.0, 0.0]], Schedule.build([[(0.5, 99, 1.0)]]), [0.0, 1.0], {}, "slot"),
        ([[1.0, 1.0, 0.0]], Schedule.build([[(0.5, -1, 1.0)]]), [0.0, 1.0], {}, "slot"),
        ([[1.0, 1.0, 0.0]], None, [0.0, 1.0], {"workers": 0}, "worker"),
    ],
)
def test_impossible_runs(parameters: list, schedule: Schedule | None, times: list, options: dict, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        solve(decay(), parameters, schedule, times, **options)


@pytest.mark.parametrize(
    ("offsets", "times", "message"),
    [
        ([0, 2], [1.0, 0.5], "order of time"),
        ([0, 2], [0.0, np.nan], "finite"),
        ([0, 3], [0.0, 1.0], "length"),
        ([1, 2], [0.0, 1.0], "offsets"),
        ([0, 5, 2], [0.0, 1.0], "offsets"),
        ([0, -1, 2], [0.0, 1.0], "offsets"),
    ],
)
def test_impossible_schedules(offsets: list[int], times: list[float], message: str) -> None:
    n = len(times)
    with pytest.raises(EngineError, match=message):
        Schedule(np.array(offsets), np.array(times), np.zeros(n, np.int64), np.ones(n))


def test_impossible_values_of_a_schedule() -> None:
    with pytest.raises(EngineError, match="finite"):
        Schedule.build([[(0.0, 0, np.inf)]])
    with pytest.raises(EngineError, match="events"):
        Schedule.shared([0.0, 1.0], [0, 0], [[1.0]])
    with pytest.raises(EngineError, match="length"):
        Schedule.shared([0.0, 1.0], [0], [[1.0, 2.0]])


def test_schedules_of_one_shape_are_the_same() -> None:
    shared = Schedule.shared([0.0, 1.0], [0, 3], [[1.0, 2.0], [3.0, 4.0]])
    built = Schedule.build([[(1.0, 3, 2.0), (0.0, 0, 1.0)], [(0.0, 0, 3.0), (1.0, 3, 4.0)]])
    for name in ("offsets", "times", "slots", "values"):
        np.testing.assert_array_equal(getattr(shared, name), getattr(built, name))
    second = built.part(1, 2)
    assert second.patients == 1
    assert second.values.tolist() == [3.0, 4.0]


@pytest.mark.parametrize(
    "change", [{"rtol": 0.0}, {"rtol": np.nan}, {"atol_factor": -1.0}, {"atol": 0.0}, {"max_steps": 0}]
)
def test_impossible_settings(change: dict[str, float]) -> None:
    with pytest.raises(EngineError, match="positive"):
        Settings(**change)


def test_slots() -> None:
    system = decay()
    assert system.slot_add("x") != system.slot_set_state("x") != system.slot_set("source")
    with pytest.raises(EngineError, match="no state called 'y'"):
        system.slot_add("y")
    with pytest.raises(EngineError, match="no parameter called 'q'"):
        system.slot_set("q")
    with pytest.raises(EngineError, match="fixed at the start"):
        system.slot_set("k")


def test_impossible_systems() -> None:
    system = decay()
    g = system.graph
    truth = g.compare(Op.LT, g.symbol("x"), g.const(1.0))
    for change, message in (
        ({"state_ids": (), "rates": (), "initial": (), "scales": ()}, "no state"),
        ({"rates": ()}, "one rate"),
        ({"parameter_ids": ("x0", "k", "k", "source")}, "share a name"),
        ({"parameter_ids": ("x0", "k", "source", TIME)}, "independent variable"),
        ({"initial": (g.symbol("x"),)}, "a starting value uses 'x'"),
        ({"rates": (g.symbol("q"),)}, "a rate uses 'q'"),
        ({"outputs": (("o", g.symbol("q")),)}, "an output uses 'q'"),
        ({"outputs": (("o", truth),)}, "truth value"),
        ({"rates": (truth,)}, "truth value"),
    ):
        with pytest.raises(EngineError, match=message):
            replace(system, **change)


def test_the_fingerprint_follows_the_mathematics() -> None:
    assert decay().sha256 == decay().sha256
    system = decay()
    g = system.graph
    assert replace(system, rates=(g.neg(g.symbol("x")),)).sha256 != system.sha256
    assert replace(system, scales=(2.0,)).sha256 != system.sha256
    assert replace(system, settable=frozenset()).sha256 != system.sha256
    renamed = replace(system, outputs=(("other", g.symbol("x")),))
    assert renamed.sha256 != system.sha256
    g.mul(g.symbol("unused"), g.symbol("x"))
    assert replace(system).sha256 == system.sha256


def test_nobody_is_nobody() -> None:
    run = solve(decay(), np.empty((0, 3)), Schedule.none(0), [0.0, 1.0])
    assert run.values.shape == (0, 2, 1)
    assert run.failed == 0


def test_a_model_without_parameters_or_outputs() -> None:
    g = Graph()
    one = g.const(1.0)
    bare = System(g, ("x",), (), frozenset(), (), (one,), (one,), (), (1.0,))
    run = solve(bare, np.empty((2, 0)), None, [0.0, 1.0])
    assert run.values.shape == (2, 2, 0)
    assert run.status.tolist() == [0, 0]
