"""Trial endpoints of a whole study: study file, summary, targets, and the same bytes whatever the parts."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import jsonschema
import numpy as np
import pytest

from bimodal.errors import StudyError
from bimodal.evidence import Target
from bimodal.evidence.wilson import wilson
from bimodal.study import StudySpec, run_study
from bimodal.study.endpoints.trial import ScanPlan, between_trials, trial_statistic
from bimodal.study.readings.trial import TrialReader
from bimodal.study.run.summary import summary_schema
from bimodal.study.spec.load import check_study
from bimodal.study.verdict.comparison import compare, simulate
from study_fake import OBSERVABLES, FakeSolver

TUMOUR = ("tumour_cells", "death_hazard_integral", "tox_hazard_integral", "tox_index", "ae_grade_hypotension")


@dataclass
class TumourSolver(FakeSolver):
    """Adds a tumour that shrinks in proportion to the first saved IL-2 and the patient's plasma volume."""

    observables: tuple[str, ...] = (*OBSERVABLES, *TUMOUR)
    model_sha256: str = "ab" * 32

    def _values(self, parameters, events, times_h, *, after=False):
        base = replace(self, observables=OBSERVABLES)
        values, status = FakeSolver._values(base, parameters, events, times_h, after=after)
        dosed = len(events.times_h) > 0
        days = times_h / 24.0
        volume = parameters[:, list(self.parameter_ids).index("v_plasma")][:, None]
        rate = (
            np.where(volume < 2.6, -0.05, np.where(volume < 2.9, -0.006, 0.004))
            if dosed
            else np.full(volume.shape, 0.004)
        )
        cells = 3e10 * np.exp(np.clip(rate * days, -40, 5))
        hazard = np.broadcast_to(days / 300.0, cells.shape)
        tox = np.broadcast_to(np.minimum(days, 5.0) * 0.01 * dosed, cells.shape)
        index = np.broadcast_to(1.2 * dosed * np.exp(-days), cells.shape)
        grade = np.where((index > 0.3) & (volume < 2.6), 3.0, 1.0)
        extra = np.stack([cells, hazard, tox, index, grade], axis=2)
        return np.concatenate([values, extra], axis=2), status


def study(**changes):
    text = {
        "name": "tumours",
        "population": {"cohort": "healthy", "patients": 40},
        "arm": [
            {"name": "high", "drug": "aldesleukin", "regimen": "1 MIU/m2 SC daily for 5 days"},
            {"name": "untreated", "regimen": "none"},
        ],
        "horizon": 400.0,
        "scans": {"criterion": "WHO", "missing": 0.1, "reader_sd_mm": 1.0},
        "endpoint": [
            {"id": "orr"}, {"id": "cr_rate"}, {"id": "cr_durable_fraction"}, {"id": "dor_months"}, {"id": "os_months"},
            {"id": "os_rate_12_months"}, {"id": "treatment_death_rate"}, {"id": "dlt_rate"},
            {"id": "ae_rate_hypotension_3"}, {"id": "doses_given_cycle_1"},
            {"id": "tumour_sld", "days": [0, 56]}, {"id": "treg_fold", "days": [4]},
        ],
    }  # fmt: skip
    return {**text, **changes}


@pytest.fixture(scope="module")
def solver():
    return TumourSolver()


@pytest.fixture(scope="module")
def result(solver, tmp_path_factory):
    from bimodal.study import RunOptions

    out = tmp_path_factory.mktemp("tumours")
    return run_study(StudySpec.model_validate(study()), options=RunOptions(out=out / "a", chunk=16), solver=solver)


def rows(result, arm="high"):
    found = next(record for record in result.summary["arms"] if record["name"] == arm)
    return {(row["id"], row["day"]): row for row in found["endpoints"]}, found


def test_summary_has_denominators_criterion_and_intervals(result):
    jsonschema.validate(json.loads((result.folder / "summary.json").read_text("utf-8")), summary_schema())
    found, record = rows(result)
    orr = found["orr", None]
    assert (orr["statistic"], orr["n"], orr["criterion"], orr["unit"]) == ("proportion", 40, "WHO", "1")
    assert orr["value"] == orr["count"] / 40
    assert (orr["lower"], orr["upper"]) == wilson(orr["count"], 40)
    assert found["cr_durable_fraction", None]["n"] == found["cr_rate", None]["count"]
    assert found["os_months", None]["statistic"] == "median"
    assert found["dlt_rate", None]["value"] == 1.0
    toxic = found["ae_rate_hypotension_3", None]
    assert 0 < toxic["count"] == toxic["value"] * 40
    assert "criterion" not in toxic
    assert "illustrative" in toxic["note"]
    assert found["doses_given_cycle_1", None]["value"] is None  # no visit rules
    assert found["tumour_sld", 56.0]["n"] <= found["tumour_sld", 0.0]["n"] <= 40
    counts = record["outcomes"]
    assert sum(counts["best_response"].values()) == counts["n"] == 40
    assert counts["best_response"]["CR"] + counts["best_response"]["PR"] == orr["count"] > 0
    untreated, _ = rows(result, "untreated")
    assert untreated["orr", None]["count"] == 0
    assert untreated["dor_months", None]["value"] is None
    assert untreated["treatment_death_rate", None]["count"] == 0


