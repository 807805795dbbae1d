"""The fit of what a second head adds: shipped factors are its optimum, and what was not fitted stands apart."""

from __future__ import annotations

import numpy as np
import pytest

from bimodal.drugs import list_molecules, load_molecule
from bimodal.evidence.half_maxima import load_half_maxima
from bimodal.fit.calibration import load_calibration
from bimodal.fit.fit import run_fit
from bimodal.fit.receptors.bivalent import COMMAND, FACTOR, FITTED, bivalent_data, bivalent_problem
from bimodal.fit.receptors.bivalent_report import bivalent_text, report_bivalent, shipped_factor
from bimodal.study.solver.molecule import binding


@pytest.fixture(scope="module")
def data():
    return bivalent_data()


@pytest.fixture(scope="module")
def fitted(data):
    return run_fit(bivalent_problem(data))


@pytest.fixture(scope="module")
def report(fitted):
    return report_bivalent(fitted)


def test_the_molecule_files_hold_what_the_fit_finds_and_say_where_it_was_measured(data, fitted):
    assert load_calibration("bivalent").command == COMMAND
    carried = 0
    for name in list_molecules():
        avidity = load_molecule(name).avidity
        if avidity is None or avidity.k2 is None:
            continue
        assert avidity.k2.value == pytest.approx(fitted.values[FACTOR], rel=0.01)
        assert COMMAND in avidity.k2.where_in_source
        assert data.measured.sha256[:12] in avidity.k2.where_in_source
        assert avidity.k2.status == ("fitted" if name in data.ligands else "assumed")
        carried += name not in data.ligands
    assert carried == 5
    # molecules of trials, on which nothing was measured, keep the second step of their monomer
    assert shipped_factor("efavaleukin-alfa") == shipped_factor("pt101-like") == 1.0


def test_an_ec50_is_measured_only_where_a_curve_crosses_once():
    found = load_half_maxima()
    assert found.concentrations_nM[[0, -1]] == pytest.approx([0.000474, 84.0], rel=1e-3)
    seen = found.ec50_nM[np.isfinite(found.ec50_nM)]
    assert found.concentrations_nM[0] <= seen.min() < seen.max() <= found.concentrations_nM[-1]
    assert 0 < np.isnan(found.ec50_nM).sum() < len(found.ec50_nM) / 8
    one, two = found.plates("wt-fc-n-bivalent", "treg", 30.0)
    assert found.mean("wt-fc-n-bivalent", "treg", 30.0) == pytest.approx(np.sqrt(one * two))


def test_the_factor_halves_the_error_of_helper_cells_and_is_scored_apart_from_what_was_not_fitted(report):
    error = {(row["cell"], row["minutes"]): row for row in report["error"]}
    for time in (30.0, 60.0):  # only the first was fitted
        assert error["tconv", time]["after"] < 0.6 * error["tconv", time]["before"]
        assert error["treg", time]["after"] < 0.8 * error["treg", time]["before"]
    assert {key for key, row in error.items() if row["fitted"]} == {("treg", 30.0), ("tconv", 30.0)}
    # cells without CD25 have no second step, so the factor is neither informed by them nor moves them
    for cell in ("cd8", "nk"):
        assert error[cell, 30.0]["after"] == pytest.approx(error[cell, 30.0]["before"], rel=0.05)


def test_the_report_lists_every_ec50_and_the_worst_first(report):
    away = [abs(np.log(row["factor"])) for row in report["rows"]]
    assert away == sorted(away, reverse=True)
    assert {row["cell"] for row in report["rows"] if row["fitted"]} == set(FITTED)
    text = bivalent_text(report)
    assert f"of {len(report['rows'])} EC50 missed by more than a factor of 3, worst first" in text
    assert max(map(len, text.splitlines())) < 160


def test_a_simulated_ec50_falls_as_the_second_step_tightens(data):
    one, three = (data.simulate("wt-fc-n-bivalent", factor)[:, 0] for factor in (1.0, 3.0))
    with_cd25 = len(FITTED)
    assert np.all(three[:with_cd25] < one[:with_cd25])
    plain = load_molecule("wt-fc-n-bivalent")
    bound = binding(plain, data.native)["k2"] * plain.avidity.k2.value
    assert bound == pytest.approx(binding(load_molecule("wt-fc-n"), data.native)["k2"])
