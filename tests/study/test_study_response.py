"""The pSTAT5 assay: what is read off a curve, and what the shipped numbers give."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.drugs import load_molecule
from bimodal.errors import StudyError
from bimodal.study.response import CONCENTRATIONS_PM, crossing, simulate_response


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
    assert before["cd8"] > 20.0
    assert without["cd8"] < 2.0


@pytest.mark.parametrize("minutes", [0.0, -5.0, 1441.0, float("nan")])
def test_times_out_of_range(minutes):
    with pytest.raises(StudyError, match="out of range"):
        simulate_response(load_molecule("aldesleukin"), minutes=minutes)
