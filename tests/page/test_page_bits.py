"""The page's engine against the desk's: equal to the last bit, for every model that is shipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from browser_engine import assert_same_bits, case_of, page_solves, plain_twin, solve

from bimodal.engine import Schedule, Settings, SolverStatus, System, assemble, kernel, parts, webassembly
from bimodal.engine.kernel import system_sha256
from bimodal.engine.webassembly import web_assembly
from bimodal.errors import EngineError
from bimodal.expr import Graph, Op
from bimodal.model import load_model
from bimodal.model.manifest import list_models
from bimodal.study import RunOptions, simulate_spec
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.solver.engine_solver import engine_schedule, load_solver

#: Models without a door for doses: their settable constants are moved in place.
_BARE = ("receptor_cell", "tumour_alone")
_LONG = ("human_cycle", "human_mass_action", "human_oncology", "mouse", "mouse_chimera")
#: It has an input that jumps at a time, which is an event of its own.
_STAYS = ("mouse_disease",)
_TOLERANCES = (Settings(rtol=1e-3), Settings(rtol=1e-6))
_REGIMENS = {
    "human": ("1 MIU/m2 SC daily for 14 days", "600000 IU/kg IV over 15 min q8h x5, rest 5 days, repeat x2"),
    "mouse": ("25000 IU IP daily for 5 days", "50000 IU IV over 15 min q12h x4"),
}


def given_by(name: str) -> list[tuple[np.ndarray, Schedule, np.ndarray]]:
    """Give inputs, events and save times of two patients under two regimens."""
    if name in _BARE:
        model = load_model(name)
        (inputs,) = model.rest(np.array([[model.table.values()[i] for i in model.parameter_ids]]))
        slots = [model.system.slot_set(i) for i in model.settable]
        found = []
        for size, gap in ((3.0, 7.0), (100.0, 0.5)):
            times = [gap * (k + 1) for k in range(len(slots) * 3)]
            values = [[size if k % 2 else 0.0 for k in range(len(times))]]
            found.append((inputs, Schedule.shared(times, slots * 3, values), np.linspace(0.0, 90.0, 46)))
        return found
    solver = load_solver(name)
    found = []
    for regimen in _REGIMENS["mouse" if name.startswith("mouse") else "human"]:
        cohort = "mouse-sets" if name.startswith("mouse") else "healthy"
        spec = simulate_spec(["aldesleukin"], [regimen], cohort=cohort, patients=2, model=name, follow_up_days=7.0)
        plan = make_plan(spec, RunOptions(patients=2, full_trajectories=True), solver)
        parameters, events = plan.inputs(0, 0, 2)
        inputs, system = solver.model.rest(parameters), solver.model.system
        slots = [system.slot_add(p.symbol) if p.action == "add" else system.slot_set(p.symbol) for p in events.ports]
        schedule = engine_schedule(events, events.times_h, slots, events.values)
        found += [(inputs[i], schedule.part(i, i + 1), plan.times_h) for i in range(2)]
    return found


def compare(system: System, given: list, tolerances: tuple[Settings, ...], folder: Path, monkeypatch) -> list[dict]:
    """Solve everything twice; return how the page's runs went."""
    twin = plain_twin(system, monkeypatch)
    every = [(*one, settings) for one in given for settings in tolerances]
    page = page_solves(twin, [case_of(twin, i, s, list(t), settings) for i, s, t, settings in every], folder)
    for (values, run), (inputs, schedule, times, settings) in zip(page, every, strict=True):
        desk = solve(twin, inputs, schedule, times, settings=settings)
        assert [run[k] for k in ("status", "steps", "rejected", "repeated")] == [
            int(desk.status[0]), int(desk.steps[0]), int(desk.rejected[0]), int(desk.repeated[0]),
        ]  # fmt: skip
        assert_same_bits(values, desk.values[0])
    return [run for _, run in page]


@pytest.mark.parametrize(
    "name",
    [pytest.param(one, marks=pytest.mark.slow) if one in _LONG else one for one in list_models() if one not in _STAYS],
)
def test_every_output_of_a_shipped_model_has_the_bits_of_the_desk(name, tmp_path, monkeypatch):
    runs = compare(load_model(name).system, given_by(name), _TOLERANCES, tmp_path, monkeypatch)
    assert all(run["status"] == SolverStatus.DONE for run in runs)
    assert len(runs) >= 4


@pytest.mark.parametrize("name", _STAYS)
def test_a_model_with_events_of_its_own_stays_on_the_desk(name):
    with pytest.raises(EngineError, match="cannot run in a browser"):
        web_assembly(load_model(name).system)


def system_of(**wanted) -> System:
    """Give a stiff oscillator with a state that grows out of zero as a fractional power, and an output with gaps."""
    g = Graph()
    x, v, z, k, time = (g.symbol(name) for name in ("x", "v", "z", "k", "time"))
    pull = g.sub(g.mul(k, g.mul(g.sub(g.const(1.0), g.mul(x, x)), v)), x)
    root = g.sub(g.call(Op.SQRT, g.call(Op.ABS, g.add(z, x))), g.mul(g.const(2.0), z))
    rates = (v, g.add(pull, g.call(Op.SIN, g.mul(g.const(0.3), time))), root)
    outputs = (("x", x), ("v", v), ("z", z), ("gap", g.call(Op.LOG, x)))
    start = (g.const(2.0), g.const(0.0), g.const(0.0))
    ids = ("x", "v", "z")
    about = {"nonnegative": frozenset(), "observers": frozenset({"gap"}), **wanted}
    return System(g, ids, ("k",), frozenset({"k"}), (), start, rates, outputs, (1.0, 1.0, 1.0), **about)


