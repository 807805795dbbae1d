"""Arms without a dose are read at visits, with measurement noise that belongs to patient, observable and day."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from bimodal.evidence import Target, load_targets
from bimodal.study import RunOptions, load_study
from bimodal.study.endpoints.dosing_times import DosingTimes
from bimodal.study.endpoints.noise import noise_log_sd
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.readings.readings import Readings
from bimodal.study.run.in_memory import run_in_memory
from bimodal.study.solver.engine_solver import load_solver
from bimodal.study.verdict.comparison import compare, reading, simulate
from bimodal.study.verdict.visits import Visits, visits_of

DAYS = (5.0, 7.0, 14.0, 28.0, 60.0)


def readings(patients):
    """People who stay as they are: Treg count 60, Tconv count 940, so Treg are 6 % of CD4."""
    times = np.array([0.0, *DAYS]) * 24.0
    flat = np.tile([60.0, 940.0], (patients, len(times), 1))
    none = np.zeros(patients, np.int8)
    return Readings(times, ("treg_count", "tconv_count"), {"a": flat}, {"a": none}, {"a": DosingTimes(())})


def visits(observable, seed=1, arms=("a",), days=DAYS):
    return Visits(seed, frozenset(arms), {observable: days})


def target(how="rise", endpoint="treg_percent_cd4", unit="%"):
    return Target.model_validate(
        {
            "id": "X1", "study": "x", "arms": ("a",), "endpoint": endpoint, "label": "t", "kind": "band",
            "time": {"from": 0, "to": 60, "reduce": how}, "statistic": "mean", "published": 1.0, "lower": 0.0,
            "upper": 2.0, "unit": unit, "quality": "page", "role": "validation", "source": "s",
        }
    )  # fmt: skip


def test_the_largest_rise_of_people_who_stay_as_they_are():
    """Closed form: the mean of the largest of six log-normal numbers, less the mean of one."""
    found = simulate(target(), readings(40_000), visits("treg_percent_cd4"))
    sd = noise_log_sd("treg_percent_cd4")
    largest = quad(lambda z: 6.0 * np.exp(sd * z) * norm.pdf(z) * norm.cdf(z) ** 5, -10.0, 10.0)[0]
    assert found.middle == pytest.approx(6.0 * (largest - np.exp(sd * sd / 2.0)), rel=0.02)


def test_a_patient_is_read_the_same_whoever_else_is_there():
    """In any number of patients, with other visits, and with another observable beside it."""
    few, many = readings(3), readings(50)
    own = visits("treg_percent_cd4")
    whole = reading(target(), "a", many, own)
    assert reading(target(), "a", few, own).tolist() == whole[:3].tolist()
    fewer = reading(target("change"), "a", many, visits("treg_percent_cd4", days=(28.0, 60.0)))
    assert fewer.tolist() == reading(target("change"), "a", many, own).tolist()
    assert (reading(target(), "a", many, visits("treg_percent_cd4", seed=2)) != whole).any()


def test_a_fold_has_the_noise_of_its_level():
    runs = readings(200)
    level = reading(target("ratio", "treg_count", "1"), "a", runs, visits("treg_count"))
    fold = reading(target("ratio", "treg_fold", "1"), "a", runs, visits("treg_fold"))
    assert fold == pytest.approx(level, rel=1e-12)
    assert np.log(fold).std() == pytest.approx(noise_log_sd("treg_fold"), rel=0.15)


@pytest.mark.parametrize("how", ["peak", "min", "rise", "fall", "change", "ratio", "percent"])
def test_what_lies_between_visits_is_never_asked_for(how):
    """No segment was read here: an exact peak would be refused."""
    unit = {"ratio": "1"}.get(how, "%")
    assert simulate(target(how, unit=unit), readings(5), visits("treg_percent_cd4")) is not None


def test_what_is_read_exactly():
    own = visits("treg_percent_cd4")
    assert own.take(target(), "a")
    assert not own.take(target(), "b")  # another arm
    assert not own.take(target("mean"), "a")  # exposure is not read at visits
    assert not own.take(target(endpoint="tox_index"), "a")  # no noise is known
    day = target().model_copy(update={"time": None})
    assert not own.take(day, "a")


def test_the_placebo_arm_of_hartemann_rises_without_a_drug():
    plan = make_plan(load_study("hartemann-2013"), RunOptions(patients=60, seed=1), load_solver("human"))
    runs, idle = run_in_memory(plan).readings, visits_of(plan)
    assert idle.arms == {"placebo"}
    assert visits_of(plan, treated=True).arms == {arm.name for arm in plan.arms}
    rows = {row.id: row for row in load_targets("hartemann-2013") if row.endpoint}
    noisy, exact = compare(rows["B33"], runs, None, idle), compare(rows["B33"], runs)
    assert exact["simulated"] == pytest.approx(0.0, abs=1e-6)
    assert 0.7 < noisy["simulated"] < 1.4  # published 0.5, one SD to 0.9: near, and above
    assert "measurement noise" in noisy["simulated_interval"]
    treated = compare(rows["B35"], runs, None, idle)
    assert treated == compare(rows["B35"], runs)
