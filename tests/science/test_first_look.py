"""First honest look at the shipped model: published figures it was not fitted to here, checked and never tuned."""

import numpy as np
import pytest
from scipy.optimize import curve_fit

from bimodal.drugs import load_molecule
from bimodal.engine import Schedule, solve
from bimodal.model import load_model
from bimodal.response.response import simulate_response
from bimodal.units import DoseUnit, concentration, dose_nmol

BSA = 1.85  # of the reference subject, m2
DRUG = load_molecule("aldesleukin").substance
KONRAD_NMOL = dose_nmol(1e6, DoseUnit("Cetus U", "m2"), DRUG, bsa_m2=BSA)


@pytest.fixture(scope="module")
def human():
    return load_model("human")


def il2(human, events, hours):
    """IL-2 above baseline in the reference subject, pM."""
    system = human.system
    values = [[human.table.values()[name] for name in system.parameter_ids]]
    run = solve(system, values, Schedule.build([events]), hours)
    return run["il2_plasma"][0] - 1000.0 * human.table.values()["il2_rest"]


def cetus_units(pm):
    return concentration(pm, "pM", "IU/mL", DRUG) / 6.0


def test_konrad_intravenous_bolus(human):
    """Konrad 1990 Cancer Res 50:2009: half-lives 12.9 and 85 min, 650 U/mL at the start (Cetus units), within 10 %."""
    hours = np.arange(1, 241) / 60.0
    level = il2(human, [(0.0, human.system.slot_add("il2_amount"), float(KONRAD_NMOL))], hours)

    def two_phases(t, a, fast, b, slow):
        return np.log(np.exp(a - np.exp(fast) * t) + np.exp(b - np.exp(slow) * t))

    fit, _ = curve_fit(two_phases, hours, np.log(level), p0=[9.6, 1.2, 7.0, -0.7], maxfev=9000)
    short, long = sorted(60.0 * np.log(2.0) / np.exp([fit[1], fit[3]]))
    assert short == pytest.approx(12.9, rel=0.1)
    assert long == pytest.approx(85.0, rel=0.1)
    assert cetus_units(np.exp(fit[0]) + np.exp(fit[2])) == pytest.approx(650.0, rel=0.1)


def test_konrad_six_hour_infusion(human):
    """The plateau of the 6-h infusion: 41 U/mL (Cetus units), within 10 %."""
    slot = human.system.slot_set("il2_infusion")
    level = il2(human, [(0.0, slot, float(KONRAD_NMOL) / 6.0), (6.0, slot, 0.0)], [6.0])
    assert cetus_units(level[0]) == pytest.approx(41.0, rel=0.1)


@pytest.mark.parametrize("miu", [1.0, 15.0])
def test_subcutaneous_peak_comes_late(human, miu):
    """Tmax 2.5 to 6.5 h and half-life 2 to 5 h (Piscitelli 1996 and Konrad 1990, clinical_targets D12, D13)."""
    hours = np.arange(0.0, 24.0, 0.1)
    dose = float(dose_nmol(miu, DoseUnit("MIU"), DRUG))
    level = il2(human, [(0.0, human.system.slot_add("il2_depot"), dose)], hours)
    peak = int(level.argmax())
    assert 2.5 <= hours[peak] <= 6.5
    later = np.log(level[[peak + 30, peak + 100]])
    assert 2.0 <= np.log(2.0) * 7.0 / (later[0] - later[1]) <= 5.0


def test_pstat5_order_of_cell_types():
    """EC50 at 30 min: Treg far below memory CD4 < NK < CD8, Treg 10 to 100 pM (Farhat 2021 data, E38 to E46)."""
    ec50 = {row["cell"]: row["ec50_pM"] for row in simulate_response(load_molecule("aldesleukin")).to_json()["cells"]}
    assert 10.0 < ec50["treg"] < 100.0
    assert 10.0 * ec50["treg"] < ec50["tconv_memory"] < ec50["nk"] < ec50["cd8"]


def test_eight_weeks_of_low_dose(human):
    """Daily 1 MIU/m2 for 8 weeks: Treg between 4- and 15-fold, Tconv and CD8 within 0.8 to 1.25 (Koreth 2011)."""
    system = human.system
    values = [[human.table.values()[name] for name in system.parameter_ids]]
    dose = float(dose_nmol(1.0, DoseUnit("MIU", "m2"), DRUG, bsa_m2=BSA))
    doses = [(24.0 * day, system.slot_add("il2_depot"), dose) for day in range(56)]
    run = solve(system, values, Schedule.build([doses]), [0.0, 56 * 24.0])
    fold = {cell: run[f"{cell}_count"][0, 1] / run[f"{cell}_count"][0, 0] for cell in ("treg", "tconv", "cd8")}
    assert 4.0 < fold["treg"] < 15.0
    assert 0.8 < fold["tconv"] < 1.25
    assert 0.8 < fold["cd8"] < 1.25
