"""From cells and hazards to scans, progression and death."""

from __future__ import annotations

import numpy as np
import pytest
from pydantic import ValidationError

from bimodal.cohort.streams import uniform
from bimodal.errors import StudyError
from bimodal.study.endpoints.trial import Cause, Outcomes, Response, ScanPlan, trial_outcomes, trial_statistic
from bimodal.study.endpoints.trial.death import crossing_days, deaths
from bimodal.study.endpoints.trial.lesions import LESION_SHARES, at_days, diameters_mm, lesion_fractions, measure
from bimodal.study.endpoints.trial.scan_schedule import scan_days
from cpu import bounded

DAYS = np.arange(0.0, 731.0)


def followed(rate, *, plan=None, patients=None, hazard=0.0, toxic=0.0, seed=1, days=DAYS, start=3e10):
    rate = np.atleast_1d(np.asarray(rate, float))
    cells = start * np.exp(np.clip(rate[:, None] * days, -60.0, 8.0))
    return trial_outcomes(
        days,
        tumour_cells=cells,
        death_hazard_integral=np.broadcast_to(hazard * days, cells.shape),
        tox_hazard_integral=np.broadcast_to(toxic * np.minimum(days, 10.0), cells.shape),
        patients=np.arange(len(rate)) if patients is None else patients,
        seed=seed,
        plan=plan or ScanPlan(),
    )


def test_schedule_text():
    assert scan_days("every 8 weeks", 180.0) == (56.0, 112.0, 168.0)
    assert scan_days("every 4 weeks to week 8 then every 8 weeks to week 24 then every 26 weeks", 400.0) == (
        28.0, 56.0, 112.0, 168.0, 350.0,
    )  # fmt: skip
    assert scan_days("every 2 months", 70.0) == (60.875,)
    assert scan_days("every 8 weeks", 10.0) == ()
    for text in (
        "",
        "weekly",
        "every 0 weeks",
        "every 8 weeks then every 12 weeks",
        "every -1 days",
        "every 8 weeks to",
    ):
        with pytest.raises(StudyError, match=r"schedule|begins"):
            scan_days(text, 100.0)
    with pytest.raises(StudyError, match="over 1000"):
        scan_days("every 0.001 days", 1e4)


@pytest.mark.parametrize(
    "wrong",
    [
        {"criterion": "irRC"}, {"schedule": "now and then"}, {"days": []}, {"days": [56, 28]}, {"days": [0, 28]},
        {"missing": 1.0}, {"missing": -0.1}, {"measurable_mm": 3.0}, {"cells_per_cm3": 0.0}, {"unknown": 1},
        {"data_cut_days": float("nan")}, {"reader_sd_mm": -1.0},
    ],
)  # fmt: skip
def test_wrong_scan_plans_are_refused(wrong):
    with pytest.raises(ValidationError):
        ScanPlan.model_validate(wrong)


def test_a_cubic_centimetre_is_a_sphere_of_twelve_millimetres():
    assert diameters_mm(np.array([[1e9, 8e9]]), np.array([[1.0]]), 1e9)[0, :, 0] == pytest.approx(
        [12.407, 24.814], 1e-4
    )


def test_lesions_are_as_many_as_published_and_fill_the_burden():
    share = lesion_fractions(3, np.arange(20_000))
    assert share.sum(axis=1) == pytest.approx(1.0)
    number = (share > 0).sum(axis=1)
    found = np.bincount(number, minlength=6)[1:] / len(number)
    assert found == pytest.approx(LESION_SHARES, abs=0.011)  # 3 standard errors of the commonest


def test_the_reader_errs_as_measured_and_never_sees_what_is_below_the_limit():
    plan = ScanPlan()
    cells = np.full((4000, 3), 2e10)
    seen = measure(plan, 1, np.arange(4000), cells)
    one = (lesion_fractions(1, np.arange(4000)) > 0).sum(axis=1) == 1
    change = seen.sld[one, 2] - seen.sld[one, 1]
    assert change.std() == pytest.approx(2.4, rel=0.06)  # Oxnard 2011
    assert (seen.sld >= 0).all()
    small = measure(plan, 1, np.arange(200), np.stack([np.full(200, 2e10), np.full(200, 1e5)], axis=1))
    assert (small.sld[:, 1] == 0).all()
    exact = measure(ScanPlan(reader_sd_mm=0.0, criterion="WHO"), 1, np.arange(3), cells[:3])
    assert exact.sld[:, 0].tolist() == exact.sld[:, 1].tolist()


