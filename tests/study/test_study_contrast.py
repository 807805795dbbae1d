"""Arms set against each other: person by person, exact where arms are the same, silent where nothing can be said."""

import json
import math
from itertools import product

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bimodal.errors import StudyError
from bimodal.study import RunOptions, StudySpec, load_study, run_study
from bimodal.study.contrast.change import Sides
from bimodal.study.contrast.contrasts import contrasts
from bimodal.study.contrast.dosing_phase import phase_warning
from bimodal.study.contrast.median_interval import median_interval
from bimodal.study.endpoints.dosing_times import DosingTimes
from bimodal.study.endpoints.trial.paired_rates import paired_rates
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.run.runner import shipped_solver
from bimodal.study.run.summary import summary_schema, summary_text

SOON = 4.03125  # 45 min after the last dose: the analytic model forgets it within hours
LOW, HIGH = "1 MIU/m2 SC daily for 5 days", "3 MIU/m2 SC daily for 5 days"


def study(*arms, patients=23, endpoints=None, **more):
    return StudySpec.model_validate(
        {
            "name": "compared",
            "population": {"cohort": "healthy", "patients": patients},
            "arm": [{"drug": "aldesleukin", **arm} for arm in arms],
            "endpoint": endpoints
            or [
                {"id": "treg_fold", "days": [0, SOON]},
                {"id": "il2_plasma", "days": [SOON]},
                {"id": "cmax"},
                {"id": "doses_given"},
            ],
            **more,
        }
    )


A, B = {"name": "a", "regimen": LOW}, {"name": "b", "regimen": HIGH}


@pytest.fixture
def compared(solver, options, tmp_path):
    count = iter(range(100))

    def run(spec, fails=1e9):
        solver.fail_above_bsa = fails
        return run_study(spec, options=options(out=tmp_path / f"run{next(count)}"), solver=solver)

    return run


def rows(result, place=0):
    return {(row["id"], row["day"]): row for row in result.contrasts[place]["endpoints"]}


def test_a_small_case_by_hand():
    sides = Sides(
        np.array([2.0, 4.0, 6.0, 8.0, 10.0, 3.0, np.nan]), np.array([1.0, 1.0, 2.0, 4.0, 5.0, 6.0, 9.0]), paired=True
    )
    # differences 1 3 4 4 5 -3, ratios 2 4 3 2 2 1/2; the seventh has no value in one arm
    assert sides.n == 6
    difference, ratio = sides.difference(), sides.ratio(geometric=False)
    assert difference.value == 3.5
    assert (difference.lower, difference.upper) == (-3.0, 5.0)  # 1 - 2/64: the extremes of six hold the median
    assert ratio.value == pytest.approx(2.0)
    assert (ratio.lower, ratio.upper) == pytest.approx((0.5, 4.0))
    assert sides.higher == pytest.approx(5 / 6)
    assert sides.ratio(geometric=True).value == pytest.approx((2 * 4 * 3 * 2 * 2 / 2) ** (1 / 6))
    assert sides.of_people("ratio").tolist() == pytest.approx([2, 4, 3, 2, 2, 0.5])


def test_the_geometric_mean_has_the_interval_of_a_paired_t_test_on_logarithms():
    from scipy.stats import ttest_rel

    rng = np.random.default_rng(3)
    first, second = np.exp(rng.normal(0.3, 0.5, 12)), np.exp(rng.normal(0.0, 0.5, 12))
    found = Sides(first, second, paired=True).ratio(geometric=True)
    expected = ttest_rel(np.log(first), np.log(second)).confidence_interval(0.95)
    assert (found.lower, found.upper) == pytest.approx((math.exp(expected.low), math.exp(expected.high)))


@pytest.mark.parametrize("n", [6, 7, 20, 23, 60, 101])
def test_the_interval_of_a_median_is_the_narrowest_that_covers_95_percent(n):
    low, high = median_interval(np.arange(1.0, n + 1.0))
    below = [math.comb(n, k) / 2**n for k in range(n + 1)]
    outside = int(low) - 1
    assert high == n - outside
    assert 1.0 - 2.0 * sum(below[: outside + 1]) >= 0.95
    assert 1.0 - 2.0 * sum(below[: outside + 2]) < 0.95


