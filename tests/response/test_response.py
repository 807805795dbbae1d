"""The pSTAT5 assay: what is read off a curve, and what the shipped numbers give."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bimodal.response.response as response_module
from bimodal.drugs import load_molecule
from bimodal.errors import BimodalError, StudyError
from bimodal.model import load_model
from bimodal.response.curves import Response
from bimodal.response.dish import Dish
from bimodal.response.partner import parse_partner
from bimodal.response.reading import read_curve
from bimodal.response.response import (
    CONCENTRATIONS_PM,
    crossing,
    responses_json,
    simulate_response,
    simulate_responses,
)
from bimodal.response.spread import CELLS, ReceptorSpread, load_receptor_spread

NATIVE = load_molecule("aldesleukin")


def figures(response, key="ec50_pM"):
    return {row["cell"]: row[key] for row in response.to_json()["cells"]}


def in_dish(**conditions):
    return simulate_responses([NATIVE], Dish(**conditions))[0]


@settings(deadline=None, max_examples=50)
@given(ec50=st.floats(1.0, 1e3), slope=st.floats(0.8, 3.0), share=st.sampled_from([0.1, 0.5, 0.9]))
def test_crossing_of_a_hill_curve_is_its_inverse(ec50, slope, share):
    curve = CONCENTRATIONS_PM**slope / (CONCENTRATIONS_PM**slope + ec50**slope)
    bottom, top = curve[0], curve[-1]
    level = bottom + share * (top - bottom)
    expected = ec50 * (level / (1.0 - level)) ** (1.0 / slope)
    assert crossing(CONCENTRATIONS_PM, curve, share) == pytest.approx(expected, rel=0.02)


def test_crossing_takes_the_first_of_a_biphasic_curve():
    assert crossing(np.array([1.0, 10.0, 100.0, 1000.0]), np.array([0.0, 1.0, 0.2, 0.9]), 0.5) == pytest.approx(10**0.5)


@pytest.fixture(scope="module")
def native():
    return simulate_response(load_molecule("aldesleukin"))


def test_json_has_every_subset_and_ratios_follow_from_it(native):
    data = native.to_json()
    ec50 = {row["cell"]: row["ec50_pM"] for row in data["cells"]}
    names = [f"{cell}{kind}" for cell in ("treg", "tconv", "cd8") for kind in ("", "_memory", "_naive")]
    assert sorted(ec50) == sorted([*names, "nk"])
    for row in data["selectivity"]:
        assert row["ratio_to_treg"] == ec50[row["cell"]] / ec50["treg"]
    assert max(row["emax_relative"] for row in data["cells"]) == 1.0
    assert all(row["ec10_pM"] < row["ec20_pM"] < row["ec50_pM"] for row in data["cells"])
    assert all(0.0 < row["occupancy_at_ec50"] < 1.0 for row in data["cells"])


def test_no_signal_without_ligand_and_none_above_one(native):
    for curve in native.pstat5.values():
        assert curve[0] < 1e-3
        assert curve.max() <= 1.0


def test_without_alpha_binding_treg_lose_their_preference(native, tmp_path):
    """A molecule that hardly binds alpha leaves Treg no better off than cells with as much beta."""
    quantity = '\n[{}]\nvalue = {}\nunit = "{}"\nsource = "a test"\nstatus = "assumed"\n'
    text = 'schema = 1\nid = "no-alpha"\nname = "No alpha"\nligand = "engineered"\n' + "".join(
        quantity.format(*row)
        for row in (
            ("molar_mass", 15000.0, "g/mol"),
            ("affinity.ka_nM", 1e9, "nM"),
            ("affinity.kbg_nM", 6.292, "nM"),
            ("affinity.k2_per_cell", 85.0, "molecule/cell"),
            ("efficacy", 1.0, "1"),
        )
    )
    (tmp_path / "m.toml").write_text(text, "utf-8")
    without = {
        r["cell"]: r["ratio_to_treg"]
        for r in simulate_response(load_molecule(tmp_path / "m.toml")).to_json()["selectivity"]
    }
    before = {r["cell"]: r["ratio_to_treg"] for r in native.to_json()["selectivity"]}
    assert before["cd8"] > 10.0
    assert without["cd8"] < 5.0 < before["cd8"] / without["cd8"]


@pytest.mark.parametrize("minutes", [0.0, -5.0, 1441.0, float("nan")])
def test_times_out_of_range(minutes):
    with pytest.raises(StudyError, match="out of range"):
        simulate_response(load_molecule("aldesleukin"), minutes=minutes)


@settings(deadline=None, max_examples=50)
@given(ec50=st.floats(1.0, 300.0), slope=st.floats(1.0, 3.0), top=st.floats(0.01, 1.0))
def test_slope_and_maximum_of_a_hill_curve_are_read_back(ec50, slope, top):
    found = read_curve(CONCENTRATIONS_PM, top * CONCENTRATIONS_PM**slope / (CONCENTRATIONS_PM**slope + ec50**slope))
    assert found.hill == pytest.approx(slope, rel=0.02)
    assert found.emax == pytest.approx(top, rel=0.03)
    assert found.ec10 < found.ec20 < found.ec50
    assert found.plateau


def test_a_curve_that_still_rises_has_no_plateau_and_a_flat_one_nothing_to_read():
    assert not read_curve(CONCENTRATIONS_PM, CONCENTRATIONS_PM / (CONCENTRATIONS_PM + 5e4)).plateau
    nothing = read_curve(CONCENTRATIONS_PM, np.zeros(141))
    assert (nothing.ec10, nothing.ec20, nothing.ec50, nothing.hill, nothing.emax) == (None, None, None, None, 0.0)


def test_molecules_and_times_in_one_batch_are_what_each_is_alone(native):
    drugs = [NATIVE, load_molecule("h9-super-2")]
    both = simulate_responses(drugs, Dish(minutes=(30.0, 240.0)), workers=2)
    assert [[response.minutes for response in times] for times in both] == [[30.0, 240.0]] * 2
    alone = simulate_response(drugs[1], minutes=240.0)
    for one, other in ((both[0][0], native), (both[1][1], alone)):
        assert one.drug == other.drug
        for cell, curve in one.pstat5.items():
            np.testing.assert_allclose(curve, other.pstat5[cell], rtol=1e-4, atol=1e-7)


def test_json_of_one_several_and_times(native):
    plain = responses_json([[native]], Dish())
    assert set(plain) == {"drug", "minutes", "cells", "selectivity"}
    few = responses_json([[native]], Dish(), cells=["cd8"])
    assert [row["cell"] for row in few["cells"]] == ["cd8"]
    assert few["cells"][0] == next(row for row in plain["cells"] if row["cell"] == "cd8")
    assert few["selectivity"] == [row for row in plain["selectivity"] if row["cell"] == "cd8"]
    several = responses_json([[native], [native]], Dish(alpha_masked=0.5))
    assert list(several) == ["drugs"]
    assert several["drugs"][0]["conditions"]["alpha_masked"] == 0.5
    course = responses_json([[native, replace(native, minutes=60.0)]], Dish(minutes=(30.0, 60.0)))
    assert [entry["minutes"] for entry in course["time_course"]] == [30.0, 60.0]
    assert course["time_course"][0]["cells"] == course["cells"]


# ---- a common effect, and curves without an end -----------------------------------------------------------------


def hill(top, half, slope=1.0):
    return top * CONCENTRATIONS_PM**slope / (CONCENTRATIONS_PM**slope + half**slope)


def made(**curves):
    """A molecule whose curves are known, beside aldesleukin's; Treg and whatever else is given."""
    reference = {"treg": hill(0.9, 40.0), "cd8": hill(0.8, 2000.0), "nk": hill(0.85, 1500.0)}
    own = {**reference, **curves}
    flat = dict.fromkeys(own, 0.0 * CONCENTRATIONS_PM)
    return Response("made", 30.0, CONCENTRATIONS_PM, own, flat, reference=reference)


