"""Studies of mice: what a stranger types, two partners, cells that are given, and shares of parameter sets."""

from __future__ import annotations

import pytest

from bimodal.drugs import load_molecule
from bimodal.errors import BimodalError, StudyError
from bimodal.study import RunOptions, simulate_spec
from bimodal.study.plan.arm import lay_out_arm
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.run.in_memory import run_in_memory
from bimodal.study.solver.engine_solver import load_solver
from bimodal.study.solver.molecule import port_name
from bimodal.study.spec.spec import ArmSpec
from bimodal.study.verdict.another_species import of_another_species


def summary(drug: str, regimen: str, **more: object) -> dict:
    spec = simulate_spec([drug], [regimen], model="mouse", report_days=[5.0], follow_up_days=7.0, **more)
    plan = make_plan(spec, RunOptions(patients=5), load_solver("mouse"))
    return run_in_memory(plan).summary


def value(found: dict, name: str) -> float:
    return next(row["value"] for row in found["arms"][0]["endpoints"] if row["id"] == name)


def test_a_complex_and_free_il2_as_a_stranger_types_them() -> None:
    complexed, free = (summary(drug, "1 ug IP daily for 3 days") for drug in ("jes6-1-complex", "mouse-il-2"))
    assert complexed["failed"] == free["failed"] == 0
    assert value(complexed, "treg_organs_fold") > 10.0
    assert value(complexed, "cd8_memory_organs_fold") < 0.2 * value(complexed, "treg_organs_fold")
    assert value(free, "treg_organs_fold") < value(complexed, "treg_organs_fold")
    assert {row["interval"] for row in complexed["arms"][0]["endpoints"]} == {"5-95 % of parameter sets"}


def test_a_dose_is_shown_by_surface_in_man() -> None:
    said = " ".join(summary("aldesleukin", "25000 IU IP once")["warnings"])
    assert "25 kIU in 25 g is 1,000 kIU/kg; by body surface 81.1 kIU/kg in man" in said


def test_a_condition_holds_in_every_arm_and_changes_its_rest() -> None:
    spec = simulate_spec(["mouse-il-2"], ["none"], model="mouse", report_days=[0.0], conditions=["cd122-null"])
    spec = spec.model_copy(update={"endpoint": tuple(row for row in spec.endpoint if row.id == "treg_count")})
    wild = simulate_spec(["mouse-il-2"], ["none"], model="mouse", report_days=[0.0])
    wild = wild.model_copy(update={"endpoint": spec.endpoint})
    null, usual = (
        run_in_memory(make_plan(one, RunOptions(patients=3), load_solver("mouse"))).summary for one in (spec, wild)
    )
    assert value(null, "treg_count") < 0.6 * value(usual, "treg_count")
    assert null["arms"][0]["conditions"] == ["cd122-null"]


def test_partners_have_places_of_their_own_and_none_is_given_twice() -> None:
    two = [{"drug": name, "regimen": "1 mg IV once"} for name in ("rapamycin-mouse", "tofacitinib-mouse")]
    arm = lay_out_arm(ArmSpec(name="a", drug="mouse-il-2", regimen="1 ug IP once", partner=two), None)
    assert [partner.place for partner in arm.partners] == [0, 1]
    assert port_name(load_molecule("tofacitinib-mouse"), place=1) == "second"
    with pytest.raises(StudyError, match="'tofacitinib-mouse' is given twice"):
        lay_out_arm(ArmSpec(name="a", drug="tofacitinib-mouse", regimen="1 mg IV once", partner=two), None)


def test_a_jak_inhibitor_takes_the_signal_of_a_complex_away_in_a_mouse() -> None:
    partners = {"none": (), "given": ({"drug": "tofacitinib-mouse", "regimen": "0.4 mg IP q8h for 3 days"},)}
    found: dict[str, float] = {}
    for name, partner in partners.items():
        spec = simulate_spec(["jes6-1-complex"], ["1 ug IP daily for 3 days"], model="mouse", report_days=[5.0])
        arm = ArmSpec(**{**spec.arm[0].model_dump(), "partner": partner})
        plan = make_plan(spec.model_copy(update={"arm": (arm,)}), RunOptions(patients=3), load_solver("mouse"))
        found[name] = value(run_in_memory(plan).summary, "treg_organs_fold")
    assert 1.0 <= found["given"] < 0.7 * found["none"]


def test_a_third_partner_of_a_mouse_is_refused_with_the_number_of_places() -> None:
    solver = load_solver("mouse")
    with pytest.raises(
        StudyError, match="'rapamycin-mouse' is partner drug 3 of this arm, and the model 'mouse' has 2"
    ):
        solver.molecule_parameters(load_molecule("rapamycin-mouse"), ["ip"], place=2)


