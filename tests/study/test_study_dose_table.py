"""Arms whose doses come from a table: person k receives the doses of subject k mod m."""

import json
import math

import jsonschema
import numpy as np
import pytest
from model_file_study import HEAD

from bimodal import simulate
from bimodal.errors import BimodalError
from bimodal.predict.portable import portable_study
from bimodal.study import RunOptions, load_study, run_study
from bimodal.study.run.summary import summary_schema

MODEL = "model m\n unit time_unit = 3600 second;\n A = 0; k = 0.1; A' = -k*A;\nend\n"
PORTS = '[ports]\nunit = "nmol"\nsc = "A"\niv_bolus = "A"\niv_infusion = "A"\n'
ARM = '[[arm]]\nname = "given"\ntable = "doses.csv"\n'
TABLE = "id,time,amt,rate,unit,route\nx,0,8,.,nmol,sc\nx,5,0,.,nmol,sc\ny,2,6,3,nmol,iv\ny,3,6,3,nmol,iv\n"
AT = 12.0


def exact():
    def infused(start):
        return 3 / 0.1 * (1 - math.exp(-0.2)) * math.exp(-0.1 * (AT - start - 2))

    return [8 * math.exp(-0.1 * AT), infused(2) + infused(3)]


@pytest.fixture
def study(write, tmp_path):
    def study(text=ARM, patients=5, table=TABLE, head="horizon = 1\n"):
        (tmp_path / "doses.csv").write_text(table, "utf-8")
        ends = '[[endpoint]]\nid = "A"\ndays = [0.5]\n'
        return load_study(write(head + HEAD + f"population = {{patients = {patients}}}\n" + text + PORTS + ends, MODEL))

    return study


def run_it(spec, tmp_path, **more):
    return run_study(spec, options=RunOptions(out=tmp_path / "out", force=True, **more))


@pytest.mark.parametrize("chunk", [2, 250])
def test_people_take_the_subjects_in_turn(study, tmp_path, chunk):
    result = run_it(study(), tmp_path, chunk=chunk)
    one, two = exact()
    found = result.readings.on_day("given", "A", 0.5)
    assert found == pytest.approx([one, two, one, two, one], rel=1e-6)
    jsonschema.validate(result.summary, summary_schema())
    arm = result.summary["arms"][0]
    assert arm["table"]["subjects"] == 2
    assert arm["table"]["doses"] == 4
    assert "person k (from 0) receives those of subject k mod 2" in arm["regimen"]
    assert any("while another runs" in text for text in result.summary["warnings"])


def test_a_person_does_not_depend_on_who_else_is_in_the_table(study, tmp_path):
    both = run_it(study(), tmp_path).readings.on_day("given", "A", 0.5)
    alone = run_it(study(table="".join(TABLE.splitlines(keepends=True)[i] for i in (0, 3, 4))), tmp_path)
    assert alone.readings.on_day("given", "A", 0.5)[0] == both[1]


def test_what_the_table_says_is_part_of_the_run(study):
    from bimodal.study.plan.make_plan import make_plan
    from bimodal.study.solver.file_solver import load_file_solver

    def run(**more):
        spec = study(**more)
        return make_plan(spec, RunOptions(), load_file_solver(spec)).run

    same = run()
    assert run(table=TABLE.replace("\n", "\r\n")) == same
    assert run(table=TABLE.replace("x,0,8", "x,0,8.5")) != same
    assert run(table=TABLE.replace("x,5,0", "x,6,0")) == same  # held: no input wherever it stands
    assert run(table=TABLE.replace("x,5,0,.,nmol,sc\n", "")) != same  # but it counts as planned


def test_days_units_and_routes_said_by_the_study(study, tmp_path):
    text = '[[arm]]\nname = "given"\ntable = {file = "doses.csv", unit = "nmol", route = "sc", time_unit = "day"}\n'
    result = run_it(study(text, table="time,amt\n0.25,8\n0.375,2\n"), tmp_path)
    left = 8 * math.exp(-0.1 * 6) + 2 * math.exp(-0.1 * 3)
    assert result.readings.on_day("given", "A", 0.5) == pytest.approx([left] * 5, rel=1e-6)


