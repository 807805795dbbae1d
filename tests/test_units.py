import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bimodal.errors import UnitError
from bimodal.units import (
    DoseUnit,
    Substance,
    bsa_m2,
    concentration,
    convert,
    dose_amount,
    dose_nmol,
    nmol_per_unit,
    parse_dose_unit,
)
from bimodal.units.dose import checked
from bimodal.units.dose_unit import scan_per, scan_symbol

ALDESLEUKIN = Substance("aldesleukin", 15300.0, potency=18e6 / 1.1, potency_source="label")
ROCHE = Substance("rIL-2", 15300.0, 18e6 / 1.1, "label", iu_per_roche_unit=3.0, roche_source="a paper")
FUSION = Substance("fusion", 15500.0, conjugate_molar_mass=180000.0, il2_per_conjugate=2.0)
FLAT = ["IU", "kIU", "MIU", "Cetus U", "Roche U", "ng", "ug", "mg", "g", "pmol", "nmol", "umol", "mg IL-2", "nmol IL-2"]
CONCENTRATIONS = [
    "fM",
    "pM",
    "nM",
    "uM",
    "IU/mL",
    "MIU/L",
    "kIU/mL",
    "Cetus U/mL",
    "ng/mL",
    "ug/L",
    "pmol/L",
    "nmol/mL",
    "pg/mL",
]


def test_label_figures():
    assert ALDESLEUKIN.potency is not None
    assert round(ALDESLEUKIN.potency / 1e6, 2) == 16.36
    assert dose_nmol(18.0, DoseUnit("MIU"), ALDESLEUKIN) == pytest.approx(1.1e6 / 15300)
    assert dose_nmol(1.0, DoseUnit("MIU"), ALDESLEUKIN) == pytest.approx(3.99, abs=0.005)
    assert concentration(1.0, "IU/mL", "pM", ALDESLEUKIN) == pytest.approx(3.994, abs=5e-4)
    assert concentration(1.0, "pM", "IU/mL", ALDESLEUKIN) == pytest.approx(0.2504, abs=5e-5)
    assert concentration(1.0, "MIU/L", "ug/L", ALDESLEUKIN) == pytest.approx(61.1, abs=0.05)


def test_cetus_unit_is_six_iu():
    assert nmol_per_unit("Cetus U", ALDESLEUKIN) == pytest.approx(6 * nmol_per_unit("IU", ALDESLEUKIN))
    assert concentration(41.0, "Cetus U/mL", "IU/mL", ALDESLEUKIN) == pytest.approx(246.0)


@pytest.mark.parametrize(
    ("text", "symbol", "per"),
    [
        ("MIU/m2", "MIU", "m2"),
        ("MIU/m²", "MIU", "m2"),
        ("MIU / m^2", "MIU", "m2"),
        ("IU/kg", "IU", "kg"),
        ("iu per KG", "IU", "kg"),
        ("million IU", "MIU", "flat"),
        ("µg", "ug", "flat"),
        ("μg/kg", "ug", "kg"),
        ("mcg", "ug", "flat"),
        ("cetus u/m2", "Cetus U", "m2"),
        ("Roche units/m2", "Roche U", "m2"),
        ("mg conjugate/kg", "mg conjugate", "kg"),
        ("nmol of IL-2", "nmol IL-2", "flat"),
        ("  kiu ", "kIU", "flat"),
    ],
)
def test_spellings(text, symbol, per):
    assert parse_dose_unit(text) == DoseUnit(symbol, per)


@pytest.mark.parametrize("text", ["U", "u/kg", "MU/m2", "kU", "units", "Unit/m2"])
def test_bare_unit_is_refused_with_the_choices(text):
    with pytest.raises(UnitError) as caught:
        parse_dose_unit(text)
    assert all(choice in str(caught.value) for choice in ("IU", "Cetus U", "Roche U"))


@pytest.mark.parametrize("text", ["mIU", "miu", "Miu"])
def test_milli_is_not_million(text):
    with pytest.raises(UnitError, match="milli-IU or million"):
        parse_dose_unit(text)


@pytest.mark.parametrize(
    "text", ["", "  ", "mgg", "IU/lb", "MIU/m", "MIU/m3", "IU/kg/day", "Cetus", "Roche", "1 mg", "💉"]
)
def test_nonsense_unit(text):
    with pytest.raises(UnitError):
        parse_dose_unit(text)


def test_near_miss_is_named():
    with pytest.raises(UnitError, match="did you mean mg"):
        parse_dose_unit("mgg")
    with pytest.raises(UnitError) as far:
        parse_dose_unit("bottles")
    assert "did you mean" not in str(far.value)


def test_activity_needs_potency():
    with pytest.raises(UnitError, match="no declared potency"):
        dose_nmol(1.0, DoseUnit("IU"), FUSION)
    with pytest.raises(UnitError, match="no declared potency"):
        concentration(1.0, "IU/mL", "pM", Substance("x", 15300.0))