def test_noise_belongs_to_patient_and_scheduled_visit():
    rate = np.full(6, -0.002)
    whole = followed(rate, plan=ScanPlan(missing=0.2))
    part = followed(rate[:2], patients=[4, 1], plan=ScanPlan(missing=0.2))
    assert np.array_equal(part.sld, whole.sld[[4, 1]], equal_nan=True)
    assert part.os_days.tolist() == whole.os_days[[4, 1]].tolist()
    longer = followed(rate, plan=ScanPlan(missing=0.2), days=np.arange(0.0, 1001.0))
    assert np.array_equal(longer.sld[:, : whole.sld.shape[1]], whole.sld, equal_nan=True)
    assert followed(rate, seed=2).sld[0, 1] != whole.sld[0, 1]
    shorter = followed(rate, plan=ScanPlan(missing=0.2, data_cut_days=300.0))
    assert np.array_equal(whole.sld[:, : shorter.sld.shape[1]], shorter.sld, equal_nan=True)


def test_reading_between_saved_days():
    days, cells = np.array([0.0, 10.0]), np.array([[1e9, 1e7], [0.0, 0.0]])
    found = at_days(days, cells, [0.0, 5.0, 10.0])
    assert found[0] == pytest.approx([1e9, 1e8, 1e7])
    assert found[1].tolist() == [0.0, 0.0, 0.0]


def test_growth_shrinkage_and_standing_still():
    out = followed([0.01, 0.0, -0.004, -0.05], plan=ScanPlan(reader_sd_mm=0.0))
    assert [Response(x).name for x in out.best] == ["PD", "SD", "PR", "CR"]
    assert out.progression_day[0] == 56.0
    assert np.isnan(out.progression_day[1:]).all()
    assert out.response_day[3] == 56.0
    assert out.pfs_event.tolist() == [True, False, False, False]
    assert out.pfs_days.tolist() == [56.0, 728.0, 728.0, 728.0]
    assert out.os_days.tolist() == [730.0] * 4


def test_untreated_growth_never_responds():
    rate = np.exp(np.random.default_rng(1).normal(np.log(0.007), 0.7, 2000))  # doubling time about 100 days
    for criterion in ("WHO", "RECIST 1.1"):
        out = followed(rate, plan=ScanPlan(criterion=criterion, schedule="every 4 weeks"))
        assert out.responders.mean() < 0.005, criterion


def test_relapse_of_a_complete_response():
    cells = 3e10 * np.exp(-0.08 * DAYS) + 1e4 * np.exp(0.03 * DAYS)
    none = np.zeros((1, len(DAYS)))
    out = trial_outcomes(
        DAYS, tumour_cells=cells[None, :], death_hazard_integral=none, tox_hazard_integral=none,
        patients=[0], seed=1, plan=ScanPlan(),
    )  # fmt: skip
    assert Response(out.best[0]) is Response.CR
    assert out.complete_day[0] < out.progression_day[0]
    assert out.pfs_event[0]


def test_who_counts_small_lesions_as_gone_before_recist_does():
    cells = np.full((1, len(DAYS)), 1.5e8)  # a lesion of 6.6 mm
    cells[0, 0] = 3e10
    none = np.zeros(cells.shape)
    best = {}
    for criterion in ("WHO", "RECIST 1.1"):
        plan = ScanPlan(criterion=criterion, reader_sd_mm=0.0)
        out = trial_outcomes(
            DAYS, tumour_cells=cells, death_hazard_integral=none, tox_hazard_integral=none,
            patients=[3], seed=1, plan=plan,
        )  # fmt: skip
        best[criterion] = Response(out.best[0]).name
    assert best == {"WHO": "CR", "RECIST 1.1": "PR"}


def test_crossing_a_level():
    days = np.array([0.0, 10.0, 20.0])
    hazard = np.array([[0.0, 1.0, 1.0], [0.0, 0.0, 0.0], [np.nan, np.nan, np.nan]])
    assert crossing_days(days, hazard, np.array([0.5, 0.5, 0.5])).tolist() == [5.0, np.inf, np.inf]
    assert crossing_days(days, hazard[:1], np.array([1.0])).tolist() == [10.0]


