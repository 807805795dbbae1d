"""What a series says of a cycle, and when a window may be named, at each of the bars."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bimodal.timing import Prior, Status
from bimodal.timing.decide import decide, sentence
from bimodal.timing.level import mean_level
from bimodal.timing.posterior import PeriodPosterior, bayes_factor, hypothesis_probabilities
from bimodal.timing.series import plain_series
from bimodal.timing.windows import Slot, _judge


def found(factor=20.0, p_h1=0.95, first: float | None = 20.0, rest: float | None = 5.0, damped=0.02) -> Any:
    period = PeriodPosterior(np.array([6.0, 7.0, 8.0]), np.array([0.1, 0.8, 0.1]), np.ones(3) / 3)
    return SimpleNamespace(
        bayes_factor=factor,
        p_h1=p_h1,
        bayes_factor_first=first,
        bayes_factor_rest=rest,
        probabilities=(1.0 - p_h1 - damped, damped, p_h1),
        period=period,
    )


@pytest.mark.parametrize(
    ("posterior", "status"),
    [
        (found(), Status.RHYTHM_REPLICATED_IN_THIS_SERIES),
        (found(factor=10.0), Status.NO_EVIDENCE),
        (found(factor=10.001), Status.RHYTHM_REPLICATED_IN_THIS_SERIES),
        (found(p_h1=0.9), Status.RHYTHM_REPLICATED_IN_THIS_SERIES),
        (found(p_h1=0.8999), Status.NO_EVIDENCE),
        (found(first=10.0), Status.RHYTHM_UNREPLICATED),
        (found(first=10.001), Status.RHYTHM_REPLICATED_IN_THIS_SERIES),
        (found(rest=3.0), Status.RHYTHM_UNREPLICATED),
        (found(rest=3.001), Status.RHYTHM_REPLICATED_IN_THIS_SERIES),
        (found(first=None, rest=None), Status.RHYTHM_UNREPLICATED),
        (found(factor=1.0, p_h1=0.2, damped=0.5), Status.NO_EVIDENCE),
        (found(factor=1.0, p_h1=0.2, damped=0.501), Status.RHYTHM_WITHOUT_MEMORY),
        (None, Status.INSUFFICIENT_DATA),
    ],
)
def test_each_bar_is_where_it_is_said_to_be(posterior, status):
    assert decide(posterior, sufficient=True) is status
    assert decide(posterior, sufficient=False) is Status.INSUFFICIENT_DATA


@pytest.mark.parametrize(
    ("status", "p_h1", "begins"),
    [
        (Status.NO_EVIDENCE, 0.51, "Do not time: what speaks for a persistent cycle stays below the bar of this test."),
        (Status.NO_EVIDENCE, 0.5, "Do not time: no evidence of a cycle. P(noise) 0.48, P(rhythm without memory) 0.02,"),
        (Status.RHYTHM_WITHOUT_MEMORY, 0.1, "Do not time: the samples swing, but such a rhythm forgets its phase"),
        (Status.RHYTHM_UNREPLICATED, 0.95, "This model favours a persistent cycle (period 7.0 days (90 % interval 6.0"),
        (Status.RHYTHM_REPLICATED_IN_THIS_SERIES, 0.95, "This model favours a persistent cycle (period 7.0 days"),
    ],
)
def test_the_sentence_is_that_of_the_status(status, p_h1, begins):
    said = sentence(status, found(p_h1=p_h1))
    assert said.startswith(begins)
    assert ("not replicated, a reason to sample on" in said) is (status is Status.RHYTHM_UNREPLICATED)
    assert ("predicted the rest" in said) is (status is Status.RHYTHM_REPLICATED_IN_THIS_SERIES)


def slot(p: float) -> Slot:
    return Slot(0.0, 1.0, p, 0.9 * p, p, 0.1)


def test_a_window_needs_a_rhythm_a_probable_cycle_and_a_probable_slot():
    slots = (slot(0.59), slot(0.6), slot(0.7))
    for status in (Status.RHYTHM_UNREPLICATED, Status.RHYTHM_REPLICATED_IN_THIS_SERIES):
        given, said = _judge(status, 0.9, slots)
        assert given == slots[1:]
        assert said == "2 of 3 slots pass both bars, under the stated offset"
        assert _judge(status, 0.8999, slots)[0] == ()
        none, why = _judge(status, 0.9, slots[:1])
        assert none == ()
        assert "no slot is in it with more than P = 0.59; 0.6 is the bar" in why
    for status in (Status.NO_EVIDENCE, Status.RHYTHM_WITHOUT_MEMORY, Status.INSUFFICIENT_DATA):
        assert _judge(status, 1.0, slots) == ((), f"no window: the status is {status.value}")


def test_probabilities_and_factors_by_hand():
    prior = Prior()
    weights = prior.hypothesis_weights()
    evidence = (-3.0, -2.0, 1.0)
    joint = np.exp(evidence) * weights
    assert hypothesis_probabilities(evidence, prior) == pytest.approx(tuple(joint / joint.sum()), rel=1e-14)
    null = (1.0 - prior.memoryless_share) * np.exp(-3.0) + prior.memoryless_share * np.exp(-2.0)
    assert bayes_factor(evidence, prior) == pytest.approx(np.exp(1.0) / null, rel=1e-14)
    assert bayes_factor((0.0, 0.0, 5000.0), prior) == pytest.approx(np.exp(700.0))
    shifted = tuple(value - 5000.0 for value in evidence)
    assert hypothesis_probabilities(shifted, prior) == pytest.approx(tuple(joint / joint.sum()), rel=1e-9)
    assert bayes_factor(shifted, prior) == pytest.approx(np.exp(1.0) / null, rel=1e-9)


def test_the_period_is_read_from_its_weights():
    period = PeriodPosterior(np.array([6.0, 7.0, 8.0]), np.array([0.2, 0.6, 0.2]), np.array([0.1, 0.8, 0.1]))
    # the prior is divided out: 2, 0.75 and 2 times what it gave, the first of the largest
    assert period.mode_days == 6.0
    # weights sit in the middle of their steps: 0.1, 0.5 and 0.9
    assert period.quantiles([0.1, 0.3, 0.5, 0.9]).tolist() == pytest.approx([6.0, 6.5, 7.0, 8.0])


def test_the_level_is_the_mean_of_what_was_measured():
    level = mean_level(plain_series([0.0, 24.0, 48.0], [1.0, 2.0, 6.0]))
    assert (level.mean_mg_per_l, level.samples, level.below_limit) == (3.0, 3, 0)
    assert level.geometric_mean_mg_per_l == pytest.approx(12.0 ** (1 / 3), rel=1e-14)
