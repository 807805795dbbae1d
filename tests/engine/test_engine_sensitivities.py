"""Derivatives against closed forms, exact sensitivity equations and tight differences; and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from engine_systems import at_width, blow_up, decay, make, robertson
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from bimodal.engine import Schedule, Settings, SolverStatus, System, Trigger, solve
from bimodal.engine.compiled import compiled
from bimodal.engine.sensitivities import Sensitivities, sensitivities
from bimodal.errors import EngineError
from bimodal.expr import Graph, Op, derivative
from bimodal.model import load_model

TWO = ("clearance", "v1", "exchange", "v2")
DOSES, SAVES = np.array([0.0, 12.0, 24.0, 36.0]), np.array([0.0, 1.0, 6.0, 12.0, 24.5, 36.0, 60.0])


@pytest.fixture(scope="module")
def two_compartments() -> System:
    """Amounts in plasma and tissue; output: plasma concentration."""

    def rates(g: Graph, s: Any) -> list[int]:
        plasma, tissue = g.div(s("a1"), s("v1")), g.div(s("a2"), s("v2"))
        flow = g.mul(s("exchange"), g.sub(plasma, tissue))
        return [g.sub(g.neg(g.mul(s("clearance"), plasma)), flow), flow]

    system = make({"a1": 0.0, "a2": 0.0}, TWO, rates)
    g = system.graph
    return replace(system, outputs=(("concentration", g.div(g.symbol("a1"), g.symbol("v1"))),))


def concentration(p: np.ndarray, doses: np.ndarray) -> np.ndarray:
    """Return the closed form at SAVES, before a dose of that moment; complex numbers pass through."""
    cl, v1, q, v2 = p
    k10, k12, k21 = cl / v1, q / v1, q / v2
    total = k10 + k12 + k21
    root = np.sqrt(total * total - 4.0 * k10 * k21)
    alpha, beta = (total + root) / 2.0, (total - root) / 2.0
    found = np.zeros(len(SAVES), p.dtype)
    for when, dose in zip(DOSES, doses, strict=True):
        t = SAVES[when < SAVES] - when
        shape = (alpha - k21) * np.exp(-alpha * t) + (k21 - beta) * np.exp(-beta * t)
        found[when < SAVES] += dose / v1 * shape / (alpha - beta)
    return found


def by_complex_step(p: np.ndarray, doses: np.ndarray, towards: np.ndarray) -> np.ndarray:
    """Return the exact derivatives (T, 4) if the doses change by ``towards`` (E, 4) with the parameters."""
    columns = [concentration(p + 1e-40j * row, doses + 1e-40j * towards[:, c]) for c, row in enumerate(np.eye(4))]
    return np.stack(columns, axis=1).imag / 1e-40


def worst(found: np.ndarray, exact: np.ndarray) -> float:
    """Return the largest error of (T, ...) relative to the peak over time, where there is one."""
    peak = np.abs(exact).max(axis=0)
    error = np.abs(found - exact).max(axis=0)
    return float((error[peak > 0] / peak[peak > 0]).max())


@examples(max_examples=25, deadline=None)
@given(st.tuples(st.floats(0.3, 3), st.floats(1, 5), st.floats(0.3, 3), st.floats(1, 20)), st.booleans())
def test_two_compartments_have_a_closed_form(two_compartments: System, p: tuple[float, ...], two_sided: bool) -> None:
    doses = np.array([5.0, 1.0, 0.0, 2.0])
    schedule = Schedule.shared(DOSES, [0] * 4, [doses])
    rtol, bound = (1e-9, 1e-6) if two_sided else (1e-6, 1e-4)
    found = sensitivities(
        two_compartments, p, schedule, SAVES, wrt=TWO, two_sided=two_sided, settings=Settings(rtol=rtol)
    )
    exact = by_complex_step(np.array(p), doses, np.zeros((4, 4)))
    assert worst(found.derivatives[0, :, 0], exact) < bound
    np.testing.assert_allclose(found.values[0, :, 0], concentration(np.array(p), doses), rtol=1e-4, atol=1e-8)


def test_doses_may_depend_on_parameters(two_compartments: System) -> None:
    p, doses = np.array([1.0, 3.0, 0.7, 9.0]), np.array([5.0, 1.0, 0.0, 2.0])
    towards = np.zeros((4, 4))
    towards[:, 1] = [0.3, -0.2, 1.0, 0.0]
    schedule = Schedule.shared(DOSES, [0] * 4, [doses])
    slopes = {"v1": towards[:, 1], "factor": doses, "nothing": np.zeros(4)}
    names = [*TWO, "factor", "nothing"]
    found = sensitivities(two_compartments, p, schedule, SAVES, wrt=names, dose_slopes=slopes)
    assert worst(found.derivatives[0, :, 0, :4], by_complex_step(p, doses, towards)) < 1e-4
    # the model is linear: the derivative by a factor on all doses is the output itself
    np.testing.assert_allclose(found["concentration", "factor"][0], found.values[0, :, 0], rtol=1e-7, atol=1e-9)
    assert not found["concentration", "nothing"].any()
    assert np.isnan(found.parameters[0]).tolist() == [False] * 4 + [True] * 2


def test_starting_values_and_parameters_set_by_events() -> None:
    x0, k, source, later = 2.0, 0.5, 0.3, 1.0
    system = decay()
    schedule = Schedule.build([[(1.0, system.slot_set("source"), later)]])
    times = np.array([0.0, 0.5, 1.0, 3.0])
    found = sensitivities(system, [x0, k, source], schedule, times, wrt=["x0", "source", "k"])
    fall = np.exp(-k * times)
    np.testing.assert_allclose(found["x", "x0"][0], fall, rtol=1e-5)
    # after the event the source no longer has the value of the parameter
    until = np.minimum(times, 1.0)
    expected = (1 - np.exp(-k * until)) / k * np.exp(-k * (times - until))
    np.testing.assert_allclose(found["x", "source"][0], expected, rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(found.elasticities[0, :, 0, 0], fall * x0 / found.values[0, :, 0], rtol=1e-5)


def augmented(system: System, wrt: tuple[str, ...], scales: np.ndarray, p: np.ndarray) -> System:
    """Return the system with its exact sensitivity equations ds/dt = J s + df/dp; outputs first the system's."""
    g = system.graph
    known: dict[str, int] = {}
    for name, node in system.derived:
        known[name] = g.substitute([node], known)[0]
    rates, initial = g.substitute(system.rates, known), g.substitute(system.initial, known)
    outputs = g.substitute([e for _, e in system.outputs], known)
    ids, all_rates, all_initial, sizes = list(system.state_ids), list(rates), list(initial), list(scales)
    named = list(zip(system.output_ids, outputs, strict=True))
    by_state = [derivative(g, [*rates, *outputs], state) for state in system.state_ids]
    for name in wrt:
        own = [f"{state}|{name}" for state in system.state_ids]
        totals = derivative(g, [*rates, *outputs], name)
        for column, symbol in zip(by_state, own, strict=True):
            totals = [g.add(t, g.mul(c, g.symbol(symbol))) for t, c in zip(totals, column, strict=True)]
        ids += own
        all_rates += totals[: len(rates)]
        all_initial += derivative(g, initial, name)
        named += [(f"{o}|{name}", t) for o, t in zip(system.output_ids, totals[len(rates) :], strict=True)]
        sizes += list(scales / p[system.parameter_index[name]])
    return System(
        g, tuple(ids), system.parameter_ids, system.settable, (), tuple(all_initial), tuple(all_rates), tuple(named),
        tuple(sizes),
    )  # fmt: skip


