"""The module `receptors` of level L2, as the body uses it: native IL-2 and one drug on the same chains."""

from __future__ import annotations

import libsbml
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from receptor_texts import NATIVE, OUTPUTS, module_network, module_row, module_system

from bimodal.engine import Schedule, Settings, Trajectories, solve
from bimodal.expr import evaluate
from bimodal.model.receptor_cell import load_receptor_cell

TRAFFIC = (
    "on_rate", "assembly", "acid", "area_ratio", "endosome_size", "internalisation", "active_internalisation",
    "endosome_exit", "sorting", "active_degradation", "ligand_recycling",
)  # fmt: skip
HOURS = np.array([0.0, 0.05, 0.5, 4.0, 24.0])


def run(rows: list[list[float]], hours: np.ndarray = HOURS, schedule: Schedule | None = None) -> Trajectories:
    found = solve(module_system(), rows, schedule, hours, settings=Settings(rtol=1e-9))
    assert (found.status == 0).all()
    return found


def test_native_values_are_the_authors_constants() -> None:
    graph, known = module_network().graph, {c.id: c.value for c in module_network().constants}
    for name, node in module_network().derived:
        known[name] = float(evaluate(graph, [node], known)[0])
    theirs = load_receptor_cell().table.values()
    theirs |= {"il2_alpha_off": theirs["on_rate"] * theirs["il2_kd_alpha"]}
    theirs |= {"il2_beta_off": theirs["on_rate"] * theirs["il2_kd_beta"]}
    for name in ("alpha_off", "beta_off", "pair_off"):
        for ligand in ("il2", "drug"):
            assert known[f"r_{ligand}_{name}"] == pytest.approx(theirs[f"il2_{name}"], rel=1e-14)
    for name in ("gamma_off_alpha", "gamma_off_beta", "gamma_off_trimer"):
        assert known[f"r_{name}"] == pytest.approx(theirs[f"il2_{name}"], rel=1e-14)
    for name in TRAFFIC:
        assert known[f"r_{name}"] == pytest.approx(theirs[name], rel=1e-14)
    gamma = load_receptor_cell().cells["cd8"]["gamma_rest"]
    assert known["r_gamma_reference"] == pytest.approx(gamma, rel=1e-14)


def test_it_is_the_dish_for_one_ligand() -> None:
    cell = load_receptor_cell()
    theirs = solve(
        cell.system, [list(cell.parameters("treg", {"il2": 0.2}).values())], None, HOURS, settings=Settings(rtol=1e-9)
    )
    beta = theirs["free_beta_surface"][0, 0] + theirs["free_beta_inside"][0, 0]
    for ligand in ("il2", "drug"):
        ours = run([module_row(**{ligand: 0.2})])
        np.testing.assert_allclose(ours["activation"][0] * beta, theirs["active"][0], rtol=1e-7)
        np.testing.assert_allclose(ours[f"{ligand}_uptake"][0], theirs["il2_uptake"][0], rtol=1e-6)
        np.testing.assert_allclose(ours["cd25"][0], theirs["surface_alpha"][0], rtol=1e-7)
        bound = 1.0 - theirs["free_beta_surface"][0] / theirs["surface_beta"][0]
        np.testing.assert_allclose(ours["occupancy"][0], bound, rtol=1e-6, atol=1e-12)


def test_two_equal_ligands_are_one_ligand() -> None:
    together = run([module_row(il2=0.05, drug=0.15), module_row(il2=0.2)])
    for name in ("activation", "cd25", "occupancy"):
        np.testing.assert_allclose(together[name][0], together[name][1], rtol=1e-7)
    share = together["il2_uptake"][0] / (together["il2_uptake"][0] + together["drug_uptake"][0])
    np.testing.assert_allclose(share, 0.25, rtol=1e-7)


def test_an_absent_drug_leaves_no_trace() -> None:
    found = run([module_row(il2=1.0, drug_kd_alpha=0.1, drug_kd_betagamma=0.01), module_row(il2=1.0)])
    for name in (n for n in module_network().state_ids if n.startswith("r_with_drug")):
        assert (found[name] == 0.0).all()
    np.testing.assert_array_equal(found["activation"][0], found["activation"][1])


def test_a_blocker_without_efficacy_competes() -> None:
    found = run([module_row(il2=0.05), module_row(il2=0.05, drug=50.0, drug_efficacy=0.0)])
    assert (found["activation"][1, 1:] < 0.5 * found["activation"][0, 1:]).all()
    assert (found["occupancy"][1, 1:] > found["occupancy"][0, 1:]).all()
    half = run([module_row(drug=0.5), module_row(drug=0.5, drug_efficacy=0.5)])["activation"]
    np.testing.assert_allclose(half[1], 0.5 * half[0], rtol=1e-12)