def row(response, cell):
    data = response.to_json()
    ratios = next((one for one in data["selectivity"] if one["cell"] == cell), {})
    return next(one for one in data["cells"] if one["cell"] == cell) | ratios


@settings(deadline=None, max_examples=50)
@given(top=st.floats(0.2, 1.0), half=st.floats(1.0, 1e3), slope=st.floats(0.8, 3.0))
def test_the_common_effect_of_a_hill_curve_is_its_inverse_at_aldesleukins_level(top, half, slope):
    found = row(made(cd8=hill(top, half, slope)), "cd8")
    reference = hill(0.8, 2000.0)
    for share in (0.1, 0.2, 0.5):
        level = reference.min() + share * (reference.max() - reference.min())
        expected = half * (level / (top - level)) ** (1.0 / slope) if level < 0.98 * top else None
        value = found[f"ec{100 * share:g}_of_aldesleukin_pM"]
        if expected is not None and expected < 5e4:
            assert value == pytest.approx(expected, rel=0.02)
    assert found["emax_of_aldesleukin"] == pytest.approx(top / 0.8, rel=0.03)
    treg = 40.0 * 0.09 / (0.9 - 0.09)
    assert found["common_ratio_to_treg"] == pytest.approx(found["ec10_of_aldesleukin_pM"] / treg, rel=0.02)