def blow_up() -> System:
    """Give x' = a x^2, x(0) = 1: infinite at 1/a."""
    g = Graph()
    x, a = g.symbol("x"), g.symbol("a")
    rate = g.mul(a, g.mul(x, x))
    return System(g, ("x",), ("a",), frozenset(), (), (g.const(1.0),), (rate,), (("x", x),), (1.0,))


_EVENTS = Schedule.shared([1.0, 7.5, 7.5, 20.0], [0, 5, 6, 2], [[3.0, 0.0, 8.0, 1e3]])
_TIMES = np.sort([0.0, 0.0, 1.0, 1.0 + 1e-12, 7.5, 19.999, 20.0, *np.linspace(0.3, 90.0, 61)])


def test_rejected_steps_stops_of_time_and_gaps_have_the_bits_of_the_desk(tmp_path, monkeypatch):
    settings = (*_TOLERANCES, Settings(rtol=1e-5, atol=1e-9), Settings(rtol=1e-4, atol_factor=0.1))
    runs = compare(system_of(), [(np.array([20.0]), _EVENTS, _TIMES)], settings, tmp_path, monkeypatch)
    assert max(run["rejected"] for run in runs) > 10
    assert all(run["status"] == SolverStatus.DONE for run in runs)


def test_a_step_cut_down_to_nothing_is_tried_with_looser_tolerances(tmp_path, monkeypatch):
    g = Graph()
    x = g.symbol("x")
    rate = g.pow(g.call(Op.ABS, x), g.const(0.3))
    outputs, one = (("x", x),), (g.const(0.0),)
    system = System(g, ("x",), ("k",), frozenset(), (), one, (g.sub(rate, g.symbol("k")),), outputs, (1.0,))
    events = Schedule.shared([1.0, 2.0], [0, 1], [[1e-30, 0.0]])
    compare(system, [(np.array([0.5]), events, np.linspace(0, 5, 7))], _TOLERANCES, tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("inputs", "settings", "status"),
    [
        ([1.0], Settings(max_steps=5, fallback=False), SolverStatus.TOO_MANY_STEPS),
        ([1.0], Settings(fallback=False), SolverStatus.STEP_TOO_SMALL),
        ([np.nan], Settings(fallback=False), SolverStatus.NOT_FINITE),
    ],
)
def test_a_failed_patient_is_missing_with_the_status_of_the_desk(inputs, settings, status, tmp_path, monkeypatch):
    given = [(np.array(inputs), Schedule.none(1), np.linspace(0.0, 2.0, 5))]
    (run,) = compare(blow_up(), given, (settings,), tmp_path, monkeypatch)
    assert run["status"] == status


def test_an_output_that_is_no_number_is_a_failure_where_it_does_not_only_look_on(tmp_path, monkeypatch):
    system = system_of(observers=frozenset())
    (run,) = compare(system, [(np.array([20.0]), _EVENTS, _TIMES)], (Settings(),), tmp_path, monkeypatch)
    assert run["status"] == SolverStatus.NOT_FINITE


@pytest.mark.parametrize("size", [12, 40])
def test_a_network_whose_linear_algebra_is_loops_has_the_bits_of_the_desk(size, tmp_path, monkeypatch):
    def rates(g: Graph):
        x = [g.symbol(f"x{i}") for i in range(size)]
        flows = [g.mul(g.symbol("k"), g.mul(x[i], x[(7 * i + 3) % size])) for i in range(size)]
        return tuple(g.sub(flows[(i + 5) % size], g.mul(g.const(0.1 + i), flows[i])) for i in range(size))

    def made() -> System:
        g, ids = Graph(), tuple(f"x{i}" for i in range(size))
        start, rate = tuple(g.const(1.0 + i % 3) for i in range(size)), rates(g)
        return System(g, ids, ("k",), frozenset(), (), start, rate, tuple((i, g.symbol(i)) for i in ids), (1.0,) * size)

    monkeypatch.setattr(assemble, "MOST_UNROLLED", -1)
    monkeypatch.setattr(assemble, "IN_PART", 20)
    monkeypatch.setattr(parts, "IN_PART", 20)
    for module in (kernel, webassembly):  # the cache knows a system by this, not by how its code is written
        monkeypatch.setattr(module, "system_sha256", lambda system: f"loops of {system_sha256(system)}")
    system = made()
    assert web_assembly(system).stack > 1 << 16
    given = [(np.array([k]), Schedule.none(1), np.linspace(0.0, 2.0, 9)) for k in (0.3, 1.0)]
    runs = compare(system, given, _TOLERANCES, tmp_path, monkeypatch)
    assert all(run["status"] == SolverStatus.DONE for run in runs)
