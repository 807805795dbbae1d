"""The receptor level chosen by the model's name in a study file."""

from __future__ import annotations

import numpy as np
import pytest

from bimodal.errors import StudyError
from bimodal.study import RunOptions, parse_study, run_study
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.solver.engine_solver import load_solver

TEXT = """
name = "level"
model = "human_mass_action"
horizon = 7
{extra}
[population]
cohort = "healthy"
patients = 3
[[arm]]
name = "untreated"
regimen = "none"
[[arm]]
name = "low dose"
drug = "aldesleukin"
regimen = "1 MIU/m2 SC daily for 5 days"
[[arm]]
name = "engineered"
drug = "efavaleukin-alfa"
regimen = "none"
[[endpoint]]
id = "treg_fold"
days = [4, 7]
"""


def study(extra: str = ""):
    return parse_study(TEXT.format(extra=extra), where="level.toml")


def test_a_study_takes_the_level_by_name():
    solver = load_solver("human_mass_action")
    plan = make_plan(study(), RunOptions(), solver)
    parameters, _ = plan.inputs(1, 0, 3)
    assert parameters.shape == (3, len(solver.parameter_ids))
    assert set(solver.parameter_ids) == {row.id for row in solver.rows}
    assert solver.observables == load_solver("human").observables


@pytest.mark.parametrize("name", ["il15", "internalisation", "treg_r_with_il2_la_start"])
def test_what_the_level_does_not_have_cannot_be_set(name):
    with pytest.raises(StudyError, match=f"no parameter '{name}'"):
        make_plan(study(f"set = {{{name} = 1.0}}"), RunOptions(), load_solver("human_mass_action"))


@pytest.mark.slow
def test_a_study_runs_and_chunks_change_no_byte(tmp_path):
    solver = load_solver("human_mass_action")
    one = run_study(study(), options=RunOptions(out=tmp_path / "one"), solver=solver)
    two = run_study(study(), options=RunOptions(out=tmp_path / "two", chunk=1, workers=2), solver=solver)
    assert one.summary["failed"] == 0
    assert (one.folder / "summary.json").read_bytes() == (two.folder / "summary.json").read_bytes()
    for name in ("treg_fold", "cd8_fold", "nk_fold", "treg_cd25_fold"):
        assert np.allclose(one.values("untreated", name), 1.0, rtol=1e-6)
    assert (one.values("low dose", "treg_fold")[:, -1] > 1.05).all()
