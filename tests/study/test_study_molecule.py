"""What a molecule file means for the parameters of a model."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.drugs import Kd, list_molecules, load_molecule
from bimodal.errors import ModelError, StudyError
from bimodal.response.response import simulate_response
from bimodal.study.solver.molecule import NO_BINDING_NM, binding, molecule_parameters, port_name, refuse_species

NATIVE = {"il2_kd_alpha": 10.0, "il2_kd_betagamma": 6.0, "il2_k2": 90.0, "il2_efficacy": 1.0}
PK = ("v_plasma", "clearance", "k_out", "k_back", "sc_transfer", "sc_bioavailability")
DEFAULTS = {
    **NATIVE,
    **dict.fromkeys(
        (
            *(f"drug_{name}" for name in ("kd_alpha", "kd_betagamma", "k2", "efficacy", *PK)),
            *("drug_release", "drug_inactive_clearance", "partner_kd_alpha", "partner_ic50"),
            "partner_mtor_ic50",
            *(f"partner_{name}" for name in PK),
        ),
        1.0,
    ),
}
HUMAN = [name for name in list_molecules() if load_molecule(name).species == "human"]


def changed(name, **affinity):
    """Return a shipped molecule with other affinities."""
    molecule = load_molecule(name)
    return molecule.model_copy(update={"affinity": molecule.affinity.model_copy(update=affinity)})


def kd(value, native=None, unit="nM"):
    return Kd(value=value, unit=unit, native=native, source="a test", status="assumed")


@pytest.mark.parametrize("name", [name for name in HUMAN if load_molecule(name).ligand != "partner"])
def test_binding_of_every_shipped_molecule_is_positive_and_complete(name):
    found = binding(load_molecule(name), NATIVE)
    if name == "aldesleukin":
        assert found == {}
        return
    assert list(found) == ["kd_alpha", "kd_betagamma", "k2", "efficacy"]
    assert all(np.isfinite(value) and value > 0 for value in found.values())


def test_without_native_values_those_of_the_human_model_count():
    from bimodal.model import load_model

    table = load_model("human").table.values()
    for name in ("h9-super-2", "v91k-fc"):
        assert binding(load_molecule(name)) == binding(load_molecule(name), table)


def test_none_means_that_nothing_is_bound():
    assert binding(load_molecule("nara1-complex"), NATIVE)["kd_alpha"] == NO_BINDING_NM
    assert binding(load_molecule("f5111-complex"), NATIVE)["kd_betagamma"] == NO_BINDING_NM


def test_the_ratio_to_native_in_the_same_assay_counts():
    found = binding(changed("h9-super-2", ka_nM=kd(3.0, 30.0), kbg_nM=kd(5.0)), NATIVE)
    assert found["kd_alpha"] == pytest.approx(1.0)
    assert found["kd_betagamma"] == 5.0


@settings(deadline=None, max_examples=50)
@given(st.floats(1e-3, 1e4), st.floats(1e-3, 1e4))
def test_a_molecule_with_natives_constants_binds_as_native_whatever_the_assay(a, b):
    found = binding(changed("reh", ka_nM=kd(a, a), kbg_nM=kd(b, b)), NATIVE)
    assert found == {"kd_alpha": 10.0, "kd_betagamma": 6.0, "k2": pytest.approx(90.0), "efficacy": 0.3}


@settings(deadline=None, max_examples=50)
@given(st.floats(1e-3, 1e4))
def test_the_second_step_follows_the_contact_with_betagamma(factor):
    found = binding(changed("reh", kbg_nM=kd(6.0 * factor)), NATIVE)
    assert found["k2"] / 90.0 == pytest.approx(found["kd_betagamma"] / 6.0)


def test_a_second_step_of_its_own_is_taken_as_it_stands_or_as_a_ratio():
    second = kd(30.0, unit="molecule/cell")
    assert binding(changed("reh", k2_per_cell=second), NATIVE)["k2"] == 30.0
    assert binding(changed("reh", k2_per_cell=kd(30.0, 60.0, "molecule/cell")), NATIVE)["k2"] == 45.0
    assert binding(load_molecule("h9-super-2"), NATIVE)["k2"] == 90.0


def test_what_is_handed_to_cd25_binds_on_as_native_does():
    assert binding(load_molecule("f5111-complex"), NATIVE)["k2"] == 90.0


def test_a_second_head_divides_each_constant_by_its_own_factor():
    one, two = (binding(load_molecule(name), NATIVE) for name in ("wt-fc-c", "wt-fc-c-bivalent"))
    heads = load_molecule("wt-fc-c-bivalent").avidity
    assert two["kd_alpha"] == pytest.approx(one["kd_alpha"] / heads.alpha.value)
    assert two["kd_betagamma"] == pytest.approx(one["kd_betagamma"] / heads.betagamma.value)
    assert two["k2"] == pytest.approx(one["k2"] / heads.k2.value)
    plain = load_molecule("wt-fc-c-bivalent").model_copy(update={"avidity": heads.model_copy(update={"k2": None})})
    assert binding(plain, NATIVE)["k2"] == one["k2"]
    absent = load_molecule("nara1-complex").model_copy(update={"valency": 2, "avidity": heads})
    assert binding(absent, NATIVE)["kd_alpha"] == NO_BINDING_NM


def test_ports():
    wanted = {
        "aldesleukin": "native",
        "efavaleukin-alfa": "engineered",
        "bempegaldesleukin": "prodrug",
        "tofacitinib": "partner",
    }
    assert {name: port_name(load_molecule(name)) for name in wanted} == wanted


def test_parameters_of_each_sort():
    assert molecule_parameters(load_molecule("aldesleukin"), {}) == {}
    engineered = molecule_parameters(load_molecule("efavaleukin-alfa"), DEFAULTS)
    assert engineered["drug_kd_alpha"] == pytest.approx(10.0 * 0.69 / 0.54 / 12.0)
    assert engineered["drug_clearance"] == 0.0866
    assert engineered["drug_k_out"] == 0.0  # no peripheral compartment is known
    assert "drug_release" not in engineered
    prodrug = molecule_parameters(load_molecule("bempegaldesleukin"), DEFAULTS, ["iv_infusion"])
    assert (prodrug["drug_release"], prodrug["drug_inactive_clearance"]) == (0.035, 0.03)
    blocker = molecule_parameters(load_molecule("daclizumab"), DEFAULTS)
    assert (blocker["partner_kd_alpha"], blocker["partner_ic50"]) == (0.3, NO_BINDING_NM)
    assert blocker["partner_sc_bioavailability"] == 0.84
    inhibitor = molecule_parameters(load_molecule("tofacitinib"), DEFAULTS)
    assert (inhibitor["partner_kd_alpha"], inhibitor["partner_ic50"]) == (NO_BINDING_NM, 56.0)
    for found, prefix in ((engineered, "drug_"), (prodrug, "drug_"), (blocker, "partner_"), (inhibitor, "partner_")):
        assert set(found) <= set(DEFAULTS)
        assert all(name.startswith(prefix) for name in found)


def test_every_simulable_molecule_gives_only_parameters_of_the_contract():
    seen = 0
    for name in list_molecules():
        try:
            found = molecule_parameters(load_molecule(name), DEFAULTS, ["iv_bolus"])
        except StudyError:
            continue
        seen += 1
        assert set(found) <= set(DEFAULTS)
        assert all(np.isfinite(value) and value >= 0 for value in found.values())
    assert seen >= 6


def test_under_the_skin_numbers_are_needed_only_there():
    molecule = load_molecule("basiliximab")
    assert "partner_sc_transfer" not in molecule_parameters(molecule, DEFAULTS, ["iv_infusion"])
    for routes in [["sc"], ["iv_bolus", "sc"]]:
        with pytest.raises(StudyError, match=r"needs its sc_transfer[^$]*pk.sc_transfer in 1/h"):
            molecule_parameters(molecule, DEFAULTS, routes)
    with pytest.raises(StudyError, match="sc_transfer"):
        molecule_parameters(molecule, DEFAULTS)


@pytest.mark.parametrize("name", ["neo-2-15", "nara1-complex", "mdna11", "v91k-fc-bivalent"])
def test_without_human_pharmacokinetics_a_regimen_is_refused_and_the_way_out_is_said(name):
    molecule = load_molecule(name)
    with pytest.raises(StudyError) as fault:
        molecule_parameters(molecule, DEFAULTS, ["iv_bolus"])
    message = str(fault.value)
    assert molecule.pk.human in message
    assert "base = " in message
    assert f"bimodal response --drug {name}" in message


def test_a_model_without_the_parameters_is_said():
    for name, parameter in (
        ("efavaleukin-alfa", "drug_kd_alpha"),
        ("bempegaldesleukin", "drug_release"),
        ("daclizumab", "partner_kd_alpha"),
    ):
        defaults = {key: value for key, value in DEFAULTS.items() if key != parameter}
        with pytest.raises(ModelError, match=parameter):
            molecule_parameters(load_molecule(name), defaults, ["iv_bolus"])
    with pytest.raises(ModelError, match="il2_k"):
        molecule_parameters(load_molecule("efavaleukin-alfa"), {}, ["iv_bolus"])


def test_species():
    for name in ("jes6-1-complex", "s4b6-complex"):
        molecule = load_molecule(name)
        refuse_species(molecule, "mouse")
        for refusing in (lambda m=molecule: refuse_species(m, "human"), lambda m=molecule: binding(m, NATIVE)):
            with pytest.raises(StudyError, match=f"'{name}' is a molecule of mouse"):
                refusing()
        assert binding(molecule, NATIVE, species="mouse")
    with pytest.raises(StudyError, match="of human IL-2"):
        refuse_species(load_molecule("h9-super-2"), "mouse")
    for species in ("human", "mouse"):
        refuse_species(load_molecule("aldesleukin"), species)


@pytest.mark.parametrize("name", ["daclizumab", "basiliximab", "tofacitinib"])
def test_partners_have_no_dose_response(name):
    with pytest.raises(StudyError, match="no IL-2 in it"):
        simulate_response(load_molecule(name))


@pytest.fixture(scope="module")
def responses():
    names = (
        "aldesleukin",
        "nara1-complex",
        "f5111-complex",
        "n88d-fc",
        "n88d-fc-bivalent",
        "wt-fc-n",
        "h9-super-2",
        "reh",
    )
    return {name: simulate_response(load_molecule(name)).to_json() for name in names}


def ratio(response, cell, key="ratio_to_treg"):
    return next(row[key] for row in response["selectivity"] if row["cell"] == cell)


def cells(response, key):
    return {row["cell"]: row[key] for row in response["cells"]}


def test_molecules_that_do_not_bind_cd25_lose_the_preference_for_treg(responses):
    assert ratio(responses["aldesleukin"], "cd8") > 20.0
    assert ratio(responses["nara1-complex"], "cd8") < 3.0


def test_complexes_that_exchange_on_cd25_hardly_reach_cells_without_it(responses):
    native, complexed = (cells(responses[name], "emax_relative") for name in ("aldesleukin", "f5111-complex"))
    assert complexed["treg"] > 0.9
    for cell in ("cd8", "nk"):
        assert complexed[cell] / complexed["treg"] < 0.5 * native[cell] / native["treg"]


def test_a_second_head_prefers_treg_more(responses):
    """At a common effect: neither curve has come to its maximum, so there is no EC50 to compare."""
    two, one = (ratio(responses[name], "cd8", "common_ratio_to_treg") for name in ("n88d-fc-bivalent", "n88d-fc"))
    assert two > 2.0 * one > 2.0


def test_a_wild_type_on_fc_keeps_cd25_and_is_weaker_on_betagamma():
    """CD25 counts against the wild type fused at the same end, beta-gamma against native IL-2 of the same table."""
    found = binding(load_molecule("wt-fc-n"), NATIVE)
    assert found["kd_alpha"] == NATIVE["il2_kd_alpha"]
    assert found["kd_betagamma"] == pytest.approx(NATIVE["il2_kd_betagamma"] * 5.296 / 0.133)
    assert found["k2"] / NATIVE["il2_k2"] == pytest.approx(5.296 / 0.133)


def test_the_superkine_gains_where_there_is_no_cd25(responses):
    gain = {
        cell: value / cells(responses["h9-super-2"], "ec50_pM")[cell]
        for cell, value in cells(responses["aldesleukin"], "ec50_pM").items()
    }
    assert gain["cd8"] > 20.0 * gain["treg"]
    assert gain["treg"] < 10.0


def test_the_partial_agonist_reaches_less_in_cells_that_need_more(responses):
    top = cells(responses["reh"], "emax_relative")
    assert top["treg"] > 0.9
    assert top["cd8"] < 0.6