def test_a_model_file_has_as_many_copies_as_the_table_has_subjects(study, tmp_path):
    assert run_it(study(patients=1), tmp_path).readings.on_day("given", "A", 0.5) == pytest.approx(exact(), rel=1e-6)


def test_too_few_people_and_doses_after_the_horizon_are_said(study, tmp_path):
    result = run_it(study(table=TABLE + "y,30,6,.,nmol,iv\n"), tmp_path, patients=1)
    said = " ".join(result.summary["warnings"])
    assert "the table has 2 subjects and the arm 1 person" in said
    assert "1 of 5 doses start at or after day 1" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ARM + 'regimen = "none"\n', ["'regimen'", "'table'", "both"]),
        ('[[arm]]\nname = "given"\n', ["'regimen' is missing", "'table'"]),
        (ARM + 'rules = ["hold if A > 1"]\n', ["visit rules"]),
        ('[[arm]]\nname = "given"\ntable = {file = "doses.csv", units = "nmol"}\n', ["units"]),
        ('[[arm]]\nname = "given"\ntable = "other.csv"\n', ["other.csv", "cannot be read"]),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(study, tmp_path, text, said):
    with pytest.raises(BimodalError) as fault:
        run_it(study(text), tmp_path)
    for part in said:
        assert part in str(fault.value)


def test_a_fault_of_a_late_subject_is_found_before_anything_is_solved(study, tmp_path):
    with pytest.raises(BimodalError, match="MIU"):
        run_it(study(table=TABLE + "z,0,1,.,MIU,sc\n", patients=3), tmp_path, chunk=1)
    assert not (tmp_path / "out" / "summary.json").exists()


def test_the_table_travels_with_a_study_that_is_packed(study):
    raw, texts = portable_study(study())
    assert texts["doses.csv"] == TABLE
    assert raw["arm"][0]["table"]["file"] == "doses.csv"
    assert "regimen" not in raw["arm"][0]
    json.dumps(raw)


def test_people_of_a_cohort_by_their_own_weight(tmp_path):
    (tmp_path / "doses.csv").write_text(
        "id,time,amt,unit,route\na,0,20000,IU/kg,sc\nb,6,0.2,mg,sc\nb,7,0,mg,sc\n", "utf-8"
    )
    result = simulate(table=tmp_path / "doses.csv", patients=4, report_days=[1], follow_up_days=1)
    assert result.arms == ["doses"]
    treated = result.readings.values("doses", "il2_plasma")
    early = result.readings.index(4 / 24)
    # only subjects a, the people 0 and 2, have been dosed by then
    base = treated[:, 0]
    assert (treated[[0, 2], early] > 2 * base[[0, 2]]).all()
    assert treated[[1, 3], early] == pytest.approx(base[[1, 3]], rel=1e-3)
    # each from the first dose of their own subject: after 0 and after 6 h
    cmax, tmax = (result.readings.course("doses", name) for name in ("cmax", "tmax_h"))
    assert (cmax > 2 * base).all()
    assert ((tmax > 1.0) & (tmax < 8.0)).all()
    assert not any("dosed at" in text for text in result.summary["warnings"])


def test_numbers_of_an_interval_are_left_out_where_everybody_is_dosed_at_another_time(tmp_path):
    rows = "".join(f"s{k},{k},1,MIU,sc\n" for k in range(13))
    (tmp_path / "doses.csv").write_text("id,time,amt,unit,route\n" + rows, "utf-8")
    result = simulate(table=tmp_path / "doses.csv", patients=13, report_days=[1], follow_up_days=1)
    assert np.isnan(result.readings.course("doses", "cmax")).all()
    assert any("dosed at more than 12 different times" in text for text in result.summary["warnings"])


def test_a_held_dose_is_planned_and_not_given(tmp_path):
    (tmp_path / "doses.csv").write_text(
        "id,time,amt,unit,route\na,0,20000,IU/kg,sc\nb,6,0.2,mg,sc\nb,7,0,mg,sc\n", "utf-8"
    )
    result = simulate(table=tmp_path / "doses.csv", patients=4, report_days=[1], follow_up_days=1)
    assert result.readings.course("doses", "doses_given").tolist() == [1.0, 1.0, 1.0, 1.0]
    assert result.readings.course("doses", "doses_given_fraction").tolist() == [1.0, 0.5, 1.0, 0.5]
