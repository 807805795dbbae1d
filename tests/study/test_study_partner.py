"""Partner drugs of an arm: events of both merge, both bring their numbers, and no two are of one sort."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.engine import Schedule, solve
from bimodal.errors import BimodalError, DrugError, StudyError
from bimodal.model import load_model
from bimodal.study import RunOptions, simulate_spec
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.plan.model_choice import choose_model
from bimodal.study.solver.engine_solver import load_solver
from bimodal.study.solver.events import DoseInput, Events, merge_events
from bimodal.study.spec.load import check_study, parse_study, resolved

N = 3
IL2 = "1 MIU/m2 SC daily for 5 days"
BLOCK = "20 mg IV over 30 min on days 1, 5"


def plan(solver, partner=(), drug="aldesleukin", regimen=IL2, **arm):
    arm = {"name": "a", "drug": drug, "regimen": regimen, "partner": list(partner), **arm}
    spec = check_study(
        {"name": "m", "population": {"cohort": "healthy", "patients": N}, "arm": [arm], "follow_up_days": 2},
        where="test",
    )
    return make_plan(spec, RunOptions(full_trajectories=True), solver)


def partner(drug, regimen=BLOCK):
    return {"drug": drug, "regimen": regimen}


def test_both_drugs_are_given_and_both_bring_their_numbers(human):
    both = plan(human, [partner("basiliximab")])
    parameters, events = both.inputs(0, 0, N)
    column = dict(zip(human.parameter_ids, parameters.T, strict=True))
    assert (column["partner_kd_alpha"] == 0.1).all()
    assert {port.symbol for port in events.ports} == {"il2_depot", "partner_infusion"}
    assert (np.diff(events.times_h) >= 0).all()
    assert events.times_h[:2].tolist() == [0.0, 0.0]
    assert [port.action for port in events.ports[:2]] == ["set", "add"]  # at one time rates before amounts
    assert {0.5, 96.0, 96.5} <= set(events.times_h.tolist())


def test_an_antibody_against_cd25_takes_the_signal_of_treg_away(human):
    alone, both = plan(human), plan(human, [partner("basiliximab")])
    signal = human.observables.index("pstat5_treg")
    day = [np.argmin(np.abs(each.times_h - 28.0)) for each in (alone, both)]
    without, blocked = alone.solve(0, 0, N).values, both.solve(0, 0, N).values
    assert (blocked[:, day[1], signal] < 0.9 * without[:, day[0], signal]).all()
    assert (without[:, 0] == blocked[:, 0]).all()


def test_a_partner_given_without_doses_changes_nothing(human):
    alone, both = plan(human), plan(human, [partner("basiliximab", "none")])
    assert alone.times_h.tolist() == both.times_h.tolist()
    assert both.solve(0, 0, N).values == pytest.approx(alone.solve(0, 0, N).values, rel=1e-9, nan_ok=True)
    assert both.run != alone.run


def test_native_engineered_and_partner_stand_side_by_side(human):
    three = plan(
        human, [partner("bempegaldesleukin", "0.006 mg/kg IV over 30 min on days 1, 3"), partner("basiliximab")]
    )
    found = three.solve(0, 0, N)
    assert not found.failed.any()
    assert (found.values[:, :, human.observables.index("drug_free")].max(axis=1) > 0.0).all()
    assert [row["drug"] for row in three.arms[0].extras["partner"]] == ["bempegaldesleukin", "basiliximab"]


@pytest.mark.parametrize(
    ("drug", "partners", "said"),
    [
        ("aldesleukin", ["aldesleukin"], "'aldesleukin' and 'aldesleukin' are both of the sort 'native'"),
        ("il-2v", ["bempegaldesleukin"], "both of the sort 'engineered'"),
        ("aldesleukin", ["basiliximab", "basiliximab"], "'basiliximab' is given twice"),
        (
            "aldesleukin",
            ["basiliximab", "tofacitinib"],
            "'tofacitinib' is partner drug 2 of this arm, and the model 'human' has 1 place",
        ),
    ],
)
def test_two_drugs_of_one_sort_are_refused_by_name(human, drug, partners, said):
    with pytest.raises(StudyError, match=said):
        plan(human, [partner(name) for name in partners], drug=drug, regimen="1 mg IV")


def alone(load, **patients):
    """Give what a partner drug at a concentration held does, beside others, in `human_partners`."""
    model = load_model("human_partners")
    values = model.table.values() | {"partner_clearance": 0.0, "second_clearance": 0.0, "third_clearance": 0.0} | load
    values |= {f"{name}_k_out": 0.0 for name in ("partner", "second", "third")}
    system = model.network.system([(name, name) for name in ("alpha_blocked", "jak_open", "mtor_open")])
    doses = Schedule.build([[(0.0, system.slot_add(f"{name}_amount"), amount) for name, amount in patients.items()]])
    run = solve(system, np.array([[values[name] for name in system.parameter_ids]]), doses, [0.0, 1.0])
    return [float(run[name][0, 1]) for name in ("alpha_blocked", "jak_open", "mtor_open")]


def test_partners_with_one_target_add_up_and_others_leave_each_other_alone():
    volumes = {f"{name}_v_plasma": 1.0 for name in ("partner", "second", "third")}
    # one drug split in two is that drug
    split = alone(volumes | {"partner_kd_alpha": 2.0, "second_kd_alpha": 2.0}, partner=1.0, second=3.0)
    whole = alone(volumes | {"partner_kd_alpha": 2.0}, partner=4.0)
    assert split == pytest.approx(whole, rel=1e-9)
    assert whole == pytest.approx([2.0 / 3.0, 1.0, 1.0], rel=1e-6)
    three = alone(
        volumes | {"partner_kd_alpha": 1.0, "second_ic50": 1.0, "third_mtor_ic50": 1.0},
        partner=1.0,
        second=3.0,
        third=4.0,
    )
    assert three == pytest.approx([0.5, 0.25, 0.2], rel=1e-6)


def two_partners(*names, **more):
    rows = [partner(name, "1 mg IV once") for name in names]
    arm = {"name": "a", "drug": "aldesleukin", "regimen": IL2, "partner": rows}
    return check_study(
        {"name": "m", "population": {"cohort": "healthy", "patients": N}, "arm": [arm], **more}, where="t"
    )


def test_a_person_with_more_than_one_partner_runs_on_the_model_with_places_for_them():
    assert choose_model(two_partners("daclizumab")).name == "human"
    found = choose_model(two_partners("daclizumab", "rapamycin"))
    assert found.name == "human_partners"
    assert (
        found.why == "run on the model 'human_partners': arm 'a' has 2 partner drugs, and 'human' has 1 place for one"
    )
    tumour = choose_model(two_partners("daclizumab", "rapamycin", endpoint=[{"id": "orr"}]))
    assert tumour.name == "human_oncology_partners"
    # an engineered IL-2 beside one partner needs no second place
    assert choose_model(two_partners("bempegaldesleukin", "rapamycin")).name == "human"


@pytest.fixture(scope="module")
def partners():
    return load_solver("human_partners")


def test_with_one_partner_the_larger_model_gives_what_human_gives(human, partners):
    small, large = (plan(solver, [partner("basiliximab")]) for solver in (human, partners))
    assert set(human.observables) == set(partners.observables)
    there = [partners.observables.index(name) for name in human.observables]
    expected = small.solve(0, 0, N).values
    assert large.solve(0, 0, N).values[:, :, there] == pytest.approx(expected, rel=1e-4, abs=1e-6, nan_ok=True)


def test_three_partners_act_at_once_in_a_person_and_a_fourth_has_no_place(partners):
    names = ["rapamycin", "daclizumab", "tofacitinib"]
    doses = {
        "rapamycin": "3 mg SC daily for 5 days",
        "daclizumab": "1 mg/kg IV once",
        "tofacitinib": "5 mg SC bid for 5 days",
    }
    found = {
        count: plan(partners, [partner(name, doses[name]) for name in names[:count]]).solve(0, 0, N)
        for count in (1, 2, 3)
    }
    assert not any(one.failed.any() for one in found.values())
    signal, blocked = (partners.observables.index(name) for name in ("pstat5_treg", "cd25_blocked"))
    at = 40
    assert (found[2].values[:, at, blocked] > 0.9).all()
    assert (found[1].values[:, at, blocked] < 1e-6).all()
    assert (found[2].values[:, at, signal] < found[1].values[:, at, signal]).all()
    assert (found[3].values[:, at, signal] < found[2].values[:, at, signal]).all()
    four = [partner(name, "1 mg IV once") for name in ("daclizumab", "tofacitinib", "basiliximab")]
    with pytest.raises(StudyError, match="partner drug 4 of this arm, and the model 'human_partners' has 3 places"):
        plan(partners, four, drug="rapamycin", regimen="1 mg SC once")


def test_an_unknown_partner_is_refused(human):
    with pytest.raises(DrugError, match="the drug 'rapamicin' is unknown"):
        plan(human, [partner("rapamicin", "2 mg SC daily for 84 days")])


def test_a_partner_that_goes_on_longer_lengthens_the_study(human):
    both = plan(human, [partner("basiliximab", "20 mg IV over 30 min on days 1, 20")])
    assert both.horizon == pytest.approx(22.0)
    assert 19 * 24.0 in both.times_h


def test_visit_rules_leave_the_partner_alone(human):
    both = plan(human, [partner("basiliximab")], rules=["hold if treg_count > 0"])
    only = plan(human, [partner("basiliximab")], regimen="none")
    found, alone = both.solve(0, 0, N), only.solve(0, 0, N)
    assert (found.ledger.factor == 0.0).all()
    day = [int(np.argmin(np.abs(each.times_h - 100.0))) for each in (both, only)]
    counts = [human.observables.index(name) for name in ("treg_count", "nk_dim_count", "pstat5_treg")]
    assert np.allclose(found.values[:, day[0], counts], alone.values[:, day[1], counts], rtol=1e-3)
    unblocked = plan(human, rules=["hold if treg_count > 0"]).solve(0, 0, N).values
    assert not np.allclose(found.values[:, 20, counts], unblocked[:, 20, counts], rtol=1e-3)


def test_a_study_file_finds_the_drug_files_of_partners_beside_itself(tmp_path):
    text = (
        'name = "m"\n[population]\ncohort = "healthy"\n[[arm]]\nname = "a"\ndrug = "aldesleukin"\nregimen = "none"\n'
        'partner = [{drug = "mine.toml", regimen = "none"}]'
    )
    spec = resolved(parse_study(text, where="t"), tmp_path)
    assert spec.arm[0].partner[0].drug == str(tmp_path / "mine.toml")


PORTS = (DoseInput("add", "a"), DoseInput("set", "r"))


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1), st.floats(0, 9)), max_size=4), min_size=1, max_size=3
    )
)
def test_merging_keeps_every_event_in_order(several):
    made = []
    for rows in several:
        rows = sorted(rows, key=lambda row: (row[0], row[1] == 0))
        made.append(
            Events(
                np.array([float(row[0]) for row in rows]),
                tuple(PORTS[row[1]] for row in rows),
                np.array([[row[2] for row in rows]]).reshape(1, len(rows)),
            )
        )
    merged = merge_events(made)
    flat = [(t, p, v) for e in made for t, p, v in zip(e.times_h.tolist(), e.ports, e.values[0].tolist(), strict=True)]
    found = list(zip(merged.times_h.tolist(), merged.ports, merged.values[0].tolist(), strict=True))
    assert found == sorted(flat, key=lambda row: (row[0], row[1].action == "add"))


@settings(deadline=None, max_examples=30)
@given(st.text(max_size=20), st.text(max_size=20))
def test_hostile_partners_raise_errors_for_people_only(drug, regimen):
    raw = {
        "name": "m",
        "population": {"cohort": "healthy"},
        "arm": [{"name": "a", "drug": "aldesleukin", "regimen": "none", "partner": [partner(drug, regimen)]}],
    }
    try:
        spec = check_study(raw, where="t")
    except BimodalError:
        return
    assert spec.arm[0].partner[0].drug == drug


def test_basiliximab_blocks_cd25_for_as_long_as_was_measured(human):
    """About 90 % for four to six weeks after 20 mg on days 1 and 5 (Onrust and Wiseman 1999 Drugs 57:207, abstract)."""
    blocked = human.observables.index("cd25_blocked")
    spec = simulate_spec(["basiliximab"], ["20 mg IV on days 1, 5"], follow_up_days=85.0)
    found = make_plan(spec, RunOptions(patients=N), human)
    share = found.solve(0, 0, N).values[:, :, blocked]

    def on(day):
        return float(np.median(share[:, int(np.argmin(np.abs(found.times_h - 24.0 * day)))]))

    assert all(on(day) > 0.8 for day in (7, 28, 42))
    assert on(84) < 0.2
