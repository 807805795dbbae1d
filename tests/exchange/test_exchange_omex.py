"""Studies as COMBINE archives: another solver gets the same courses, XML is sound, what is left out is said."""

from __future__ import annotations

import io
import re
import zipfile
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree

import libsbml
import numpy as np
import pytest

from bimodal.cli import main
from bimodal.errors import ModelError, OmexError
from bimodal.exchange.omex import OmexArchive, omex_archive
from bimodal.exchange.sedml import SEDML
from bimodal.fit.median_person import median_person
from bimodal.study import load_study
from bimodal.study.endpoints.derive import derive
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.plan.plan import Plan
from bimodal.study.run.load_shipped import shipped_solver
from bimodal.study.spec.options import RunOptions

MODEL = """
model washout
  unit time_unit = 60 second;
  compartment body = 2; species drug in body, tissue in body;
  lose: drug -> ; k*drug*body;
  give: drug -> tissue; q*drug*body;
  k = 0.001; q = 0.002; drug = 0; tissue = 1; pump = 0; dose_1 = 3;
  held = 0; held' = pump - 0.01*held;
end
"""
STUDY = """
name = "washout"
model = "washout.ant"
horizon = 3
set = {k = 0.0015}
[population]
patients = 4
spread = {q = 0.3}
[ports]
unit = "nmol"
iv_bolus = "drug"
iv_infusion = "pump"
[[arm]]
name = '20 nmol <b> & "more"'
regimen = "20 nmol IV bolus q12h x3"
set = {q = 0.003}
[[arm]]
name = "infused"
regimen = "8 nmol IV over 2 h daily x2"
[[endpoint]]
id = "drug"
days = [1, 2]
[[endpoint]]
id = "held"
days = [1]
"""
PEOPLE = """
name = "people"
[population]
cohort = "healthy"
patients = 3
[[arm]]
name = "daily"
drug = "aldesleukin"
regimen = "1 MIU SC daily for 2 days"
{arm}
[[endpoint]]
id = "treg_fold"
days = [2]
{more}
"""


def plan_of(folder: Path, text: str = STUDY, *, rtol: float | None = 1e-9) -> Plan:
    (folder / "washout.ant").write_text(MODEL, "utf-8")
    (folder / "study.toml").write_text(text, "utf-8")
    spec = load_study(folder / "study.toml")
    return make_plan(spec, RunOptions(rtol=rtol), shipped_solver(spec))


def people(*, arm: str = "", more: str = "") -> str:
    return PEOPLE.format(arm=arm, more=more)


