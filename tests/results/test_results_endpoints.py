"""Endpoints a study asks for by itself: responders, toxicity, dose intensity, survival curves compared, bootstrap."""

from __future__ import annotations

import jsonschema
import numpy as np
import pytest
from small_trial import STUDY

from bimodal.cli.finished import print_trial_tables
from bimodal.errors import StudyError
from bimodal.report.trial_tables import trial_tables
from bimodal.study import StudyResult, load_study
from bimodal.study.endpoints.bootstrap import MOST, bootstrap_median
from bimodal.study.endpoints.trial.statistics import times_of
from bimodal.study.endpoints.trial.survival_contrast import restricted_mean, survival_contrast
from bimodal.study.run.summary import summary_schema
from bimodal.study.spec.load import parse_study
from bimodal.study.spec.responder import read_responder
from bimodal.study.spec.spec import ContrastSpec, EndpointSpec


def rows(result: StudyResult, arm: int = 0) -> dict[str, dict]:
    return {row["id"]: row for row in result.summary["arms"][arm]["endpoints"]}


def test_the_summary_keeps_its_schema(trial: StudyResult) -> None:
    jsonschema.validate(trial.summary, summary_schema())


def test_responders_are_counted_by_their_rule(trial: StudyResult) -> None:
    arm, row = trial.arms[0], rows(trial)["responder_treg"]
    day7 = {name: trial.readings.on_day(arm, name, 7.0) for name in ("treg_fold", "nk_fold")}
    late = trial.readings.on_day(arm, "treg_fold", 28.0)
    known = ((day7["treg_fold"] >= 1.5) & (day7["nk_fold"] < 50.0)) | (late > 3.0)
    assert (row["count"], row["n"]) == (int(known.sum()), trial.n(arm) - trial.failed(arm))
    assert row["when"].startswith("treg_fold >= 1.5")
    assert row["lower"] < row["value"] < row["upper"]
    compared = {one["id"]: one for one in trial.contrasts[0]["endpoints"]}
    assert compared["responder_treg"]["first"] == row["value"]


def test_dose_intensity_and_time_on_treatment_are_those_of_the_ledger(trial: StudyResult) -> None:
    arm = trial.arms[0]
    ledger = trial.ledgers[arm]
    np.testing.assert_allclose(
        trial.course(arm, "relative_dose_intensity"), (ledger.planned * ledger.factor).sum(1) / ledger.planned.sum(1)
    )
    days = trial.course(arm, "time_on_treatment_days")
    for patient in range(trial.n(arm)):
        given = np.flatnonzero(ledger.factor[patient] > 0.0)
        assert days[patient] == ledger.times_h[given[-1]] / 24.0
    untreated = rows(trial, 1)
    assert untreated["relative_dose_intensity"]["value"] is None
    assert untreated["time_on_treatment_days"]["value"] is None


def test_time_to_response_is_that_of_responders(trial: StudyResult) -> None:
    out, row = trial.outcomes(trial.arms[0]), rows(trial)["ttr_months"]
    assert row["n"] == row["count"] == int(out.responders.sum())
    if row["n"]:
        assert row["value"] == pytest.approx(np.median(out.response_day[out.responders]) / 30.4375)


def test_the_table_of_toxicity_adds_up(trial: StudyResult) -> None:
    arm = trial.summary["arms"][0]
    table = {row["type"]: row for row in arm["toxicity"]}
    assert {"any", "dlt", "hypotension", "cls"} <= set(table)
    for row in table.values():
        assert row["n"] == arm["n"] - arm["failed"]
        if row["worst_grade"] is not None:
            assert sum(row["worst_grade"]) == row["n"]
            assert sum(row["worst_grade"][3:]) == row["count"]
    assert table["any"]["share"] == rows(trial)["ae_rate_any_3"]["value"]
    assert table["any"]["count"] >= max(table[t]["count"] for t in ("hypotension", "cls", "creatinine"))


def test_a_study_that_asks_for_none_of_it_keeps_its_bytes() -> None:
    assert EndpointSpec(id="orr").model_dump(mode="json") == {"id": "orr", "days": None}
    plain = ContrastSpec(arms=("a", "b")).model_dump(mode="json")
    assert list(plain) == ["arms", "endpoints", "measure", "above"]
    assert "when" not in str(load_study("atkins-1999").canonical()["endpoint"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('when = "treg_fold >= 1.5 and nk_fold < 50 at day 7 or treg_fold > 3 at day 28"', ""), "say when"),
        (("treg_fold >= 1.5 and", "treg_fold >= much and"), "'much' is no number"),
        (("treg_fold >= 1.5 and", "treg_folt >= 1.5 and"), "cannot|can read 'treg_folt'"),
        (("or treg_fold > 3 at day 28", "or treg_fold > 3"), "does not say on which day"),
        (("nk_fold < 50 at", "nk_fold < 50 pM at"), "must be without a unit"),
        (("nk_fold < 50 at", "cmax < 50 at"), "cannot|can read 'cmax'"),
        (("nk_fold < 50 at", "nk_fold is 50 at"), "cannot be read"),
        (('id = "responder_treg"', 'id = "orr_2"'), "no observable|has no rule"),
        (("bootstrap = 500", "bootstrap = 5"), "100"),
        (("days = [7]\nbootstrap", "bootstrap"), "say which days"),
        (('"ttr_months"]', '"age_months"]'), "os_months"),
        (('survival = ["os_months", "pfs_months", "ttr_months"]', ""), "no curve"),
    ],
)
def test_what_makes_no_sense_is_refused(change: tuple[str, str], said: str) -> None:
    assert change[0] in STUDY
    with pytest.raises(StudyError, match=said):
        parse_study(STUDY.replace(*change, 1), where="test")


