"""How a model file is solved: tolerances, observers without a number, fractional powers, the balance of doses."""

import math

import jsonschema
import numpy as np
import pytest
from model_file_study import AS_IT_IS, HEAD, plan, values

from bimodal.errors import StudyError
from bimodal.study import RunOptions, load_study
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.run.summary import summary_schema
from bimodal.study.solver.file_solver import load_file_solver


def test_tolerances_are_of_the_study_or_of_the_run_and_make_it_another(write, run):
    base = HEAD + "horizon = 1\n" + AS_IT_IS
    spec = load_study(write(base))
    solver = load_file_solver(spec)
    plans = [make_plan(spec, RunOptions(**more), solver) for more in ({}, {"rtol": 1e-5}, {"atol": 1e-9})]
    own = load_study(write("rtol = 1e-5\n" + base))
    assert [plan.tolerances for plan in plans] == [{"rtol": 1e-8}, {"rtol": 1e-5}, {"rtol": 1e-8, "atol": 1e-9}]
    assert len({plan.run for plan in plans}) == 3
    assert make_plan(own, RunOptions(), solver).run == plans[1].run
    assert make_plan(own, RunOptions(rtol=1e-6), solver).tolerances == {"rtol": 1e-6}
    assert "rtol" not in spec.canonical()
    result = run("atol = 1e-9\n" + base)
    jsonschema.validate(result.summary, summary_schema())
    assert result.summary["provenance"]["atol"] == 1e-9


@pytest.mark.parametrize(("line", "said"), [("rtol = 0", "rtol"), ("rtol = 2", "rtol"), ("atol = -1e-9", "atol")])
def test_tolerances_that_make_no_sense(line, said, write):
    with pytest.raises(StudyError, match=said):
        load_study(write(line + "\n" + HEAD + "horizon = 1\n" + AS_IT_IS))
    name, value = line.split(" = ")
    with pytest.raises(StudyError, match="makes no sense"):
        RunOptions(**{name: float(value)})


RATIO = """model m
  unit time_unit = 3600 second;
  species A, B; A = 0; B = 0; move: A -> B; 0.1*A; ratio := B/A;
end
"""


def test_an_observer_without_a_number_at_the_start_is_missing_there(run):
    study = (
        HEAD + 'horizon = 2\n[ports]\nunit = "nmol"\nsc = "A"\n[[arm]]\nname = "a"\nregimen = "5 nmol SC once"\n'
        '[[endpoint]]\nid = "ratio"\ndays = [0, 1]\n[[endpoint]]\nid = "B"\ndays = [0, 1]\n'
    )
    result = run(study, RATIO)
    assert result.summary["failed"] == 0
    assert "'ratio' is not a finite number at time 0: missing there" in result.summary["warnings"]
    assert math.isnan(values(result, "a", "ratio", 0.0)[0])
    assert values(result, "a", "ratio", 1.0)[0] == pytest.approx(math.expm1(2.4), rel=1e-6)
    read = {(e["id"], e["day"]): e["value"] for e in result.summary["arms"][0]["endpoints"]}
    assert read["ratio", 0.0] is None
    assert read["B", 1.0] == pytest.approx(-5.0 * math.expm1(-2.4), rel=1e-6)


def test_a_dose_into_a_state_that_is_lost_by_a_fractional_power(run):
    text = (
        "model m\n unit time_unit = 3600 second;\n species D, C; D = 0; C = 0;\n"
        " enter: D -> C; 0.5*D; gone: C -> ; 0.3*C^0.75;\nend\n"
    )
    study = (
        HEAD + 'horizon = 1\n[ports]\nunit = "nmol"\nsc = "D"\n[[arm]]\nname = "a"\nregimen = "10 nmol SC once"\n'
        '[[endpoint]]\nid = "C"\ndays = [0.08333333333333333, 0.16666666666666666]\n'
    )
    result = run(study, text)
    assert [values(result, "a", "C", day)[0] for day in (2.0 / 24.0, 4.0 / 24.0)] == pytest.approx(
        [4.94426, 5.18570], rel=1e-5
    )


def test_a_solver_that_loses_a_dose_is_caught(write, monkeypatch):
    from bimodal.study.solver import file_solver

    study = (
        HEAD + 'horizon = 2\n[population]\npatients = 2\n[ports]\nunit = "nmol"\nsc = "A"\n'
        '[[arm]]\nname = "a"\nregimen = "5 nmol SC qd x2"\n'
    )
    laid = plan(write(study, RATIO))
    assert laid.solve(0, 0, 2).status.tolist() == [0, 0]
    honest = file_solver.solve

    def lossy(*args, **more):
        found = honest(*args, **more)
        found.values[1, -1, 0] -= 0.01
        return found

    monkeypatch.setattr(file_solver, "solve", lossy)
    broken = laid.solve(0, 0, 2)
    assert broken.status.tolist() == [0, 8]
    assert np.isnan(broken.values[1]).all()
    assert laid.solver.sentence(8) == "Something that reactions only move about was lost or made."
