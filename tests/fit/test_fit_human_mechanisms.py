"""Every mechanism of the human model has a row that turns it off and moves a published target; cohorts are people."""

import numpy as np
import pytest

from bimodal.cohort import list_cohorts, load_cohort
from bimodal.fit.human.typical import typical_study
from bimodal.study.solver.engine_solver import load_solver

CELLS = ("treg", "tconv", "cd8", "nk_bright", "nk_dim")
#: Mechanism -> the rows that turn it off, and a study whose targets know of it.
SWITCHES = {
    "uptake by receptors": ({"accessible_t": 1e-9, "accessible_nk": 1e-9}, "meropol-1996"),
    "CD25 induced by signal": ({f"{cell}_induction": 1e-9 for cell in CELLS}, "koreth-2011"),
    "CD122 lost with complexes": ({"beta_loss_fraction": 1e-6}, "meropol-1996"),
    "margination": ({"margination_signal": 1e-9, "margination_alarm": 1e-9}, "soiffer-1996"),
    "loss of Treg without signal": ({"treg_withdrawal_loss": 1e-9}, "anti-cd25-direction"),
    "CD25 of Treg that stays": ({"treg_cd25_persistence": 1.0}, "dilfrequency"),
    "long-lived helper cells": ({"tconv_long_lived_share": 1e-9}, "davey-1999"),
    "the niche": ({"niche_il2": 1e-12}, "anti-cd25-direction"),
    "density limit": ({f"{cell}_capacity": 1e6 for cell in CELLS}, "koreth-2011"),
    "memory of signal": ({f"{cell}_memory_time": 1.0 for cell in CELLS}, "koreth-2011"),
    "smaller share of a larger depot": ({"sc_half_amount": 1e9}, "kirchner-1998"),
    "maturation of NK cells": ({"maturation_fraction": 1e-9}, "meropol-1996"),
}
#: A cohort says how its people are at rest and how large their tumour is, never how IL-2 works.
ABOUT_PEOPLE = ("_count_rest", "tumour_doubling_time", "tumour_cells_rest", "tumour_hazard_half")
#: What the fit of the tumour found to differ between the two cancers (docs/oncology-fit.md).
OF_THE_CANCER = ("tumour_persistence_time", "tumour_bystander")


@pytest.fixture(scope="module")
def human():
    return load_solver("human")


@pytest.mark.parametrize("mechanism", SWITCHES)
def test_a_mechanism_that_is_on_moves_a_target_by_two_percent(human, mechanism):
    off, name = SWITCHES[mechanism]
    study, table = typical_study(name, human), human.table.values()
    kept = study.simulate(tuple(off), np.array([[table[row] for row in off]]))[0]
    without = study.simulate(tuple(off), np.array([list(off.values())]))[0]
    assert np.nanmax(np.abs(without - kept) / np.maximum(np.abs(kept), 1e-12)) > 0.02


@pytest.mark.parametrize("name", list_cohorts())
def test_a_cohort_changes_people_and_not_how_il2_works(name):
    changed = [row for row in load_cohort(name).parameters if not row.endswith(ABOUT_PEOPLE)]
    assert not [row for row in changed if row not in OF_THE_CANCER]