def test_a_curve_that_still_rises_has_a_reason_in_place_of_an_ec50_and_a_ratio():
    found = row(made(cd8=hill(0.8, 5e4)), "cd8")
    missing = ("ec10_pM", "ec20_pM", "ec50_pM", "hill", "occupancy_at_ec50", "ratio_to_treg")
    assert [found[key] for key in missing] == [None] * 6
    assert found["reason"] == "no plateau up to 100 nM; highest tested effect 68 % of aldesleukin's maximum"
    # half of what it would reach is not known, a tenth of aldesleukin's maximum is
    assert found["ec10_of_aldesleukin_pM"] == pytest.approx(5e4 / 9.0, rel=0.03)
    assert found["common_reason"] is None


def test_a_partial_agonist_below_the_common_effect_has_no_potency_there_but_a_reason():
    found = row(made(cd8=hill(0.04, 300.0)), "cd8")
    assert found["ec50_pM"] == pytest.approx(300.0, rel=0.02)
    assert (found["ec10_of_aldesleukin_pM"], found["common_ratio_to_treg"]) == (None, None)
    says = "below 10 % of aldesleukin's maximum up to 100 nM; highest tested effect 5.1 %"
    assert found["common_reason"] == says
    nothing = row(made(cd8=0.0 * CONCENTRATIONS_PM), "cd8")
    assert nothing["reason"] == "no signal up to 100 nM"


def test_a_bell_has_reached_its_maximum_and_is_read_on_its_way_up():
    bell = hill(0.8, 30.0) * 1e4 / (1e4 + CONCENTRATIONS_PM)
    found = row(made(cd8=bell), "cd8")
    assert found["plateau"]
    assert found["ec50_pM"] < CONCENTRATIONS_PM[np.argmax(bell)]
    assert np.interp(np.log(found["ec10_of_aldesleukin_pM"]), np.log(CONCENTRATIONS_PM), bell) == pytest.approx(
        0.1 * hill(0.8, 2000.0).max(), rel=0.02
    )


def test_two_phases_of_which_the_second_is_unfinished_have_no_ec50():
    found = row(made(nk=hill(0.3, 20.0) + hill(0.5, 8e4)), "nk")
    assert found["ec50_pM"] is None
    level = 0.1 * hill(0.85, 1500.0).max()
    assert found["ec10_of_aldesleukin_pM"] == pytest.approx(20.0 * level / (0.3 - level), rel=0.03)


def test_treg_without_a_plateau_leave_every_cell_without_a_ratio_and_say_whose_fault_it_is():
    found = made(treg=hill(0.9, 5e4))
    for cell in ("cd8", "nk"):
        assert row(found, cell)["ratio_to_treg"] is None
        assert row(found, cell)["common_ratio_to_treg"] is not None
        ratio = next(one for one in found.to_json()["selectivity"] if one["cell"] == cell)
        assert ratio["reason"].startswith("treg: no plateau up to 100 nM")


def test_aldesleukin_is_its_own_measure_and_there_when_it_is_not_asked_for(native):
    for cell in native.to_json()["cells"]:
        assert cell["emax_of_aldesleukin"] == 1.0
        assert cell["ec10_of_aldesleukin_pM"] == pytest.approx(cell["ec10_pM"], rel=1e-6)
    other = simulate_response(load_molecule("efavaleukin-alfa"))
    for cell, curve in other.reference.items():
        np.testing.assert_array_equal(curve, native.pstat5[cell])
    table = other.to_pandas()
    assert {"ec10_of_aldesleukin_pM", "emax_of_aldesleukin", "common_over_treg", "reason"} <= set(table.columns)
    assert table.loc[table["cell"] == "nk", "ec50_over_treg"].isna().all()


