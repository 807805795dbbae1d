"""A fit from a file: it finds what made the data, and names what is wrong with file or data."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from bimodal.cli.main import app
from bimodal.errors import BimodalError
from bimodal.fit import run_fit
from bimodal.fit.from_file.problem_file import load_problem_file

MODEL = """
model washout
  unit time_unit = 3600 second; unit per_hour = 1 / (3600 second);
  compartment body = 2; species drug in body;
  lose: drug -> ; k*drug*body;
  k = 0.1; drug = 0;
end
"""
PROBLEM = """
name = "washout"
data = "washout.csv"
model = "washout.ant"
horizon = 2

[population]
patients = 1

[ports]
unit = "nmol"
iv_bolus = "drug"

[[arm]]
name = "dosed"
regimen = "20 nmol IV bolus once"

[[parameter]]
id = "k"
lower = 0.001
upper = 10
start = 1.0
"""
HEAD = "arm,observable,hour,value,sd_log\n"
ROWS = "".join(f"dosed,drug,{hour},{10 * math.exp(-0.25 * hour):.12g},0.1\n" for hour in (1, 4, 12, 24))


def _write(folder: Path, *, problem: str = PROBLEM, data: str = HEAD + ROWS) -> Path:
    (folder / "washout.ant").write_text(MODEL, "utf-8")
    (folder / "washout.csv").write_text(data, "utf-8")
    path = folder / "washout.toml"
    path.write_text(problem, "utf-8")
    return path


def test_it_finds_the_rate_that_made_the_data(tmp_path: Path) -> None:
    ready = load_problem_file(_write(tmp_path))
    result = run_fit(ready.problem())
    assert result.values["k"] == pytest.approx(0.25, rel=1e-4)
    assert list(result.groups) == ["dosed/drug"]


def test_values_below_the_limit_before_the_dose_and_late_are_inside(tmp_path: Path) -> None:
    rows = "".join(f"dosed,drug,{hour},{10 * math.exp(-0.25 * hour):.12g},0.1,,\n" for hour in (1, 4, 12))
    limits = "dosed,drug,0,,,,0.05\ndosed,drug,36,,,,0.05\n"
    head = "arm,observable,hour,value,sd_log,lower,upper\n"
    ready = load_problem_file(_write(tmp_path, data=head + limits + rows))
    found = run_fit(ready.problem())
    assert found.values["k"] == pytest.approx(0.25, rel=1e-4)
    assert found.groups["dosed/drug"].residuals[:2] == (0.0, 0.0)


def test_statistics_of_virtual_patients_come_from_the_same_people_every_time(tmp_path: Path) -> None:
    crowd = PROBLEM.replace("patients = 1", "patients = 400\nspread = {k = 0.3}")
    data = "arm,observable,hour,statistic,value,sd_log\ndosed,drug,4,median,3.7,0.1\ndosed,drug,4,sd_log,0.3,0.1\n"
    ready = load_problem_file(_write(tmp_path, problem=crowd, data=data))
    values = np.array([[0.25], [0.1], [0.25]])
    found = ready.simulate(values)
    assert (found[0] == found[2]).all()
    assert (found == ready.simulate(values, workers=2)).all()
    # ln C = ln 10 - k t with k log-normal: the median is exact up to sampling, the spread is about k t s
    spread = math.sqrt(math.log1p(0.3**2))
    assert found[0, 0] == pytest.approx(10 * math.exp(-1.0), rel=0.05)
    assert found[0, 1] == pytest.approx(1.0 * spread, rel=0.15)


def test_command_line(tmp_path: Path) -> None:
    path = _write(tmp_path)
    done = CliRunner().invoke(app, ["fit", str(path), "--out", str(tmp_path / "out"), "--no-report", "--quiet"])
    assert done.exit_code == 0, done.output
    assert "k" in (tmp_path / "out" / "report.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("data", "what", "where"),
    [
        ("", "empty", "washout.csv"),
        (HEAD, "no measured value", "washout.csv"),
        (HEAD + "dosed,drug,4,,0.1\n", "missing", "line 2, column 'value'"),
        (HEAD + "dosed,drug,4,NaN,0.1\n", "missing", "line 2, column 'value'"),
        (HEAD + "dosed,drug,4,inf,0.1\n", "not a finite number", "line 2, column 'value'"),
        (HEAD + "dosed,drug,4,much,0.1\n", "not a number", "line 2, column 'value'"),
        (HEAD + 'dosed,drug,4,"3,7",0.1\n', "not a number", "line 2, column 'value'"),
        (HEAD + "dosed,drug,4,3,7,0.1\n", "6 fields, the header 5", "line 2"),
        (HEAD + "dosed,drug,4,3.7,\n", "no error is given", "line 2"),
        (HEAD + "dosed,drug,4,3.7,-0.1\n", "sd_log is -0.1", "line 2, column 'sd_log'"),
        (HEAD + "dosed,drug,4,-3.7,0.1\n", "no logarithm", "line 2"),
        (HEAD + "dosed,druck,4,3.7,0.1\n", "unknown observable 'druck'", "line 2, column 'observable'"),
        (HEAD + "else,drug,4,3.7,0.1\n", "an arm 'else'", "washout.csv"),
        (HEAD + "dosed,drug,-4,3.7,0.1\n", "before the first dose", "line 2, column 'hour'"),
        (HEAD + "dosed,drug,49,3.7,0.1\n", "outside the simulated time of 2 days", "washout.csv"),
        (HEAD + "dosed,drug,,3.7,0.1\n", "gives no day", "washout.csv"),
        (HEAD.replace("value", "amount") + ROWS, "unknown column 'amount'", "line 1"),
        ("arm,observable,hour,sd_log\n" + ROWS, "column 'value' is missing", "line 1"),
        ("arm,observable,hour,value,unit,sd_log\ndosed,drug,4,3.7,mL/min,0.1\n", "unit 'mL/min'", "column 'unit'"),
        ("arm,observable,hour,value,lower,upper\ndosed,drug,4,3,5,4\n", "not below the upper", "column 'lower'"),
        ("arm,observable,hour,value,sd_log,sd\ndosed,drug,4,3,0.1,1\n", "both given", "line 2"),
        ("arm,observable,hour,value,statistic,sd_log\ndosed,drug,4,3,p95,0.1\n", "single person", "washout.csv"),
    ],
)
def test_bad_data_are_named(tmp_path: Path, data: str, what: str, where: str) -> None:
    with pytest.raises(BimodalError) as fault:
        load_problem_file(_write(tmp_path, data=data))
    assert what in fault.value.what
    assert where in str(fault.value.where)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("lower = 0.001", "lower = 20", "not below the upper bound"),
        ("lower = 0.001", "lower = -1", "no logarithm"),
        ("start = 1.0", "start = 11.0", "outside the bounds"),
        ('id = "k"', 'id = "kk"', "no parameter 'kk'"),
        ("lower = 0.001", "", "parameter.1.lower': is missing"),
        ("start = 1.0", "begin = 1.0", "parameter.1.begin'"),
        ('data = "washout.csv"', 'data = "nothing.csv"', "cannot be read"),
        ('data = "washout.csv"', "", "key 'data': is missing"),
        ("horizon = 2", 'horizon = 2\nendpoint = [{id = "drug"}]', "no [[endpoint]]"),
        ("[ports]", "[ports", "not TOML"),
        ("[[arm]]", "set = {k = 1.0}\n[[arm]]", "unknown key 'ports.set'"),
        ('name = "dosed"', 'name = "dosed"\nset = {k = 1.0}', "both set and fitted"),
    ],
)
def test_bad_problems_are_named(tmp_path: Path, old: str, new: str, what: str) -> None:
    assert old in PROBLEM
    with pytest.raises(BimodalError) as fault:
        load_problem_file(_write(tmp_path, problem=PROBLEM.replace(old, new, 1)))
    assert what in fault.value.what
    assert str(tmp_path) in str(fault.value.where)


def test_the_files_of_the_page_can_be_read(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "fitting.md").read_text("utf-8")
    part = page.split("## A fit of your own")[1].split("## Where the data end")[0]
    blocks = re.findall(r"((?:^    .*\n|^\n)+)", part, re.MULTILINE)
    problem, data = (block.replace("\n    ", "\n").strip() + "\n" for block in blocks if len(block) > 50)
    (tmp_path / "my-fit.toml").write_text(problem, "utf-8")
    (tmp_path / "my-fit.csv").write_text(data, "utf-8")
    ready = load_problem_file(tmp_path / "my-fit.toml")
    assert [parameter.id for parameter in ready.free] == ["treg_growth_max"]
    assert len(ready.measured) == 3


def test_a_missing_file_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(BimodalError, match="cannot be read"):
        load_problem_file(tmp_path / "nothing.toml")


IL2 = """
name = "levels"
data = "levels.csv"

