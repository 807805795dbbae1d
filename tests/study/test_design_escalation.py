"""3+3, BOIN and CRM against exact distributions, published tables and an independent reading of the model."""

import itertools
import math
import tomllib
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import isotonic_regression
from scipy.special import expit

from bimodal.study.design.boin import Boin
from bimodal.study.design.clock import Clock
from bimodal.study.design.crm import Crm
from bimodal.study.design.decision_table import decision_table
from bimodal.study.design.default_skeleton import default_skeleton
from bimodal.study.design.dlt_curve import DltCurve
from bimodal.study.design.escalation import escalation
from bimodal.study.design.isotonic import isotonic
from bimodal.study.design.three_plus_three import three_plus_three
from bimodal.study.design.ward import Ward
from bimodal.study.spec.design import DesignSpec
from bimodal.timing.streams import stream

PUBLISHED = tomllib.loads((Path(__file__).parent / "data" / "design_published.toml").read_text("utf-8"))
TRIALS = 20_000
curves = st.lists(st.floats(0.01, 0.9), min_size=2, max_size=6).map(sorted)


def luck(patients, trials=TRIALS, seed=1):
    return stream(seed, "test", patients).random((trials, patients))


def close(share, truth, trials=TRIALS):
    return abs(share - truth) <= 4.0 * math.sqrt(max(truth * (1.0 - truth), 1.0 / trials) / trials)


# ---- 3+3 ----


def exact_three_plus_three(p, *, six):
    """Walk the tree of all outcomes: selection probabilities (no dose first) and expected patients."""
    selected, patients = np.zeros(len(p) + 1), np.zeros(len(p))
    binomial = [[math.comb(3, y) * q**y * (1 - q) ** (3 - y) for y in range(4)] for q in p]

    def walk(dose, n, y, ceiling, chance):
        for new, share in enumerate(binomial[dose]):
            now = chance * share
            patients[dose] += 3 * now
            own_n, own_y = {**n, dose: n.get(dose, 0) + 3}, {**y, dose: y.get(dose, 0) + new}
            if own_y[dose] >= 2:
                if dose == 0:
                    selected[0] += now
                elif own_n.get(dose - 1, 0) == 6 or not six:
                    selected[dose] += now
                else:
                    walk(dose - 1, own_n, own_y, dose - 1, now)
            elif own_y[dose] == 1 and own_n[dose] == 3:
                walk(dose, own_n, own_y, ceiling, now)
            elif dose < ceiling:
                walk(dose + 1, own_n, own_y, ceiling, now)
            elif own_n[dose] == 6 or not six:
                selected[dose + 1] += now
            else:
                walk(dose, own_n, own_y, ceiling, now)

    walk(0, {}, {}, len(p) - 1, 1.0)
    return selected, patients


@pytest.mark.parametrize("six", [True, False])
@pytest.mark.parametrize("p", [(0.25, 0.35, 0.5, 0.65), (0.05, 0.1, 0.2, 0.3, 0.5), (0.02, 0.04, 0.06)])
def test_three_plus_three_has_its_exact_distribution(p, six):
    found = three_plus_three(luck(6 * len(p)), np.array(p), six_at_mtd=six)
    selected, patients = exact_three_plus_three(p, six=six)
    assert selected.sum() == pytest.approx(1.0)
    for k, truth in enumerate(selected):
        assert close((found.selected == k - 1).mean(), truth), (k, truth)
    error = found.patients.std(axis=0) / math.sqrt(TRIALS)
    assert (np.abs(found.patients.mean(axis=0) - patients) <= 4.0 * error + 1e-9).all()
    assert (found.dlts.sum(axis=0) / found.patients.sum(axis=0)) == pytest.approx(p, abs=0.02)


def test_three_plus_three_without_six_has_the_closed_form():
    """Of one dose after the other: a dose is passed with q^3 + 3 p q^2 q^3 (Lin and Shih, Biostatistics 2001;2:203)."""
    p = np.array([0.1, 0.2, 0.35, 0.5])
    passed = (1 - p) ** 3 + 3 * p * (1 - p) ** 5
    ends = np.concatenate([[1.0], np.cumprod(passed)])
    selected, _ = exact_three_plus_three(tuple(p), six=False)
    assert selected == pytest.approx([*(ends[:-1] * (1 - passed)), ends[-1]])


