"""Fits of problem files as PEtab problems: read back they have the same numbers, and the library accepts them."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from bimodal.cli import main
from bimodal.errors import PetabError
from bimodal.exchange.petab import evaluate_petab, lint_petab, read_petab
from bimodal.exchange.petab.fit_problem import PetabFit
from bimodal.exchange.petab.write import write_petab
from bimodal.fit.from_file.problem_file import load_problem_file
from bimodal.fit.surface import Surface

MODEL = """
model washout
  unit time_unit = 60 second; unit per_time = 1 / (60 second);
  compartment body = 2; species drug in body, tissue in body;
  lose: drug -> ; k*drug*body;
  give: drug -> tissue; q*drug*body;
  k = 0.001; q = 0.002; drug = 0; tissue = 1;
end
"""
PROBLEM = """
name = "1-wash-out"
data = "data.csv"
model = "washout.ant"
horizon = 3

[population]
patients = 1

[ports]
unit = "nmol"
iv_bolus = "drug"

[[arm]]
name = "20 nmol"
regimen = "20 nmol IV bolus q12h x3"

[[arm]]
name = "8 nmol"
regimen = "8 nmol IV bolus once"

[[parameter]]
id = "k"
lower = 0.0001
upper = 0.1
start = 0.002
[parameter.prior]
median = 0.003
sd_log = 0.5
source = "made up"

[[parameter]]
id = "q"
lower = 0
upper = 0.1
scale = "linear"
[parameter.prior]
median = 0.001
sd = 0.01
source = "made up"
"""
DATA = """arm,observable,hour,value,sd_log,sd
20 nmol,drug,1,8,0.1,
20 nmol,drug,12,2.1,0.1,
20 nmol,tissue,24,5,,0.5
20 nmol,drug,30,2.2,0.2,
8 nmol,tissue,0,1,,0.2
8 nmol,drug,4,2.5,0.1,
"""


def problem(folder: Path, *, text: str = PROBLEM, data: str = DATA) -> Path:
    (folder / "washout.ant").write_text(MODEL, "utf-8")
    (folder / "data.csv").write_text(data, "utf-8")
    (folder / "fit.toml").write_text(text, "utf-8")
    return folder / "fit.toml"


def test_a_fit_read_back_has_the_same_simulations_and_posterior(tmp_path):
    ready = load_problem_file(problem(tmp_path))
    path, *others = write_petab(ready, tmp_path / "out")
    assert path.name == "n_1_wash_out.yaml"
    assert sorted(one.name for one in others) == [
        "conditions.tsv", "experiments.tsv", "measurements.tsv", "model.xml", "observables.tsv", "parameters.tsv",
    ]  # fmt: skip
    assert lint_petab(path) == ()
    read = read_petab(path)
    starts = np.array([[parameter.start for parameter in ready.free]])
    found = evaluate_petab(read).compared.simulated[0]
    np.testing.assert_allclose(found, ready.simulate(starts)[0], rtol=1e-6)
    # half the squares differ by a constant: both fits have one minimum and one curvature
    costs = []
    for one in (ready.problem(), PetabFit(read).as_problem):
        surface = Surface(one)
        points = [surface.start, surface.start * np.array([0.97, 1.5]), surface.start * np.array([1.02, 4.0])]
        costs.append([0.5 * float((surface.residuals(x) ** 2).sum()) for x in points])
    assert np.diff(costs[0]) == pytest.approx(np.diff(costs[1]), rel=1e-4)


def test_a_value_at_a_dose_is_the_one_before_it(tmp_path):
    ready = load_problem_file(problem(tmp_path))
    path = write_petab(ready, tmp_path / "out")[0]
    read = read_petab(path)
    at = [i for i, one in enumerate(read.measurements) if one.time == pytest.approx(720.0)]
    value = evaluate_petab(read).compared.simulated[0, at[0]]
    rate = 0.002 + 0.002
    assert value == pytest.approx(10.0 * math.exp(-rate * 720.0), rel=1e-5)


def test_folds_keep_the_time_before_the_first_dose(tmp_path):
    text = """name = "folds"
data = "data.csv"
[population]
cohort = "healthy"
patients = 1
[[arm]]
name = "daily"
drug = "aldesleukin"
regimen = "1 MIU SC daily for 2 days"
[[parameter]]
id = "treg_growth_max"
lower = 0.001
upper = 0.08
"""
    data = "arm,observable,day,value,sd_log\ndaily,treg_fold,2,1.3,0.1\ndaily,treg_percent_cd4,0,6,0.2\n"
    ready = load_problem_file(problem(tmp_path, text=text, data=data))
    path = write_petab(ready, tmp_path / "out")[0]
    assert "start_of_treg_count" in (tmp_path / "out" / "conditions.tsv").read_text("utf-8")
    starts = np.array([[parameter.start for parameter in ready.free]])
    found = evaluate_petab(read_petab(path)).compared.simulated[0]
    np.testing.assert_allclose(found, ready.simulate(starts)[0], rtol=1e-5)


@pytest.mark.parametrize(
    ("text", "data", "said"),
    [
        (PROBLEM.replace("patients = 1", "patients = 5\nspread = {k = 0.3}"), DATA, "virtual patients"),
        (PROBLEM, "arm,observable,hour,value,lower,upper\n20 nmol,drug,1,,1,2\n", "a band cannot be written"),
        (
            PROBLEM.replace('x3"', 'x3"\nrules = ["hold if drug >= 5"]'),
            DATA,
            "visit rules cannot be written",
        ),
    ],
)
def test_what_petab_cannot_say_is_named(tmp_path, text, data, said):
    ready = load_problem_file(problem(tmp_path, text=text, data=data))
    with pytest.raises(PetabError, match=said):
        write_petab(ready, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_command_writes_it_and_refuses_what_is_no_fit(tmp_path, capsys):
    path, out = problem(tmp_path), tmp_path / "out"
    assert main(["export", str(path), "--to", "petab", "--out", str(out)]) == 0
    assert str(out / "n_1_wash_out.yaml") in capsys.readouterr().out.replace("\n", "")
    assert main(["export", str(path), "--to", "petab", "--out", str(out)]) == 2
    assert "already" in capsys.readouterr().err
    assert main(["export", "koreth-2011", "--to", "petab", "--out", str(tmp_path / "other")]) == 2
    assert "is no problem file" in capsys.readouterr().err