def test_robertson_against_its_sensitivity_equations_by_radau() -> None:
    system, names, p = robertson(), ("k1", "k2", "k3"), np.array([0.04, 3e7, 1e4])
    times = np.array([0.0, 0.3, 4.0, 40.0, 400.0])
    exact = augmented(system, names, np.array([1.0, 4e-5, 1.0]), p)
    kernel, full = compiled(exact), np.zeros(0)
    full, start = kernel.start(p[None])
    run = solve_ivp(
        lambda t, y: kernel.call("rate", t, y, full[0]), (0.0, 400.0), start[0], "Radau", t_eval=times,
        jac=lambda t, y: kernel.call("jacobian", t, y, full[0]), rtol=1e-10, atol=1e-13 * np.array(exact.scales),
    )  # fmt: skip
    reference = run.y.T[:, 3:].reshape(5, 3, 3).transpose(0, 2, 1)
    found = sensitivities(system, p, None, times, wrt=names)
    assert worst(found.derivatives[0], reference) < 2e-5
    tight = sensitivities(system, p, None, times, wrt=names, two_sided=True, settings=Settings(rtol=1e-10))
    assert worst(tight.derivatives[0], reference) < 2e-7
    checked = sensitivities(system, p, None, times, wrt=names, estimate_error=True)
    error = np.abs(checked.derivatives[0] - reference)
    assert checked.error is not None
    assert worst(checked.derivatives[0], reference) < worst(found.derivatives[0], reference)
    # the estimate is the error of the plain run, so it should cover that of the finer one with few exceptions
    assert (error <= 2.0 * checked.error[0] + 10.0 * checked.noise[0]).mean() > 0.9