def test_the_result_gives_outcomes_and_they_are_those_of_the_summary(result):
    assert trial_statistic("orr", result.outcomes("high")).count == rows(result)[0]["orr", None]["count"]
    assert result.outcomes("high") is result.outcomes("high")


def test_arms_are_compared_person_by_person(result):
    found = {row["id"]: row for row in result.contrasts[0]["endpoints"]}
    high, none = result.outcomes("high"), result.outcomes("untreated")
    orr = found["orr"]
    assert (orr["first"], orr["second"]) == (high.responders.mean(), none.responders.mean())
    assert orr["difference"]["value"] == orr["first"]
    assert (orr["differs"], orr["measure"], orr["ratio"], orr["n"]) == (True, "difference", None, 40)
    assert "paired" in orr["difference"]["interval"]
    assert found["os_rate_12_months"]["first"] == pytest.approx(rows(result)[0]["os_rate_12_months", None]["value"])
    assert "paired" in found["os_rate_12_months"]["difference"]["interval"]
    assert "independent" in found["os_months"]["difference"]["interval"]
    # responders are not the same people in both arms, and untreated there are none
    assert (found["cr_durable_fraction"]["differs"], found["dor_months"]["differs"]) == (None, None)
    assert "nobody is in this group" in found["dor_months"]["note"]
    toxic = found["ae_rate_hypotension_3"]
    assert (toxic["first"], toxic["second"]) == (rows(result)[0]["ae_rate_hypotension_3", None]["value"], 0.0)
    assert found["tumour_sld"]["n"] <= 40
    assert result.contrasts_table()["endpoint"].nunique() == 12


def test_the_same_treatment_twice_leaves_nothing_to_chance(solver, tmp_path):
    from bimodal.study import RunOptions

    arm = study()["arm"][0]
    spec = StudySpec.model_validate(
        study(arm=[arm, {**arm, "name": "again"}], population={"cohort": "healthy", "patients": 20})
    )
    found = run_study(spec, options=RunOptions(out=tmp_path / "same"), solver=solver).contrasts[0]["endpoints"]
    for row in found:
        if row["difference"] is None:
            assert row["note"]
            continue
        difference = row["difference"]
        assert (difference["value"], difference["lower"], difference["upper"]) == (0.0, 0.0, 0.0)
        assert row["differs"] is False


def test_parts_change_no_byte(result, solver, tmp_path):
    from bimodal.study import RunOptions

    other = run_study(StudySpec.model_validate(study()), options=RunOptions(out=tmp_path / "b", chunk=7), solver=solver)
    one, two = ((run.folder / "summary.json").read_bytes() for run in (result, other))
    assert one == two


def test_scans_make_another_run(result, solver, tmp_path):
    from bimodal.study import RunOptions

    spec = StudySpec.model_validate(study(scans={"criterion": "RECIST 1.1"}))
    other = run_study(spec, options=RunOptions(out=tmp_path / "c"), solver=solver)
    assert other.summary["provenance"]["run"] != result.summary["provenance"]["run"]
    assert other.summary["provenance"]["results_sha256"] == result.summary["provenance"]["results_sha256"]
    assert rows(other)[1]["outcomes"]["criterion"] == "RECIST 1.1"


def test_without_a_tumour_trial_endpoints_are_refused_by_name(options):
    with pytest.raises(StudyError, match="does not give 'tumour_cells'"):
        run_study(StudySpec.model_validate(study()), options=options(), solver=FakeSolver())


@pytest.mark.parametrize(
    ("endpoint", "says"),
    [
        ({"id": "os_rate_n_months"}, "how many months"),
        ({"id": "os_rate_0_months"}, "no observable"),
        ({"id": "cr_rate_ratio"}, "two arms"),
        ({"id": "orr", "days": [56]}, "leave 'days' out"),
        ({"id": "tumour_sld"}, "on which days"),
        ({"id": "tumour_sld", "days": [57]}, "not measured on day 57"),
        ({"id": "orrr"}, "did you mean 'orr'"),
    ],
)
def test_what_cannot_be_read_is_refused_before_the_run(endpoint, says):
    with pytest.raises(StudyError, match=says):
        check_study(study(endpoint=[endpoint]), where="a test")