def test_cells_without_signal_of_aldesleukin_are_not_compared():
    found = replace(made(), reference={})
    assert row(found, "cd8")["emax_of_aldesleukin"] is None
    assert "gives no signal" in row(found, "cd8")["common_reason"]


# ---- what the biology says --------------------------------------------------------------------------------------


def test_masking_cd25_moves_treg_to_the_beta_gamma_limit():
    """Rises all the way and is at the limit (all CD25 masked) by 99.9 %, within a factor of 1.2."""
    shares = (0.0, 0.9, 0.95, 0.99, 0.999, 1.0)
    ec50 = {share: figures(in_dish(alpha_masked=share)[0])["treg"] for share in shares}
    left = {share: ec50[1.0] / value for share, value in ec50.items()}
    print("Treg: EC50 with all CD25 masked over EC50 with a share of it masked:", left)
    assert list(ec50.values()) == sorted(ec50.values())
    assert left[0.0] > 5.0
    assert left[0.9] > left[0.95] > left[0.99] > left[0.999] >= 1.0
    assert left[0.999] < 1.2


def test_masking_all_cd25_is_a_molecule_that_does_not_bind_it():
    masked = in_dish(alpha_masked=1.0)[0].pstat5
    for cell, curve in simulate_response(load_molecule("nara1-complex")).pstat5.items():
        np.testing.assert_allclose(masked[cell], curve, rtol=1e-3, atol=1e-6)


def test_a_molecule_that_does_not_bind_cd25_loses_the_preference_for_treg(native):
    without = figures(simulate_response(load_molecule("nara1-complex")))
    before, after = (ec50["cd8"] / ec50["treg"] for ec50 in (figures(native), without))
    print(f"EC50 of CD8 over Treg: {before:.3g} native, {after:.3g} without alpha")
    assert before > 10.0
    assert after < 5.0 < before / after


def test_anti_cd25_hits_treg_and_spares_cells_without_cd25(native):
    before, blocked = figures(native), figures(in_dish(partner=parse_partner("daclizumab=10nM"))[0])
    print(f"EC50 with 10 nM daclizumab over without: Treg {blocked['treg'] / before['treg']:.3g}")
    assert blocked["treg"] > 5.0 * before["treg"]
    assert blocked["cd8"] < 1.5 * before["cd8"]


def test_a_jak_inhibitor_lowers_every_curve_and_more_of_it_lowers_them_more(native):
    last = native.pstat5
    for dose in ("20 nM", "100nM", "1 uM"):
        inhibited = in_dish(partner=parse_partner(f"tofacitinib={dose}"))[0].pstat5
        for cell, curve in inhibited.items():
            seen = last[cell] > 1e-3
            assert (curve[seen] < last[cell][seen]).all(), (cell, dose)
        last = inhibited
    top = {cell: curve.max() / native.pstat5[cell].max() for cell, curve in last.items()}
    print("maximum left with 1 uM tofacitinib:", {cell: round(float(share), 3) for cell, share in top.items()})
    assert max(top.values()) < 0.2


def test_engaged_t_cell_receptors_lower_pstat5_and_raise_cd25_with_time():
    times = (30.0, 240.0)
    rest, engaged = in_dish(minutes=times), in_dish(minutes=times, tcr_engaged=100.0)
    for cell in ("treg", "tconv", "cd8"):
        lower = [b.pstat5[cell].max() / a.pstat5[cell].max() for a, b in zip(rest, engaged, strict=True)]
        more = [float(b.cd25[cell][0] / a.cd25[cell][0]) for a, b in zip(rest, engaged, strict=True)]
        print(f"{cell}: pSTAT5 {lower}, CD25 without IL-2 {more} at {times} min")
        assert max(lower) < 0.8
        assert 1.0 < more[0] < more[1]
    for a, b in zip(rest, engaged, strict=True):
        np.testing.assert_array_equal(a.pstat5["nk"], b.pstat5["nk"])


def test_receptors_of_one_subset_can_be_set(native):
    fewer = in_dish(parameters={"treg_alpha_rest": 35.0})[0]
    assert figures(fewer)["treg"] > 3.0 * figures(native)["treg"]
    assert figures(fewer)["treg_naive"] == figures(native)["treg_naive"]