FELT = ("clearance", "treg_growth_max", "treg_alpha_rest", "sc_bioavailability")
WEEKS = np.arange(15) * 24.0


@pytest.fixture(scope="module")
def human() -> tuple[System, np.ndarray, Schedule]:
    """The shipped model with daily doses for a week."""
    model = load_model("human")
    system = model.system
    p = np.array([constant.value for constant in model.network.constants])
    doses = np.arange(7) * 24.0
    return system, p, Schedule.shared(doses, [system.slot_add("il2_depot")] * 7, np.full((1, 7), 7.0))


@pytest.fixture(scope="module")
def found_human(human: tuple[System, np.ndarray, Schedule]) -> Sensitivities:
    return sensitivities(*human, WEEKS, wrt=FELT)


def test_the_human_model_against_tight_differences(human: Any, found_human: Sensitivities) -> None:
    system, p, schedule = human
    shifted = np.tile(p, (8, 1))
    places = [system.parameter_index[name] for name in FELT]
    for i, place in enumerate(places):
        shifted[2 * i, place] *= 1 + 1e-3
        shifted[2 * i + 1, place] *= 1 - 1e-3
    all_doses = Schedule.shared(schedule.times, schedule.slots, np.tile(schedule.values, (8, 1)))
    values = solve(system, shifted, all_doses, WEEKS, settings=Settings(rtol=1e-10)).values
    reference = (values[::2] - values[1::2]) / (2e-3 * p[places])[:, None, None]
    assert worst_felt(found_human, reference.transpose(1, 2, 0)) < 1e-4


def test_the_human_model_against_exact_sensitivity_equations(human: Any, found_human: Sensitivities) -> None:
    system, p, schedule = human
    start = np.abs(compiled(system).start(p[None])[1][0])
    scales = np.where(start > 0, start, system.scales)
    names = FELT[:1]  # the benchmark does twenty; here compiling them would take too long
    exact = augmented(system, names, scales, p)
    own = replace(schedule, slots=np.full(7, exact.slot_add("il2_depot")))
    values = solve(exact, p, own, WEEKS, settings=Settings(rtol=1e-9)).values[0]
    outputs = len(system.outputs)
    reference = values[:, outputs:].reshape(-1, 1, outputs).transpose(0, 2, 1)
    part = replace(found_human, derivatives=found_human.derivatives[..., :1], parameters=found_human.parameters[:, :1])
    assert worst_felt(part, reference) < 2e-5


