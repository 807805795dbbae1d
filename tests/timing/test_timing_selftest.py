"""The selftest's own arithmetic, the cheap bars in full, and a small run of the costly ones."""

import json

import numpy as np
import pytest

from bimodal.errors import TimingError
from bimodal.timing import operating
from bimodal.timing import selftest_checks as checks
from bimodal.timing.operating import Operating, operate
from bimodal.timing.plan import SamplingPlan, Share, plan_sampling
from bimodal.timing.selftest import SelfTest
from bimodal.timing.selftest_bars import Bar, allowance, rate_bars
from bimodal.timing.selftest_cells import FAST, FULL, Cells, run_cells, series_of
from bimodal.timing.selftest_text import selftest_markdown
from bimodal.timing.simulate_series import sample_days, simulate_series
from bimodal.timing.wording import SAFETY

SMALL = Cells(("filtered", "pseudo-cycle"), ("21 daily",), ("mech",), ("21 daily",))


@pytest.fixture(scope="module")
def cells():
    return run_cells(SMALL, 20, seed=1)


def test_a_small_run_clears_its_bars(cells):
    bars = rate_bars(cells, 20)
    assert {bar.id for bar in bars} >= {"B1", "B4", "B5"}
    assert [bar for bar in bars if not bar.met] == []
    mech = cells["mech", "21 daily"]
    assert (mech.bayes_factor > 10).mean() > 0.4
    assert np.median(np.abs(mech.phase_error_h)) < 15
    assert np.nanmean(mech.hit) > 0.8


def test_a_series_is_judged_alike_alone_and_in_company(cells):
    made = simulate_series("mech", sample_days("21 daily", 1), seed=1, index=4)
    alone = operate([made])
    assert alone.bayes_factor[0] == pytest.approx(cells["mech", "21 daily"].bayes_factor[4], rel=1e-6)
    assert alone.phase_error_h[0] == pytest.approx(cells["mech", "21 daily"].phase_error_h[4], abs=1e-3)


def test_the_phase_is_judged_three_days_after_the_last_sample(monkeypatch):
    made = simulate_series("mech", sample_days("21 daily", 1), seed=1, index=4)
    asked = []
    judged = operating._phase_error
    monkeypatch.setattr(operating, "_phase_error", lambda *given: (asked.append(given[1:3]), judged(*given))[1])
    operate([made], windows=False)
    hour = float(made.series.hours[-1]) + 72.0
    assert asked == [(hour, made.phase(hour))]


def test_noise_has_no_phase_to_miss(cells):
    null = cells["filtered", "21 daily"]
    assert np.isnan(null.phase_error_h).all()
    assert null.covers(0.8).size == 0
    assert sum(null.statuses.values()) == null.n == 20


def bad(rate, n=100, **kwargs):
    empty = np.full(n, np.nan)
    values = {"bayes_factor": np.where(np.arange(n) < rate * n, 50.0, 0.5), "p_h1": np.full(n, 0.3)}
    names = ("period_error_d", "phase_error_h", "rank", "p_window", "hit", "miss_d")
    return Operating(**values, **{name: kwargs.get(name, empty) for name in names}, status=np.full(n, "NO_EVIDENCE"))


def test_misses_are_found():
    bars = rate_bars({("filtered", "28 daily"): bad(0.2)}, 100)
    assert [bar.met for bar in bars] == [False, False, True, True]
    power = rate_bars({("mech", "28 daily"): bad(0.2, rank=np.full(100, 0.01), phase_error_h=np.full(100, 30.0))}, 100)
    assert [bar.met for bar in power if bar.id in ("B2", "B4")] == [False, False, False]
    wrong = bad(1.0, p_window=np.full(100, 0.9), hit=np.zeros(100))
    assert [bar.met for bar in rate_bars({("drift", "21 daily"): wrong}, 100) if bar.id == "B6"] == [False]


