"""Laws the receptor level L2 obeys whatever its constants are: balance, conservation, rest, equilibrium."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import libsbml
import numpy as np
import pint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.engine import Schedule, Settings, Trajectories, solve
from bimodal.errors import ModelError
from bimodal.expr import evaluate
from bimodal.model import load_model
from bimodal.model.files import read_data
from bimodal.model.receptor_cell import ReceptorCell, load_receptor_cell

LIGANDS = ("il2", "il15")
COMPLEXES = ("la", "lb", "lab", "lag", "lbg", "labg")
ACTIVE = ("lbg", "labg")
OFF = ("alpha_off", "beta_off", "pair_off", "gamma_off_alpha", "gamma_off_beta", "gamma_off_trimer")
STILL = {"internalisation": 0.0, "active_internalisation": 0.0}  # nothing moves between the membranes
#: Free chain -> complexes that hold it, by the ligands that bind it.
HOLDERS = {
    "alpha": [("il2", ("la", "lab", "lag", "labg"))],
    "il15_alpha": [("il15", ("la", "lab", "lag", "labg"))],
    "beta": [(ligand, ("lb", "lab", "lbg", "labg")) for ligand in LIGANDS],
    "gamma": [(ligand, ("lag", "lbg", "labg")) for ligand in LIGANDS],
}


@cache
def dish() -> ReceptorCell:
    return load_receptor_cell()


def run(kind: str, changes: Mapping[str, float], hours: object, rtol: float = 1e-9) -> Trajectories:
    row = list(dish().parameters(kind, changes).values())
    found = solve(dish().system, [row], None, np.asarray(hours, float), settings=Settings(rtol=rtol))
    assert found.status[0] == 0
    return found


def with_derived(values: Mapping[str, float]) -> dict[str, float]:
    """Return constants together with what is fixed at the start."""
    network, known = dish().network, dict(values)
    for name, node in network.derived:
        known[name] = float(evaluate(network.graph, [node], known)[0])
    return known


def rates(known: Mapping[str, float]) -> dict[str, float]:
    network = dish().network
    found = evaluate(network.graph, list(network.rates), known)
    return dict(zip(network.state_ids, map(float, found), strict=True))


FACTOR = st.floats(min_value=-2.0, max_value=2.0).map(lambda x: 10.0**x)
OWN = ("kd_alpha", "kd_beta", "gamma_off_alpha", "gamma_off_beta", "gamma_off_trimer", "pair_off")
SHARED = ("on_rate", "assembly", "acid", "area_ratio", "endosome_size", "active_internalisation", "endosome_exit")
FREE = ("active_degradation", *SHARED, *(f"{ligand}_{name}" for ligand in LIGANDS for name in OWN))


@settings(deadline=None, max_examples=30)
@given(factors=st.lists(FACTOR, min_size=len(FREE), max_size=len(FREE)))
def test_equilibrium_constants_multiply_to_one_round_every_cycle(factors: list[float]) -> None:
    values = dish().parameters("treg")
    known = with_derived(values | {name: values[name] * f for name, f in zip(FREE, factors, strict=True)})
    for ligand in LIGANDS:
        for membrane, suffix in (("outer", ""), ("inner", "_in")):
            prefix = f"with_{ligand}_" if suffix else f"{ligand}_"
            alpha, beta, pair, gamma_a, gamma_b, gamma_ab = (known[f"{prefix}{name}{suffix}"] for name in OFF)
            alpha_pair, beta_trimer, alpha_trimer = (
                known[f"with_{ligand}_{membrane}_{name}"]
                for name in ("alpha_off_pair", "beta_off_trimer", "alpha_off_trimer")
            )
            # the on rates are the same on both ways of each cycle
            ways = {
                "L, a, b": (alpha * pair, beta * alpha_pair),
                "L.a, b, g": (pair * gamma_ab, gamma_a * beta_trimer),
                "L.b, a, g": (alpha_pair * gamma_ab, gamma_b * alpha_trimer),
                "L.g, a, b": (gamma_a * beta_trimer * alpha, gamma_b * alpha_trimer * beta),
            }
            for cycle, (one, other) in ways.items():
                assert abs(one / other - 1.0) <= 1e-12, cycle


@settings(deadline=None, max_examples=30)
@given(
    factors=st.lists(FACTOR, min_size=len(FREE), max_size=len(FREE)),
    sizes=st.lists(FACTOR, min_size=42, max_size=42),
    recycled=st.floats(0.0, 10.0),
)
def test_nothing_is_made_or_lost_but_by_name(factors: list[float], sizes: list[float], recycled: float) -> None:
    values = dish().parameters("treg", {"il2": 1.5, "il15": 0.4, "il15_alpha_rest": 50.0, "ligand_recycling": recycled})
    states = dict(zip(dish().network.state_ids, (100.0 * size for size in sizes), strict=True))
    known = with_derived(values | {name: values[name] * f for name, f in zip(FREE, factors, strict=True)}) | states
    slope = rates(known)
    lost, active_lost = known["degradation"], known["active_degradation"]
    for chain, holders in HOLDERS.items():
        held = [f"with_{ligand}_{name}{suffix}" for ligand, own in holders for name in own for suffix in ("", "_in")]
        total = [f"free_{chain}_surface", f"free_{chain}_inside", *held]
        gone = lost * known[f"free_{chain}_inside"] + sum(
            (active_lost if name.removesuffix("_in").endswith(ACTIVE_ENDS) else lost) * known[name]
            for name in held
            if name.endswith("_in")
        )
        made = known[f"free_{chain}_synthesis"]
        scale = made + gone + sum(abs(slope[name]) for name in total)
        assert abs(sum(slope[name] for name in total) - (made - gone)) <= 1e-11 * scale, chain
    rules = dish().network.rules
    for ligand in LIGANDS:
        held = [f"with_{ligand}_{name}{suffix}" for name in COMPLEXES for suffix in ("", "_in")]
        free = known["endosome_size"] * known[f"with_{ligand}_conc_in"]
        gone = active_lost * free + sum(
            (active_lost if name.removesuffix("_in").endswith(ACTIVE_ENDS) else lost) * known[name]
            for name in held
            if name.endswith("_in")
        )
        entered = float(evaluate(dish().network.graph, [rules[f"{ligand}_uptake"]], known)[0])
        inside = known["endosome_size"] * slope[f"with_{ligand}_conc_in"]
        scale = abs(entered) + gone + abs(inside) + sum(abs(slope[name]) for name in held)
        assert abs(sum(slope[name] for name in held) + inside - (entered - gone)) <= 1e-11 * scale, ligand


ACTIVE_ENDS = tuple(f"_{name}" for name in ACTIVE)


@pytest.mark.parametrize("kind", ["treg", "cd8", "nk"])
def test_receptors_are_conserved_without_traffic(kind: str) -> None:
    found = run(kind, {**STILL, "il2": 3.0, "il15": 2.0, "il15_alpha_rest": 20.0}, [0.0, 0.01, 0.1, 1.0, 24.0])
    for chain, holders in HOLDERS.items():
        held = sum(found[f"with_{ligand}_{name}"][0] for ligand, own in holders for name in own)
        total = found[f"free_{chain}_surface"][0] + held
        np.testing.assert_allclose(total, total[0], rtol=1e-10)
    assert found["free_beta_inside"].max() == 0.0


def test_the_ligand_free_cell_rests_exactly() -> None:
    for kind in dish().cells:
        values = dish().parameters(kind)
        known = with_derived(values)
        starts = evaluate(dish().network.graph, list(dish().network.initial), known)
        known |= dict(zip(dish().network.state_ids, map(float, starts), strict=True))
        for name, slope in rates(known).items():
            turnover = (known["internalisation"] + known["endosome_exit"]) * known[name]
            assert abs(slope) <= 4e-16 * turnover, (kind, name)
    found = run("treg", {}, [0.0, 24.0, 24.0 * 365])
    np.testing.assert_allclose(found.values, found.values[:, :1].repeat(3, axis=1), rtol=1e-12)
    assert found["active"].max() == 0.0


@settings(deadline=None, max_examples=10)
@given(
    conc=st.floats(-4.0, 2.0), kind=st.sampled_from(["treg", "tconv", "cd8", "nk"]), alpha=st.floats(-1.0, 1.0),
    pair=st.floats(-1.0, 1.0),
)  # fmt: skip
def test_equilibrium_is_the_closed_form_of_the_rapid_level(conc: float, kind: str, alpha: float, pair: float) -> None:
    excess = 1e9
    values = dish().parameters(kind)
    changes = {**STILL, "il2": 10.0**conc, "gamma_rest": excess, "assembly": 1e-6 * values["assembly"]}
    changes |= {"il2_kd_alpha": 10.0 * 10.0**alpha, "il2_pair_off": 1e-6 * values["il2_pair_off"] * 10.0**pair}
    found = run(kind, changes, [0.0, 1e6], rtol=1e-8)
    known = with_derived({**values, **changes})
    a, b, c = known["alpha_rest"], known["beta_rest"], known["il2"]
    on, assembly = known["on_rate"], known["assembly"]
    more = {own: 1.0 + assembly * excess / known[f"il2_gamma_off_{own}"] for own in ("alpha", "beta", "trimer")}
    weak = c / known["il2_kd_beta"] * more["beta"]
    hold = c / known["il2_kd_alpha"] * more["alpha"]
    bridge = on * c / known["il2_alpha_off"] * assembly / known["il2_pair_off"] * more["trimer"]
    # beta_free of the rapid-equilibrium level: bridge q_b f^2 + (q_b q_a + bridge (a - b)) f - q_a b = 0
    q_b, q_a = 1.0 + weak, 1.0 + hold
    half = q_b * q_a + bridge * (a - b)
    free = 2.0 * q_a * b / (half + np.sqrt(half**2 + 4.0 * q_b * q_a * bridge * b))
    bound = 1.0 - found["free_beta_surface"][0, -1] / b
    assert bound == pytest.approx(1.0 - free / b, rel=1e-5, abs=1e-9)
    assert found["free_alpha_surface"][0, -1] == pytest.approx(a / (q_a + bridge * free), rel=1e-5)


def test_uptake_is_what_passes_the_membrane_once_all_is_steady() -> None:
    for recycling in (0.0, 9.0):
        found = run("treg", {"il2": 0.1, "ligand_recycling": recycling}, [0.0, 0.001, 1e4])
        for ligand in LIGANDS:
            steady = found[f"{ligand}_uptake"][0, 2], found[f"{ligand}_carried"][0, 2]
            assert steady[0] == pytest.approx(steady[1], rel=1e-6, abs=1e-12)
        assert found["il2_uptake"][0, 1] > 1.5 * found["il2_carried"][0, 1]


def test_recycled_ligand_is_not_taken_up() -> None:
    hours = [0.0, 1.0, 24.0]
    none, some, much = (run("treg", {"il2": 0.01, "ligand_recycling": k}, hours) for k in (0.0, 1.0, 100.0))
    for less, more in ((some, none), (much, some)):
        assert (less["il2_uptake"][0, 1:] < more["il2_uptake"][0, 1:]).all()
        assert (less["with_il2_conc_in"][0, 1:] < more["with_il2_conc_in"][0, 1:]).all()


def test_a_cell_can_start_where_another_run_ended() -> None:
    hours = np.array([0.0, 0.5, 2.0, 6.0])
    whole = run("cd8", {"il2": 0.3, "il15": 0.1}, hours)
    known = with_derived(dish().parameters("cd8"))
    changes = {"il2": 0.3, "il15": 0.1}
    for name in dish().network.state_ids:
        value = float(whole[name][0, 1])
        if name.startswith("with_"):
            changes[f"{name}_start"] = value
        else:
            inside = name.endswith("_inside")
            chain = name.removesuffix("_inside").removesuffix("_surface")
            rest = known[f"{chain}_inside_rest"] if inside else known[f"{chain.removeprefix('free_')}_rest"]
            changes[f"{chain}_shift{'_in' if inside else ''}"] = value - rest
    again = run("cd8", changes, hours[1:] - hours[1])
    np.testing.assert_allclose(again.values, whole.values[:, 1:], rtol=1e-6, atol=1e-9)


def test_ligand_may_come_and_go() -> None:
    system = dish().system
    slot = system.slot_set("il2")
    schedule = Schedule.build([[(1.0, slot, 5.0), (3.0, slot, 0.0)]])
    row = list(dish().parameters("treg").values())
    found = solve(system, [row], schedule, np.array([0.0, 1.0, 2.0, 3.0, 500.0]))
    assert found["active"][0, 1] == 0.0
    assert found["active"][0, 2] > 100.0
    assert found["active"][0, 4] < 1e-6
    np.testing.assert_allclose(found["surface_beta"][0, 4], found["surface_beta"][0, 0], rtol=1e-5)


def test_the_dish_and_the_built_in_model_agree() -> None:
    model = load_model("receptor_cell")
    assert model.network.state_ids == dish().network.state_ids
    assert model.ports == {}
    values = {**model.table.values(), "il2": 1.0}
    row = [values[name] for name in model.system.parameter_ids]
    hours = np.array([0.0, 0.5, 4.0])
    built_in = solve(model.system, [row], None, hours)
    mine = solve(dish().system, [list(dish().parameters("treg", {"il2": 1.0}).values())], None, hours)
    for name in model.observables:
        np.testing.assert_allclose(built_in[name], mine[name], rtol=1e-9)


def test_every_parameter_has_a_source_and_the_unit_of_the_text() -> None:
    model = load_model("receptor_cell")
    assert set(model.table.ids) == set(model.network.constant_ids)
    assert model.table.statuses()["fitted"] == 0  # the fit is the authors', and no command of ours repeats it
    registry = pint.UnitRegistry()
    for line in ("molecule = [molecule]", "nM = 1e-9 mole / litre", "item = molecule", "nd = []"):
        registry.define(line)
    inside = libsbml.readSBMLFromString(model.network.sbml).getModel()
    for row in model.table.rows:
        unit = registry.Quantity(1.0)
        definition = inside.getUnitDefinition(model.network.units[row.id])
        for part in definition.getListOfUnits() if definition else ():
            kind = registry.Quantity(
                part.getMultiplier() * 10.0 ** part.getScale(), libsbml.UnitKind_toString(part.getKind())
            )
            unit = unit * kind ** part.getExponentAsDouble()
        table = registry.Quantity(1.0, "" if row.unit == "1" else row.unit).to_base_units()
        assert table.units == unit.to_base_units().units, row.id
        assert table.magnitude == pytest.approx(unit.to_base_units().magnitude, rel=1e-12), row.id


def test_libsbml_has_nothing_to_say() -> None:
    document = libsbml.readSBMLFromString(dish().network.sbml)
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, True)
    document.checkConsistency()
    assert [document.getError(i).getMessage() for i in range(document.getNumErrors())] == []


def test_what_is_asked_wrongly_is_refused() -> None:
    with pytest.raises(ModelError, match="no cell type 'b'"):
        dish().parameters("b")
    with pytest.raises(ModelError, match="no constant 'il3'"):
        dish().parameters("nk", {"il3": 1.0})


def test_texts_are_ascii() -> None:
    for name in (
        "receptors_mass_action.ant",
        *(f"receptor_cell{end}" for end in (".ant", ".csv", ".toml", "_types.csv")),
    ):
        read_data(name).encode("ascii")
