"""A small model file and a study of it."""

from bimodal.study import RunOptions, load_study
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.solver.file_solver import load_file_solver

DECAY = """model decay
  unit time_unit = 3600 second;
  compartment body = 2; species S in body; substanceOnly species A in body;
  lose: S -> ; k*S*body; gone: A -> ; k*A;
  k = 0.1; S = 3; A = 8; rate = 0; x' = rate - k*x; x = 0; status := 2*A; X' = -X; X = 1; two := 2
end
"""
HEAD = 'name = "mine"\nmodel = "m.ant"\n'
AS_IT_IS = '[[arm]]\nname = "a"\nregimen = "none"\n'


def plan(path):
    spec = load_study(path)
    return make_plan(spec, RunOptions(), load_file_solver(spec))


def values(result, arm, name, day):
    return result.readings.on_day(arm, name, day)