def test_death_follows_its_hazard_and_causes_compete():
    count = 20_000
    days = np.arange(0.0, 2001.0, 10.0)
    of_disease, of_treatment = np.tile(days / 500.0, (count, 1)), np.tile(days / 1000.0, (count, 1))
    found = deaths(1, np.arange(count), days, disease=of_disease, treatment=of_treatment)
    assert (found.day > 300.0).mean() == pytest.approx(np.exp(-0.9), abs=0.011)
    dead = found.cause != Cause.ALIVE
    assert (found.cause[dead] == Cause.TREATMENT).mean() == pytest.approx(1 / 3, abs=0.011)
    milder = deaths(1, np.arange(count), days, disease=of_disease, treatment=0 * of_treatment)
    assert (milder.day >= found.day).all()
    same = found.cause == Cause.DISEASE
    assert (milder.day[same] == found.day[same]).all()


def test_nobody_is_scanned_after_death_and_death_ends_pfs():
    out = followed(np.zeros(300), hazard=1 / 200.0, plan=ScanPlan(reader_sd_mm=0.0))
    late = out.scan_days > out.death_day[:, None]
    assert np.isnan(out.sld[late]).all()
    died = out.os_event
    assert died.any()
    assert out.pfs_days[died].tolist() == out.death_day[died].tolist()
    assert (out.pfs_days[~died] == 728.0).all()


def test_an_event_after_two_missed_scans_does_not_count():
    plan = {"reader_sd_mm": 0.0, "missing": 0.6, "schedule": "every 8 weeks"}
    strict = followed(np.full(400, 0.004), plan=ScanPlan(**plan))
    lax = followed(np.full(400, 0.004), plan=ScanPlan(**plan, missed_visits=100))
    assert (~strict.pfs_event & lax.pfs_event).any()
    assert (strict.pfs_days <= lax.pfs_days).all()
    assert strict.os_days.tolist() == lax.os_days.tolist()


def test_new_lesions_are_off_and_when_on_end_stable_disease():
    assert not followed(np.zeros(200), plan=ScanPlan(reader_sd_mm=0.0)).pfs_event.any()
    on = followed(np.zeros(2000), plan=ScanPlan(reader_sd_mm=0.0, new_lesions_per_year=1.0))
    assert on.pfs_event.mean() == pytest.approx(1.0 - np.exp(-728.0 / 365.25), abs=0.03)
    gone = followed(np.full(500, -0.5), plan=ScanPlan(reader_sd_mm=0.0, new_lesions_per_year=1.0))
    assert gone.pfs_event.mean() < 0.02


def test_failed_patients_count_nowhere_and_too_small_ones_are_not_evaluable():
    cells = np.full((3, len(DAYS)), 3e10)
    cells[0] = np.nan
    cells[1] = 1e6
    none = np.zeros(cells.shape)
    out = trial_outcomes(
        DAYS, tumour_cells=cells, death_hazard_integral=none, tox_hazard_integral=none,
        patients=np.arange(3), seed=1, plan=ScanPlan(), tox_peak=np.full(len(cells), 2.0),
    )  # fmt: skip
    assert out.evaluated.tolist() == [False, True, True]
    assert np.isnan(out.os_days[0])
    assert not out.os_event[0]
    assert Response(out.best[1]) is Response.NE
    assert out.os_days[1] == 730.0


def test_pooled_parts_are_the_whole():
    rate = np.linspace(-0.02, 0.02, 9)
    whole = followed(rate, hazard=1e-3, toxic=1e-3)
    parts = [followed(rate[k : k + 3], patients=np.arange(k, k + 3), hazard=1e-3, toxic=1e-3) for k in (0, 3, 6)]
    pooled = Outcomes.pooled(parts)
    for name in ("best", "os_days", "os_event", "pfs_days", "cause", "evaluated"):
        assert getattr(pooled, name).tolist() == getattr(whole, name).tolist()
    with pytest.raises(StudyError, match="pooled"):
        Outcomes.pooled([parts[0], followed(rate[:3], plan=ScanPlan(criterion="WHO"))])


def test_wrong_shapes_are_refused():
    good = np.zeros((2, len(DAYS)))
    more = {"patients": [0, 1], "seed": 1, "plan": ScanPlan()}
    with pytest.raises(StudyError, match="day 0"):
        trial_outcomes(DAYS + 1, tumour_cells=good, death_hazard_integral=good, tox_hazard_integral=good, **more)
    with pytest.raises(StudyError, match="patients by days"):
        trial_outcomes(DAYS, tumour_cells=good, death_hazard_integral=good[:1], tox_hazard_integral=good, **more)