def test_roche_unit_needs_factor_and_source():
    with pytest.raises(UnitError, match="no factor"):
        dose_nmol(1.0, DoseUnit("Roche U"), ALDESLEUKIN)
    with pytest.raises(UnitError, match="iu_per_roche_unit has no source"):
        Substance("x", 15300.0, 1e7, "label", iu_per_roche_unit=3.0)
    with pytest.raises(UnitError, match="potency has no source"):
        Substance("x", 15300.0, 1e7, "  ")
    assert Substance("x", 15300.0, 1e7, "label").potency == 1e7
    assert dose_nmol(2.0, DoseUnit("Roche U"), ROCHE) == pytest.approx(dose_nmol(6.0, DoseUnit("IU"), ROCHE))


def test_conjugate_must_be_said():
    with pytest.raises(UnitError, match="ambiguous"):
        dose_nmol(1.0, DoseUnit("mg"), FUSION)
    assert dose_nmol(18.0, DoseUnit("mg conjugate"), FUSION) == pytest.approx(2 * 18e6 / 180000)
    assert dose_nmol(1.0, DoseUnit("nmol conjugate"), FUSION) == 2.0
    assert dose_nmol(1.55, DoseUnit("mg IL-2"), FUSION) == pytest.approx(100.0)
    with pytest.raises(UnitError, match="not a conjugate"):
        dose_nmol(1.0, DoseUnit("mg conjugate"), ALDESLEUKIN)


def test_body_size():
    weights = np.array([50.0, 100.0])
    np.testing.assert_allclose(dose_nmol(1.0, DoseUnit("nmol", "kg"), ALDESLEUKIN, weight_kg=weights), weights)
    assert dose_nmol(np.array([1.0, 2.0]), DoseUnit("nmol"), ALDESLEUKIN).shape == (2,)
    assert isinstance(dose_nmol(1, DoseUnit("nmol", "m2"), ALDESLEUKIN, bsa_m2=2), float)
    with pytest.raises(UnitError, match="body weight"):
        dose_nmol(1.0, DoseUnit("nmol", "kg"), ALDESLEUKIN, bsa_m2=1.8)
    with pytest.raises(UnitError, match="body surface"):
        dose_nmol(1.0, DoseUnit("nmol", "m2"), ALDESLEUKIN, weight_kg=70.0)
    assert bsa_m2(70.0, 175.0) == pytest.approx(math.sqrt(70 * 175 / 3600))
    assert bsa_m2(weights, 175.0).shape == (2,)


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf, [1.0, math.nan]])
def test_impossible_numbers(bad):
    with pytest.raises(UnitError):
        dose_nmol(bad, DoseUnit("nmol"), ALDESLEUKIN)
    with pytest.raises(UnitError):
        dose_nmol(1.0, DoseUnit("nmol", "kg"), ALDESLEUKIN, weight_kg=bad)
    with pytest.raises(UnitError):
        concentration(bad, "pM", "nM", ALDESLEUKIN)
    with pytest.raises(UnitError):
        bsa_m2(bad, 170.0)


def test_a_dose_that_was_held_is_zero_and_a_body_is_not():
    assert dose_nmol(0.0, DoseUnit("MIU"), ALDESLEUKIN) == 0.0
    assert dose_amount(0.0, DoseUnit("MIU"), ALDESLEUKIN) == 0.0
    with pytest.raises(UnitError, match="the dose must be a finite number, zero or more"):
        dose_nmol(-1.0, DoseUnit("MIU"), ALDESLEUKIN)
    with pytest.raises(UnitError, match="the amount must be"):
        dose_amount(-1.0, DoseUnit("MIU"), ALDESLEUKIN)
    with pytest.raises(UnitError, match="the body weight must be a positive finite number"):
        dose_nmol(1.0, DoseUnit("nmol", "kg"), ALDESLEUKIN, weight_kg=0.0)
    with pytest.raises(UnitError, match="the body surface area must be"):
        dose_nmol(1.0, DoseUnit("nmol", "m2"), ALDESLEUKIN, bsa_m2=[1.8, 0.0])
    with pytest.raises(UnitError, match="the body weight must be"):
        bsa_m2(0.0, 170.0)
    with pytest.raises(UnitError, match="the height must be"):
        bsa_m2(70.0, 0.0)


def test_one_patient_gives_a_plain_number_and_many_give_doubles():
    assert type(bsa_m2(70, 175)) is float
    assert type(dose_nmol(1, DoseUnit("nmol"), ALDESLEUKIN)) is float
    assert checked([1, 2], "x").dtype == np.float64


def test_what_follows_a_unit_is_left_to_the_caller():
    assert scan_per("MIU/day", 3) == ("flat", 3)
    assert scan_symbol("IU conjugate", 0) == ("IU", 2)
    assert scan_symbol("5 mcg SC", 2) == ("ug", 5)


@pytest.mark.parametrize("field", ["molar_mass", "potency", "conjugate_molar_mass"])
def test_impossible_substance(field):
    with pytest.raises(UnitError, match=field):
        Substance(**{"name": "x", "molar_mass": 15300.0, "potency_source": "label", field: 0.0})