def test_values_of_native_il2_move_molecules_that_are_given_relative_to_it():
    mutein = load_molecule("n88d-fc")
    before, after = (
        simulate_responses([mutein], Dish(parameters=changed))[0][0].pstat5["treg"].max()
        for changed in ({}, {"il2_kd_betagamma": 60.0})
    )
    assert after != pytest.approx(before, rel=0.05)


# ---- cells that differ in receptors -----------------------------------------------------------------------------


def test_spread_of_receptors_as_measured_and_what_cannot_be_used():
    spread = load_receptor_spread()
    assert 0.5 < spread["treg"].cd25 < 3.0
    assert spread["cd8"].cd25 is None
    assert spread["nk_dim"].cd25 is None
    factors = spread["treg"].factors()
    assert factors.shape == (CELLS, 2)
    np.testing.assert_allclose(factors.mean(axis=0), 1.0, rtol=1e-12)
    found = factors.std(axis=0) / factors.mean(axis=0)
    np.testing.assert_allclose(found, [spread["treg"].cd25, spread["treg"].cd122], rtol=0.1)
    assert abs(np.corrcoef(np.log(factors.T))[0, 1]) < 1e-4
    assert (spread["cd8"].factors()[:, 0] == 1.0).all()


def test_no_variation_is_the_typical_cell(monkeypatch):
    alike = dict.fromkeys(load_receptor_spread(), ReceptorSpread(0.0, 0.0))
    monkeypatch.setattr(response_module, "load_receptor_spread", lambda: alike)
    found = simulate_responses([NATIVE], cells=["treg", "cd8"], heterogeneity=True)[0][0]
    assert sorted(found.populations) == ["cd8", "treg"]
    for cell, population in found.populations.items():
        for curve in (population.mean, population.median):
            np.testing.assert_allclose(curve, found.pstat5[cell], rtol=1e-12, atol=0)


def test_mean_and_median_of_unlike_cells_differ_and_slopes_flatten():
    found = simulate_responses([NATIVE], cells=["treg", "nk"], heterogeneity=True)[0][0]
    for row in found.to_json(["treg", "nk"])["cells"]:
        own = row["heterogeneity"]
        mean, median = own["mean_of_cells"], own["median_of_cells"]
        print(row["cell"], "EC50 typical, mean, median:", row["ec50_pM"], mean["ec50_pM"], median["ec50_pM"])
        assert mean["hill"] < row["hill"]
        assert abs(np.log(mean["ec50_pM"] / median["ec50_pM"])) > 0.02
        assert own["cells"] == 256
        assert ("note" in own) == (row["cell"] == "nk")
    assert "heterogeneity" not in found.to_json(["cd8"])["cells"][0]


# ---- refusals ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("conditions", "says"),
    [
        ({"minutes": ()}, "ascend"),
        ({"minutes": (60.0, 30.0)}, "ascend"),
        ({"minutes": (30.0, 30.0)}, "ascend"),
        ({"minutes": tuple(map(float, range(1, 60)))}, "ascend"),
        ({"alpha_masked": 1.1}, "not a share"),
        ({"alpha_masked": float("nan")}, "not a share"),
        ({"tcr_engaged": -1.0}, "out of range"),
        ({"tcr_engaged": float("inf")}, "out of range"),
        ({"parameters": {"il2_k2": -1.0}}, "cannot be"),
        ({"parameters": {"il2_k2": float("nan")}}, "cannot be"),
    ],
)
def test_conditions_out_of_range(conditions, says):
    with pytest.raises(StudyError, match=says):
        Dish(**conditions)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("il2_kd_alfa", "il2_kd_alpha"),
        ("clearance", "has no part in the dish"),
        ("treg_growth_max", "has no part in the dish"),
        ("nk_dim_alpha_rest", "nk_alpha_rest"),
        ("treg_tcr_engaged", "use --tcr"),
        ("alpha_masked", "use --alpha-masked"),
        ("partner_ic50", "use --partner"),
        ("<b>", "no parameter"),
    ],
)
def test_parameters_that_would_change_nothing_are_refused(name, says):
    with pytest.raises(StudyError, match=says):
        in_dish(parameters={name: 1.0})