def members(archive: OmexArchive) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(archive.content)) as opened:
        assert {member.date_time for member in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        return {name: opened.read(name).decode() for name in opened.namelist()}


def columns(sedml: str, arm: int) -> dict[str, str]:
    """By what is read off: the parameter of the document of an arm, as the SED-ML says."""
    found: dict[str, str] = {}
    for generator in ElementTree.fromstring(sedml).iter(f"{{{SEDML}}}dataGenerator"):
        head, _, name = generator.attrib["id"].partition("_of_")
        target = next(generator.iter(f"{{{SEDML}}}variable")).get("target")
        if head == f"arm{arm}" and target:
            found[name] = re.findall(r"^/sbml:sbml/.*\[@id='(\w+)'\]$", target)[0]
    return found


def assert_roadrunner_agrees(plan: Plan, *, arms: tuple[int, ...], hours: np.ndarray) -> None:
    """Every column of the archive, away from the instants of doses, to 1e-5 of its peak."""
    roadrunner = pytest.importorskip("roadrunner")
    inside, person = members(omex_archive(plan, "bimodal")), median_person(plan)
    solver = plan.solver
    for place in arms:
        wanted = columns(inside["simulation.sedml"], place + 1)
        runner = roadrunner.RoadRunner(inside[f"arm{place + 1}.xml"])
        runner.integrator.relative_tolerance, runner.integrator.absolute_tolerance = 1e-10, 1e-14
        runner.timeCourseSelections = ["time", *wanted.values()]
        found = np.asarray(runner.simulate(times=(hours * solver.per_hour).tolist()))[1:, 1:]
        given = person.people(place, 0, 1)
        solved = solver.solve(given.parameters, given.events, hours, 1)
        assert solved.status[0] == 0
        courses = dict(zip(solver.observables, solved.values.transpose(2, 0, 1), strict=True))
        for name, column in zip(wanted, found.T, strict=True):
            own = (courses[name] if name in courses else derive(name, courses.__getitem__, 0))[0]
            assert np.abs(column - own[1:]).max() <= 1e-5 * np.abs(own).max(), (place, name)


def test_roadrunner_runs_every_arm_to_the_same_courses(tmp_path):
    hours = np.concatenate([[0.0], np.arange(0.5, 72.0, 1.0)])
    assert_roadrunner_agrees(plan_of(tmp_path), arms=(0, 1), hours=hours)


@pytest.mark.slow
def test_roadrunner_runs_a_published_study_to_the_same_courses():
    spec = load_study("koreth-2011")
    plan = make_plan(spec, RunOptions(rtol=1e-9), shipped_solver(spec))
    hours = np.concatenate([[0.0], np.arange(0.5, 84 * 24.0, 5.0)])
    assert_roadrunner_agrees(plan, arms=(2,), hours=hours)


def test_the_documents_are_sound_and_name_each_other(tmp_path):
    archive = omex_archive(plan_of(tmp_path), "bimodal export study.toml --to omex")
    inside = members(archive)
    space = {"o": "http://identifiers.org/combine.specifications/omex-manifest"}
    entries = {
        one.attrib["location"]: one.attrib
        for one in ElementTree.fromstring(inside["manifest.xml"]).findall("o:content", space)
    }
    assert set(entries) == {".", *(f"./{name}" for name in inside)}
    assert [name for name, one in entries.items() if one.get("master") == "true"] == ["./simulation.sedml"]
    sedml = ElementTree.fromstring(inside["simulation.sedml"])
    ids = [one.attrib["id"] for one in sedml.iter() if "id" in one.attrib]
    assert len(ids) == len(set(ids))
    known = set(ids)
    for one in sedml.iter():
        for key in (
            "modelReference",
            "simulationReference",
            "taskReference",
            "dataReference",
            "xDataReference",
            "yDataReference",
        ):
            assert one.get(key, ids[0]) in known
    models = list(sedml.iter(f"{{{SEDML}}}model"))
    assert [one.attrib["source"] for one in models] == ["arm1.xml", "arm2.xml"]
    assert [one.attrib["name"] for one in models] == ['20 nmol <b> & "more"', "infused"]
    course = next(sedml.iter(f"{{{SEDML}}}uniformTimeCourse"))
    assert float(course.attrib["outputEndTime"]) == 3 * 24 * 60
    for place in (1, 2):
        document = libsbml.readSBMLFromString(inside[f"arm{place}.xml"])
        assert document.getNumErrors(libsbml.LIBSBML_SEV_ERROR) == 0
        assert document.getModel().getParameter("k").getValue() == 0.0015
        for parameter in columns(inside["simulation.sedml"], place).values():
            assert document.getModel().getParameter(parameter) is not None
    # the median, without the spread; an id of the file that events would have is left to the file
    assert libsbml.readSBMLFromString(inside["arm1.xml"]).getModel().getParameter("q").getValue() == 0.003
    assert libsbml.readSBMLFromString(inside["arm2.xml"]).getModel().getParameter("q").getValue() == 0.002
    assert libsbml.readSBMLFromString(inside["arm1.xml"]).getModel().getEvent(0).getId() == "dose_1_"
    assert "bimodal export study.toml --to omex" in inside["metadata.rdf"]
    assert archive.warnings == ("the archive holds the median person, not the 4 patients of the study",)


def test_the_same_study_gives_the_same_bytes(tmp_path):
    first, second = (omex_archive(plan_of(tmp_path), "bimodal").content for _ in range(2))
    assert first == second


def test_an_old_level_becomes_level_3_because_its_doses_need_it(tmp_path):
    old = libsbml.readSBMLFromString(
        '<sbml xmlns="http://www.sbml.org/sbml/level2/version4" level="2" version="4"><model id="m">'
        '<listOfParameters><parameter id="a" value="1" constant="false"/></listOfParameters>'
        '<listOfRules><rateRule variable="a"><math xmlns="http://www.w3.org/1998/Math/MathML">'
        "<apply><times/><cn>-0.1</cn><ci>a</ci></apply></math></rateRule></listOfRules></model></sbml>"
    )
    (tmp_path / "old.xml").write_text(libsbml.writeSBMLToString(old), "utf-8")
    text = """name = "old"
model = "old.xml"
time_unit = "hour"
horizon = 1
[ports]
unit = "nmol"
iv_bolus = "a"
[[arm]]
name = "a"
regimen = "5 nmol IV bolus once"
"""
    plan = plan_of(tmp_path, text)
    found = libsbml.readSBMLFromString(members(omex_archive(plan, "bimodal"))["arm1.xml"])
    assert (found.getLevel(), found.getVersion()) == (3, 2)
    assert_roadrunner_agrees(plan, arms=(0,), hours=np.concatenate([[0.0], np.arange(0.5, 24.0, 1.0)]))


def test_what_is_left_out_is_said(tmp_path):
    text = people(
        arm='rules = ["hold if treg_fold >= 2"]',
        more="""[[endpoint]]
id = "cmax"
[[endpoint]]
id = "doses_given"
[visits]
jitter_days = 1
""",
    )
    archive = omex_archive(plan_of(tmp_path, text, rtol=None), "bimodal")
    said = "\n".join(archive.warnings)
    assert "the median person, not the 3 patients" in said
    assert "arm 'daily': its visit rules are left out" in said
    assert "nobody comes early or late" in said
    assert "so the archive has what they are read from: cmax" in said
    assert "so not in the archive: doses_given" in said
    sedml = members(archive)["simulation.sedml"]
    assert "visit rules are left out" in sedml
    assert set(columns(sedml, 1)) == {"treg_fold", "il2_plasma"}


def test_what_an_archive_cannot_say_is_refused_by_name(tmp_path):
    (tmp_path / "people.csv").write_text("id,weight_kg,height_cm\n1,70,170\n", "utf-8")
    table = people().replace('cohort = "healthy"\npatients = 3', 'subjects = "people.csv"')
    with pytest.raises(OmexError, match="people of a table"):
        omex_archive(plan_of(tmp_path, table, rtol=None), "bimodal")
    (tmp_path / "doses.csv").write_text("id,time,amt,unit,route\n1,0,100,nmol,iv\n", "utf-8")
    doses = people().replace('regimen = "1 MIU SC daily for 2 days"', 'table = "doses.csv"')
    with pytest.raises(OmexError, match="subject by subject in a table"):
        omex_archive(plan_of(tmp_path, doses, rtol=None), "bimodal")
    with pytest.raises(OmexError, match="changed for good"):
        omex_archive(plan_of(tmp_path, people(arm="set = {il2_efficacy = 0.5}"), rtol=None), "bimodal")
    into_state = STUDY.replace('iv_infusion = "pump"', 'iv_infusion = "tissue"')
    with pytest.raises(ModelError, match="a dose into 'infusion\\(tissue\\)' cannot be exported"):
        omex_archive(plan_of(tmp_path, into_state), "bimodal")


def test_the_median_person_is_so_in_an_arms_own_cohort_and_in_the_numbers_of_a_drug(tmp_path):
    other = median_person(plan_of(tmp_path, people().replace("healthy", "cgvhd"), rtol=None)).treated(0).part(0, 1)
    own = median_person(plan_of(tmp_path, people(arm='cohort = "cgvhd"'), rtol=None)).treated(0).part(0, 1)
    assert own.covariates["weight_kg"][0] == other.covariates["weight_kg"][0]
    assert {name: column[0] for name, column in own.parameters.items()} == {
        name: column[0] for name, column in other.parameters.items()
    }
    # of a molecule of one's own, numbers without a spread have that of the model's own IL-2
    shipped = files("bimodal.drugs").joinpath("data/efavaleukin-alfa.toml").read_text("utf-8")
    (tmp_path / "mine.toml").write_text(shipped.replace('id = "efavaleukin-alfa"', 'id = "mine"'), "utf-8")
    plan = plan_of(tmp_path, people().replace("aldesleukin", "mine.toml").replace("1 MIU", "1 mg conjugate"), rtol=None)
    assert any(one.cv > 0.0 for one in plan.pk_spread(plan.arms[0]))
    person = median_person(plan)
    assert person.pk_spread(person.arms[0]) == ()


def test_the_command_writes_it(tmp_path, monkeypatch, capsys):
    plan_of(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(["export", "study.toml", "--to", "omex"]) == 0
    seen = capsys.readouterr()
    assert seen.out == "washout.omex\n"
    assert "not the 4 patients" in seen.err
    assert zipfile.is_zipfile("washout.omex")
    assert main(["export", "study.toml", "--to", "omex"]) == 2
    assert "already" in capsys.readouterr().err
    assert main(["export", "study.toml", "--to", "omex", "--force"]) == 0
    assert main(["export", "no-such-study", "--to", "omex"]) == 2
