"""Windows, their protocol, the line-up and the curves: what is refused, and what stands beside every number."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from bimodal.errors import TimingError
from bimodal.timing import Status, assess
from bimodal.timing.fitted import fitted_curves
from bimodal.timing.lineup import NOISE_SERIES, line_up
from bimodal.timing.protocol import STATEMENT, WindowPlan, read_protocol
from bimodal.timing.series import plain_series
from bimodal.timing.simulate_series import sample_days, simulate_series
from bimodal.timing.windows import P_CYCLE_BAR, P_WINDOW_BAR, dosing_windows
from bimodal.timing.wording import SAFETY

PROTOCOL = f"""
[protocol]
title = "Natural history of CRP"
reference = "ethics 2026-17"
statement = "{STATEMENT}"
[window]
offset_h = 21
offset_source = "assumed"
width_h = 48
doses = 3
"""


@pytest.fixture(scope="module")
def rhythm():
    made = simulate_series("mech", sample_days("21 daily", 1), seed=1, index=3)
    return made, assess(made.series)


@pytest.fixture(scope="module")
def noise():
    return assess(simulate_series("OU 3 d", sample_days("21 daily", 1), seed=1, index=3).series)


def plan(**kwargs):
    return WindowPlan(0.0, "assumed for the test", **{"offset_sd_h": 0.0, **kwargs})


def test_a_found_rhythm_gives_slots_at_its_peaks_with_chance_beside(rhythm):
    made, answer = rhythm
    found = dosing_windows(answer, plan())
    assert found.given
    for slot in found.given:
        phase = made.phase(slot.study_hour) / (2 * np.pi)
        assert min(phase, 1 - phase) * made.period_days < 2.0
        assert slot.p_hit == pytest.approx(answer.p_h1 * slot.p_given_cycle)
        assert slot.p_given_cycle >= P_WINDOW_BAR
    every = np.mean([slot.p_given_cycle for slot in found.slots])
    assert every == pytest.approx(found.chance, abs=0.15)
    assert found.slots[0].study_hour == pytest.approx(answer.series.hours[-1] + 24)


def test_the_offset_moves_the_window_and_its_doubt_flattens_it(rhythm):
    _, answer = rhythm
    peak = [
        max(dosing_windows(answer, p).slots, key=lambda s: s.p_given_cycle)
        for p in (plan(), replace(plan(), offset_h=24.0))
    ]
    period = 24 * answer.phase.mean_period_days
    shift = (peak[1].study_hour - peak[0].study_hour) % period
    assert min(abs(shift - 24), abs(shift - 24 - period)) <= 6.1
    unsure = dosing_windows(answer, plan(offset_sd_h=60.0))
    assert (unsure.given, unsure.slots) == ((), ())
    assert "no slot" in unsure.reason


def test_noise_gives_no_window_and_says_why(noise):
    assert noise.status is Status.NO_EVIDENCE
    found = dosing_windows(noise, plan())
    assert (found.given, found.slots) == ((), ())
    assert "NO_EVIDENCE" in found.reason
    assert "progress" in found.if_wrong


def test_the_bar_on_the_probability_of_a_cycle_holds(rhythm, monkeypatch):
    from bimodal.timing import windows as module

    monkeypatch.setattr(module, "P_CYCLE_BAR", 1.1)
    assert "below" in dosing_windows(rhythm[1], plan()).reason
    assert P_CYCLE_BAR == 0.9


def test_a_course_counts_doses_beside_chance(rhythm):
    slot = dosing_windows(rhythm[1], plan(doses=3)).slots[0]
    assert 0 <= slot.doses_in_window <= 3
    assert slot.doses_by_chance == pytest.approx(3 * dosing_windows(rhythm[1], plan()).chance)


def test_measured_samples_need_a_protocol(rhythm, tmp_path):
    measured = replace(rhythm[1], whole=replace(rhythm[1].whole, sha256="ab"))
    with pytest.raises(TimingError, match="declared protocol"):
        dosing_windows(measured, plan())
    file = tmp_path / "protocol.toml"
    file.write_text(PROTOCOL, encoding="utf-8")
    found = dosing_windows(measured, read_protocol(file))
    assert (found.plan.doses, found.plan.title) == (3, "Natural history of CRP")
    said = json.dumps(found.to_dict(), allow_nan=False)
    assert SAFETY in found.to_dict()["safety"]
    assert not re.search(r"\d{4}-\d\d-\d\dT", said)


def test_a_window_as_wide_as_half_a_cycle_is_refused(rhythm):
    with pytest.raises(TimingError, match="half of a cycle"):
        dosing_windows(rhythm[1], plan(width_h=120.0))


def test_too_few_samples_give_nothing():
    found = dosing_windows(assess(plain_series([0.0, 24.0], [3.0, 4.0])), plan())
    assert (found.slots, found.reason) == ((), "the samples do not suffice to ask")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ((STATEMENT, "we dose by this"), "does not declare"),
        (("offset_h = 21\n", ""), "nobody knows it"),
        (('offset_source = "assumed"\n', ""), "offset_source"),
        (("doses = 3", "doses = 2.5"), "whole number"),
        (("doses = 3", "doses = 1e400"), "not finite"),
        (("width_h = 48", 'width_h = "two days"'), "no number"),
        (("width_h = 48", "width_h = 4800"), "out of range"),
        (("width_h = 48", "widht_h = 48"), "no key"),
        (("[window]", "[windows]"), "no table|missing"),
        (("[protocol]", "[protocol"), "no TOML"),
        (('reference = "ethics 2026-17"', 'reference = ""'), "reference"),
    ],
)
def test_bad_protocols_are_refused(tmp_path, change, message):
    file = tmp_path / "p.toml"
    file.write_text(PROTOCOL.replace(*change), encoding="utf-8")
    with pytest.raises(TimingError, match=message) as fault:
        read_protocol(file)
    assert message == "out of range" or "p.toml" in str(fault.value)


def test_protocol_files_that_cannot_be_read(tmp_path):
    (tmp_path / "big.toml").write_text("#" * 200_000, encoding="utf-8")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    for name in ("none.toml", "big.toml", "bytes.toml"):
        with pytest.raises(TimingError):
            read_protocol(tmp_path / name)


def test_line_up_hides_the_real_series_among_noise(noise):
    lineup = line_up(noise, seed=1)
    assert lineup.logs.shape == (NOISE_SERIES + 1, noise.series.n)
    assert lineup.logs[lineup.real - 1] == pytest.approx(noise.series.log_values)
    same = line_up(noise, seed=1)
    assert np.array_equal(same.logs, lineup.logs)
    spread = np.delete(lineup.logs, lineup.real - 1, axis=0).std(axis=1)
    assert 0.3 < np.median(spread) / noise.series.log_values.std() < 3
    with pytest.raises(TimingError):
        line_up(assess(plain_series([0.0, 24.0], [3.0, 4.0])))


def test_the_place_in_the_line_up_changes_with_the_seed(noise, monkeypatch):
    monkeypatch.setattr("bimodal.timing.lineup.noise_like", lambda answer, n, seed: np.zeros((n, answer.series.n)))
    assert len({line_up(noise, seed=seed).real for seed in range(12)}) > 5


def test_all_three_curves_follow_the_samples(noise):
    fits = fitted_curves(noise)
    assert [fit.hypothesis for fit in fits] == ["h0", "hq", "h1"]
    for fit in fits:
        at_samples = np.interp(noise.series.days, fit.days, fit.mean)
        assert np.abs(at_samples - noise.series.log_values).max() < 0.35
        assert (fit.sd >= 0).all()
    assert "cycle" not in fits[0].says
    assert fitted_curves(assess(plain_series([0.0, 24.0], [3.0, 4.0]))) == ()
