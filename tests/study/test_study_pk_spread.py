"""Pharmacokinetics that differ between patients: cv of a drug file, the default of a user's file, and none."""

import math

import numpy as np
import pytest

from bimodal.drugs import load_molecule, molecule_template
from bimodal.errors import DrugError
from bimodal.study import RunOptions, simulate_spec
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.run.in_memory import run_in_memory
from bimodal.study.solver.engine_solver import load_solver
from bimodal.study.solver.molecule_spread import pk_spread

HUMAN = 'human = "none published"       # numbers in place of this line: [pk.clearance] and so on, below\n'
NUMBERS = {
    "v_plasma": (3.0, "L"),
    "clearance": (2.0, "L/h"),
    "sc_transfer": (0.1, "1/h"),
    "sc_bioavailability": (0.6, "1"),
}


def drug_text(**cv):
    tables = "".join(
        f'[pk.{name}]\nvalue = {value}\nunit = "{unit}"\nsource = "a test"\nstatus = "assumed"\n'
        + (f"cv = {cv[name]}\n" if name in cv else "")
        for name, (value, unit) in NUMBERS.items()
    )
    return molecule_template().replace(HUMAN, "") + "\n" + tables


@pytest.fixture
def drug(tmp_path):
    def drug(**cv):
        path = tmp_path / "mine.toml"
        path.write_text(drug_text(**cv), "utf-8")
        return str(path)

    return drug


def plan(drug, patients=2000, regimen="0.1 mg SC once", **more):
    spec = simulate_spec(
        [drug], [regimen], patients=patients, report_days=[1.0], follow_up_days=1.0, **{"cohort": "healthy", **more}
    )
    return make_plan(spec, RunOptions(), load_solver("human"))


def columns(made):
    values, _ = made.inputs(0, 0, made.population.count)
    return dict(zip(made.solver.parameter_ids, values.T, strict=True))


def warnings(made):
    return run_in_memory(made).summary["warnings"]


def log_sd(values):
    return float(np.std(np.log(values)))


def test_the_people_differ_as_the_cv_says(drug):
    found = columns(plan(drug(clearance=0.5, v_plasma='"10 %"', sc_transfer=0, sc_bioavailability=0.2)))
    assert log_sd(found["drug_clearance"]) == pytest.approx(math.sqrt(math.log1p(0.25)), rel=0.05)
    assert log_sd(found["drug_v_plasma"]) == pytest.approx(math.sqrt(math.log1p(0.01)), rel=0.05)
    assert np.median(found["drug_clearance"]) == pytest.approx(2.0, rel=0.04)
    assert (found["drug_sc_transfer"] == 0.1).all()
    share = found["drug_sc_bioavailability"]
    assert ((share > 0) & (share < 1)).all()
    assert np.median(share) == pytest.approx(0.6, rel=0.02)
    assert abs(np.corrcoef(np.log(found["drug_clearance"]), np.log(found["drug_v_plasma"]))[0, 1]) < 0.07


def test_levels_after_a_bolus_spread_as_the_volume_does(drug):
    """Just after a push the level is dose over volume, so its log-sd is that of the volume."""
    made = plan(drug(v_plasma=0.4, clearance=0), patients=300, regimen="0.01 mg IV once")
    result = run_in_memory(made, times_h=np.array([1 / 60]))
    arm = result.arms[0]
    level = result.readings.values(arm, "drug_free")[:, result.readings.index(1 / 1440)]
    volume = columns(made)["drug_v_plasma"]
    assert log_sd(level) == pytest.approx(log_sd(volume), rel=0.02)
    assert np.corrcoef(np.log(level), np.log(volume))[0, 1] < -0.99


def test_without_a_cv_a_drug_of_ones_own_varies_as_native_il2(drug):
    made = plan(drug())
    found, native = columns(made), load_solver("human").table.by_id
    for name in ("clearance", "v_plasma", "sc_transfer"):
        cv = native[name].cv
        assert log_sd(found[f"drug_{name}"]) == pytest.approx(math.sqrt(math.log1p(cv * cv)), rel=0.05)
    logit = np.log(found["drug_sc_bioavailability"] / (1 - found["drug_sc_bioavailability"]))
    row = native["sc_bioavailability"]
    assert float(np.std(logit)) == pytest.approx(row.cv / (1 - row.value), rel=0.05)
    rows = {row["name"]: row for row in made.pk_spreads["0.1 mg SC once"]}
    assert rows["clearance"]["origin"] == "native"
    assert "this project, fit human: clearance, cv 0.3" in rows["clearance"]["source"]


