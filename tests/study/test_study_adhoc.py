import pytest

from bimodal.errors import CohortError, StudyError
from bimodal.study import RunOptions, load_registry, run_study, simulate_spec


def test_one_drug_serves_all_regimens():
    spec = simulate_spec(["aldesleukin"], ["1 MIU SC daily for 5 days", "none"], patients=3, report_days=[7, 1, 7])
    assert [arm.name for arm in spec.arm] == ["1 MIU SC daily for 5 days", "none"]
    assert spec.population.cohort == "healthy"
    assert spec.report_days == (1, 7)
    rows = map(load_registry().__getitem__, load_registry())
    standard = {row.id for row in rows if not row.optional and (not row.species or "human" in row.species)}
    assert {endpoint.id for endpoint in spec.endpoint} == standard


def test_drugs_pair_with_regimens_and_name_the_arms():
    spec = simulate_spec(["aldesleukin", "files/mine.toml"], ["none", "1 MIU SC once"])
    assert [arm.name for arm in spec.arm] == ["aldesleukin: none", "mine: 1 MIU SC once"]
    assert spec.arm[1].drug == "files/mine.toml"


def test_long_regimens_get_a_short_name():
    text = " then ".join(["250000 IU/kg SC on days 1-5 of 7 for 1 week"] * 4)
    assert [arm.name for arm in simulate_spec(["aldesleukin"], ["none", text]).arm] == ["none", "arm 2"]


@pytest.mark.parametrize(
    ("drugs", "regimens", "more"),
    [
        ([], ["none"], {}),
        (["aldesleukin"], [], {}),
        (["a", "b"], ["none", "none", "none"], {}),
        (["aldesleukin"], ["none", "none"], {}),
        (["aldesleukin"], [""], {}),
        (["aldesleukin"], ["none"], {"patients": 0}),
        (["aldesleukin"], ["none"], {"report_days": [-1]}),
        (["aldesleukin"], ["none"], {"report_days": [float("nan")]}),
        (["aldesleukin"], ["none"], {"parameters": {"clearance": float("inf")}}),
        (["aldesleukin"], ["none"], {"cohort": "healthy", "subjects": "x.csv"}),
        (["aldesleukin"], ["none"], {"name": "a/b"}),
        (["aldesleukin"], ["none"], {"follow_up_days": -3}),
    ],
)
def test_what_makes_no_sense_is_refused(drugs, regimens, more):
    with pytest.raises(StudyError):
        simulate_spec(drugs, regimens, **more)


def test_no_report_days_leave_the_numbers_per_course():
    assert {load_registry()[e.id].per for e in simulate_spec(["aldesleukin"], ["none"], report_days=[]).endpoint} == {
        "course"
    }


def write(path, lines):
    path.write_text("\n".join(["id,weight_kg,height_cm,treg_count_rest", *lines]) + "\n", encoding="utf-8")
    return path


def test_given_subjects_are_simulated_as_they_are(solver, tmp_path):
    table = write(tmp_path / "population.csv", ["ann,60,165,40", "bob,90,185,55", "eve,75,170,30"])
    spec = simulate_spec(["aldesleukin"], ["1 MIU/m2 SC daily for 3 days"], subjects=table)
    result = run_study(spec, options=RunOptions(out=tmp_path / "a"), solver=solver)
    assert result.summary["patients"] == 3
    assert result.summary["provenance"]["cohort"] == "subjects"
    arm = result.arms[0]
    assert result.values(arm, "treg_count")[:, 0].tolist() == [40.0, 55.0, 30.0]
    part = run_study(spec, options=RunOptions(out=tmp_path / "b", chunk=1), solver=solver)
    assert part.summary == result.summary
    write(table, ["ann,60,165,40", "bob,90,185,55", "eve,75,170,31"])
    other = run_study(spec, options=RunOptions(out=tmp_path / "c"), solver=solver)
    assert other.summary["provenance"]["run"] != result.summary["provenance"]["run"]


def test_subjects_and_a_number_of_patients_do_not_fit_together(solver, tmp_path):
    table = write(tmp_path / "population.csv", ["ann,60,165,40"])
    spec = simulate_spec(["aldesleukin"], ["none"], subjects=table)
    with pytest.raises(StudyError, match="has 1"):
        run_study(spec, options=RunOptions(out=tmp_path / "a", patients=5), solver=solver)
    write(table, ["ann,60,165,-40"])
    with pytest.raises(CohortError):
        run_study(spec, options=RunOptions(out=tmp_path / "a"), solver=solver)
    assert not (tmp_path / "a").exists()
