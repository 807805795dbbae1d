"""Soluble CD25 and the CD25-bright gate: driven by the model's states, they act back on nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from bimodal.drugs import load_molecule
from bimodal.engine import Schedule, solve
from bimodal.model import load_model
from bimodal.study.endpoints import load_registry
from bimodal.study.endpoints.derive import derive
from bimodal.units import DoseUnit, dose_nmol

DAYS = np.array([0.0, 1.0, 7.0, 28.0, 56.0])


@pytest.fixture(scope="module")
def human():
    return load_model("human")


def eight_weeks(human, **changed):
    """Outputs under 1 MIU/m2 a day, with some rows of the table changed."""
    system = human.system
    values = [[{**human.table.values(), **changed}[name] for name in system.parameter_ids]]
    dose = float(dose_nmol(1.0, DoseUnit("MIU", "m2"), load_molecule("aldesleukin").substance, bsa_m2=1.85))
    doses = [(24.0 * day, system.slot_add("il2_depot"), dose) for day in range(56)]
    return solve(system, values, Schedule.build([doses]), 24.0 * DAYS)


def test_soluble_cd25_follows_cd25_and_acts_on_nothing(human):
    shipped, other = eight_weeks(human), eight_weeks(human, scd25_rest=5.0, scd25_turnover=1.0)
    level = shipped["scd25"][0]
    assert level[0] == human.table.values()["scd25_rest"]
    assert np.all(np.diff(level[:4]) > 0.0)
    for name in human.observables:
        if name != "scd25":
            np.testing.assert_allclose(other[name], shipped[name], rtol=1e-4, err_msg=name)


def test_soluble_cd25_of_the_untreated_stands_still(human):
    system = human.system
    values = [[human.table.values()[name] for name in system.parameter_ids]]
    run = solve(system, values, Schedule.build([[]]), 24.0 * DAYS)
    np.testing.assert_allclose(run["scd25"][0], human.table.values()["scd25_rest"], rtol=1e-9)


def test_bright_treg_rise_more_than_all_treg(human):
    run = eight_weeks(human)
    bright, every = (derive(name, run.__getitem__, 0)[0] for name in ("treg_cd25bright_fold", "treg_fold"))
    assert bright[0] == 1.0
    assert np.all(bright[1:] > every[1:])


@pytest.mark.parametrize("name", ["treg_cd25bright_count", "treg_cd25top_count"])
def test_the_gate_holds_its_share_of_a_typical_person_before_treatment(human, name):
    registry = load_registry()
    gate = registry.gates[registry[name].gate]
    run = eight_weeks(human)
    assert derive(name, run.__getitem__, 0)[0, 0] == pytest.approx(gate.share * run["treg_count"][0, 0])
    assert gate.median == human.table.values()["treg_alpha_rest"]


@settings(deadline=None, max_examples=50)
@given(st.floats(0.01, 100.0), st.floats(100.0, 1e5), st.floats(0.1, 1e4))
def test_the_gate_is_a_gate_on_single_cells(fold, cd25, count):
    """The closed form counts what a log-normal crowd of cells has above a fixed threshold."""
    gate = load_registry().gates["cd25bright"]
    given_values = {"treg_count": np.array([[count, count]]), "treg_cd25": np.array([[cd25, cd25 * fold]])}
    cells = cd25 * fold * np.exp(gate.log_sd * norm.ppf((np.arange(4000) + 0.5) / 4000))
    found = derive("treg_cd25bright_count", given_values.__getitem__, 0)[0, 1]
    assert found == pytest.approx(count * np.mean(cells > gate.threshold), abs=5e-4 * count)


def test_the_threshold_is_that_of_the_assay_and_not_of_the_person():
    """A person with half the CD25 has fewer bright cells before treatment, and more to gain."""
    dim, usual = (
        {"treg_count": np.array([[50.0, 50.0]]), "treg_cd25": np.array([[rest, 1e9]])} for rest in (1738.0, 3476.0)
    )
    counts = [derive("treg_cd25bright_count", person.__getitem__, 0)[0] for person in (dim, usual)]
    assert counts[0][0] < 0.3 * counts[1][0]
    assert counts[0][1] == pytest.approx(counts[1][1])
    gains = [derive("treg_cd25bright_fold", person.__getitem__, 0)[0, 1] for person in (dim, usual)]
    share = load_registry().gates["cd25bright"].share
    assert gains[1] == pytest.approx(1.0 / share)  # every Treg is bright: what the share leaves room for
    assert gains[0] > 3.0 * gains[1]


def test_a_gate_with_few_cells_at_rest_lets_bright_cells_rise_many_times_more_than_all():
    usual = {"treg_count": np.array([[50.0, 100.0]]), "treg_cd25": np.array([[3476.0, 10.0 * 3476.0]])}
    every, bright, top = (
        derive(name, usual.__getitem__, 0)[0, 1] for name in ("treg_fold", "treg_cd25bright_fold", "treg_cd25top_fold")
    )
    assert every < bright < top
    assert bright / every < 1.0 / 0.236 < 10.0 < top / every


def test_cells_without_the_marker_are_not_bright():
    lost = {"treg_count": np.array([[50.0, 50.0]]), "treg_cd25": np.array([[3000.0, 0.0]])}
    assert derive("treg_cd25bright_count", lost.__getitem__, 0)[0, 1] == 0.0
