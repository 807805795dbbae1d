"""PEtab problems whose courses have closed forms: what is simulated, and how likely the measurements are."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from petab_problems import FILES_1, FILES_2, OBSERVABLES, PARAMETERS_1, PARAMETERS_2, conversion, event, write_problem

from bimodal.engine import Settings
from bimodal.exchange.petab import PetabEvaluation, evaluate_petab, read_petab, solver
from bimodal.exchange.petab.course import Course
from bimodal.exchange.petab.likelihood import Likelihood

NORMAL = 0.5 * math.log(2.0 * math.pi)


def evaluated(folder: Path, files: dict[str, str], **changed: str) -> PetabEvaluation:
    return evaluate_petab(read_petab(write_problem(folder, files, **changed)))


def a_of(t: float, k1: float = 0.8, k2: float = 0.6, a: float = 1.0, b: float = 0.0) -> float:
    """Return A of the conversion reaction."""
    rest = (a + b) * k2 / (k1 + k2)
    return rest + (a - rest) * math.exp(-(k1 + k2) * t)


@pytest.mark.parametrize("files", [FILES_1, FILES_2], ids=["version 1", "version 2"])
def test_a_conversion_reaction_and_its_likelihood(tmp_path, files):
    found = evaluated(tmp_path, files)
    wanted = [1.0, a_of(10.0)]
    assert found.compared.simulated[0] == pytest.approx(wanted, rel=1e-7)
    residuals = [(wanted[0] - 0.7) / 0.5, (wanted[1] - 0.1) / 0.5]
    assert found.chi2 == pytest.approx(sum(r * r for r in residuals), rel=1e-7)
    assert found.log_likelihood == pytest.approx(-0.5 * found.chi2 - 2 * (NORMAL + math.log(0.5)), rel=1e-9)
    assert found.log_prior == (0.0 if files is FILES_1 else pytest.approx(-2 * math.log(999.999) - math.log(10.0)))
    lines = found.simulation_table().splitlines()
    assert lines[0].split("\t")[-1] == "simulation"
    assert float(lines[2].split("\t")[-1]) == found.compared.simulated[0, 1]


def test_values_of_one_s_own_move_the_course(tmp_path):
    problem = read_petab(write_problem(tmp_path, FILES_1))
    found = evaluate_petab(problem, {"k1": 0.3, "a0": 2.0})
    assert found.compared.simulated[0, 1] == pytest.approx(a_of(10.0, k1=0.3, a=2.0), rel=1e-7)


def test_conditions_of_version_1_set_parameters_and_starting_values(tmp_path):
    found = evaluated(
        tmp_path,
        FILES_1,
        conditions="conditionId k1 B a0\nc0 fast _ 3\nc1 0.2 0.5 _\n",
        parameters=PARAMETERS_1.replace("k1 ", "fast ").replace("a0 lin 0 10 1.0 1\n", ""),
        measurements="observableId simulationConditionId time measurement\nobs_a c0 1 1\nobs_a c1 1 1\n",
    )
    # a0 of c1 is that of the model
    wanted = [a_of(1.0, a=3.0), a_of(1.0, k1=0.2, a=9.0, b=0.5)]
    assert found.compared.simulated[0] == pytest.approx(wanted, rel=1e-7)


def test_preequilibration_keeps_what_the_condition_does_not_set(tmp_path):
    head = "observableId preequilibrationConditionId simulationConditionId time measurement\n"
    found = evaluated(
        tmp_path,
        FILES_1,
        conditions="conditionId k1 B\nrest 0.3 _\nkept 0.8 _\nset 0.8 1\n",
        parameters=PARAMETERS_1.replace("k1 log10 1e-3 1e3 0.8 1\n", ""),
        measurements=head + "obs_a rest kept 1 0.7\nobs_a rest set 1 0.7\nobs_a rest kept inf 0.7\n",
    )
    rest = 0.6 / 0.9
    wanted = [a_of(1.0, a=rest, b=1.0 - rest), a_of(1.0, a=rest, b=1.0), 0.6 / 1.4]
    assert found.compared.simulated[0] == pytest.approx(wanted, rel=1e-6)


def test_periods_of_version_2_change_the_state_before_it_is_read(tmp_path):
    slow = conversion().replace('"k1" value="9"', '"k1" value="0.8"').replace('"k2" value="9"', '"k2" value="0.6"')
    found = evaluated(
        tmp_path,
        FILES_2,
        conditions="conditionId targetId targetValue\nmore A A+5*k1\nslow k1 0\nslow k2 0\n",
        parameters="parameterId lowerBound upperBound nominalValue estimate\na0 0 10 1.0 true\n",
        experiments="experimentId time conditionId\ne1 2 _\ne1 3 more\ne1 4 slow\n",
        measurements="observableId experimentId time measurement\n"
        "obs_a e1 2 1\nobs_a e1 2.5 1\nobs_a e1 3 1\nobs_a e1 4 1\nobs_a e1 40 1\n",
        model=slow,
    )
    a3 = a_of(1.0) + 4.0
    a4 = a_of(1.0, a=a3, b=1.0 - a_of(1.0))
    assert found.compared.simulated[0] == pytest.approx([1.0, a_of(0.5), a3, a4, a4], rel=1e-7)


def test_starting_values_are_not_computed_again_in_version_2(tmp_path):
    found = evaluated(
        tmp_path,
        FILES_2,
        conditions="conditionId targetId targetValue\nother a0 7\n",
        parameters=PARAMETERS_2.replace("a0 0 10 1.0 true\n", ""),
        experiments="experimentId time conditionId\ne1 0 other\n",
    )
    assert found.compared.simulated[0] == pytest.approx([9.0, a_of(10.0, a=9.0)], rel=1e-7)  # a0 is 9 in the model


def test_a_new_size_keeps_concentrations_and_an_event_of_the_model_comes_after_the_condition(tmp_path):
    after = '<apply><geq/><csymbol encoding="text" definitionURL="http://www.sbml.org/sbml/symbols/time">t</csymbol>'
    doubled = "<apply><times/><cn>2</cn><ci>body</ci></apply>"
    found = evaluated(
        tmp_path,
        FILES_2,
        model=conversion(events=event(f"{after}<cn>3</cn></apply>", "body", doubled), size="2"),
        conditions="conditionId targetId targetValue\ngrown body 5\ngrown A A+1\n",
        experiments="experimentId time conditionId\ne1 0 _\ne1 3 grown\n",
        observables="observableId observableFormula noiseFormula\nobs_a A 0.5\nbody_size body 1\namount_b B*body 1\n",
        measurements="observableId experimentId time measurement\n"
        "body_size e1 0 1\nbody_size e1 3 1\nobs_a e1 3 1\namount_b e1 2 1\namount_b e1 3 1\n",
    )
    a3 = a_of(3.0)
    # 5 from the condition, then doubled by the event, which keeps amounts
    wanted = [2.0, 10.0, (a3 + 1.0) / 2.0, 2.0 * (1.0 - a_of(2.0)), 5.0 * (1.0 - a3)]
    assert found.compared.simulated[0] == pytest.approx(wanted, rel=1e-6)


def test_events_happen_before_rest_and_not_again(tmp_path):
    low = "<apply><lt/><ci>A</ci><cn>0.5</cn></apply>"
    raised = "<apply><plus/><ci>A</ci><cn>1</cn></apply>"
    found = evaluated(
        tmp_path,
        FILES_2,
        model=conversion(events=event(low, "A", raised)),
        experiments="experimentId time conditionId\ne1 -inf _\ne1 0 _\n",
        parameters=PARAMETERS_2.replace("k2 1e-3 1e3 0.6", "k2 1e-3 1e3 0.4").replace(
            "k1 1e-3 1e3 0.8", "k1 1e-3 1e3 1.6"
        ),
        measurements="observableId experimentId time measurement\nobs_a e1 0 1\nobs_a e1 5 1\nobs_a e1 inf 1\n",
    )
    # A falls below 0.5 once, is raised, comes to rest at 0.4 of 2: below 0.5 again, which raises it to rest at 0.6
    assert found.compared.simulated[0] == pytest.approx([0.6, 0.6, 0.6], rel=1e-6)
    assert found.failures == ()


def test_what_never_rests_is_a_failure_that_is_told(tmp_path):
    ramp = '<parameter id="x" value="0" constant="false"/>'
    math_of = '<math xmlns="http://www.w3.org/1998/Math/MathML">'
    rule = f'<listOfRules><rateRule variable="x">{math_of}<cn>1</cn></math></rateRule></listOfRules>'
    model = conversion(more=ramp).replace("<listOfReactions>", rule + "<listOfReactions>")
    found = evaluated(
        tmp_path,
        FILES_2,
        model=model,
        measurements="observableId experimentId time measurement\nobs_a e1 0 1\nobs_a e1 inf 1\n",
    )
    assert found.failures == ("e1: It does not come to rest within 1e+12.",)
    assert math.isnan(found.log_likelihood)
    assert found.as_dict()["log_likelihood"] is None
    assert "failed: e1" in found.text()


def test_noise_on_every_scale_against_its_density(tmp_path):
    kinds = [(scale, kind) for scale in ("lin", "log", "log10") for kind in ("normal", "laplace")]
    table = "observableId observableFormula observableTransformation noiseFormula noiseDistribution\n"
    table += "".join(f"o{i} A {scale} 0.3+A*0.1 {kind}\n" for i, (scale, kind) in enumerate(kinds))
    rows = "".join(f"o{i} c0 1 0.4\n" for i in range(len(kinds)))
    head = "observableId simulationConditionId time measurement\n"
    found = evaluated(tmp_path, FILES_1, observables=table, measurements=head + rows)
    a, m = a_of(1.0), 0.4
    s = 0.3 + 0.1 * a
    wanted = []
    for scale, kind in kinds:
        unit = {"lin": 1.0, "log": 1.0, "log10": math.log(10.0)}[scale]
        d = (a - m if scale == "lin" else (math.log(a) - math.log(m)) / unit) / s
        inner = 0.0 if scale == "lin" else math.log(m * unit)
        wanted.append((-0.5 * d * d - NORMAL - math.log(s) if kind == "normal" else -abs(d) - math.log(2 * s)) - inner)
    assert found.compared.log_likelihoods[0] == pytest.approx(wanted, rel=1e-7)


def test_placeholders_take_numbers_and_names_row_by_row(tmp_path):
    formulas = "observableParameter1_obs_a*A+observableParameter2_obs_a noiseParameter1_obs_a*obs_a"
    observables = f"observableId observableFormula noiseFormula\nobs_a {formulas}\n"
    head = "observableId simulationConditionId time measurement observableParameters noiseParameters\n"
    found = evaluated(
        tmp_path,
        FILES_1,
        observables=observables,
        parameters=PARAMETERS_1 + "scale lin 0 10 3 0\nsd lin 0 10 0.2 1\n",
        measurements=head + "obs_a c0 0 1 scale;0.5 sd\nobs_a c0 0 1 2;k2 0.1\n",
    )
    assert found.compared.simulated[0] == pytest.approx([3.5, 2.6])
    assert found.compared.noise[0] == pytest.approx([0.7, 0.26])


def test_observables_in_observables_and_mapped_names(tmp_path):
    files = {**FILES_2, "mapping.tsv": "petabEntityId modelEntityId\nrate k1\n"}
    yaml = FILES_2["problem.yaml"] + "mapping_files: [mapping.tsv]\n"
    found = evaluated(
        tmp_path,
        files,
        problem=yaml,
        parameters=PARAMETERS_2.replace("k1", "rate"),
        observables="observableId observableFormula noiseFormula\nobs_a A 0.5\ntwice 2*obs_a+rate obs_a\n",
        measurements="observableId experimentId time measurement\ntwice e1 10 1\n",
    )
    assert found.compared.simulated[0] == pytest.approx([2 * a_of(10.0) + 0.8], rel=1e-7)
    assert found.compared.noise[0] == pytest.approx([a_of(10.0)], rel=1e-7)


def test_a_parameter_without_a_value_in_the_model_takes_that_of_the_table(tmp_path):
    model = conversion(more='<parameter id="gain" constant="true"/>').replace('id="k1" value="9"', 'id="k1"')
    found = evaluated(
        tmp_path,
        FILES_1,
        model=model,
        parameters=PARAMETERS_1 + "gain lin 0 10 4 1\n",
        observables="observableId observableFormula noiseFormula\nobs_a gain*A 0.5\n",
    )
    assert found.compared.simulated[0] == pytest.approx([4.0, 4.0 * a_of(10.0)], rel=1e-7)


def test_many_sets_give_each_what_it_gives_alone(tmp_path):
    problem = read_petab(write_problem(tmp_path, FILES_1))
    sets = np.array([[0.8, 0.6, 1.0], [0.1, 2.0, 3.0], [np.nan, 1.0, 1.0]])
    together = Likelihood(Course(problem)).compare(sets)
    assert np.isnan(together.log_likelihood).tolist() == [False, False, True]
    for number in (0, 1):
        alone = Likelihood(Course(problem)).compare(sets[number : number + 1])
        assert (alone.simulated[0] == together.simulated[number]).all()


def test_a_table_with_quotes_and_a_byte_order_mark(tmp_path):
    path = write_problem(tmp_path, FILES_1, observables=OBSERVABLES)
    table = tmp_path / "measurements.tsv"
    table.write_bytes(b"\xef\xbb\xbf" + table.read_bytes().replace(b"obs_a", b'"obs_a"'))
    assert math.isfinite(evaluate_petab(read_petab(path)).log_likelihood)


def test_what_fails_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(solver, "SETTINGS", Settings(rtol=1e-8, max_steps=1, fallback=False))
    (sentence,) = evaluated(tmp_path, FILES_2).failures
    assert sentence.startswith("e1: The limit on steps was reached")
