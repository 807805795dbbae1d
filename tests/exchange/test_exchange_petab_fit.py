"""Fits of PEtab problems: the minimum is that of the posterior, by derivatives that are those of the closed form."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from petab_problems import FILES_1, FILES_2, PARAMETERS_1, PARAMETERS_2, conversion, event, write_problem

import bimodal as bm
from bimodal.cli import main
from bimodal.errors import BimodalError, PetabError
from bimodal.exchange.petab import evaluate_petab, read_petab
from bimodal.exchange.petab.calibration import petab_calibration
from bimodal.exchange.petab.fit_problem import PetabFit
from bimodal.fit import run_fit
from bimodal.fit.derivatives import residual_jacobian
from bimodal.fit.surface import Surface

K1, K2, TIMES = 0.8, 0.6, (0.3, 0.7, 1.5, 3.0, 6.0)
HEAD_1 = "observableId simulationConditionId time measurement\n"
HEAD_2 = "observableId experimentId time measurement\n"


def a_of(t: float, k1: float = K1, k2: float = K2, a: float = 1.0) -> float:
    rest = a * k2 / (k1 + k2)
    return rest + (a - rest) * math.exp(-(k1 + k2) * t)


def measured(head: str, condition: str, scatter: float = 0.0) -> str:
    signs = (1.0, -1.0, 1.0, -1.0, 1.0)
    values = [a_of(t) + sign * scatter for t, sign in zip(TIMES, signs, strict=True)]
    return head + "".join(f"obs_a {condition} {t} {value!r}\n" for t, value in zip(TIMES, values, strict=True))


def away(text: str) -> str:
    """Begin elsewhere."""
    return text.replace("1e3 0.8", "1e3 3.0").replace("1e3 0.6", "1e3 0.1")


@pytest.mark.parametrize("version", [1, 2])
def test_the_rates_that_made_the_data_are_found(tmp_path, version):
    files, head, condition = (FILES_1, HEAD_1, "c0") if version == 1 else (FILES_2, HEAD_2, "e1")
    table = away(PARAMETERS_1 if version == 1 else PARAMETERS_2)
    path = write_problem(tmp_path, files, measurements=measured(head, condition), parameters=table)
    found = bm.fit(path, starts=2, workers=1)
    assert dict(found.values) == pytest.approx({"k1": K1, "k2": K2, "a0": 1.0}, rel=1e-4)
    assert found.cost == pytest.approx(0.0, abs=1e-8)


def test_derivatives_are_those_of_the_closed_form(tmp_path):
    path = write_problem(tmp_path, FILES_1, measurements=measured(HEAD_1, "c0"))
    fit = PetabFit(read_petab(path))
    assert fit.in_step
    point = np.array([0.5, 0.9, 2.0])
    found = residual_jacobian(fit.as_problem, point)
    size = np.array([0.5, 0.9, 1.0])  # rates are searched by their logarithm
    step = 1e-6

    def residuals(values):
        return np.array([a_of(t, *values) for t in TIMES]) / 0.5

    wanted = [
        (residuals(point + h) - residuals(point - h)) / (2 * step) * unit
        for h, unit in zip(np.diag([step] * 3), size, strict=True)
    ]
    assert found == pytest.approx(np.array(wanted).T, rel=1e-4, abs=1e-7)


def test_derivatives_go_through_rest_and_periods(tmp_path):
    path = write_problem(
        tmp_path,
        FILES_2,
        conditions="conditionId targetId targetValue\nmore A A+a0\n",
        experiments="experimentId time conditionId\ne1 -inf _\ne1 0 _\ne1 1 more\n",
        measurements=HEAD_2 + "obs_a e1 0 1\nobs_a e1 2 1\nobs_a e1 inf 1\n",
    )
    problem = PetabFit(read_petab(path)).as_problem
    point = np.array([0.5, 0.9, 2.0])
    in_step = residual_jacobian(problem, point)
    by_differences = residual_jacobian(replace(problem, jacobian=None), point)
    assert in_step == pytest.approx(by_differences, rel=1e-4, abs=1e-6)
    k1, k2, a0 = point
    # at rest A is a0 k2 / (k1 + k2); the residual is A / 0.5
    size = 2 * a0 * k1 * k2 / (k1 + k2) ** 2
    assert in_step[0] == pytest.approx(size * np.array([-1, 1, (k1 + k2) / k1 / a0]), rel=1e-5)


def test_a_model_with_events_is_fitted_by_differences(tmp_path):
    low = "<apply><lt/><ci>A</ci><cn>0.1</cn></apply>"
    path = write_problem(
        tmp_path,
        FILES_1,
        model=conversion(events=event(low, "A", "<cn>5</cn>")),
        measurements=measured(HEAD_1, "c0"),
        parameters=away(PARAMETERS_1).replace("3.0 1", "1.5 1").replace("0.1 1", "0.4 1"),
    )
    fit = PetabFit(read_petab(path))
    assert not fit.in_step
    assert fit.as_problem.jacobian is None
    assert run_fit(fit.as_problem).values["k1"] == pytest.approx(K1, rel=1e-4)


@pytest.mark.parametrize("estimated", [0, 1])
def test_a_rate_that_jumps_is_fitted_in_step_unless_what_is_fitted_decides_when(tmp_path, estimated):
    time = '<csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/time">t</csymbol>'
    later = f"<apply><leq/><ci>begin</ci>{time}</apply>"
    rate = f"<piecewise><piece><ci>k1</ci>{later}</piece><otherwise><cn>0</cn></otherwise></piecewise>"
    model = conversion(more='<parameter id="begin" value="0" constant="true"/>').replace("<ci>k1</ci>", rate)
    times = (0.0, 1.0, 1.5, 4.0)
    path = write_problem(
        tmp_path,
        FILES_1,
        model=model,
        measurements=HEAD_1 + "".join(f"obs_a c0 {t} 0\n" for t in times),
        parameters=PARAMETERS_1.replace("k2 log10 1e-3 1e3 0.6 1", "k2 log10 1e-3 1e3 0.6 0")
        + f"later lin 0 10 1 {estimated}\n",
        conditions="conditionId begin\nc0 later\n",
    )
    fit = PetabFit(read_petab(path))
    assert fit.in_step == (not estimated)
    point = np.array([0.8, 1.0, 1.0][: 2 + estimated])
    found = residual_jacobian(fit.as_problem, point)

    def residuals(k1, a0, begin=1.0):
        return np.array([a_of(max(t - begin, 0.0), k1, 0.6, a0) for t in times]) / 0.5

    step = 1e-6
    wanted = [(residuals(*(point + h)) - residuals(*(point - h))) / (2 * step) for h in np.diag([step] * len(point))]
    wanted[0] = wanted[0] * 0.8  # searched by its logarithm
    after = [0, 2, 3]  # at 1 itself the derivative by the time of the jump has two sides
    assert found[after] == pytest.approx(np.array(wanted).T[after], rel=1e-4, abs=1e-6)


def test_a_width_is_estimated_as_the_likelihood_says(tmp_path):
    scatter = 0.05
    path = write_problem(
        tmp_path,
        FILES_1,
        measurements=measured(HEAD_1, "c0", scatter),
        observables="observableId observableFormula noiseFormula\nobs_a A sd\n",
        parameters="parameterId parameterScale lowerBound upperBound nominalValue estimate\n"
        "k1 lin 0 10 0.8 0\nk2 lin 0 10 0.6 0\na0 lin 0 10 1 0\nsd log10 1e-4 1e2 3 1\n",
    )
    problem = read_petab(path)
    found = run_fit(PetabFit(problem).as_problem)
    # the residuals are all of one size: the width of the largest likelihood is that size
    assert found.values["sd"] == pytest.approx(scatter, rel=1e-3)
    better = evaluate_petab(problem, found.values).log_likelihood
    assert better > evaluate_petab(problem, {"sd": 1.05 * scatter}).log_likelihood
    assert better > evaluate_petab(problem, {"sd": 0.95 * scatter}).log_likelihood


LAPLACE = "observableId observableFormula noiseFormula noiseDistribution\nobs_a A 1 laplace\n"
PRIORS = {
    "normal on its scale": ("log10", "parameterScaleNormal -0.5;0.2"),
    "log-normal": ("log10", "logNormal -1;0.4"),
    "log-normal, linear": ("lin", "logNormal -1;0.4"),
    "normal of the value": ("log10", "normal 0.3;0.1"),
    "normal, linear": ("lin", "normal 0.3;0.1"),
}


@pytest.mark.parametrize(("scale", "prior"), PRIORS.values(), ids=PRIORS)
def test_half_the_squares_fall_as_the_posterior_rises(tmp_path, scale, prior):
    head = "parameterId parameterScale lowerBound upperBound nominalValue estimate "
    head += "objectivePriorType objectivePriorParameters\n"
    rows = f"k1 {scale} 1e-2 10 0.8 1 {prior}\nk2 lin 0 10 0.6 0\na0 lin 0 10 1 0\n"
    problem = read_petab(write_problem(tmp_path, FILES_1, parameters=head + rows, measurements=measured(HEAD_1, "c0")))
    one, other = 0.8, 0.35
    posterior = [evaluate_petab(problem, {"k1": value}).log_posterior for value in (one, other)]
    surface = Surface(PetabFit(problem).as_problem)
    costs = [0.5 * float((surface.residuals(surface.to_fit([value])) ** 2).sum()) for value in (one, other)]
    assert costs[1] - costs[0] == pytest.approx(posterior[0] - posterior[1], rel=1e-6)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"observables": LAPLACE}, "Laplace noise"),
        ({"parameters": PARAMETERS_1.replace(" 1\n", " 0\n")}, "no parameter is to be estimated"),
        ({"parameters": PARAMETERS_1.replace("1e-3", "0")}, "has no logarithm"),
        ({"parameters": PARAMETERS_1.replace("0.8", "1e4")}, "lies outside the bounds"),
    ],
)
def test_what_a_fit_does_not_support_is_named(tmp_path, changed, said):
    problem = read_petab(write_problem(tmp_path, FILES_1, **changed))
    with pytest.raises(BimodalError, match=said):
        run_fit(petab_calibration(problem).problem(None, 1))


def test_infinite_bounds_and_corners_are_refused(tmp_path):
    wide = PARAMETERS_2.replace("a0 0 10", "a0 0 inf")
    with pytest.raises(PetabError, match="needs finite bounds of 'a0'"):
        run_fit(PetabFit(read_petab(write_problem(tmp_path, FILES_2, parameters=wide))).as_problem)
    head = "parameterId lowerBound upperBound nominalValue estimate priorDistribution priorParameters\n"
    rows = "k1 1e-3 10 0.8 true laplace 1;1\nk2 0 10 0.6 false _ _\na0 0 10 1 false _ _\n"
    fit = PetabFit(read_petab(write_problem(tmp_path, FILES_2, parameters=head + rows)))
    with pytest.raises(PetabError, match="'laplace' of 'k1' is not supported"):
        run_fit(fit.as_problem)


def test_the_command_fits_writes_tables_and_can_only_evaluate(tmp_path, capsys):
    path = write_problem(tmp_path, FILES_1, measurements=measured(HEAD_1, "c0"), parameters=away(PARAMETERS_1))
    out = tmp_path / "out"
    words = ["fit", str(path), "--starts", "1", "--workers", "1", "--out", str(out), "--json", str(tmp_path / "r.json")]
    assert main([*words, "--quiet"]) == 0
    report = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert report["fit"]["estimates"]["k1"]["value"] == pytest.approx(K1, rel=1e-4)
    assert report["report"]["derivatives"] == "in step"
    (tmp_path / "parameters.tsv").write_text((out / "parameters.tsv").read_text("utf-8"), "utf-8")
    capsys.readouterr()
    assert main(["fit", str(path), "--starts", "0", "--out", str(out), "--json", "-"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert again["log_likelihood"] == pytest.approx(report["report"]["log_likelihood"], rel=1e-9)
    assert again["chi2"] == pytest.approx(0.0, abs=1e-6)
    lines = (out / "simulation.tsv").read_text("utf-8").splitlines()
    assert lines[0] == "observableId\tsimulationConditionId\ttime\tsimulation"
    assert float(lines[1].split("\t")[3]) == pytest.approx(a_of(TIMES[0]), rel=1e-4)


def test_what_makes_no_sense_for_a_petab_problem_is_refused(tmp_path, capsys):
    path = write_problem(tmp_path, FILES_1)
    assert main(["fit", str(path), "--write", str(tmp_path / "table.csv")]) == 2
    assert main(["fit", "receptors", "--starts", "0"]) == 2
    said = capsys.readouterr().err
    assert "parameters.tsv of the results folder" in said
    assert "only evaluate" in said


def test_a_failed_simulation_ends_with_exit_code_1(tmp_path, capsys):
    rows = HEAD_1 + "obs_a c0 inf 0.1\n"
    model = conversion().replace("<ci>k2</ci>", "<cn>0</cn>").replace("<ci>k1</ci>", "<cn>-1</cn>")
    path = write_problem(tmp_path, FILES_1, model=model, measurements=rows)
    assert main(["fit", str(path), "--starts", "0", "--out", str(tmp_path / "o")]) == 1
    assert "failed: c0: " in capsys.readouterr().out


def test_the_example_is_one_that_the_library_accepts():
    from bimodal.exchange.petab import lint_petab

    path = Path(__file__).parents[2] / "examples" / "petab" / "washout.yaml"
    assert lint_petab(path) == ()


def test_observables_are_left_out_where_their_noise_is_known(tmp_path, capsys):
    second = measured(HEAD_1, "c0").removeprefix(HEAD_1).replace("obs_a", "also")
    table = "observableId observableFormula noiseFormula\nobs_a A 0.5\nalso A {}\n"
    words = ["--starts", "1", "--workers", "1", "--cross-validate"]
    for noise, code in (("0.5", 0), ("k2", 2)):
        folder = tmp_path / noise
        folder.mkdir()
        path = write_problem(
            folder, FILES_1, observables=table.format(noise), measurements=measured(HEAD_1, "c0") + second
        )
        assert main(["fit", str(path), *words, "--out", str(folder / "out")]) == code
    said = capsys.readouterr()
    assert "leaving out one observable after the other" in said.out
    assert "widths of noise are fitted too" in said.err