def test_zero_weight_refused():
    with pytest.raises(UnitError):
        bsa_m2(0.0, 170.0)


@settings(deadline=None)
@given(st.sampled_from(FLAT), st.sampled_from(["flat", "kg", "m2"]), st.floats(1e-9, 1e12), st.floats(1, 300))
def test_dose_both_ways(symbol, per, amount, size):
    unit = DoseUnit(symbol, per)
    nmol = dose_nmol(amount, unit, ROCHE, weight_kg=size, bsa_m2=size)
    assert dose_amount(nmol, unit, ROCHE, weight_kg=size, bsa_m2=size) == pytest.approx(amount, rel=1e-12)
    assert parse_dose_unit(str(unit)) == unit


@settings(deadline=None)
@given(st.sampled_from(CONCENTRATIONS), st.sampled_from(CONCENTRATIONS), st.floats(1e-9, 1e12))
def test_concentration_both_ways(first, second, value):
    there = concentration(value, first, second, ALDESLEUKIN)
    assert concentration(there, second, first, ALDESLEUKIN) == pytest.approx(value, rel=1e-12)


@settings(deadline=None)
@given(st.text(max_size=20))
def test_any_text_gives_a_unit_or_a_unit_error(text):
    try:
        unit = parse_dose_unit(text)
    except UnitError:
        return
    assert parse_dose_unit(str(unit)) == unit


@pytest.mark.parametrize("text", ["U/mL", "IU", "IU/kg/mL", "mM/mL", "IU/gallon", ""])
def test_nonsense_concentration(text):
    with pytest.raises(UnitError):
        concentration(1.0, text, "pM", ALDESLEUKIN)


def test_picograms_are_a_thousandth_of_nanograms_and_say_the_same_of_a_conjugate():
    assert concentration(1530.0, "pg/mL", "pM", ALDESLEUKIN) == pytest.approx(100.0)
    assert concentration(1.0, "pM", "pg/mL", ALDESLEUKIN) == pytest.approx(15.3)
    with pytest.raises(UnitError, match="ambiguous"):
        concentration(1.0, "pg/mL", "pM", FUSION)


def test_nothing_in_blood_is_a_concentration():
    assert concentration(0.0, "IU/mL", "pM", ALDESLEUKIN) == 0.0
    with pytest.raises(UnitError, match="the concentration must be a finite number, zero or more"):
        concentration(-1.0, "IU/mL", "pM", ALDESLEUKIN)


def test_a_unit_that_is_no_concentration_is_told_which_are():
    with pytest.raises(UnitError, match="fM, pM, nM, uM, mM, or an amount per volume"):
        concentration(1.0, "IU/gallon", "pM", ALDESLEUKIN)


def test_cells_are_counted_and_molecules_are_not():
    cells = Substance("Treg", 1.0, cells=True)
    assert dose_nmol(6.02214076e14, DoseUnit("cells"), cells) == pytest.approx(1.0)
    with pytest.raises(UnitError, match="Treg is cells and is dosed in cells"):
        dose_nmol(1.0, DoseUnit("mg"), cells)
    with pytest.raises(UnitError, match="aldesleukin is no cells"):
        dose_nmol(1.0, DoseUnit("cells"), ALDESLEUKIN)


def test_molar_symbols_are_case_sensitive():
    with pytest.raises(UnitError):
        concentration(1.0, "NM", "pM", ALDESLEUKIN)


@settings(deadline=None, max_examples=30)
@given(st.sampled_from([("1/min", "1/h"), ("mL/min", "L/h"), ("g/mol", "kg/mol"), ("pM", "nM")]), st.floats(1e-6, 1e6))
def test_convert_both_ways(pair, value):
    assume(value > 0)
    assert convert(convert(value, *pair), *pair[::-1]) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("value", "pair", "there"),
    [
        (3, ("furlong", "furlong"), 3.0),
        (40.0, ("%", "1"), 0.4),
        (0.25, ("1", "percent"), 25.0),
        (7.0, ("%", "percent"), 7.0),
        (120.0, ("mL/min", "L/h"), 7.2),
    ],
)
def test_convert_by_hand(value, pair, there):
    assert convert(value, *pair) == pytest.approx(there, rel=1e-14)
    assert isinstance(convert(value, *pair), float)


@pytest.mark.parametrize(
    "pair", [("L/h", "nM"), ("9**9**9", "m"), ("foo", "m"), ("m" * 500, "s"), ("__import__('os')", "m")]
)
def test_convert_refuses(pair):
    with pytest.raises(UnitError):
        convert(1.0, *pair)


def test_import_is_cheap():
    code = (
        "import sys, bimodal.units, bimodal.dosing, bimodal.drugs; bad = {'numba', 'xarray', 'matplotlib', 'duckdb', "
        "'pandas', 'antimony', 'libsbml', 'pint'} & set(sys.modules); sys.exit(str(bad) if bad else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