@given(curves, st.booleans())
@settings(max_examples=20, deadline=None)
def test_a_three_plus_three_keeps_its_rules(p, six):
    found = three_plus_three(luck(6 * len(p), 300), np.array(p), six_at_mtd=six)
    assert set(np.unique(found.patients)) <= {0, 3, 6}
    for selected, n, y in zip(found.selected, found.patients, found.dlts, strict=True):
        tried = int((n > 0).sum())
        assert (n[:tried] > 0).all()
        if selected >= 0:
            assert y[selected] <= 1
            assert n[selected] == 6 or not six
        else:
            assert y[0] >= 2


# ---- BOIN ----


def test_boin_has_the_published_boundaries():
    assert [round(one, 3) for one in Boin(0.3).interval] == [0.236, 0.359]
    published = PUBLISHED["boin"]
    design = Boin(published["target"])
    up, down = design.interval
    rows = zip(*(published[name] for name in ("up_or_below", "down_from", "eliminated_from")), strict=True)
    for n, (rise, fall, gone) in enumerate(rows, published["from_patients"]):
        assert math.floor(up * n) == rise
        assert math.ceil(down * n) == fall
        assert int(np.argmax(design.too_toxic(np.full(n + 1, n), np.arange(n + 1)))) == gone


def test_boin_walks_through_the_published_example():
    published = PUBLISHED["boin"]
    steps, truth = published["example"]["steps"], np.arange(1, 6) / 10
    # a patient with a toxicity has a number below every probability
    numbers = [0.0 if k < dlts else 0.99 for _, dlts, _ in steps for k in range(3)]
    for taken in range(1, len(steps)):
        found = Boin(0.3, most=3 * taken + 3).run(np.array([numbers]), truth)
        expected = np.bincount([dose - 1 for dose, _, _ in steps[: taken + 1]], minlength=5) * 3
        assert found.patients[0].tolist() == expected.tolist()
    assert found.patients[0].tolist() == published["example"]["patients"]
    assert found.dlts[0].tolist() == published["example"]["dlts"]
    assert found.selected[0] == 2


def test_boin_has_the_published_operating_characteristics():
    table = PUBLISHED["boin"]["operating"]
    design = Boin(table["target"], cohort=3, most=30, stop_at=9)
    for k, truth in enumerate(table["truth"]):
        found = design.run(luck(30), np.array(truth))
        # the chance of both: theirs is up to 1.3 points between two runs of their own
        assert 100 * (found.selected == k).mean() == pytest.approx(table["correct"][k], abs=1.3)
        assert found.patients[:, k].mean() == pytest.approx(table["patients_at"][k], abs=0.2)
        assert found.patients.sum(axis=1).mean() == pytest.approx(table["patients"][k], abs=0.35)
        if k < len(table["over_selected"]):
            assert 100 * (found.selected > k).mean() == pytest.approx(table["over_selected"][k], abs=1.3)


def test_a_too_toxic_lowest_dose_ends_a_trial_without_a_dose():
    found = Boin(0.3).run(np.zeros((1, 30)), np.array([0.9, 0.95]))
    assert (found.selected[0], found.patients[0].tolist()) == (-1, [3, 0])


def test_backfill_adds_patients_to_lower_doses_only():
    truth = np.array([0.05, 0.1, 0.25, 0.45])
    plain = Boin(0.25).run(luck(50), truth)
    filled = Boin(0.25, backfill=2).run(luck(50), truth)
    assert filled.patients.sum(axis=1).mean() > plain.patients.sum(axis=1).mean() + 3.0
    assert filled.patients[:, :2].mean() > plain.patients[:, :2].mean() + 1.0
    assert filled.patients[:, 3].mean() == pytest.approx(plain.patients[:, 3].mean(), abs=0.5)
    assert (filled.selected == 2).mean() > (plain.selected == 2).mean() - 0.03