def test_and_binds_before_or_and_days_are_read_from_the_right() -> None:
    rule = read_responder("a > 1 at day 7 and b < 2 or c >= 30 % on day 28")
    assert [[(str(t), d) for t, d in together] for together in rule.alternatives] == [
        [("a > 1", 7.0), ("b < 2", 28.0)],
        [("c >= 30 %", 28.0)],
    ]
    assert rule.days == (7.0, 28.0)
    with pytest.raises(StudyError):
        read_responder("a > 1 at day 7 or" + " b > 1 and" * 200)


def test_curves_are_compared_as_lifelines_does(trial: StudyResult) -> None:
    from lifelines import CoxPHFitter
    from lifelines.statistics import logrank_test
    from pandas import DataFrame

    said = {row["id"]: row for row in trial.contrasts[0]["survival"]}
    sides = [times_of("pfs_months", trial.outcomes(arm)) for arm in trial.arms]
    (one, seen), (other, its) = [(days / 30.4375, event) for days, event in sides]
    test = logrank_test(one, other, seen, its)
    assert said["pfs_months"]["logrank"]["chi2"] == pytest.approx(test.test_statistic, rel=1e-12)
    assert said["pfs_months"]["logrank"]["p"] == pytest.approx(test.p_value, rel=1e-12)
    frame = DataFrame({"t": np.r_[one, other], "e": np.r_[seen, its], "x": np.repeat([1, 0], [len(one), len(other)])})
    fit = CoxPHFitter().fit(frame, "t", "e")
    assert said["pfs_months"]["cox"]["value"] == pytest.approx(float(fit.hazard_ratios_["x"]), rel=1e-9)


def test_the_error_of_a_restricted_mean_is_that_of_many_trials() -> None:
    stream = np.random.default_rng(5)
    means, variances = [], []
    for _ in range(300):
        died, lost = stream.exponential(10.0, 80), stream.uniform(4.0, 30.0, 80)
        mean, variance = restricted_mean(np.minimum(died, lost), died <= lost, 12.0)
        means.append(mean)
        variances.append(variance)
    assert np.mean(means) == pytest.approx(10.0 * (1.0 - np.exp(-1.2)), rel=0.02)
    assert np.sqrt(np.mean(variances)) == pytest.approx(np.std(means), rel=0.12)


def test_what_cannot_be_compared_is_said() -> None:
    days, none, some = np.array([10.0, 20.0, 30.0]), np.zeros(3, bool), np.ones(3, bool)
    assert survival_contrast((days, none), (days, none))["note"] == "nobody had the event"
    assert "one arm has no event" in survival_contrast((days, some), (days, none))["cox"]["note"]
    assert "followed for" in survival_contrast((days, some), (days, some), months=12.0)["rmst"]["note"]
    assert survival_contrast((np.full(3, np.nan), none), (days, some))["logrank"] is None


def test_report_and_terminal_show_both_tables(trial: StudyResult, capsys: pytest.CaptureFixture[str]) -> None:
    print_trial_tables(trial.summary)
    printed, page = capsys.readouterr().out, trial_tables(trial)
    cox = trial.contrasts[0]["survival"][1]["cox"]
    shown = f"{cox['value']:.3g} ({cox['lower']:.3g} to {cox['upper']:.3g})"
    any_term = next(row for row in trial.summary["arms"][0]["toxicity"] if row["type"] == "any")
    for text in (shown, " / ".join(map(str, any_term["worst_grade"]))):
        assert text in printed
        assert text in page
    assert "different people" in page


def test_a_bootstrap_interval_covers_and_does_not_depend_on_the_order() -> None:
    stream = np.random.default_rng(6)
    values = stream.lognormal(0.0, 1.0, 200)
    one, other = (bootstrap_median(values[order], 400, 7) for order in (np.arange(200), stream.permutation(200)))
    assert one == other
    hit = 0
    for k in range(200):
        found = bootstrap_median(stream.lognormal(0.0, 1.0, 60), 200, k)
        hit += found["lower"] <= 1.0 <= found["upper"]
    assert hit >= 175
    assert bootstrap_median(np.ones(MOST + 1), 100, 1)["lower"] is None