@pytest.mark.parametrize("scans", [{"criterion": "who"}, {"schedule": "sometimes"}, {"every": 8}, {"missing": 2}])
def test_wrong_scans_are_refused_with_their_key(scans):
    with pytest.raises(StudyError, match="scans"):
        check_study(study(scans=scans), where="a test")


def target(**changes):
    row = {
        "id": "A01", "study": "tumours", "arms": ("high",), "endpoint": "orr", "label": "response",
        "statistic": "proportion", "kind": "band",
        "published": 0.2, "lower": 0.1, "upper": 0.9, "unit": "1", "quality": "page",
        "role": "validation", "source": "nowhere",
    }  # fmt: skip
    return Target(**{**row, **changes})


@pytest.fixture
def reader(result):
    return TrialReader(result.readings, result.spec.scans or ScanPlan(), 1)


def judged(result, reader, **changes):
    return compare(target(**changes), result.readings, reader)


def test_a_published_rate_is_set_against_trials_of_its_size(result, reader):
    value = rows(result)[0]["orr", None]["value"]
    low, high = wilson(54, 270)
    row = judged(result, reader, kind="point", published=0.2, lower=low, upper=high, denominator=270)
    assert row["simulated"] == value
    assert (row["simulated_lower"], row["simulated_upper"]) == between_trials(value, 270)
    assert "trials of 270 patients" in row["simulated_interval"]
    assert row["within"] == (low <= value <= high)
    assert (row["simulated_n"], row["criterion"]) == (40, "WHO")
    assert "Wilson" in judged(result, reader)["simulated_interval"]


def test_orderings_ratios_and_directions(result, reader):
    both = {"arms": ("high", "untreated")}
    more = judged(result, reader, **both, kind="ordering", published=1.0, lower=None, upper=None)
    assert more["within"] is True
    assert more["simulated_lower"] is None
    back = judged(result, reader, arms=("untreated", "high"), kind="ordering", published=1.0, lower=None, upper=None)
    assert back["within"] is False
    alike = {"kind": "ratio", "published": 1.0, "lower": 0.5, "upper": 2.0, "note": "ours"}
    over = judged(result, reader, arms=("untreated", "high"), **alike)
    assert (over["simulated"], over["within"]) == (0.0, False)
    assert judged(result, reader, **both, **alike)["simulated"] is None  # nobody responds untreated
    ratio = {"endpoint": "orr_ratio", "statistic": "value", "published": 1.0, "lower": 0.5, "upper": 1.5}
    none = judged(result, reader, **both, **ratio)
    assert none["simulated"] is None  # nobody responds untreated
    same = judged(result, reader, arms=("untreated", "high"), **ratio)
    assert (same["simulated"], same["within"]) == (0.0, False)
    difference = judged(result, reader, **both, **{**ratio, "endpoint": "orr_difference", "lower": 0.0, "upper": 1.0})
    assert difference["simulated"] == rows(result)[0]["orr", None]["value"]
    assert difference["simulated_lower"] < difference["simulated"] < difference["simulated_upper"]
    gain = judged(
        result, reader, endpoint="os_gain_cr_6_months", statistic="value", kind="direction", published=1.0,
        lower=None, upper=None,
    )  # fmt: skip
    assert gain["within"] in (True, False)


def test_pooled_arms_share_one_denominator(result, reader):
    row = judged(result, reader, arms=("high", "untreated"))
    assert row["simulated_n"] == 80


def test_a_median_that_is_not_reached_meets_a_bound_from_below_by_the_follow_up(result):
    short = TrialReader(result.readings, ScanPlan(criterion="WHO", data_cut_days=100.0), 1)
    os = {"endpoint": "os_months", "statistic": "median", "unit": "month", "note": "limit"}
    row = judged(result, short, **os, kind="at_least", published=3.0, lower=3.0, upper=200.0)
    assert row["simulated_interval"].startswith("median not reached")
    assert row["simulated"] == pytest.approx(100.0 / 30.4375)
    assert row["within"] is True
    assert judged(result, short, **os, published=8.0, lower=4.0, upper=12.0)["within"] is None


def test_what_cannot_be_said_is_not_evaluated(result, reader):
    assert judged(result, reader, statistic="median")["within"] is None
    assert judged(result, reader, unit="%")["within"] is None
    assert judged(result, reader, role="context")["simulated"] is None
    assert compare(target(), result.readings)["within"] is None
    assert simulate(target(endpoint="os_months", statistic="median", unit="month"), result.readings) is None
    beyond = judged(result, reader, endpoint="os_rate_120_months")
    assert (beyond["simulated"], beyond["within"]) == (None, None)
    assert "nobody is followed" in beyond["simulated_note"]