def test_the_patient_is_the_one_solve_gives(human: Any, found_human: Sensitivities) -> None:
    system, p, schedule = human
    plain = solve(system, p, schedule, WEEKS)
    assert plain.steps.tolist() == found_human.steps.tolist()
    np.testing.assert_allclose(found_human.values, plain.values, rtol=1e-9)


def worst_felt(found: Sensitivities, exact: np.ndarray) -> float:
    """Return the worst error relative to the peak, where the peak of d ln y / d ln p is above 0.01."""
    peak = np.abs(exact).max(axis=0)
    size = np.abs(found.values[0]).max(axis=0)[:, None]
    felt = peak * found.parameters[0] > 1e-2 * size
    assert felt.sum() > 10
    error = np.abs(found.derivatives[0] - exact).max(axis=0)
    return float((error[felt] / peak[felt]).max())


@pytest.fixture(scope="module")
def curved() -> System:
    """A small stiff, nonlinear system with eleven parameters: two groups of lanes at any width."""
    names = ("x0", "k", "n", *(f"c{i}" for i in range(8)))

    def rates(g: Graph, s: Any) -> list[int]:
        total = g.const(0.0)
        for i in range(8):
            total = g.add(total, g.mul(s(f"c{i}"), g.call(Op.SIN, g.mul(g.const(i + 1.0), s("x")))))
        fast = g.mul(g.const(200.0), g.sub(g.pow(s("x"), s("n")), s("y")))
        return [g.sub(total, g.mul(s("k"), s("x"))), fast]

    return make({"x": "x0", "y": 0.1}, names, rates)


def several(count: int = 9) -> tuple[np.ndarray, list[list[tuple[float, int, float]]]]:
    rng = np.random.default_rng(5)
    values = rng.uniform(0.2, 1.0, (count, 11))
    return values, [[(float(t), 0, 0.5) for t in sorted(rng.uniform(0, 5, i % 4))] for i in range(count)]


def bundle(system: System, who: Any, **options: Any) -> Sensitivities:
    values, events = several()
    schedule = Schedule.build([events[i] for i in who])
    options = {"wrt": system.parameter_ids} | options
    return sensitivities(system, values[who], schedule, [0.0, 1.0, 2.5, 6.0], **options)


def test_company_order_workers_width_and_choice_change_nothing(curved: System) -> None:
    everybody = np.arange(9)
    whole = bundle(curved, everybody)
    assert (whole.status == SolverStatus.DONE).all()
    for order, workers in ((everybody[::-1], 1), (everybody, 3), (np.array([4]), 1), (np.array([7, 2]), 2)):
        again = bundle(curved, order, workers=workers)
        assert again.derivatives.tobytes() == whole.derivatives[order].tobytes()
        assert again.values.tobytes() == whole.values[order].tobytes()
    for width in (1, 2, 4, 8):
        assert bundle(at_width(curved, width), everybody).derivatives.tobytes() == whole.derivatives.tobytes()
    one = bundle(curved, everybody, wrt=["c7"])
    assert one.derivatives[..., 0].tobytes() == np.ascontiguousarray(whole.derivatives[..., 10]).tobytes()


@pytest.mark.parametrize("method", ["rodas5p", "rodas4"])
def test_both_methods_agree_with_tight_differences(curved: System, method: Any) -> None:
    who = np.arange(3)
    found = bundle(curved, who, settings=Settings(rtol=1e-7, method=method))
    values, events = several()
    for c in range(11):
        ends = []
        for sign in (1, -1):
            moved = values[who].copy()
            moved[:, c] *= 1 + sign * 1e-4
            schedule = Schedule.build([events[i] for i in who])
            ends.append(solve(curved, moved, schedule, found.times, settings=Settings(rtol=1e-11)).values)
        exact = (ends[0] - ends[1]) / (2e-4 * values[who, c])[:, None, None]
        error = np.abs(found.derivatives[..., c] - exact).max(axis=(1, 2))
        assert (error < 2e-4 * np.abs(exact).max(axis=(1, 2))).all()