def test_a_bar_says_what_was_asked_and_what_was_found():
    missed = bad(0.2, rank=np.full(100, 0.01), phase_error_h=np.full(100, 30.0))
    wrong = bad(1.0, p_window=np.full(100, 0.9), hit=np.zeros(100))
    bars = rate_bars({("mech", "28 daily"): missed, ("drift", "21 daily"): wrong}, 100)
    assert [(bar.id, bar.what, bar.limit, bar.found) for bar in bars] == [
        ("B2", "mech, 28 daily: BF > 10", ">= 75 %", "20.0 % (20 of 100)"),
        (
            *("B4", "80 % interval of the phase holds the truth, well specified and mech", "76 to 95 %"),
            "0.0 % (mech, 28 daily) to 0.0 % (mech, 28 daily)",
        ),
        (
            *("B4", "95 % interval of the phase holds the truth, well specified and mech", ">= 93 %"),
            "0.0 % (mech, 28 daily) to 0.0 % (mech, 28 daily)",
        ),
        (
            *("B6", "21 daily: windows given that are right", ">= predicted - 0.05, and 0.80"),
            "0.000 of 100 windows; predicted 0.900",
        ),
    ]
    null, true = (Operating(**{**vars(bad(0.2)), "p_h1": np.full(100, p)}) for p in (0.3, 0.96))
    sure = rate_bars({("filtered", "21 daily"): null, ("mech", "21 daily"): true}, 100)
    assert [(bar.what, bar.limit, bar.found) for bar in sure if bar.id == "B5"] == [
        ("P(H1) of 0.95 to 1: share of true cycles, prior 0.5", ">= 0.95", "1.000")
    ]


def test_allowance_ends_at_a_thousand():
    assert allowance(0.03, 999, 999) > 0.01
    assert allowance(0.03, 1000, 1000) == 0.0
    assert series_of("42 daily", 200) == 100
    assert set(FAST.pairs) <= set(FULL.pairs)


@pytest.mark.parametrize(
    "check",
    [lambda: checks.too_few(1, 1), lambda: checks.likelihoods_agree(1), checks.hostile_input],
    ids=["too few", "likelihoods", "hostile"],
)
def test_cheap_bars_are_met(check):
    bar = check()
    assert bar.met, bar


def test_page_and_json_say_all(cells):
    answer = SelfTest((Bar("B1", "x", "y", "z", False), Bar("B7", "x", "y", "z", True)), cells, 20, False, 1)
    page = selftest_markdown(answer, "about")
    assert page.startswith(SAFETY)
    assert page.rstrip().endswith(SAFETY)
    assert "1 of 2 met" in page
    assert page.index("**missed**") < page.index("| met |")
    data = json.loads(json.dumps(answer.to_dict(), allow_nan=False))
    assert [row["series"] for row in data["cells"]] == [20, 20, 20]
    assert not answer.met


def test_plan_counts_and_its_refusals():
    answer = plan_sampling(SamplingPlan(14, 2.0, amplitude=1.0, noise_sd=0.2), series=12, nulls=False)
    assert answer.found.of_all == 12
    assert answer.found.count >= answer.found_strongly.count
    assert answer.found.count > 8
    assert 0.28 < answer.chance < 0.31
    assert 100 * answer.progressing == pytest.approx(18, abs=0.5)
    json.dumps(answer.to_dict(), allow_nan=False)
    for wrong in ((2, 1.0), (14, 0.1), (14, 40.0), (150, 2.0)):
        with pytest.raises(TimingError):
            SamplingPlan(*wrong)
    with pytest.raises(TimingError):
        plan_sampling(SamplingPlan(14, 2.0), series=0)


def test_a_plan_of_seven_samples_cannot_answer():
    assert "INSUFFICIENT_DATA" in plan_sampling(SamplingPlan(7, 2.0), series=3, nulls=False).sentence
    assert not SamplingPlan(14, 1.0).sufficient
    assert Share(0, 0).text == "none"
