import numpy as np
import pytest

from bimodal.dosing import expand, parse_regimen
from bimodal.evidence import list_studies, load_targets, study_roles
from bimodal.study import load_registry, load_study, run_study
from bimodal.study.plan.model_choice import choose_model
from bimodal.study.plan.targets import published_targets, target_days

BUILT_IN = {name: load_study(name) for name in list_studies()}
#: Those of blood alone that can be simulated: what reads a tumour or toxicity runs on a larger model.
STUDIES = tuple(
    name for name, spec in BUILT_IN.items() if choose_model(spec).name == "human" and not spec.publication.refused
)


def test_blood_is_most_of_the_evidence():
    assert {"koreth-2011", "dilfrequency", "davey-1999"} <= set(STUDIES)
    assert len(STUDIES) > len(list_studies()) / 2


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_parses_expands_and_names_what_is_known(name):
    spec = load_study(name)
    registry = load_registry()
    assert spec.publication is not None
    assert spec.publication.role == study_roles()[name]
    for arm in spec.arm:
        regimen = parse_regimen(arm.regimen)
        assert parse_regimen(str(regimen)) == regimen
        assert expand(regimen, None).warnings == ()
    for endpoint in spec.endpoint:
        assert (registry[endpoint.id].per == "course") == (endpoint.days is None)
    targets, warnings = published_targets(spec)
    assert [row.id for row in targets] == [row.id for row in load_targets(name)]
    assert warnings == ()
    if spec.horizon is not None:
        assert max(target_days(targets), default=0.0) <= spec.horizon


# the CD4 cells of the blood below never move, so nothing can be said of those gained
@pytest.mark.parametrize("name", sorted(set(STUDIES) - {"kovacs-2005", "tambussi-2001"}))
def test_a_study_runs_and_evaluates_what_it_scores(name, solver, options):
    spec = load_study(name)
    small = spec.model_copy(update={"population": spec.population.model_copy(update={"patients": 4})})
    result = run_study(small, options=options(), solver=solver)
    assert result.summary["failed"] == 0
    assert not any("not compared" in text for text in result.summary["warnings"])
    for row in result.summary["targets"]:
        if row["role"] != "context":
            assert row["simulated"] is not None, row["id"]
        if row["scored"]:
            assert row["within"] is not None, row["id"]
        if row["statistic"] == "proportion":
            assert row["denominator"] >= 1, row["id"]


def total(name, arm):
    doses = expand(parse_regimen(next(a for a in load_study(name).arm if a.name == arm).regimen), None).doses
    return round(sum(dose.amount for dose in doses), 9), [dose.time_h / 24 for dose in doses]


def test_the_courses_of_saadoun_sum_to_the_printed_total():
    dose, days = total("saadoun-2011", "1.5 then 3 MIU")
    assert dose == next(row.published for row in load_targets("saadoun-2011") if row.id == "B29")
    assert sorted({int(day) for day in days}) == [base + k for base in (0, 21, 42, 63) for k in range(5)]


def test_cycles_begin_on_the_days_of_the_protocols():
    assert total("he-2020", "1 MIU qod")[1] == [28.0 * c + 2 * k for c in range(3) for k in range(7)]
    assert total("imodals", "2 MIU")[1] == [28.0 * c + k for c in range(3) for k in range(5)]
    transreg = total("transreg-2019", "1 MIU")[1]
    assert transreg[:7] == [0.0, 1.0, 2.0, 3.0, 4.0, 14.0, 28.0]
    assert transreg[-1] == 168.0
    assert len(total("meropol-1996", "0.4 MIU/m2")[1]) == 90


def test_the_schedules_of_the_opened_and_the_new_studies():
    assert total("dilfrequency", "0.26 MIU/m2 every 3 days")[1] == [3.0 * k for k in range(20)]
    first = [k / 2 for k in range(10)]
    assert total("davey-1999", "7.5 MIU bid, every 8 weeks")[1] == [56.0 * c + d for c in range(3) for d in first]
    assert total("davey-1999", "1.5 MIU bid, every 4 weeks")[1] == [28.0 * c + d for c in range(6) for d in first]
    assert total("yang-2003", "250 then 125 kIU/kg SC")[1] == [7.0 * w + k for w in range(6) for k in range(5)]
    low, high = (total("yang-2003", f"{d} kIU/kg IV")[0] for d in (72, 720))
    assert high == pytest.approx(10 * low)
    later = [7.0 * w + d for w in (1, 2, 3) for d in (0, 0.5, 1, 1.5, 2, 3, 4)]
    assert total("percy-quattro-2007", "9 MIU SC")[1] == [35.0 * c + d for c in range(2) for d in [*first, *later]]
    infused = expand(parse_regimen(load_study("soiffer-1996").arm[1].regimen)).doses
    rates = [dose.amount / dose.duration_h for dose in infused]
    assert rates == pytest.approx([0.45 / 24, 0.5 + 0.45 / 24, 0.45 / 24])
    assert [dose.time_h for dose in infused] == [672.0 * (k > 0) + 2.0 * (k > 1) for k in range(3)]


def test_the_two_halves_of_kirchner_are_the_whole():
    assert total("kirchner-1998", "20 MIU/m2 once")[0] == total("kirchner-1998", "10 MIU/m2 twice")[0] == 20.0


def test_full_trajectories_of_pharmacokinetic_studies_show_their_half_lives(solver, options):
    spec = load_study("konrad-1990")
    small = spec.model_copy(update={"population": spec.population.model_copy(update={"patients": 3})})
    days = run_study(small, options=options(full_trajectories=True), solver=solver).days
    minutes = days * 24 * 60
    assert (np.abs(minutes - 360).min(), np.abs(minutes - 120).min()) == (pytest.approx(0), pytest.approx(0))
    assert (minutes[(minutes > 0)][0], minutes[(minutes > 0)][1]) == (pytest.approx(1), pytest.approx(5))
    assert ((minutes > 80) & (minutes <= 246)).sum() >= 4
