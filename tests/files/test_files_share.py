"""A percentage is taken where a share is meant, in its scale, and refused with a remedy where it is not."""

from __future__ import annotations

import re

import pytest

from bimodal.cli.options import assignments
from bimodal.cohort.loader import parse_cohort
from bimodal.cohort.mixture import MixtureClass
from bimodal.cohort.quantity import Quantity as CohortQuantity
from bimodal.drugs import load_molecule, molecule_template
from bimodal.errors import BimodalError
from bimodal.files.share import read_share
from bimodal.fit.from_file.read_measurements import read_measurements
from bimodal.study import StudySpec, parse_study, study_template
from bimodal.study.endpoints.trial import ScanPlan
from bimodal.timing.config import TimingConfig, load_config
from bimodal.units import convert

SOURCE = {"source": "a test", "status": "assumed"}


@pytest.mark.parametrize(
    ("text", "value"),
    [("40 %", 0.4), ("57%", 0.57), (" 0.5 percent ", 0.005), ("150 %", 1.5), ("-3 %", -0.03), ("1e1 %", 0.1)],
)
def test_percent_is_a_hundredth(text, value):
    assert read_share(text) == value


@pytest.mark.parametrize("other", ["40", "4,5 %", "% 40", "40 % of", 0.4, None, True, ["40 %"]])
def test_everything_else_is_left_alone(other):
    assert read_share(other) is other


def test_a_percentage_is_read_where_a_share_is_expected():
    assert ScanPlan(missing="10 %").missing == 0.1
    assert CohortQuantity(median=1.0, unit="L", cv="30 %", **SOURCE).cv == 0.3
    assert MixtureClass(proportion="25 %", **SOURCE).proportion == 0.25
    assert TimingConfig(assay_cv="6 %", prior_cycle="20 %") == TimingConfig(assay_cv=0.06, prior_cycle=0.2)
    arm = {"name": "a", "regimen": "none", "scale": {"clearance": "150 %"}}
    spec = StudySpec.model_validate({"name": "x", "population": {"cohort": "healthy"}, "arm": [arm]})
    assert spec.arm[0].scale == {"clearance": 1.5}
    spec = StudySpec.model_validate(
        {"name": "x", "model": "a.ant", "population": {"spread": {"k": "30 %"}}, "arm": [arm]}
    )
    assert spec.population.spread == {"k": 0.3}


def test_percent_is_a_unit_of_a_number_without_dimension(tmp_path):
    assert convert(57.0, "%", "1") == 0.57
    assert convert(0.57, "1", "%") == pytest.approx(57.0, rel=1e-15)
    assert convert(40.0, "percent", "%") == 40.0
    with pytest.raises(BimodalError, match="cannot be turned into 'L/h'"):
        convert(40.0, "%", "L/h")
    text = molecule_template().replace('[efficacy]                     # signal of a bound complex relative to native '
                                       'IL-2; below 1: a partial agonist\nvalue = 1.0\nunit = "1"',
                                       '[efficacy]\nvalue = 40.0\nunit = "%"')  # fmt: skip
    text = re.sub(r'# (\[pk.sc_bioavailability\]).*\n# value = 0.5\n# unit = "1"\n# (source.*)\n# (status.*)',
                  r'\1\nvalue = 50.0\nunit = "%"\n\2\n\3', text)  # fmt: skip
    (tmp_path / "mine.toml").write_text(text)
    molecule = load_molecule(tmp_path / "mine.toml")
    assert molecule.efficacy.to("1") == 0.4
    assert molecule.pk.sc_bioavailability.to("1") == 0.5
    (tmp_path / "mine.toml").write_text(text.replace("value = 50.0", "value = 150.0"))
    with pytest.raises(BimodalError, match="is a fraction, at most 1"):
        load_molecule(tmp_path / "mine.toml")
    (tmp_path / "mine.toml").write_text(text.replace('unit = "g/mol"', 'unit = "%"', 1))
    with pytest.raises(BimodalError, match="'%' cannot be turned into g/mol"):
        load_molecule(tmp_path / "mine.toml")


def test_measured_shares_and_percentages_are_told_apart(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("arm,observable,day,value,unit,sd\na,share,1,40,%,5\na,percent,1,0.4,1,0.05\na,percent,1,40,%,5\n")
    found, _ = read_measurements(path, {"share": "1", "percent": "%"})
    assert [(one.value, one.sd) for one in found] == [(0.4, 0.05), (40.0, 5.0), (40.0, 5.0)]
    path.write_text("arm,observable,day,value,unit,sd\na,level,1,40,%,5\n")
    with pytest.raises(BimodalError, match="'%' cannot be turned into 'pM'"):
        read_measurements(path, {"level": "pM"})


def test_a_rule_compares_a_fold_with_a_percentage(tmp_path):
    from bimodal.study import RunOptions
    from bimodal.study.plan.make_plan import make_plan
    from bimodal.study.run.runner import shipped_solver

    def level(rule: str) -> float:
        text = study_template().replace('regimen = "1 MIU SC daily', f'rules = ["{rule}"]\nregimen = "1 MIU SC daily')
        spec = parse_study(text, where="mine.toml", folder=tmp_path)
        plan = make_plan(spec, RunOptions(patients=1), shipped_solver(spec))
        return next(iter(plan.visits(0, plan.arms[0].rules).levels.values()))

    assert level("hold if nk_fold >= 400 %") == level("hold if nk_fold >= 4") == 4.0
    assert level("hold if treg_percent_cd4 >= 40 %") == level("hold if treg_percent_cd4 >= 40") == 40.0
    with pytest.raises(BimodalError, match="cannot be compared"):
        level("hold if il2_plasma >= 40 %")


def test_a_percentage_elsewhere_is_refused_with_its_remedy(tmp_path):
    with pytest.raises(BimodalError) as caught:
        parse_study(study_template().replace("patients = 200", 'patients = "20 %"'), where="mine.toml")
    assert "no percentage can stand here; if a share is meant, write 0.2" in str(caught.value)
    with pytest.raises(BimodalError, match=r"write sc_bioavailability=0.4"):
        assignments(["sc_bioavailability=40 %"])
    (tmp_path / "t.toml").write_text('limit_mg_per_l = "3 %"\n')
    with pytest.raises(BimodalError, match="no percentage can stand here"):
        load_config(tmp_path / "t.toml")


def test_a_cohort_file_may_give_its_spread_in_percent():
    from importlib.resources import files

    text = files("bimodal.cohort").joinpath("data", "healthy.toml").read_text("utf-8")
    cv = re.search(r"cv = (0\.\d+)", text)
    share = text.replace(cv[0], f'cv = "{100 * float(cv[1]):g} %"', 1)
    women = re.search(r"(\[female_fraction\]\nmedian = )(0\.\d+)\n(.*\n)*?unit = \"1\"", share)
    share = share.replace(women[0], women[0].replace(women[2], f"{100 * float(women[2]):g}").replace('"1"', '"%"'), 1)
    assert parse_cohort(share.encode(), "a").quantities() == parse_cohort(text.encode(), "a").quantities()


def test_a_share_on_the_command_line_may_be_in_percent():
    import json

    from typer.testing import CliRunner

    from bimodal.cli.main import app

    def answer(*args: str):
        done = CliRunner().invoke(app, ["timing", "trial", "--quiet", "--json", "-", *args])
        return json.loads(done.output)["trial"] if done.exit_code == 0 else done.output

    assert answer("--f", "50%", "--p-mean", "7 %") == answer("--f", "0.5", "--p-mean", "0.07")
    assert "decimal point" in answer("--f", "0,5")