def test_subsets_and_molecules_are_checked():
    with pytest.raises(StudyError, match=r"did you mean 'treg"):
        simulate_responses([NATIVE], cells=["tregs"])
    with pytest.raises(StudyError, match="named twice"):
        simulate_responses([NATIVE, NATIVE])
    with pytest.raises(StudyError, match="no molecule"):
        simulate_responses([])
    with pytest.raises(StudyError, match="mouse"):
        simulate_response(load_molecule("jes6-1-complex"))


@pytest.mark.parametrize(
    ("text", "nm"),
    [
        ("tofacitinib=100nM", 100.0),
        (" tofacitinib = 0.1 uM ", 100.0),
        ("daclizumab=1.426 ug/mL", 10.0),
        ("daclizumab=0nM", 0.0),
        ("tofacitinib=1e-1uM", 100.0),
    ],
)
def test_partners_are_read(text, nm):
    assert parse_partner(text).concentration_nM == pytest.approx(nm)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("tofacitinib", "partner drug and its concentration"),
        ("tofacitinib=100", "partner drug and its concentration"),
        ("tofacitinib=nM", "partner drug and its concentration"),
        ("tofacitinib=1.2.3nM", "not a number"),
        ("tofacitinib=100 parsecs", "not a unit of concentration"),
        ("tofacitinib=-1nM", "concentration"),
        ("tofacitinb=100nM", "tofacitinib"),
        ("aldesleukin=1nM", "not a partner"),
        ("", "partner drug and its concentration"),
    ],
)
def test_partners_that_cannot_be_read(text, says):
    with pytest.raises(BimodalError, match=says):
        parse_partner(text)


def mouse_dish(name: str) -> dict[str, float]:
    found = simulate_responses([load_molecule(name)], Dish(species="mouse"))[0][0].to_json()["cells"]
    return {row["cell"]: row["ec10_of_aldesleukin_pM"] for row in found}


def test_complexes_work_in_a_dish_of_mouse_cells():
    free, handed_over, covered = (mouse_dish(name) for name in ("mouse-il-2", "jes6-1-complex", "s4b6-complex"))
    # JES6-1 keeps IL-2 for cells with CD25; S4B6 leaves little of the lead of Treg (M10, M11)
    assert handed_over["cd8_memory"] / handed_over["treg"] > 3.0 * free["cd8_memory"] / free["treg"]
    assert covered["cd8_memory"] / covered["treg"] < 5.0
    assert handed_over["nk"] is None


def test_human_il2_is_weaker_by_its_potency_on_mouse_cells():
    potency = load_model("mouse").table.values()["human_il2_potency"]
    free, human = mouse_dish("mouse-il-2"), mouse_dish("aldesleukin")
    assert potency < 1.0
    assert free["tconv"] / human["tconv"] == pytest.approx(potency, rel=0.05)


@pytest.mark.parametrize(
    ("drug", "dish", "says"),
    [
        ("mouse-il-2", {}, "'mouse-il-2' is a molecule of mouse"),
        ("jes6-1-complex", {}, "'jes6-1-complex' is a molecule of mouse"),
        ("n88d-fc", {"species": "mouse"}, "'n88d-fc' is a molecule of human"),
    ],
)
def test_a_dish_refuses_molecules_of_another_species(drug, dish, says):
    with pytest.raises(StudyError, match=says):
        simulate_responses([load_molecule(drug)], Dish(**dish))


def test_single_cells_of_a_mouse_and_antibodies_against_human_cd25_are_refused():
    with pytest.raises(StudyError, match="nobody counted receptors on single cells of a mouse"):
        simulate_responses([load_molecule("mouse-il-2")], Dish(species="mouse"), heterogeneity=True)
    with pytest.raises(StudyError, match="binds CD25 of a human"):
        Dish(species="mouse", partner=parse_partner("daclizumab=10nM"))
    assert Dish(species="mouse", partner=parse_partner("tofacitinib=10nM")).sentence == (
        ", cells of a mouse, with 10 nM tofacitinib"
    )


def test_a_dish_of_mouse_cells_is_measured_by_mouse_il2_in_words_too():
    ((found,),) = simulate_responses([load_molecule("jes6-1-complex")], Dish(species="mouse"))
    said = [cell[key] for cell in found.to_json([])["cells"] for key in ("reason", "common_reason") if cell.get(key)]
    assert said
    assert not [text for text in said if "aldesleukin" in text]
    assert any("mouse-il-2" in text for text in said)