@pytest.mark.parametrize(
    ("counts", "lower", "upper"),
    [
        ((14, 5, 0, 22), 0.011, 0.226),  # D. G. Altman et al., Statistics with Confidence, 2nd ed. 2000, table 6.2
        ((36, 12, 2, 0), 0.057, 0.340),  # R. G. Newcombe, Stat Med 1998;17:2635, method 10
        ((20, 12, 2, 16), 0.056, 0.329),
    ],
)
def test_paired_rates(counts, lower, upper):
    _, only_a, only_b, _ = counts
    a = np.repeat([True, True, False, False], counts)
    b = np.repeat([True, False, True, False], counts)
    found, swapped = paired_rates(a, b), paired_rates(b, a)
    assert found.value == pytest.approx((only_a - only_b) / sum(counts))
    assert (found.lower, found.upper) == pytest.approx((lower, upper), abs=6e-4)
    assert (swapped.value, swapped.lower, swapped.upper) == (-found.value, -found.upper, -found.lower)


def test_nobody_with_an_event_is_no_proof_that_nobody_ever_has_one():
    nobody = np.zeros(8, bool)
    found = paired_rates(nobody, nobody)
    assert found.value == 0.0
    assert found.lower < -0.2
    assert found.upper > 0.2


positive = st.lists(st.tuples(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3)), min_size=1, max_size=30)


@given(positive, st.randoms(use_true_random=False))
def test_swapping_flips_and_the_order_of_people_changes_no_bit(pairs, random):
    shuffled = list(pairs)
    random.shuffle(shuffled)
    first, second = np.array(pairs).T
    one, other = Sides(first, second, paired=True), Sides(second, first, paired=True)
    mixed = Sides(*np.array(shuffled).T, paired=True)
    assert one.difference() == mixed.difference()
    assert one.difference().value == -other.difference().value
    assert one.higher == pytest.approx(1.0 - other.higher - other.equal)
    for geometric in (False, True):
        here, there = one.ratio(geometric=geometric), other.ratio(geometric=geometric)
        assert here == mixed.ratio(geometric=geometric)
        assert here.value * there.value == pytest.approx(1.0)
        if here.lower is None:
            assert len(pairs) < 6
            assert "fewer than 6 people" in here.interval
        else:
            assert here.lower * there.upper == pytest.approx(1.0)
            assert here.lower <= here.value * (1 + 1e-12)


def test_two_arms_are_compared_if_nothing_is_said(compared):
    result = compared(study(A, B))
    jsonschema.validate(result.summary, summary_schema())
    assert json.loads((result.folder / "summary.json").read_text("utf-8"))["contrasts"] == result.contrasts
    found = rows(result)
    first, second = (result.values(arm, "treg_fold")[:, result.readings.index(SOON)] for arm in ("a", "b"))
    row = found["treg_fold", SOON]
    assert row["difference"]["value"] == np.median(first - second)
    assert row["ratio"]["value"] == pytest.approx(np.exp(np.mean(np.log(first / second))))
    assert row["ratio"]["statistic"] == "geometric mean"
    assert (row["ratio"]["people_lower"], row["ratio"]["people_upper"]) == pytest.approx(
        tuple(np.exp(np.quantile(np.log(first / second), [0.05, 0.95])))
    )
    assert (row["differs"], row["higher"], row["n"]) == (True, 0.0, 23)
    assert found["il2_plasma", SOON]["ratio"]["statistic"] == "median"
    assert (found["doses_given", None]["differs"], found["doses_given", None]["difference"]["value"]) == (False, 0.0)
    assert found["treg_fold", 0.0]["ratio"]["value"] == 1.0
    alone = compared(study(A))
    assert alone.contrasts == []
    assert "contrasts" not in alone.summary
    assert alone.contrasts_table().empty


def test_the_rest_of_a_summary_does_not_notice(compared):
    asked = {"arms": ["a", "b"], "endpoints": ["cmax"]}
    plain, said = compared(study(A, B)), compared(study(A, B, contrast=[asked]))
    left = [{k: v for k, v in result.summary.items() if k != "contrasts"} for result in (plain, said)]
    for summary in left:
        summary["provenance"].pop("run")  # what is asked for identifies a run, as its endpoints do
    assert summary_text(left[0]) == summary_text(left[1])
    assert [row["id"] for row in said.contrasts[0]["endpoints"]] == ["cmax"]
    assert said.contrasts[0]["endpoints"][0] == rows(plain)["cmax", None]


def test_the_same_arm_twice_differs_by_exactly_nothing(compared):
    result = compared(study(A, {**A, "name": "again"}))
    for row in rows(result).values():
        assert row["difference"]["value"] == 0.0
        for measure, none in (("difference", 0.0), ("ratio", 1.0)):
            change = row[measure]
            if change is not None:
                ends = [change[k] for k in ("value", "lower", "upper", "people_lower", "people_upper")]
                assert ends == [none] * 5
        assert (row["differs"], row["higher"], row["equal"], row["relative"]) == (False, 0.0, 1.0, 0.0)