def test_the_size_at_a_scan(result, reader):
    day = {
        "endpoint": "tumour_sld",
        "statistic": "median",
        "unit": "mm",
        "time": {"day": 56},
        "lower": 0.0,
        "upper": 500.0,
    }
    row = judged(result, reader, **day, published=30.0)
    assert row["simulated"] == rows(result)[0]["tumour_sld", 56.0]["value"]
    assert row["within"] is True


@pytest.mark.parametrize(
    ("scans", "horizon", "rate", "says"),
    [
        ({"days": [56, 112]}, 28.0, None, "2 of 2 scans lie after the last day simulated (28)"),
        ({"days": [56, 112], "confirmation_days": 0}, 56.0, 0, "1 of 2 scans lies after the last day simulated (56)"),
        ({"days": [56], "confirmation_days": 0}, 56.0, 0, None),
        ({"days": [56], "data_cut_days": 55.9}, 400.0, None, "after the data cut (55.9)"),
        ({}, 55.9, None, "the first scan is on day 56, the last day simulated is 55.9"),
        ({"schedule": "every 4 weeks", "data_cut_days": 30}, 400.0, 0, "no response can be confirmed"),
    ],
)
def test_a_rate_of_patients_nobody_scanned_is_absent_with_its_reason(solver, tmp_path, scans, horizon, rate, says):
    from bimodal.study import RunOptions

    asked = [{"id": "orr"}, {"id": "pfs_months"}, {"id": "treatment_death_rate"}]
    spec = StudySpec.model_validate(study(scans=scans, horizon=horizon, endpoint=asked))
    found = run_study(spec, options=RunOptions(out=tmp_path / "a", patients=5), solver=solver)
    row = rows(found, "untreated")[0]
    assert row["orr", None]["count"] == rate
    assert (row["orr", None]["value"] is None) == (rate is None)
    assert ("nobody was scanned" in row["orr", None]["note"]) == (rate is None)
    assert ("nobody was scanned" in row["pfs_months", None]["note"]) == (rate is None)
    assert row["treatment_death_rate", None]["count"] == 0
    said = [text for text in found.summary["warnings"] if "scan" in text]
    assert (not said) if says is None else any(says in text for text in said)


def test_without_a_question_about_scans_nothing_is_said_of_them(solver, tmp_path):
    from bimodal.study import RunOptions

    spec = StudySpec.model_validate(study(scans={}, horizon=20.0, endpoint=[{"id": "os_months"}]))
    found = run_study(spec, options=RunOptions(out=tmp_path / "a", patients=5), solver=solver)
    assert not [text for text in found.summary["warnings"] if "scan" in text]


@pytest.mark.parametrize(("name", "of"), [("os_months", "log-rank"), ("orr", "Fisher"), ("dlt_rate", "Fisher")])
def test_a_design_draws_trials_of_outcomes(name, of, solver, tmp_path):
    from bimodal.study import RunOptions

    asked = {"kind": "parallel", "endpoint": name, "per_arm": [10], "trials": 200, "max_per_arm": 40}
    spec = StudySpec.model_validate(study(design=asked))
    found = run_study(spec, options=RunOptions(out=tmp_path / "a"), solver=solver).summary["design"]
    assert of in found["facts"][0]
    assert not any("drawn for no trial" in note for note in found["notes"])


def test_a_design_says_how_many_are_dead_when_they_are_read(solver, tmp_path):
    """A hazard of a three-hundredth a day: of forty about 1 - exp(-4/3) are dead by day 400."""
    from bimodal.study import RunOptions

    endpoints = [{"id": "treg_fold", "days": [4, 400]}, {"id": "os_months"}]
    notes = {}
    for day in (4, 400):
        asked = {"kind": "parallel", "endpoint": "treg_fold", "days": [day], "per_arm": [10], "trials": 200}
        spec = StudySpec.model_validate(study(design={**asked, "max_per_arm": 20}, endpoint=endpoints))
        result = run_study(spec, options=RunOptions(out=tmp_path / str(day)), solver=solver)
        notes[day] = [note for note in result.summary["design"]["notes"] if "are read as if they lived" in note]
    reader = TrialReader(result.readings, result.spec.scans or ScanPlan(), 1)
    dead = {arm: int((reader.outcomes(arm).death_day <= 400.0).sum()) for arm in ("high", "untreated")}
    assert 20 < dead["untreated"] < 40
    assert f"{dead['high']} in 'high', {dead['untreated']} in 'untreated'" in notes[400][0]
    early = {arm: int((reader.outcomes(arm).death_day <= 4.0).sum()) for arm in ("high", "untreated")}
    assert bool(notes[4]) == any(early.values())
