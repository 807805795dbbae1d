"""The library of PEtab as an oracle: it computes the same likelihood and chi-square from our simulated values."""

from __future__ import annotations

import warnings

import pytest
from petab_problems import FILES_1, PARAMETERS_1, write_problem

from bimodal.exchange.petab import evaluate_petab, read_petab


@pytest.fixture(scope="module")
def library():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import petab.v1
        from petab.v1 import calculate
    return petab.v1, calculate


@pytest.mark.parametrize("transformation", ["lin", "log", "log10"])
@pytest.mark.parametrize("distribution", ["normal", "laplace"])
def test_the_library_finds_the_same_likelihood(tmp_path, library, transformation, distribution):
    petab, calculate = library
    formulas = "observableParameter1_obs_a*A+0.1 noiseParameter1_obs_a+0.05"
    path = write_problem(
        tmp_path,
        FILES_1,
        observables="observableId observableFormula noiseFormula observableTransformation noiseDistribution\n"
        f"obs_a {formulas} {transformation} {distribution}\n",
        parameters=PARAMETERS_1 + "sd lin 0 10 0.2 1\nscale log10 0.1 10 1.5 1\n",
        measurements="observableId simulationConditionId time measurement observableParameters noiseParameters\n"
        "obs_a c0 0 1.2 scale sd\nobs_a c0 1 0.9 2 0.3\nobs_a c0 10 0.6 scale 0.1\n",
    )
    found = evaluate_petab(read_petab(path))
    (tmp_path / "simulation.tsv").write_text(found.simulation_table(), "utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        problem = petab.Problem.from_yaml(path)
        simulated = petab.get_simulation_df(tmp_path / "simulation.tsv")
        tables = (problem.measurement_df, simulated, problem.observable_df, problem.parameter_df)
        likelihood = calculate.calculate_llh(*tables)
        residuals = calculate.calculate_residuals(*tables)
        chi2 = calculate.calculate_chi2(*tables)
    assert found.log_likelihood == pytest.approx(float(likelihood), rel=1e-9)
    assert found.chi2 == pytest.approx(float(chi2), rel=1e-9)
    assert sum(len(table) for table in residuals) == 3