def test_swapped_arms_say_the_opposite(compared):
    there, back = rows(compared(study(A, B))), rows(compared(study(B, A)))
    for key, row in there.items():
        other = back[key]
        assert row["difference"]["value"] == -other["difference"]["value"]
        assert (row["difference"]["lower"], row["difference"]["upper"]) == (
            -other["difference"]["upper"],
            -other["difference"]["lower"],
        )
        if row["ratio"] is not None:
            assert row["ratio"]["value"] * other["ratio"]["value"] == pytest.approx(1.0, rel=1e-14)
            assert row["ratio"]["lower"] * other["ratio"]["upper"] == pytest.approx(1.0, rel=1e-14)
        assert (row["differs"], row["first"], row["higher"]) == (
            other["differs"],
            other["second"],
            1.0 - other["higher"] - other["equal"],
        )
        assert row["relative"] == pytest.approx(other["relative"])


def test_a_third_arm_changes_nothing_of_a_pair(compared):
    asked = {"contrast": [{"arms": ["a", "b"]}]}
    two, three = compared(study(A, B, **asked)), compared(study(A, B, {"name": "c", "regimen": "none"}, **asked))
    assert two.contrasts == three.contrasts
    assert compared(study(A, B, {"name": "c", "regimen": "none"})).contrasts == []


@pytest.mark.parametrize("patients", [1, 2, 5])
def test_few_people_have_no_interval_and_it_is_said(compared, patients):
    for row in rows(compared(study(A, B, patients=patients))).values():
        assert (row["difference"]["lower"], row["difference"]["upper"], row["differs"]) == (None, None, None)
        assert "no interval" in row["difference"]["interval"]
        assert f"{patients} of the 6 people" in row["note"]
        assert (row["difference"]["people_lower"] is None) == (patients == 1)


def test_people_who_fail_in_one_arm_leave_the_pair(compared):
    whole = compared(study(A, {**B, "scale": {"v_plasma": 1.3}}))
    volume = whole.treated["a"].part(0, 23).parameters["v_plasma"]
    limit = float(np.quantile(1.3 * volume, 0.7))
    result = compared(study(A, {**B, "scale": {"v_plasma": 1.3}}), fails=limit)
    found = result.contrasts[0]
    lost = [result.failed(arm) for arm in ("a", "b")]
    assert lost[1] > lost[0]
    assert found["failed"] == lost
    assert (found["dropped"], found["n"]) == (lost[1], 23 - lost[1])
    there = ~np.isnan(result.values("b", "treg_fold")[:, 0])
    first, second = (result.values(arm, "treg_fold")[there, result.readings.index(SOON)] for arm in ("a", "b"))
    row = rows(result)["treg_fold", SOON]
    assert row["n"] == 23 - lost[1]
    assert row["difference"]["value"] == np.median(first - second)
    assert row["first"] == np.median(first)


def test_an_endpoint_without_values_in_one_arm(compared):
    result = compared(study(A, {"name": "none", "regimen": "none"}))
    row = rows(result)["cmax", None]
    assert (row["n"], row["differs"], row["ratio"], row["difference"]) == (0, None, None, None)
    assert "nobody has a value in both arms" in row["note"]
    doses = rows(result)["doses_given", None]
    assert (doses["measure"], doses["ratio"], doses["difference"]["value"]) == ("difference", None, 5.0)


def test_other_people_are_not_paired(compared):
    result = compared(study(A, {**A, "name": "ill", "cohort": "cgvhd"}))
    found = result.contrasts[0]
    assert found["paired"] is False
    assert "different cohorts" in found["note"]
    row = rows(result)["treg_fold", SOON]
    first, second = (result.values(arm, "treg_fold")[:, result.readings.index(SOON)] for arm in ("a", "ill"))
    assert row["difference"]["value"] == np.median(first) - np.median(second)
    assert row["difference"]["statistic"] == "difference of medians"
    assert row["difference"]["people_lower"] is None
    assert row["ratio"]["value"] == pytest.approx(np.median(first) / np.median(second), rel=1e-3)
    assert row["higher"] == np.mean([a > b for a, b in product(first, second)])
    assert row["difference"]["lower"] < row["difference"]["value"] < row["difference"]["upper"]
    jsonschema.validate(result.summary, summary_schema())


def test_a_cohort_named_twice_is_still_the_same_people(compared):
    assert compared(study(A, {**B, "cohort": "healthy"})).contrasts[0]["paired"] is True


