"""Checks before the question is asked."""

from dataclasses import replace

import numpy as np
import pytest

from bimodal.timing.level import mean_level
from bimodal.timing.quality import check
from bimodal.timing.series import Event, plain_series
from bimodal.timing.undisturbed import undisturbed


def daily(n=28, **changes):
    days = np.arange(n)
    return replace(plain_series(24.0 * days, 5.0 + 2.0 * np.cos(days)), **changes)


def codes(series):
    return [finding.code for finding in check(series, undisturbed(series)).findings]


def test_a_good_series_has_no_findings():
    assert codes(daily()) == []


def test_too_few_and_too_short_stop_and_come_first():
    few = daily(9)
    quality = check(few, few)
    assert [finding.code for finding in quality.findings] == ["count", "span", "small"]
    assert [finding.stops for finding in quality.findings] == [True, True, False]
    assert not quality.sufficient
    assert quality.to_dict()["used"] == 9


def test_fourteen_daily_samples_span_thirteen_days_and_do_not_suffice():
    assert codes(daily(14))[0] == "span"
    assert check(daily(15), daily(15)).sufficient


def test_a_fall_faster_than_clearance_is_named_by_row():
    values = np.full(28, 10.0)
    values[10:] = 1.0
    rows = tuple(range(2, 30))
    findings = check(daily(values=values, rows=rows), daily(values=values, rows=rows)).findings
    assert [finding.code for finding in findings] == ["impossible fall"]
    assert "rows 11 and 12" in findings[0].what
    assert "2.4-fold" in findings[0].what
    slow = values.copy()
    slow[10:13] = [10 / 2.4, 10 / 5.7, 1.0]
    assert codes(daily(values=slow)) == []


def test_a_fall_below_the_limit_counts_and_many_falls_are_summed_up():
    values = np.where(np.arange(28) % 2 == 0, 40.0, 1.0)
    below = values == 1.0
    findings = check(daily(values=values, censored=below), daily(values=values, censored=below)).findings
    falls = [finding.what for finding in findings if finding.code == "impossible fall"]
    assert len(falls) == 6
    assert "at least 40.0-fold" in falls[0]
    assert falls[-1] == "9 more falls are impossible"


@pytest.mark.parametrize(("names", "words"), [(("a", "b"), "a shift"), (("a", "b", "c"), "more than two")])
def test_laboratories(names, words):
    series = daily(laboratories=tuple(names[k % len(names)] for k in range(28)))
    (finding,) = check(series, series).findings
    assert words in finding.what


def test_only_weekdays_imitate_a_week():
    days = np.array([7 * week + day for week in range(5) for day in (0, 2, 4)])
    series = plain_series(24.0 * days, 5.0 + np.cos(days))
    assert "weekdays" in codes(series)
    working = np.array([7 * week + day for week in range(4) for day in range(5)])
    assert "weekdays" in codes(plain_series(24.0 * working, 5.0 + np.cos(working)))


def test_gaps_clock_limit_and_pulses_are_said():
    days = np.append(np.arange(14), np.arange(20, 32))
    series = plain_series(24.0 * days + 6.0 * (np.arange(26) % 3), 5.0 + np.cos(days))
    series = replace(series, censored=np.arange(26) == 3, events=(Event("infection", 90.0),), pulses=(90.0,))
    assert codes(series) == ["gap", "clock", "limit", "pulses"]


def test_mostly_below_the_limit_stops():
    quality = check(daily(censored=np.arange(28) < 15), daily(censored=np.arange(28) < 15))
    assert [(finding.code, finding.stops) for finding in quality.findings] == [("below limit", True)]


def test_the_first_dose_or_disturbance_ends_the_series_and_a_sample_at_its_time_counts():
    events = (Event("il6", 5.0), Event("steroid", 240.0), Event("dose", 480.0))
    whole = daily(events=events)
    assert undisturbed(whole).n == 11
    said = {finding.code: finding.what for finding in check(whole, undisturbed(whole)).findings}
    assert "17 samples after the first steroid (hour 240)" in said["after event"]
    assert undisturbed(replace(whole, pulses=(240.0,))).n == 21
    assert undisturbed(replace(whole, events=events[:1])).n == 28
    nothing = undisturbed(replace(whole, events=(Event("dose", -1.0),)))
    assert nothing.n == 0
    assert [finding.stops for finding in check(whole, nothing).findings[:2]] == [True, True]
    assert mean_level(nothing).mean_mg_per_l is None


def test_the_level_counts_the_limit_itself():
    series = plain_series([0.0, 24.0], [1.0, 4.0], censored=[True, False])
    assert mean_level(series).mean_mg_per_l == 2.5
    assert mean_level(series).below_limit == 1