def test_what_was_measured_on_human_cells_is_not_said_of_mice() -> None:
    assert not any("muteins" in text for text in summary("jes6-1-complex", "1 ug IP once")["warnings"])


def test_arms_with_one_dose_share_one_line_of_its_human_equivalent() -> None:
    spec = simulate_spec(["mouse-il-2"], ["1 ug IP once", "1 ug IP daily for 3 days"], model="mouse")
    said = of_another_species(make_plan(spec, RunOptions(patients=2), load_solver("mouse")))
    assert said[1].startswith("arms '1 ug IP once', '1 ug IP daily for 3 days': 1 ug in 25 g")
    assert len(said) == 2


@pytest.mark.parametrize("model", ["mouse", "mouse_disease", "mouse_chimera"])
def test_every_model_of_a_mouse_names_whom_to_treat(model: str) -> None:
    assert simulate_spec(["mouse-il-2"], ["none"], model=model).population.cohort == "mouse-sets"
    assert simulate_spec(["aldesleukin"], ["none"]).population.cohort == "healthy"


def test_human_il2_has_a_door_of_its_own_in_a_mouse() -> None:
    solver = load_solver("mouse")
    assert solver.ports(load_molecule("aldesleukin"))["ip"].symbol == "human_il2_depot"
    assert solver.ports(load_molecule("mouse-il-2"))["ip"].symbol == "il2_depot"
    assert load_solver("human").ports(load_molecule("aldesleukin"))["sc"].symbol == "il2_depot"


def test_parameter_sets_of_a_mouse_are_refused_on_man() -> None:
    spec = simulate_spec(["aldesleukin"], ["1 MIU SC once"], cohort="mouse-sets")
    with pytest.raises(StudyError, match="parameter sets of another species"):
        make_plan(spec, RunOptions(patients=2), load_solver("human"))


def test_more_animals_than_parameter_sets_are_refused() -> None:
    spec = simulate_spec(["mouse-il-2"], ["1 ug IP once"], model="mouse")
    with pytest.raises(StudyError, match="has 200 parameter sets"):
        make_plan(spec, RunOptions(patients=201), load_solver("mouse"))


@pytest.mark.parametrize(
    ("asked", "says", "helps"),
    [
        ({"drugs": ["mouse-il-2"], "regimens": ["1 ug SC once"]}, "'mouse-il-2' is a molecule of mouse", "aldesleukin"),
        (
            {"drugs": ["tofacitinib"], "regimens": ["1 mg/kg IP once"], "model": "mouse"},
            "'tofacitinib' has the numbers of a human",
            "use 'tofacitinib-mouse', or",
        ),
        (
            {"drugs": ["rapamycin-mouse"], "regimens": ["1 mg SC once"]},
            "'rapamycin-mouse' has the numbers of a mouse",
            "use 'rapamycin', or",
        ),
        (
            {"drugs": ["aldesleukin"], "regimens": ["1 MIU SC once"], "conditions": ["nod"]},
            "the model 'human' has no conditions",
            "leave it out",
        ),
        (
            {
                "drugs": ["mouse-il-2"],
                "regimens": ["1 ug IP once"],
                "model": "mouse",
                "conditions": ["nod"],
                "parameters": {"il2_production": 0.2},
            },
            "'il2_production' is set by hand, and a condition (nod) sets it too",
            "leave one of the two out",
        ),
        (
            {"drugs": ["aldesleukin"], "regimens": ["25000 IU IP once"], "model": "mouse", "cohort": "healthy"},
            "'healthy' is a cohort of people, and the model 'mouse' is of mouse",
            "use 'mouse-sets'",
        ),
        (
            {"drugs": ["treg-transfer"], "regimens": ["1e6 cells SC once"], "model": "mouse"},
            "no way in for the route SC",
            "use IV, IV infusion",
        ),
        (
            {"drugs": ["mouse-il-2"], "regimens": ["1e6 cells IV once"], "model": "mouse"},
            "mouse-il-2 is no cells",
            "such as ug",
        ),
        (
            {"drugs": ["aldesleukin"], "regimens": ["1 MIU IP once"]},
            "no way in for the route IP",
            "use SC, IV, IV infusion",
        ),
    ],
)
def test_what_does_not_fit_the_species_is_refused_with_what_to_do(asked: dict, says: str, helps: str) -> None:
    with pytest.raises(BimodalError) as refused:
        make_plan(simulate_spec(**asked), RunOptions(patients=2), load_solver(asked.get("model", "human")))
    assert says in str(refused.value)
    assert helps in str(refused.value)
