"""Intervals of observed values hold the noise of what is measured."""

import math
import time

import numpy as np
import pytest
from scipy.special import ndtri
from scipy.stats import beta

from bimodal.errors import StudyError
from bimodal.predict.noisy import noisy_percentiles, noisy_sd
from bimodal.predict.observed import MAX_ROWS, judge_observations
from bimodal.predict.prediction import PERCENTILES, PredictedArm, PredictedEndpoint, Prediction
from bimodal.study.endpoints.noise import noise_log_sd

PLACES = np.array([2.0, 5.0, 25.0, 50.0, 75.0, 95.0, 98.0])


def predicted(name, percentiles, mean=1.0, sd=0.0, statistic=None):
    row = PredictedEndpoint(
        id=name, day=60.0, unit="1", n=100, median=percentiles[7], lower=percentiles[2], upper=percentiles[12],
        median_se=0.0, mean=mean, sd=sd, percentiles=tuple(percentiles), statistic=statistic, value=percentiles[7],
    )  # fmt: skip
    return Prediction.model_construct(
        id="x", arms=(PredictedArm(name="a", drug="d", regimen="r", n=100, failed=0, endpoints=(row,)),)
    )


def judged(tmp_path, prediction, line):
    (tmp_path / "o.csv").write_text(f"endpoint,day,statistic,value,n\n{line}\n", "utf-8")
    return judge_observations(prediction, tmp_path / "o.csv")[0]


def test_patients_who_are_all_alike_are_read_as_the_noise():
    found = noisy_percentiles((3.0,) * 15, PLACES, 0.2)
    assert found == pytest.approx(3.0 * np.exp(0.2 * ndtri(PLACES / 100.0)), rel=1e-9)


def test_log_normal_patients_are_read_as_a_wider_log_normal():
    """In the middle: beyond the percentiles that were kept, the tail of the patients is not known."""
    patients = np.exp(0.5 * ndtri(np.array(PERCENTILES) / 100.0))
    found = noisy_percentiles(tuple(patients), PLACES, 0.4)
    assert found[1:-1] == pytest.approx(np.exp(math.hypot(0.5, 0.4) * ndtri(PLACES / 100.0))[1:-1], rel=0.02)


def test_no_noise_is_the_percentiles_themselves_and_little_noise_nearly_so():
    patients = tuple(np.exp(0.5 * ndtri(np.array(PERCENTILES) / 100.0)))
    plain = noisy_percentiles(patients, PLACES, 0.0)
    assert plain.tolist() == np.interp(PLACES, PERCENTILES, patients).tolist()
    assert noisy_percentiles(patients, PLACES, 1e-4) == pytest.approx(plain, rel=0.01)


def test_who_has_none_is_read_as_none():
    half = (0.0,) * 8 + (2.0,) * 7
    found = noisy_percentiles(half, np.array([10.0, 90.0]), 0.1)
    assert found[0] == 0.0
    assert found[1] > 1.9
    assert noisy_percentiles((0.0,) * 15, PLACES, 0.1).tolist() == [0.0] * len(PLACES)


@pytest.mark.parametrize("n", [1, 36])
def test_a_median_of_readings_is_the_order_statistic_of_the_noise(tmp_path, n):
    one = judged(tmp_path, predicted("tconv_fold", [0.999] * 15), f"tconv_fold,60,median,1.0,{n}")
    ends = 0.999 * np.exp(noise_log_sd("tconv_fold") * ndtri(beta.ppf([0.05, 0.95], (n + 1) / 2, (n + 1) / 2)))
    assert (one.lower, one.upper) == pytest.approx(tuple(ends), rel=1e-9)
    assert one.inside
    assert one.rule.endswith("measurement noise of 14%")
    assert one.noise_cv == pytest.approx(math.sqrt(1.01**2 - 1.0))  # a fold of two readings of 10 %


def test_a_mean_of_readings_scatters_by_the_noise_of_each(tmp_path):
    one = judged(tmp_path, predicted("cd8_count", [400.0] * 15, mean=400.0), "cd8_count,60,mean,410,16")
    assert one.upper - 400.0 == pytest.approx(1.644854 * 400.0 * 0.1 / 4.0, rel=1e-5)
    draw = np.random.default_rng(1)
    many = draw.lognormal(1.0, 0.3, 400_000)
    read = many * draw.lognormal(-0.02, 0.2, 400_000)  # mean 1
    assert noisy_sd(many.mean(), many.std(), 0.2) == pytest.approx(read.std(), rel=0.01)


def test_numbers_without_noise_stay_as_they_are(tmp_path):
    values = list(np.linspace(1.0, 2.0, 15))
    one = judged(tmp_path, predicted("tmax_h", values), "tmax_h,60,value,1.5,1")
    assert (one.lower, one.upper) == (values[2], values[12])
    assert one.noise_cv == 0.0
    assert "noise" not in one.rule


def test_many_lines_of_the_same_values_take_no_time_each(tmp_path):
    prediction, line = predicted("treg_fold", np.linspace(1.0, 3.0, len(PERCENTILES))), "treg_fold,60,median,3,9"
    began = time.process_time()
    judged(tmp_path, prediction, "\n".join([line] * MAX_ROWS))
    assert time.process_time() - began < 2.0  # it took milliseconds for every line
    with pytest.raises(StudyError, match="more than 2,000 observed values"):
        judged(tmp_path, prediction, "\n".join([line] * (MAX_ROWS + 1)))