def test_what_cannot_be_resolved_is_flagged() -> None:
    system = make({"x": 1.0}, ("k",), lambda g, s: [g.neg(g.mul(s("k"), s("x")))])
    g = system.graph
    faint = g.add(g.const(1.0), g.mul(g.const(1e-12), g.symbol("x")))
    system = replace(system, outputs=(("plain", g.symbol("x")), ("faint", faint)))
    found = sensitivities(system, [1.0], None, [0.0, 1.0, 2.0], wrt=["k"])
    assert found.resolved[0, 1:, 0, 0].all()
    assert not found.resolved[0, :, 1, 0].any()
    exact = np.array([0.0, -np.exp(-1.0), -2 * np.exp(-2.0)])
    assert (np.abs(found["faint", "k"][0] - 1e-12 * exact) <= found.noise[0, 1, 0]).all()


def test_a_failing_patient_fails_alone() -> None:
    found = sensitivities(blow_up(), [[0.1], [2.0], [np.nan]], None, [0.0, 1.0], wrt=["a"])
    assert found.status.tolist() == [SolverStatus.DONE, SolverStatus.STEP_TOO_SMALL, SolverStatus.NOT_FINITE]
    # x = 1 / (1 - a t)
    np.testing.assert_allclose(found["x", "a"][0], [0.0, 1.0 / 0.9**2], rtol=1e-5)
    assert np.isnan(found.derivatives[1:]).all()
    assert np.isnan(found.values[1:]).all()
    few = sensitivities(blow_up(), [0.1], None, [0.0, 1.0], wrt=["a"], settings=Settings(max_steps=1))
    assert few.status.tolist() == [SolverStatus.TOO_MANY_STEPS]


def test_a_parameter_at_zero_needs_a_step() -> None:
    system = decay()
    with pytest.raises(EngineError, match="'source' is zero for patient 1"):
        sensitivities(system, [[1.0, 0.5, 0.2], [1.0, 0.5, 0.0]], None, [0.0, 2.0], wrt=["source"])
    found = sensitivities(system, [1.0, 0.5, 0.0], None, [0.0, 2.0], wrt=["source"], step={"source": 1e-5})
    np.testing.assert_allclose(found["x", "source"][0], [0.0, (1 - np.exp(-1.0)) / 0.5], rtol=1e-5)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"wrt": []}, "at least one"),
        ({"wrt": ["k", "k"]}, "only once"),
        ({"wrt": ["nobody"]}, "no parameter called 'nobody'"),
        ({"wrt": ["k"], "step": {"x0": 1.0}}, "'x0' is not among"),
        ({"wrt": ["k"], "step": {"k": -1.0}}, "positive"),
        ({"wrt": ["k"], "step": {"k": np.nan}}, "positive"),
        ({"wrt": ["k"], "step": {"k": 1e-30}}, "lost beside"),
        ({"wrt": ["k"], "dose_slopes": {"k": [1.0, 2.0]}}, "one finite slope for each of 0 events"),
        ({"wrt": ["k"], "workers": 0}, "worker"),
    ],
)
def test_the_impossible_is_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(EngineError, match=says):
        sensitivities(decay(), [1.0, 0.5, 0.2], None, [0.0, 1.0], **options)


def test_events_of_the_model_itself_are_refused() -> None:
    system = decay()
    g = system.graph
    trigger = Trigger("flip", g.compare(Op.LT, g.symbol("x"), g.const(0.5)), (("x", g.const(1.0)),))
    with pytest.raises(EngineError, match="'flip'"):
        sensitivities(replace(system, triggers=(trigger,)), [1.0, 0.5, 0.2], None, [0.0, 1.0], wrt=["k"])
