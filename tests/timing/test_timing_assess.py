"""The question asked of whole series."""

import json
import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from bimodal.errors import TimingError
from bimodal.timing import Prior, Status, assess, compare_hypotheses
from bimodal.timing.assess import first_part
from bimodal.timing.decide import decide
from bimodal.timing.phase import circular_mean
from bimodal.timing.sensitivity import Sensitivity, SensitivityRow
from bimodal.timing.series import Event, plain_series
from bimodal.timing.simulate_series import sample_days, simulate_series
from bimodal.timing.wording import LEVEL_CONFOUNDS, SAFETY, WINNERS_CURSE

# the rules do not hang on the size of the grid, so most tests take a small one
SMALL = Prior(noise_memory=(1.2, 4.9), noise_sd=(0.1, 0.29, 0.6), amplitude=(0.3, 0.8), damped_memory=(0.15, 0.3, 0.6))


@pytest.fixture(scope="module")
def clear_cycle():
    days = sample_days("28 daily", 2)
    draw = np.random.default_rng(4)
    logs = 3.0 + 1.0 * np.cos(2 * math.pi * days / 6.5 - 1.0) + draw.normal(0.0, 0.12, 28)
    return plain_series(24 * days, np.exp(logs))


@pytest.fixture(scope="module")
def answer(clear_cycle):
    return assess(clear_cycle)


@pytest.fixture(scope="module")
def quick(clear_cycle):
    return assess(clear_cycle, prior=SMALL)


def test_a_clear_cycle_is_found_replicated_and_placed(clear_cycle, answer):
    assert answer.status is Status.RHYTHM_REPLICATED_IN_THIS_SERIES
    assert answer.p_h1 > 0.99
    assert answer.p_h0 + answer.p_hq + answer.p_h1 == pytest.approx(1.0)
    low, middle, high = answer.period.quantiles()
    assert low < 6.5 < high
    assert middle == pytest.approx(6.5, abs=0.15)
    last = float(clear_cycle.hours[-1])
    for rib in answer.fan():
        true = (2 * math.pi * rib.hours / 24 / 6.5 - 1.0) / (2 * math.pi) * 6.5 * 24
        error = (rib.hours_from_peak - true + 78.0) % 156.0 - 78.0
        assert abs(error) < 10.0
        assert rib.lower_95 <= rib.lower_80 <= rib.hours_from_peak <= rib.upper_80 <= rib.upper_95
        assert rib.hours == pytest.approx(last + 24 * rib.days_after_last)
    weights = answer.phase_at([last, last + 24.0])
    assert weights.shape == (2, len(answer.phase.grid))
    assert weights.sum(axis=1) == pytest.approx([1.0, 1.0])
    assert WINNERS_CURSE in answer.warnings


def test_the_answer_is_the_same_bytes_again_in_another_process_and_with_other_threads(clear_cycle, answer, tmp_path):
    np.save(tmp_path / "series.npy", np.stack([clear_cycle.hours, clear_cycle.values]))
    script = (
        "import sys, numpy as np\n"
        "from bimodal.timing import assess\nfrom bimodal.timing.series import plain_series\n"
        "hours, values = np.load(sys.argv[1])\n"
        "sys.stdout.buffer.write(assess(plain_series(hours, values)).to_json().encode())\n"
    )
    made = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "series.npy")],
        env={"OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        check=True,
    )
    assert made.stdout == answer.to_json().encode()


def test_json_holds_what_must_always_be_said(answer):
    plain = json.loads(answer.to_json())
    assert plain["safety"] == SAFETY
    assert plain["level"]["note"] == LEVEL_CONFOUNDS
    assert plain["level"]["mean_mg_per_l"] == pytest.approx(float(answer.series.values.mean()))
    assert "Not for diagnosis" in plain["intended_use"]
    assert len(plain["phase"]["fan"]) == 9
    assert sum(plain["period"]["weights"]) == pytest.approx(1.0)
    assert sum(plain["period"]["prior"]) == pytest.approx(1.0)
    assert plain["sensitivity"]["rows"][0]["p_h1"] == pytest.approx(plain["p_h1"])
    odds = [row["odds"] for row in plain["sensitivity"]["rows"]]
    # the last two rows change the odds before the data, the others the priors within a hypothesis
    assert odds == [False] * (len(odds) - 2) + [True, True]
    assert plain["sensitivity"]["p_h1_low"] <= plain["p_h1"] <= plain["sensitivity"]["p_h1_high"]