def test_five_thousand_patients_with_sixty_scans_are_quick():
    rate = np.random.default_rng(1).normal(0.0, 0.01, 5000)
    days = np.arange(0.0, 1681.0, 7.0)
    with bounded(100):  # 12 when written
        out = followed(rate, plan=ScanPlan(criterion="WHO", schedule="every 4 weeks"), days=days)
    assert out.sld.shape == (5000, 61)


def test_who_enters_late_is_followed_shorter_and_nobody_else_changes():
    days = np.arange(0.0, 731.0, 7.0)
    n = 300
    people = np.arange(n)
    cells = 3e10 * np.exp(np.linspace(-0.004, 0.004, n)[:, None] * days)
    hazard = np.tile(days / 700.0, (n, 1))
    none = np.zeros_like(hazard)

    def read(plan, patients=people):
        return trial_outcomes(
            days,
            tumour_cells=cells[patients],
            death_hazard_integral=hazard[patients],
            tox_hazard_integral=none[patients],
            patients=patients,
            seed=1,
            plan=plan,
        )

    whole, late = read(ScanPlan()), read(ScanPlan(accrual_days=600.0))
    end = late.cut_days - 600.0 * uniform(1, people, "accrual", "day")[:, 0]
    assert late.cut_days == 728.0
    lost = whole.os_days > end
    assert 0.2 < lost.mean() < 0.95
    assert (late.os_days == np.minimum(whole.os_days, end)).all()
    assert (late.os_event == whole.os_event & ~lost).all()
    assert np.isnan(late.sld[late.scan_days[None, :] > end[:, None]]).all()
    assert (late.pfs_days <= end + 1e-9).all()
    kept = ~(late.scan_days[None, :] > end[:, None])
    assert np.array_equal(late.sld[kept], whole.sld[kept], equal_nan=True)
    assert read(ScanPlan(accrual_days=600.0), people[7:8]).os_days[0] == late.os_days[7]
    # the survival curve is that of everybody, known less well
    one, other = (trial_statistic("os_rate_12_months", out) for out in (whole, late))
    assert other.lower < one.value < other.upper
    assert other.upper - other.lower > one.upper - one.lower


def test_entering_after_the_end_is_refused_and_unsaid_is_unwritten():
    with pytest.raises(ValueError, match="accrual_days is above data_cut_days"):
        ScanPlan(accrual_days=400.0, data_cut_days=300.0)
    assert "accrual_days" not in ScanPlan().model_dump(mode="json")
    assert ScanPlan(accrual_days=3.0).model_dump(mode="json")["accrual_days"] == 3.0


def test_who_is_lost_to_follow_up_censors_survival_and_counts_as_not_responding():
    """Leaving has nothing to do with the disease here, so curves stay within chance of those of everybody."""
    rng = np.random.default_rng(1)
    days, n = np.arange(0.0, 731.0, 7.0), 2000
    shrinks = (rng.random((n, 1)) < 0.3) * np.minimum(days, 100.0) / 40.0
    cells = 3e10 * np.exp(np.clip(rng.normal(0.002, 0.004, n)[:, None] * days - shrinks, -20.0, 5.0))
    hazard = np.tile(days / 500.0, (n, 1))
    left = -np.log(rng.random(n)) * 500.0

    def read(left_days):
        return trial_outcomes(
            days,
            tumour_cells=cells,
            death_hazard_integral=hazard,
            tox_hazard_integral=np.zeros_like(hazard),
            patients=np.arange(n),
            seed=1,
            plan=ScanPlan(),
            left_days=left_days,
        )

    whole, lost = read(None), read(left)
    assert (lost.os_event <= whole.os_event).all()
    assert (lost.pfs_days <= np.minimum(left, lost.cut_days) + 1e-9).all()
    assert (lost.responders <= whole.responders).all()
    for name in ("os_rate_12_months", "pfs_rate_6_months", "pfs_rate_12_months"):
        one, other = trial_statistic(name, whole), trial_statistic(name, lost)
        assert other.n == n
        assert abs(one.value - other.value) < 3.0 * (other.upper - other.lower) / 3.92
    # in the denominator as one who did not respond
    assert trial_statistic("orr", lost).n == n
    assert trial_statistic("orr", lost).value < trial_statistic("orr", whole).value
