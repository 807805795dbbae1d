"""Code made for what patients have in common gives the bits of the code for everybody."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import bimodal.engine.march as march
import bimodal.engine.sensitivities as derivatives
from bimodal.engine import Schedule, Segments, solve
from bimodal.engine.compiled import compiled
from bimodal.engine.folding import Folding
from bimodal.engine.kernel import MOST_STEPS
from bimodal.engine.shared import NOTHING, Shared, shared_by, still_of
from bimodal.engine.vmath import power
from bimodal.model import load_model

TIMES = [0.0, 7.3, 24.0, 48.0, 60.0]


def people(system, model, number):
    """Return the defaults of a model with every positive number but the exponents moved a little."""
    own = np.array([model.table.values().get(name, 0.0) for name in model.parameter_ids])
    moved = np.random.default_rng(5).lognormal(0.0, 0.1, (number, len(own)))
    keep = np.isin(own, (0.0, 1.0)) | np.array(["slope" in name for name in model.parameter_ids])
    return model.rest(np.where(keep, own, own * moved))


@pytest.fixture(scope="module")
def models():
    return {name: load_model(name) for name in ("human", "human_mass_action")}


def dosed(system, number, state="il2_depot"):
    slots = [system.slot_add(state)] * 2
    return Schedule.shared([0.0, 24.0], slots, np.full((number, 2), 60.0))


def both(monkeypatch, *given, **more):
    special = solve(*given, **more)
    with monkeypatch.context() as patch:
        patch.setattr(march, "shared_by", lambda *_: NOTHING)
        return special, solve(*given, **more)


@pytest.mark.parametrize("name", ["human", "human_mass_action"])
@pytest.mark.parametrize("number", [1, 3, 11])  # alone, with idle lanes, one lane after another
def test_same_bits_as_the_code_for_everybody(name, number, models, monkeypatch):
    model = models[name]
    system, rows = model.system, people(model.system, model, number)
    outputs = system.output_ids[:3]
    segments = Segments(np.array([0.0, 24.0, 60.0]), outputs)
    special, general = both(monkeypatch, system, rows, dosed(system, number), TIMES, segments=segments)
    assert special.status.tolist() == [0] * number
    assert special.values.tobytes() == general.values.tobytes()
    assert special.steps.tolist() == general.steps.tolist()
    assert special.segments.integral.tobytes() == general.segments.integral.tobytes()


def test_powers_out_of_the_ordinary_are_done_again_with_care(models, monkeypatch):
    model = models["human"]
    system, rows = model.system, people(model.system, model, 9)
    rows[:, system.parameter_index["treg_capacity_slope"]] = 4.5
    rows[4, system.parameter_index["betagamma_slope"]] = 400.3  # e**-700 and less: what ln and exp alone get wrong
    special, general = both(monkeypatch, system, rows, dosed(system, 9), TIMES)
    assert special.status.tolist() == general.status.tolist()
    assert special.values.tobytes() == general.values.tobytes()


def test_derivatives_have_the_bits_of_the_code_for_everybody(models, monkeypatch):
    model = models["human"]
    system, rows = model.system, people(model.system, model, 3)
    rows[1, system.parameter_index["treg_growth_slope"]] = 1.3  # a whole exponent of the others
    wrt = (
        "clearance",
        "treg_growth_slope",
        "pstat5_rate",
        "cd8_growth_half",
        "il2_kd_alpha",
        "v_plasma",
        "k_out",
        "il2_k2",
    )
    given = (system, rows, dosed(system, 3), TIMES)
    monkeypatch.setattr(derivatives, "_TOGETHER", 2)  # what the third shares is joined to it
    special = derivatives.sensitivities(*given, wrt=wrt)
    alone = derivatives.sensitivities(system, rows[:1], dosed(system, 1), TIMES, wrt=wrt)
    seen = []
    monkeypatch.setattr(derivatives, "shared_by", lambda *_: seen.append(NOTHING) or NOTHING)
    general = derivatives.sensitivities(*given, wrt=wrt)
    assert len(seen) == 2
    assert special.status.tolist() == [0, 0, 0]
    assert special.derivatives.tobytes() == general.derivatives.tobytes()
    assert special.values.tobytes() == general.values.tobytes()
    assert special.derivatives[0].tobytes() == alone.derivatives[0].tobytes()


def test_what_two_groups_share_is_what_both_have():
    one, other = Shared(((1, 0.0), (2, 1.0)), (4, 5), (0, 3)), Shared(((1, 1.0), (2, 1.0)), (5,), (3, 6))
    assert one.also(other) == other.also(one) == Shared(((2, 1.0),), (5,), (3,))


def test_company_that_has_less_in_common_changes_no_bit(models):
    model = models["human"]
    system, rows = model.system, people(model.system, model, 9)
    alone = solve(system, rows[:1], dosed(system, 1), TIMES)
    rows[5, system.parameter_index["treg_growth_slope"]] = 1.3
    rows[6, system.parameter_index["partner_clearance"]] = 0.0
    schedule = dosed(system, 9)
    slots = schedule.slots.copy()
    slots[14:] = system.slot_add("drug_depot")  # two of nine are given the other molecule
    mixed = Schedule(schedule.offsets, schedule.times, slots, schedule.values)
    together = solve(system, rows, mixed, TIMES)
    assert together.values[0].tobytes() == alone.values[0].tobytes()


def test_a_drug_nobody_is_given_is_not_computed(models):
    system = models["human"].system
    rows = people(system, models["human"], 3)
    kernel = compiled(system)
    params, states = kernel.start(rows)

    def still(state):
        found = shared_by(kernel.foldable, params, states, dosed(system, 3, state).slots)
        return {system.state_ids[i] for i in still_of(kernel.program, found)}

    assert {"drug_depot", "drug_amount", "partner_amount"} <= still("il2_depot")
    assert "il2_transit" not in still("il2_depot")  # empty at first, but something flows into it
    assert still("drug_depot").isdisjoint({"drug_depot", "drug_amount", "drug_peripheral"})


def test_what_an_event_changes_is_not_shared(models):
    system = models["human"].system
    kernel = compiled(system)
    params, states = kernel.start(people(system, models["human"], 2))
    place = system.parameter_index["il2_infusion"]
    nothing = np.zeros(0, np.int64)
    assert (place, 0.0) in shared_by(kernel.foldable, params, states, nothing).values
    assert place not in dict(
        shared_by(kernel.foldable, params, states, np.array([system.slot_set("il2_infusion")])).values
    )
    params[1, place] = 2.0
    assert place not in dict(shared_by(kernel.foldable, params, states, nothing).values)
    params[1, place] = np.inf  # 0 times infinity is no number: nothing may be left out
    assert shared_by(kernel.foldable, params, states, nothing) == NOTHING


def test_kinds_of_patients_without_end_do_not_compile_without_end(models):
    kernel = compiled(models["human"].system, "narrow")
    kernel._steps.clear()  # the code for everybody is not there yet either
    kinds = [Shared(values=((i, 0.0),)) for i in kernel.foldable.used[: MOST_STEPS + 3]]
    text = kernel._write_step
    try:
        object.__setattr__(kernel, "_write_step", lambda _: text(NOTHING))
        addresses = [kernel.step(kind) for kind in kinds]
    finally:
        object.__delattr__(kernel, "_write_step")
    assert addresses[-1] == addresses[-2] == kernel.step()
    assert len(set(addresses)) == MOST_STEPS + 1


def test_threads_that_compile_at_once_run_the_same_code(models):
    kernel = compiled(models["human"].system, "narrow")
    kernel._steps.clear()
    with ThreadPoolExecutor(4) as pool:
        addresses = list(pool.map(lambda _: kernel.step(), range(4)))
    assert set(addresses) == {kernel.step()}


def test_folding_leaves_out_only_what_is_exact():
    b = Folding(4, fused=True, known={("%p", 0): 0.0, ("%p", 1): 1.0, ("%p", 2): 2.0, ("%p", 3): 0.1})
    zero, one, two, tenth, x = (b.load("%p", i) for i in range(5))
    assert [b.mul(one, x), b.add(x, zero), b.sub(x, zero), b.div(x, one), b.fma(zero, x, x)] == [x] * 5
    assert [b.number(v) for v in (b.mul(x, zero), b.div(zero, x), b.neg(zero))] == [0.0, 0.0, 0.0]
    assert b.number(b.fma(tenth, tenth, b.const(-0.01))) == 9.020562075079397e-19  # rounded once, as the machine does
    assert b.number(b.mul(tenth, tenth)) == 0.1 * 0.1
    assert b.number(b.add(x, one)) is None
    assert b.select(b.compare("olt", zero, one), x, two) == x
    assert power(b, x, one) == x
    assert b.number(power(b, x, zero)) == 1.0