def test_the_batch_gives_what_one_series_gives(clear_cycle, quick):
    noise = np.random.default_rng(1).normal(0, 0.4, 28)
    both = compare_hypotheses(clear_cycle.days, np.stack([noise, clear_cycle.log_values]), prior=SMALL)
    assert both[1].log_evidence == pytest.approx(quick.posterior.log_evidence, abs=1e-9)
    assert both[1].log_evidence_first == pytest.approx(quick.posterior.log_evidence_first, abs=1e-9)
    assert both[1].period.weights == pytest.approx(quick.period.weights, abs=1e-9)
    ahead = float(clear_cycle.hours[-1]) + 72.0
    assert both[1].phase.at(ahead) == pytest.approx(quick.phase.at(ahead), abs=2e-3)
    assert decide(both[0], sufficient=True) in (Status.NO_EVIDENCE, Status.RHYTHM_WITHOUT_MEMORY)


def test_level_and_unit_change_no_probability(clear_cycle, quick):
    louder = assess(replace(clear_cycle, values=clear_cycle.values * 10.0), prior=SMALL)
    assert louder.p_h1 == pytest.approx(quick.p_h1, rel=1e-9)
    assert louder.level.mean_mg_per_l == pytest.approx(10.0 * quick.level.mean_mg_per_l)


def test_half_the_frequency_step_changes_nothing_that_matters():
    days = sample_days("21 daily", 3)
    series = simulate_series("cycle A .75", days, seed=3, index=4).series
    usual, fine = assess(series), assess(series, prior=Prior().halved())
    assert len(fine.period.days) > 1.9 * len(usual.period.days)
    assert fine.p_h1 == pytest.approx(usual.p_h1, abs=0.01)
    for one, other in zip(usual.fan((1, 3, 5)), fine.fan((1, 3, 5)), strict=True):
        assert one.hours_from_peak == pytest.approx(other.hours_from_peak, abs=1.0)


def test_seven_samples_in_twelve_days_never_get_an_answer():
    days = sample_days("7 in 12 d", 1)
    for truth in ("cycle A 1.0", "white"):
        found = assess(simulate_series(truth, days, seed=1, index=0).series)
        assert found.status is Status.INSUFFICIENT_DATA
        assert found.sentence.startswith("Do not time")
        assert (found.p_h1, found.period, found.phase, found.fan(), found.log_evidence) == (None, None, None, (), None)
        assert found.phase_at([3.0]).sum() == pytest.approx(1.0)
        assert json.loads(found.to_json())["p_h1"] is None


def test_white_noise_gives_no_evidence():
    days = sample_days("21 daily", 1)
    found = assess(simulate_series("white", days, seed=1, index=1).series)
    assert found.status is Status.NO_EVIDENCE
    assert found.sentence.startswith("Do not time: no evidence of a cycle")


def test_a_rhythm_that_forgets_is_named_so():
    """A strong swing whose phase is drawn anew every few days, without other noise."""
    draw = np.random.default_rng(11)
    days = np.arange(0.0, 36.0, 0.75)
    state, path = draw.normal(size=2) @ [1, 1j], []
    for _ in days:
        path.append(state)
        keep = math.exp(-0.75 / 2.0)
        state = keep * state + math.sqrt(1 - keep**2) * (draw.normal(size=2) @ [1, 1j])
    logs = 0.8 * np.real(np.array(path) * np.exp(2j * math.pi * days / 5.0))
    found = assess(plain_series(24 * days, np.exp(logs)), prior=SMALL)
    assert found.p_hq > found.p_h1
    assert found.status in (Status.RHYTHM_WITHOUT_MEMORY, Status.NO_EVIDENCE)