[population]
cohort = "healthy"
patients = 1

[[arm]]
name = "a"
drug = "aldesleukin"
regimen = "1 MIU SC once"

[[parameter]]
id = "clearance"
lower = 1
upper = 30
"""


def _levels(folder: Path, unit: str) -> tuple[float, ...]:
    path = folder / "levels.toml"
    path.write_text(IL2, "utf-8")
    rows = f"a,il2_plasma,4,4,{unit},0.1\na,il2_plasma,8,3,{unit},0.1\n"
    (folder / "levels.csv").write_text(f"arm,observable,hour,value,unit,sd_log\n{rows}", "utf-8")
    return tuple(seen.value for seen in load_problem_file(path).measured)


@pytest.mark.parametrize(
    ("unit", "pM"),  # 18 MIU is 1.1 mg and 15,300 g/mol: 61.1 pg and 3.994 pM per IU/mL
    [
        ("IU/mL", 3.994),
        ("kIU/L", 3.994),
        ("pg/mL", 1 / 15.3),
        ("ng/L", 1 / 15.3),
        ("ng/mL", 1e3 / 15.3),
        ("fmol/mL", 1.0),
    ],
)
def test_levels_of_il2_are_read_in_units_of_activity_and_mass(tmp_path: Path, unit: str, pM: float) -> None:
    assert _levels(tmp_path, unit) == pytest.approx((4 * pM, 3 * pM), rel=2e-3)


@pytest.mark.parametrize("unit", ["U/mL", "IU", "IU/kg", "mIU/mL", "parsec"])
def test_a_unit_that_cannot_be_meant_is_refused_with_its_line(tmp_path: Path, unit: str) -> None:
    with pytest.raises(BimodalError, match=r"levels.csv, line 2, column 'unit'"):
        _levels(tmp_path, unit)


def test_every_fault_of_the_data_is_named_with_its_line(tmp_path: Path) -> None:
    rows = "dosed,drug,4,3.7,0.1\nothers,drug,4,3.7,0.1\ndosed,drug,,3.7,0.1\ndosed,drug,480,3.7,0.1\n"
    with pytest.raises(BimodalError, match="2 more faults:") as caught:
        load_problem_file(_write(tmp_path, data=HEAD + rows))
    for line, says in ((3, "an arm 'others'"), (4, "gives no day"), (5, "on day 20 lies outside the simulated time")):
        assert re.search(rf"{says}.*\n.*line {line}", str(caught.value))


def test_a_line_that_is_there_twice_is_said(tmp_path: Path) -> None:
    ready = load_problem_file(_write(tmp_path, data=HEAD + ROWS + ROWS.splitlines()[0] + "\n"))
    assert "repeat another one" in ready.warnings[0]
    assert f"{len(ROWS.splitlines()) + 2} (as 2)" in ready.warnings[0]
    assert load_problem_file(_write(tmp_path)).warnings == ()