def test_no_cv_gives_identical_pharmacokinetics_and_says_so(drug):
    made = plan(drug(**dict.fromkeys(NUMBERS, 0)), patients=20)
    assert all((columns(made)[f"drug_{name}"] == value).all() for name, (value, _) in NUMBERS.items())
    assert any("not varied between patients: its file says a cv of 0" in text for text in warnings(made))
    assert made.pk_spreads == {}


def test_a_cv_changes_nobodys_other_numbers(drug):
    still = columns(plan(drug(**dict.fromkeys(NUMBERS, 0)), patients=50))
    moved = columns(plan(drug(clearance=0.7, v_plasma=0, sc_transfer=0, sc_bioavailability=0), patients=50))
    different = [name for name in still if not np.array_equal(still[name], moved[name])]
    assert different == ["drug_clearance"]
    # a person has the same place whatever the size of the spread, and whoever else is drawn
    wider = columns(plan(drug(clearance=1.4, v_plasma=0.3), patients=20))["drug_clearance"]
    assert (np.sign(np.log(wider / 2)) == np.sign(np.log(moved["drug_clearance"][:20] / 2))).all()


def test_a_shipped_drug_is_as_it_was_and_says_that_nothing_varies():
    made = plan("efavaleukin-alfa", patients=20, regimen="1 mg conjugate SC once")
    shipped = load_molecule("efavaleukin-alfa")
    assert not shipped.from_file
    assert (columns(made)["drug_clearance"] == shipped.pk.clearance.to("L/h")).all()
    assert any("'efavaleukin-alfa' are not varied between patients" in text for text in warnings(made))
    assert "cv" not in str(shipped.model_dump(mode="json")["pk"])
    native = plan("aldesleukin", patients=20, regimen="1 MIU SC once")
    assert not any("not varied" in text for text in warnings(native))


def test_the_spread_is_part_of_the_run(drug):
    assert plan(drug(clearance=0.3), patients=3).run != plan(drug(clearance=0.31), patients=3).run


def test_given_subjects_have_no_random_numbers(drug, tmp_path):
    people = tmp_path / "people.csv"
    people.write_text("id,weight_kg,height_cm\na,70,175\nb,70,175\n", "utf-8")
    found = columns(plan(drug(clearance=0.5), subjects=people, cohort=None))
    assert len(set(found["drug_clearance"].tolist())) == 1


@pytest.mark.parametrize(
    ("cv", "says"),
    [
        ("-0.1", "cannot be negative"),
        ("30", "3000 %"),
        ('"250 %"', "at most 200 %"),
        ('"wide"', "no number"),
        ("true", "no number"),
        ("nan", "no number"),
        ('"30 mL"', "'mL' is no unit"),
        ("{value = 3}", "no number"),
    ],
)
def test_a_wrong_cv_is_refused_with_its_line(drug, cv, says):
    text = drug_text(clearance=cv)
    line = 1 + text.splitlines().index(f"cv = {cv}")
    with pytest.raises(DrugError) as fault:
        load_molecule(drug(clearance=cv))
    assert says in str(fault.value)
    assert f"mine.toml, line {line}, key pk.clearance.cv" in str(fault.value)


def test_a_misspelt_key_and_a_cv_elsewhere_are_refused(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(drug_text(clearance=0.3).replace("cv = 0.3\n", "cvs = 0.3\n"), "utf-8")
    with pytest.raises(DrugError, match=r"cvs is unknown[^$]*did you mean 'cv'"):
        load_molecule(path)
    path.write_text(drug_text().replace("[efficacy]", "[efficacy]\ncv = 0.3"), "utf-8")
    with pytest.raises(DrugError, match=r"efficacy.cv is unknown"):
        load_molecule(path)


def test_a_share_that_is_whole_cannot_vary(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(drug_text(sc_bioavailability=0.2).replace("value = 0.6", "value = 1.0"), "utf-8")
    with pytest.raises(DrugError, match="cannot vary"):
        load_molecule(path)


def test_a_second_partner_varies_in_its_own_parameters():
    first, second = load_molecule("basiliximab"), load_molecule("daclizumab")
    found = [pk_spread(drug, {}, ["iv_bolus"], place=place) for place, drug in enumerate((first, second))]
    assert {one.parameter.split("_")[0] for one in found[0]} == {"partner"}
    assert {one.parameter.split("_")[0] for one in found[1]} == {"second"}