def test_samples_after_a_dose_are_left_out_and_counted(clear_cycle, quick):
    dosed = replace(
        clear_cycle,
        values=np.append(clear_cycle.values[:20], np.full(8, 300.0)),
        events=(Event("dose", float(clear_cycle.hours[19]), row=7), Event("infection", 900.0)),
    )
    found = assess(dosed, prior=SMALL)
    assert found.series.n == 20
    assert found.quality.dropped == 8
    assert any("8 samples after the first dose" in line for line in found.warnings)
    cut = assess(plain_series(clear_cycle.hours[:20], clear_cycle.values[:20]), prior=SMALL)
    assert found.p_h1 == cut.p_h1


def test_a_known_infection_may_be_fitted_as_a_pulse(clear_cycle, quick):
    start = float(clear_cycle.hours[10]) - 2.0
    pulse = np.where(clear_cycle.hours > start, np.exp(-(clear_cycle.hours - start) / 24 / 2.77), 0.0)
    values = clear_cycle.values * np.exp(2.0 * np.maximum(pulse, 0.0))
    sick = replace(clear_cycle, values=values, events=(Event("infection", start),))
    assert assess(sick, prior=SMALL).series.n == 10
    found = assess(replace(sick, pulses=(start,)), prior=SMALL)
    assert found.series.n == 28
    assert found.p_h1 > 0.95


def test_samples_below_the_limit_enter_as_such(clear_cycle, quick):
    limit = float(np.sort(clear_cycle.values)[4])
    below = clear_cycle.values < limit
    hidden = replace(clear_cycle, values=np.where(below, limit, clear_cycle.values), censored=below)
    found = assess(hidden, prior=SMALL)
    assert found.level.below_limit == 4
    assert found.p_h1 > 0.95
    assert found.period.quantiles(0.5) == pytest.approx(quick.period.quantiles(0.5), abs=0.15)
    ahead = float(clear_cycle.hours[-1]) + 72.0
    turn = circular_mean(found.phase.grid, found.phase.at(ahead)[0])
    assert turn == pytest.approx(circular_mean(quick.phase.grid, quick.phase.at(ahead)[0]), abs=0.2)


@pytest.mark.parametrize(
    ("prior", "words"),
    [
        (Prior(cycle=1.0), "between 0 and 1"),
        (Prior(periods=(14.0, 4.0)), "ascend"),
        (Prior(periods=(0.5, 4.0)), "between 2 and 60"),
        (Prior(memoryless_share=1.0), "between 0 and 1"),
        (Prior(memory_weights=(1.0,)), "weight"),
    ],
)
def test_impossible_beliefs_are_refused(clear_cycle, prior, words):
    with pytest.raises(TimingError, match=words):
        assess(clear_cycle, prior=prior)


def test_too_much_is_refused_with_the_size():
    with pytest.raises(TimingError, match="151 samples"):
        assess(plain_series(np.arange(151) * 12.0, np.exp(np.sin(np.arange(151.0)))))


@pytest.mark.parametrize(
    ("days", "values"),
    [
        (np.arange(5.0), np.zeros((2, 4))),
        (np.array([0.0, 2.0, 1.0]), np.zeros((1, 3))),
        (np.arange(3.0), np.array([[0.0, np.nan, 1.0]])),
        (np.arange(2.0), np.zeros((1, 2))),
    ],
)
def test_a_batch_that_does_not_fit_is_refused(days, values):
    with pytest.raises(TimingError):
        compare_hypotheses(days, values)


def test_the_first_part_is_three_quarters_and_at_least_ten():
    assert [first_part(n) for n in (10, 12, 14, 21, 28)] == [10, 10, 10, 16, 21]


def test_the_warning_of_sensitivity_looks_past_the_odds_themselves():
    rows = (
        SensitivityRow("default", 0.6, 1.5),
        SensitivityRow("a", 0.5, 1.0),
        SensitivityRow("b", 0.2, 1.5, odds=True),
    )
    found = Sensitivity(rows)
    assert found.spread == pytest.approx(0.1)
    assert (found.low, found.high) == (0.2, 0.6)