def test_blocked_alpha_binds_nothing() -> None:
    found = run([module_row(il2=0.5, alpha_blocked=1.0), module_row(il2=0.5, alpha_rest=1e-12), module_row(il2=0.5)])
    for name in ("activation", "il2_uptake", "occupancy"):
        np.testing.assert_allclose(found[name][0], found[name][1], rtol=1e-6)
        assert (found[name][2, 1:3] > found[name][0, 1:3]).all()  # later it has stripped itself of beta
    np.testing.assert_allclose(found["cd25"][0], found["cd25"][0, 0], rtol=1e-12)


def test_what_is_weaker_activates_less() -> None:
    for name in ("kd_alpha", "kd_betagamma", "k2"):
        value = NATIVE[name]
        found = run([module_row(il2=0.01, **{f"il2_{name}": f * value}) for f in (0.1, 1.0, 10.0)])["activation"][:, 2]
        assert found[0] >= found[1] >= found[2], name


def test_induction_is_relative_to_the_start() -> None:
    system = module_system()
    steps = Schedule.build([[(0.0, system.slot_set("induced"), 3.0)], []])
    found = run([module_row(), module_row(induced=7.0)], np.array([0.0, 24.0, 2000.0]), steps)
    cd25 = found["cd25"]
    np.testing.assert_allclose(cd25[1], cd25[1, 0], rtol=1e-12)  # a resting cell with induction at the start rests
    assert cd25[0, 0] < cd25[0, 1] < cd25[0, 2]
    assert cd25[0, 2] == pytest.approx(3.0 * cd25[0, 0], rel=1e-6)


@settings(deadline=None, max_examples=15)
@given(
    conc=st.floats(-3.0, 3.0), kd_alpha=st.floats(-1.0, 3.0), kd_betagamma=st.floats(-2.0, 3.0), k2=st.floats(0.0, 4.0),
    alpha=st.floats(0.0, 5.0), beta=st.floats(1.0, 4.0),
)  # fmt: skip
def test_without_traffic_and_with_gamma_in_excess_it_is_the_equilibrium_level(
    conc: float, kd_alpha: float, kd_betagamma: float, k2: float, alpha: float, beta: float
) -> None:
    # slow assembly makes much gamma harmless for the solver; L.a.g, which the equilibrium level lacks, is switched off
    excess, slow = 1e9, 1e-6
    network = {c.id: c.value for c in module_network().constants}
    c, ka, kbg, pair = 10.0**conc, 10.0**kd_alpha, 10.0**kd_betagamma, 10.0**k2
    a, b = 10.0**alpha, 10.0**beta
    row = module_row(
        il2=c, il2_kd_alpha=ka, il2_kd_betagamma=kbg, il2_k2=pair, alpha_rest=a, beta_rest=b, gamma_rest=excess,
        r_gamma_reference=excess, r_assembly=slow * network["r_assembly"], r_gamma_off_alpha=1e12,
        r_internalisation=0.0, r_active_internalisation=0.0,
    )  # fmt: skip
    found = solve(module_system(), [row], None, np.array([0.0, 1e9]), settings=Settings(rtol=1e-8))
    assert found.status[0] == 0
    weak, hold, bridge = c / kbg, c / ka, c / (ka * pair)
    q_b, q_a = 1.0 + weak, 1.0 + hold
    half = q_b * q_a + bridge * (a - b)
    root = np.sqrt(half**2 + 4.0 * q_b * q_a * bridge * b)
    free = 2.0 * q_a * b / (half + root) if half >= 0 else (root - half) / (2.0 * q_b * bridge)
    assert found["occupancy"][0, -1] == pytest.approx(free * (weak + bridge * a / (q_a + bridge * free)) / b, rel=1e-4)
    assert found["cd25"][0, -1] == pytest.approx(a, rel=1e-9)


def test_a_resting_state_with_ligand_can_be_put_in() -> None:
    hours = np.array([0.0, 5e3])
    settled = run([module_row(il2=2e-4)], hours)
    names = [n for n in module_network().state_ids if n.startswith("r_with_il2")]
    changes = {f"{name}_start": float(settled[name][0, -1]) for name in names}
    for chain in ("alpha", "beta", "gamma"):
        for place, ending in (("surface", ""), ("inside", "_in")):
            values = settled[f"r_free_{chain}_{place}"][0]
            changes[f"r_free_{chain}_shift{ending}"] = float(values[-1] - values[0])
    rests = run([module_row(il2=2e-4, **changes)], np.array([0.0, 1.0, 24.0, 720.0]))
    for name in OUTPUTS:
        np.testing.assert_allclose(rests[name][0], rests[name][0, 0], rtol=1e-6)
    assert rests["activation"][0, 0] > 0.0


def test_libsbml_has_nothing_to_say() -> None:
    document = libsbml.readSBMLFromString(module_network().sbml)
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, True)
    document.checkConsistency()
    assert [document.getError(i).getMessage() for i in range(document.getNumErrors())] == []


def test_five_cell_types_have_32_states_each() -> None:
    assert len(module_network().state_ids) == 32