@given(st.integers(1, 8), st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_the_isotonic_fit_is_that_of_scipy(doses, seed):
    random = np.random.default_rng(seed)
    values, weights = random.random((5, doses)), random.random((5, doses)) + 0.01
    weights[:, random.random(doses) < 0.2] = 0.0
    found = isotonic(values, weights)
    for row, own, fitted in zip(values, weights, found, strict=True):
        kept = own > 0.0
        assert np.isnan(fitted[~kept]).all()
        if kept.any():
            assert fitted[kept] == pytest.approx(isotonic_regression(row[kept], weights=own[kept]).x)


# ---- CRM ----


def read_by_quadrature(crm, patients, dlts):
    """Give the posterior mean of the parameter by an integral over all of it, and the curve there."""
    own = np.asarray(crm.skeleton)

    def curve(a):
        if crm.model == "power":
            return own ** math.exp(a)
        scaled = np.log(own / (1 - own)) - 3.0
        return expit(3.0 + math.exp(a) * scaled)

    def dense(a, power):
        p = curve(a)
        like = np.prod(p ** np.asarray(dlts) * (1 - p) ** (np.asarray(patients) - np.asarray(dlts)))
        return a**power * like * math.exp(-0.5 * (a / crm.prior_sd) ** 2)

    ends = (-6 * crm.prior_sd, 6 * crm.prior_sd)
    options = {"epsabs": 0.0, "epsrel": 1e-9, "limit": 200}
    mean = quad(dense, *ends, args=(1,), **options)[0] / quad(dense, *ends, args=(0,), **options)[0]
    return mean, curve(mean)


@pytest.mark.parametrize(
    ("crm", "patients", "dlts"),
    [
        # the data of the example of dfcrm::crm
        (Crm(0.2, (0.05, 0.10, 0.20, 0.35, 0.50, 0.70)), [0, 3, 4, 3, 0, 0], [0, 0, 1, 2, 0, 0]),
        (Crm(0.2, (0.1, 0.2, 0.4, 0.55), prior_sd=math.sqrt(0.75)), [0, 9, 3, 0], [0, 2, 2, 0]),
        (Crm(0.33, (0.1, 0.2, 0.33, 0.45, 0.6), "logistic"), [3, 9, 9, 0, 0], [0, 0, 5, 0, 0]),
    ],
)
def test_the_model_of_a_crm_is_read_as_by_quadrature(crm, patients, dlts):
    found = crm.fitted(np.array([patients]), np.array([dlts]))[0]
    assert found == pytest.approx(read_by_quadrature(crm, patients, dlts)[1], abs=1e-5)


def test_a_crm_walks_through_the_published_trial():
    """Twenty patients one by one: the parameter after each, and the dose of the next, where no step is restricted."""
    table = PUBLISHED["crm"]["trial"]
    crm = Crm(table["target"], tuple(table["skeleton"]), "logistic", cohort=1, most=20)
    patients, dlts = np.zeros((1, 5), int), np.zeros((1, 5), int)
    for k, (level, hit) in enumerate(zip(table["levels"], table["toxicities"], strict=True)):
        patients[0, level - 1] += 1
        dlts[0, level - 1] += hit
        assert crm.mean(patients, dlts)[0] == pytest.approx(table["estimates"][k], abs=0.005 + 1e-9), k
        look = crm.next(patients, dlts, np.array([level - 1]), np.array([hit]), 1)
        assert [look.wanted[0] + 1] == (table["levels"][k + 1 : k + 2] or [4])


@pytest.mark.parametrize("one", PUBLISHED["crm"]["printed"], ids=lambda one: one["model"])
def test_a_crm_estimates_what_other_programs_print(one):
    crm = Crm(one["target"], tuple(one["skeleton"]), one["model"])
    found = crm.fitted(np.array([one["patients"]]), np.array([one["dlts"]]))[0]
    assert found == pytest.approx(one["fitted"], abs=one["tolerance"])


def test_a_crm_ends_every_trial_as_another_program():
    """Two hundred trials of eight cohorts with the same patients: the same dose in each, and as many at each dose."""
    own = PUBLISHED["crm"]["trials"]
    crm = Crm(own["target"], tuple(own["skeleton"]), "logistic", cohort=3, most=24, eliminate_above=1.0)
    found = crm.run(luck(24, 200), np.array(own["truth"]))
    assert "".join(str(one + 1) for one in found.selected) == own["selected"]
    assert found.patients.mean(axis=0) == pytest.approx(own["patients"])


@pytest.mark.parametrize("half_width", [0.03, 0.05, 0.07])
@pytest.mark.parametrize("target", [0.2, 0.25, 0.3, 0.33])
@pytest.mark.parametrize("doses", [2, 5, 6])
def test_the_default_skeleton_has_the_indifference_intervals_asked_for(target, doses, half_width):
    """Lee and Cheung 2009: the curve that has a dose at the lower end of the interval has the next at the upper."""
    found = default_skeleton(target, doses, half_width)
    assert found[(doses - 1) // 2] == pytest.approx(target, rel=1e-12)
    for low, high in itertools.pairwise(found):
        power = math.log(target - half_width) / math.log(low)
        assert high**power == pytest.approx(target + half_width, rel=1e-9)


@given(
    st.sampled_from(["power", "logistic"]),
    st.sampled_from([0.5, 1.16, 5.0]),
    st.sampled_from([1, 40, 1000]),
    st.floats(0.0, 0.8),
)
@settings(max_examples=40, deadline=None)
def test_the_integral_of_a_crm_is_fine_enough_for_any_prior_and_size(model, prior_sd, size, rate):
    """Also where the posterior is a hundred times narrower than the prior."""
    crm = Crm(0.3, (0.1, 0.3, 0.5), model, prior_sd, most=3 * size)
    patients = np.array([[size, size, size]])
    dlts = np.round(patients * rate).astype(int)
    fine = np.linspace(-12.0 * prior_sd, 12.0 * prior_sd, 400_001)
    curve = np.clip(crm.curve(fine), 1e-300, 1.0 - 1e-16)
    log = dlts[0] @ np.log(curve).T + (patients - dlts)[0] @ np.log1p(-curve).T - 0.5 * (fine / prior_sd) ** 2
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    mean = weight @ fine
    spread = math.sqrt(weight @ (fine - mean) ** 2)
    assert crm.mean(patients, dlts)[0] == pytest.approx(mean, abs=1e-4 * spread + 1e-9)
    above = weight[curve[:, 0] > 0.3].sum()
    assert crm.too_toxic(patients, dlts)[0] == pytest.approx(above, abs=0.012)


@pytest.mark.parametrize("model", ["power", "logistic"])
def test_a_crm_has_its_exact_operating_characteristics(model):
    """Every sequence of outcomes of eight patients one by one, by a second program, and its probability."""
    truth, crm = (0.15, 0.3, 0.5), Crm(0.3, (0.2, 0.3, 0.42), model, cohort=1, most=8, eliminate_above=1.0)

    @cache
    def nearest(n, y):
        return int(np.argmin(np.abs(read_by_quadrature(crm, n, y)[1] - crm.target)))

    exact, patients = np.zeros(3), np.zeros(3)
    for outcome in itertools.product((0, 1), repeat=8):
        dose, n, y, chance = 0, [0, 0, 0], [0, 0, 0], 1.0
        for hit in outcome:
            n[dose] += 1
            y[dose] += hit
            chance *= truth[dose] if hit else 1.0 - truth[dose]
            dose = min(nearest(tuple(n), tuple(y)), dose if hit else dose + 1)
        away = np.abs(read_by_quadrature(crm, n, y)[1] - crm.target)
        exact[int(np.argmin(np.where(np.array(n) > 0, away, np.inf)))] += chance
        patients += chance * np.array(n)
    found = crm.run(luck(8), np.array(truth))
    assert exact.sum() == pytest.approx(1.0)
    for k in range(3):
        assert close((found.selected == k).mean(), exact[k]), (k, exact)
    error = found.patients.std(axis=0) / math.sqrt(TRIALS)
    assert (np.abs(found.patients.mean(axis=0) - patients) <= 4.0 * error).all()


def test_a_crm_ends_where_the_lowest_dose_is_too_toxic():
    found = Crm(0.25, default_skeleton(0.25, 3)).run(np.zeros((1, 30)), np.array([0.9, 0.95, 0.99]))
    assert (found.selected[0], found.patients[0, 1:].tolist()) == (-1, [0, 0])


@given(curves, st.sampled_from(["power", "logistic"]), st.integers(1, 3))
@settings(max_examples=15, deadline=None)
def test_a_crm_skips_no_dose_and_selects_a_tried_one(p, model, cohort):
    crm = Crm(0.3, default_skeleton(0.3, len(p)), model, cohort=cohort, most=12)
    found = crm.run(luck(24, 200), np.array(p))
    for selected, n in zip(found.selected, found.patients, strict=True):
        tried = int((n > 0).sum())
        assert n.sum() <= 12
        assert selected < tried


# ---- time ----


def test_a_patient_is_known_when_the_hazard_says_so():
    """Of the window W and the chance p a patient takes W p / -ln(1 - p) days where the hazard is constant."""
    window, p = 28.0, np.array([0.05, 0.3, 0.9])
    for dose, chance in enumerate(p):
        found = three_plus_three(luck(18), np.full(3, chance), clock=Clock(window))
        own = Clock(window).observed(luck(1)[:, 0], np.full(TRIALS, chance), np.full(TRIALS, dose))
        truth = window * chance / -math.log1p(-chance)
        assert own.mean() == pytest.approx(truth, abs=4.0 * own.std() / math.sqrt(TRIALS))
        assert (found.days <= window * (found.patients.sum(axis=1) / 3) + 1e-9).all()
    assert Clock(window).observed(np.array([0.0, 0.5]), np.ones(2), np.zeros(2, int)).max() < 1.0


def test_a_trial_takes_as_long_as_its_cohorts():
    found = Boin(0.3, most=9).run(np.full((1, 9), 0.99), np.array([0.1, 0.2]), Clock(28.0, gap=5.0))
    assert found.days.tolist() == [3 * (2 * 5.0 + 28.0)]
    # toxicities at once: what is left is the wait for patients
    found = Boin(0.3).run(np.zeros((1, 30)), np.array([0.9, 0.95]), Clock(28.0, gap=5.0))
    assert found.days == pytest.approx([10.0])


def test_times_of_simulated_patients_are_kept():
    onset = np.array([[2.0, 2.0, 10.0]])
    clock = Clock(28.0, onset=onset)
    found = clock.observed(np.array([0.0, 0.1, 0.15, 0.2, 0.3]), np.full(5, 0.2), np.zeros(5, int))
    assert found.tolist() == pytest.approx([2.0, 2.0, 6.0, 28.0, 28.0])


# ---- single trials ----


def every_design(p):
    target = 0.3
    return {
        "3+3": lambda numbers: three_plus_three(numbers, p),
        "boin": lambda numbers: Boin(target, most=18, stop_at=12).run(numbers, p),
        "backfill": lambda numbers: Boin(target, most=18, backfill=2).run(numbers, p),
        "crm": lambda numbers: Crm(target, default_skeleton(target, len(p)), most=18, stop_at=12).run(numbers, p),
    }


@given(curves, st.sampled_from(["3+3", "boin", "backfill", "crm"]), st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_a_trace_adds_up_to_its_trial(p, kind, seed):
    found = every_design(np.array(p))[kind](luck(60, 8, seed))
    assert len(found.traces) == 6
    for k, steps in enumerate(found.traces):
        patients, dlts = np.zeros(len(p), int), np.zeros(len(p), int)
        for step, then in itertools.zip_longest(steps, steps[1:]):
            for dose, hit in [*((step.dose, hit) for hit in step.outcomes), *step.backfilled]:
                patients[dose] += 1
                dlts[dose] += hit
            assert (step.patients, step.dlts) == (patients[step.dose], dlts[step.dose])
            assert step.next == (then.dose if then else None)
            assert (step.decision == "end") == (then is None)
            assert step.why
        assert patients.tolist() == found.patients[k].tolist()
        assert dlts.tolist() == found.dlts[k].tolist()


@given(st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_the_table_of_a_boin_decides_as_its_trials(seed):
    design, p = Boin(0.3, most=18), np.array([0.1, 0.2, 0.35, 0.5, 0.6])
    table = {
        int(key): [None if one == "-" else int(one) for one in row] for key, row in decision_table(design, "abcde").rows
    }
    for steps in design.run(luck(18, 6, seed), p).traces:
        gone = len(p)
        for step in steps[:-1]:
            up, down, lost = table[step.patients]
            if step.dlts >= lost:
                gone = min(gone, step.dose)
            wanted = "up" if step.dlts <= up else "down" if step.dlts >= down else "stay"
            if wanted == "up" and step.dose + 1 >= gone:
                wanted = "stay"
            assert step.decision == ("stay" if wanted == "down" and step.dose == 0 else wanted) or step.dose + 1 == len(
                p
            )


@given(st.integers(0, 1000), st.integers(1, 3))
@settings(max_examples=30, deadline=None)
def test_the_table_of_a_crm_decides_as_its_trials(seed, cohort):
    names = ["a", "b", "c", "d"]
    design = Crm(0.3, default_skeleton(0.3, 4), cohort=cohort, most=18)
    table = decision_table(design, names)
    depth = int(table.title.split("first ")[1].split(" ")[0])
    rows = dict(table.rows)
    for steps in design.run(luck(18, 6, seed), np.array([0.1, 0.3, 0.5, 0.7])).traces:
        if len(steps) <= depth:
            continue
        key = ", ".join(f"{sum(step.outcomes)} at {names[step.dose]}" for step in steps[: depth - 1])
        now, *after = rows[key]
        last = steps[depth - 1]
        assert now == names[last.dose]
        assert after[sum(last.outcomes)] == names[last.next]


@pytest.mark.parametrize("six", [True, False])
def test_the_table_of_a_three_plus_three_has_every_case(six):
    rows = dict(decision_table(None, "ab", six_at_mtd=six).rows)
    assert list(rows) == ["0 of 3", "1 of 3", "at most 1 of 6", "2 or more", "back from above"]
    assert ("three more" in rows["0 of 3"][0]) == six


def test_a_trial_does_not_run_out_of_patients_in_silence():
    with pytest.raises(IndexError):
        three_plus_three(luck(3, 5), np.array([0.0, 0.1]))


# ---- in all ----


def test_the_same_patients_bear_less_of_a_higher_dose():
    ward = Ward(luck(3, 100), np.array([0.1, 0.5]))
    other = Ward(luck(3, 100), np.array([0.1, 0.5]))
    three = np.full(100, 3)
    low, high = ward.treat(np.zeros(100, int), three), other.treat(np.ones(100, int), three)
    assert (low <= high).all()
    assert low.sum() < high.sum()


@pytest.mark.parametrize("kind", ["3+3", "crm", "boin"])
def test_a_more_toxic_curve_selects_lower_doses(kind):
    middle = np.array([0.05, 0.15, 0.3, 0.5])
    curve = DltCurve(middle, middle / 2, np.minimum(1.0, 2 * middle), "made up")
    found = escalation(DesignSpec(kind=kind, trials=2000), curve, ["a", "b", "c", "d"], 1)
    tables = {table.id: table for table in found.tables}
    mean = {
        name: sum(k * row[1][1].value for k, row in enumerate(tables[name].rows[:4]))
        for name in ("least_toxic", "central", "most_toxic")
    }
    assert mean["least_toxic"] > mean["central"] > mean["most_toxic"]
    for table in tables.values():
        for _, values in table.rows:
            assert all(v.lower is None or v.lower <= v.value <= v.upper for v in values)
    shares = sum(row[1][1].value for row in tables["central"].rows)
    assert shares == pytest.approx(1.0)