def test_share_above_a_threshold(compared):
    def asked(**more):
        return compared(study(A, B, contrast=[{"arms": ["b", "a"], "endpoints": ["treg_fold"], **more}]))

    by_value, by_ratio = asked(above=1.2), asked(above="1.05", measure="ratio")
    first, second = (by_value.values(arm, "treg_fold")[:, by_value.readings.index(SOON)] for arm in ("b", "a"))
    found = rows(by_value)["treg_fold", SOON]["above"]
    assert (found["of"], found["threshold"]) == ("value", 1.2)
    assert (found["first"], found["second"]) == ((first > 1.2).mean(), (second > 1.2).mean())
    assert found["lower"] <= found["difference"] <= found["upper"]
    found = rows(by_ratio)["treg_fold", SOON]["above"]
    assert found["share"] == (first / second > 1.05).mean()
    assert found["lower"] <= found["share"] <= found["upper"]
    by_difference = rows(asked(above=0.1, measure="difference"))["treg_fold", SOON]
    assert by_difference["measure"] == "difference"
    assert by_difference["above"]["share"] == (first - second > 0.1).mean()
    for result in (by_value, by_ratio):
        jsonschema.validate(result.summary, summary_schema())


def test_the_table_and_the_csv_hold_the_same(compared):
    import pandas

    result = compared(study(A, B, contrast=[{"arms": ["a", "b"], "above": 2, "measure": "ratio"}]))
    table = result.contrasts_table()
    assert list(table["endpoint"]) == [row["id"] for row in result.contrasts[0]["endpoints"]]
    row = table[(table["endpoint"] == "treg_fold") & (table["day"] == SOON)].iloc[0]
    assert row["ratio_value"] == rows(result)["treg_fold", SOON]["ratio"]["value"]
    assert row["above_share"] == 0.0
    written = pandas.read_csv(result.folder / "contrasts.csv", keep_default_na=True)
    assert list(written.columns) == list(table.columns)
    assert written["ratio_value"].dropna().tolist() == table["ratio_value"].dropna().tolist()


def test_a_day_at_another_phase_of_dosing_is_flagged(compared):
    rare = {"name": "b", "regimen": "3 MIU/m2 SC every third day for 9 days"}
    daily = {"name": "a", "regimen": "1 MIU/m2 SC daily for 9 days"}
    result = compared(study(daily, rare, endpoints=[{"id": "il2_plasma", "days": [0, 1, 3, 5.25, 6]}]))
    assert [(row["day"], row["phase"]) for row in result.contrasts[0]["endpoints"]] == [
        (0.0, ""),
        (1.0, ""),
        (3.0, ""),
        (5.25, "day 5.25: 6 h after a dose in A, 2.25 days after a dose in B"),
        (6.0, ""),
    ]


def test_contrasts_identify_a_run_where_they_are_asked_for(solver, options):
    plain = make_plan(study(A, B), options(), solver)
    asked = make_plan(study(A, B, contrast=[{"arms": ["a", "b"]}]), options(), solver)
    assert plain.run != asked.run
    assert "contrast" not in plain.spec.canonical()
    assert asked.spec.canonical()["contrast"][0]["arms"] == ["a", "b"]


def test_a_study_without_endpoints_has_nothing_to_compare(solver, options):
    spec = study(A, B).model_copy(update={"endpoint": ()})
    assert contrasts(make_plan(spec, options(), solver), None) == {}


@pytest.mark.parametrize(
    ("first", "second", "day", "said"),
    [
        ((0.0, 24.0), (72.0,), 1.5, "before the first dose in B"),
        ((72.0,), (96.0,), 2.0, ""),
        ((0.0,), (0.0, 480.0), 21.0, "21 days after a dose in A, 24 h after a dose in B"),
        ((0.0, 24.0), (0.0, 48.0), 40.0, ""),
        ((0.0, 8.0), (0.0, 12.0), 0.75, "day 0.75: 10 h after a dose in A, 6 h after a dose in B"),
        ((0.0,), (), 0.5, ""),
        ((), (), 0.5, ""),
    ],
)
def test_phases_of_dosing(first, second, day, said):
    found = phase_warning(DosingTimes(first), DosingTimes(second), day, ("A", "B"))
    assert said in found
    assert bool(said) == bool(found)


def test_a_threshold_for_a_model_file_is_checked_when_its_units_are_known(write):
    text = (
        'name = "f"\nmodel = "m.ant"\nhorizon = 2\n[[arm]]\nname = "a"\nregimen = "none"\n[[arm]]\nname = "b"\n'
        'regimen = "none"\nset = {k = 0.05}\n[[endpoint]]\nid = "S"\ndays = [1]\n'
        '[[contrast]]\narms = ["a", "b"]\nabove = "2 furlong"\n'
    )
    spec = load_study(write(text))
    with pytest.raises(StudyError, match="'2 furlong' must be") as fault:
        make_plan(spec, RunOptions(), shipped_solver(spec))
    assert "contrast[1].above" in str(fault.value)
