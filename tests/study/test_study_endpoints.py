from collections import Counter

import numpy as np
import pytest

from bimodal.errors import StudyError
from bimodal.evidence import list_studies, load_targets
from bimodal.evidence.when import Window
from bimodal.study import RunOptions, load_registry, load_study, parse_study, study_template
from bimodal.study.endpoints.derive import derive
from bimodal.study.endpoints.dosing_times import DosingTimes
from bimodal.study.endpoints.pk import largest_rise, pk_absence, pk_note, pk_value
from bimodal.study.endpoints.registry import parse_registry
from bimodal.study.endpoints.sampling import pk_edges
from bimodal.study.plan.make_plan import make_plan
from read_course import read_course
from study_fake import FakeSolver

ROW = '[[observable]]\nid = "{}"\nunit = "1"\nlabel = "l"\ndefinition = "d"\nkind = "{}"\n{}\n'


def test_every_id_named_by_a_study_or_a_target_is_in_the_registry():
    registry = load_registry()
    for name in list_studies():
        for target in load_targets(name):
            assert target.endpoint is None or target.endpoint in registry
            if target.endpoint is not None and target.kind not in ("ordering", "direction", "ratio"):
                unit = registry[target.endpoint].unit
                assert target.unit == (target.time.unit(unit) if isinstance(target.time, Window) else unit)
        assert all(endpoint.id in registry for endpoint in load_study(name).endpoint)
    assert all(endpoint.id in registry for endpoint in parse_study(study_template(), where="t").endpoint)


def test_an_endpoint_of_another_species_than_the_model_is_refused(spec):
    with pytest.raises(StudyError, match="'treg_fold' is of human and mouse, and the model 'human' is of rat"):
        make_plan(spec, RunOptions(), FakeSolver(species="rat"))


def test_an_observable_is_of_the_species_of_its_file_or_its_own():
    text = ROW.format("a", "model", 'species = ["human"]') + ROW.format("b", "model", "")
    found = parse_registry('species = ["human", "mouse"]\n' + text)
    assert (found["a"].species, found["b"].species) == (("human",), ("human", "mouse"))


def test_the_registry_holds_what_the_design_asks_for():
    registry = load_registry()
    for cell in ("treg", "tconv", "cd8", "nk_bright", "nk_dim", "nk"):
        for name in (f"{cell}_count", f"{cell}_fold", f"pstat5_{cell}", f"occupancy_{cell}"):
            assert name in registry
    units = {"il2_plasma": "pM", "drug_free": "nM", "treg_percent_cd4": "%", "treg_count": "1/uL", "t_half_h": "h"}
    assert {name: registry[name].unit for name in units} == units
    assert all(registry[name].definition and registry[name].label for name in registry)


def test_an_unknown_id_is_refused_with_near_names():
    with pytest.raises(StudyError) as fault:
        load_registry()["treg_folds"]
    assert "did you mean 'treg_fold'" in str(fault.value)
    assert load_registry().get("treg_folds") is None


def test_primitives_and_what_can_be_computed():
    registry = load_registry()
    assert registry.primitives(["treg_tconv_ratio_fold"]) == ("treg_count", "tconv_count")
    assert registry.primitives(["doses_given"]) == ()
    assert set(registry.computable(["il2_plasma"])) == {
        "il2_plasma", "cmax", "tmax_h", "c0", "auc_0_24", "cmax_tau", "auc_tau", "t_half_h", "t_half_fast_min",
        "t_half_slow_min", "trough", "accumulation", "doses_given", "doses_given_fraction", "doses_given_cycle_1",
        "doses_given_cycle_2", "relative_dose_intensity", "time_on_treatment_days", "unplanned_doses_given",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        ROW.format("a", "model", "") * 2,
        ROW.format("a", "fold", 'of = ["b"]'),
        ROW.format("a", "fold", ""),
        ROW.format("a", "model", 'of = ["a"]'),
        ROW.format("a", "sum", ""),
        ROW.format("b", "model", "") + ROW.format("a", "weighted", 'of = ["b"]\nweights = ["b", "b"]'),
        ROW.format("A B", "model", ""),
        ROW.format("a", "model", "colour = 1"),
        ROW.format("a", "pk", 'of = ["a"]'),
        "not toml",
    ],
)
def test_a_wrong_registry_is_refused(text):
    with pytest.raises(StudyError):
        parse_registry(text)


RNG = np.random.default_rng(5)
COUNTS = {name: RNG.uniform(1.0, 900.0, (6, 4)) for name in load_registry() if load_registry()[name].kind == "model"}


def test_derived_observables_by_their_formula():
    def d(name):
        return derive(name, COUNTS.__getitem__, 0)

    c = COUNTS
    nk = c["nk_bright_count"] + c["nk_dim_count"]
    assert np.allclose(d("treg_percent_cd4"), 100 * c["treg_count"] / (c["treg_count"] + c["tconv_count"]))
    assert np.allclose(d("nk_fold"), nk / nk[:, :1])
    ratio = c["treg_count"] / c["tconv_count"]
    assert np.allclose(d("treg_tconv_ratio_fold"), ratio / ratio[:, :1])
    assert np.allclose(d("treg_cd25_fold"), c["treg_cd25"] / c["treg_cd25"][:, :1])
    mean = (c["pstat5_nk_bright"] * c["nk_bright_count"] + c["pstat5_nk_dim"] * c["nk_dim_count"]) / nk
    assert np.allclose(d("pstat5_nk"), mean)
    cd4 = c["treg_count"] + c["tconv_count"]
    assert np.allclose(d("cd4_fold"), cd4 / cd4[:, :1])
    assert np.allclose(d("cd4_gain"), cd4 - cd4[:, :1])
    assert np.all(d("cd4_gain")[:, 0] == 0.0)
    total = sum(c[f"{cell}_count"] for cell in ("treg", "tconv", "cd8", "nk_bright", "nk_dim"))
    assert np.allclose(d("lymphocytes_fold"), total / total[:, :1])


def test_every_fold_is_one_on_day_0_and_patients_do_not_mix():
    for name in load_registry():
        if load_registry()[name].per == "time":
            whole = derive(name, COUNTS.__getitem__, 0)
            part = derive(name, lambda key: COUNTS[key][2:3], 0)
            assert (whole[2:3] == part).all()
            if load_registry()[name].kind == "fold":
                assert (whole[:, 0] == 1.0).all()


def test_zero_over_zero_and_failed_patients_are_nan_without_a_warning():
    counts = {"treg_count": np.array([[0.0, 5.0], [np.nan, np.nan]])}
    assert np.isnan(derive("treg_fold", counts.__getitem__, 0)).all()


def test_a_course_observable_has_no_values_in_time():
    with pytest.raises(StudyError, match="one value per patient"):
        derive("cmax", COUNTS.__getitem__, 0)


def bolus(dose_times, height=50.0, base=0.2, half_life=3.0):
    def level(times, given):
        out = np.full_like(times, base)
        for t in dose_times:
            out += np.where(given(times, t), height * np.exp(-np.log(2) / half_life * (times - t)), 0.0)
        return out[None, :]

    return lambda times: level(times, np.greater), lambda times: level(times, np.greater_equal)


def pk_of(curve, dosing, *names):
    before, after = curve if isinstance(curve, tuple) else (curve, curve)
    course = read_course(before, [0.0, *pk_edges(dosing)], after=after)
    start = before(np.zeros(1))[:, 0]
    return [pk_value(name, course, start, dosing) for name in names]


def test_pk_of_a_bolus_against_closed_forms():
    k = np.log(2) / 3.0
    dosing = DosingTimes((0.0,), pushed=True, until_h=240.0)
    names = ("t_half_h", "auc_0_24", "cmax", "tmax_h", "c0", "auc_tau", "accumulation", "trough", "cmax_tau")
    half, area, cmax, tmax, c0, *others = (float(x[0]) for x in pk_of(bolus([0.0]), dosing, *names))
    assert half == pytest.approx(3.0, rel=1e-9)
    assert area == pytest.approx(50.0 / k * (1 - np.exp(-24 * k)), rel=1e-4)
    assert (cmax, tmax) == (50.0, 0.0)
    assert c0 == pytest.approx(50.0, rel=1e-9)
    assert np.isnan(others).all()


def test_a_rise_of_less_than_one_has_its_time_and_a_fall_has_none():
    def hump(times):
        return 1.0 + np.array([[0.5], [-0.5]]) * np.exp(-((times - 3.0) ** 2))

    dosing = DosingTimes((0.0,), until_h=24.0)
    cmax, tmax = pk_of(hump, dosing, "cmax", "tmax_h")
    np.testing.assert_allclose(cmax, [0.5 - 0.5 * np.exp(-9.0), 0.5 * np.exp(-9.0)], rtol=1e-3)
    assert tmax[0] == pytest.approx(3.0, abs=0.05)
    course = read_course(lambda times: 1.0 - 0.01 * times[None, :], [0.0, 24.0])
    peak, when = largest_rise(course, np.array([1.0]), 0.0, 24.0)
    assert (float(peak[0]), float(when[0])) == (0.0, 0.0)


def test_intervals_of_repeated_doses_against_the_closed_form():
    times = [0.0, 12.0, 24.0, 36.0, 48.0, 60.0, 72.0]
    dosing = DosingTimes(tuple(times), until_h=240.0)
    names = ("accumulation", "trough", "cmax", "cmax_tau", "t_half_h")
    fold, trough, cmax, last, half = (float(x[0]) for x in pk_of(bolus(times, half_life=12.0), dosing, *names))
    assert fold == pytest.approx((1 - 0.5**7) / 0.5, rel=1e-4)
    assert trough == pytest.approx(0.2 + 50 * (1 - 0.5**6), rel=1e-9)
    assert cmax == pytest.approx(50.0)
    assert last == pytest.approx(50 * (1 - 0.5**7) / 0.5)
    assert half == pytest.approx(12.0, rel=1e-9)


def infusion(until, rate=10.0, base=0.2):
    k = np.log(2) / 2.0

    def level(times):
        during = rate / k * (1 - np.exp(-k * np.minimum(times, until)))
        return (base + during * np.exp(-k * np.maximum(times - until, 0.0)))[None, :]

    return level


@pytest.mark.parametrize("length", [0.25, 6.0, 24.0, 120.0])
def test_a_half_life_is_never_taken_while_the_drug_is_given(length):
    dosing = DosingTimes((0.0,), (length,), until_h=240.0)
    half, cmax, tmax = pk_of(infusion(length), dosing, "t_half_h", "cmax", "tmax_h")
    assert float(half[0]) == pytest.approx(2.0, rel=1e-9)
    assert float(cmax[0]) == pytest.approx(10.0 / (np.log(2) / 2.0) * (1 - 0.5 ** (length / 2.0)))
    assert 0.0 < float(tmax[0]) <= length
    cut = DosingTimes((0.0,), (length,), until_h=length)
    assert pk_absence("t_half_h", cut) == "the simulation ends too soon after the last input"
    assert np.isnan(pk_of(infusion(length), cut, "t_half_h")[0]).all()


def test_a_slow_molecule_is_followed_past_the_first_day():
    def level(times):  # peak of the Bateman function at ln(ka / ke) / (ka - ke) hours
        return 5.0 + 1e3 * (np.exp(-0.004 * times) - np.exp(-0.02 * times))[None, :]

    dosing = DosingTimes((0.0, 336.0), until_h=2000.0)
    cmax, tmax = pk_of(level, dosing, "cmax", "tmax_h")
    when = np.log(0.02 / 0.004) / 0.016
    assert float(tmax[0]) == pytest.approx(when, rel=5e-3)
    assert float(cmax[0]) == pytest.approx(1e3 * (np.exp(-0.004 * when) - np.exp(-0.02 * when)), rel=1e-5)


def test_the_endogenous_level_does_not_count_and_a_fall_below_it_is_zero():
    dosing = DosingTimes((0.0,), until_h=240.0)
    found = pk_of(lambda t: np.where(t < 0.5, 7.0, 3.0)[None, :], dosing, "cmax", "auc_0_24", "t_half_h")
    assert [float(x[0]) for x in found[:2]] == [0.0, 0.0]
    assert np.isnan(found[2][0])


def test_failed_and_untreated_patients_have_no_pk():
    def two(times):
        return np.vstack([bolus([0.0])[0](times)[0], np.full(len(times), np.nan)])

    names = [name for name in load_registry() if load_registry()[name].kind == "pk"]
    assert len(names) == 11
    dosing = DosingTimes((0.0, 24.0), pushed=True, until_h=240.0)
    for name, values in zip(names, pk_of(two, dosing, *names), strict=True):
        assert np.isnan(values[1]), name
        course = read_course(two, [0.0, 240.0])
        assert np.isnan(pk_value(name, course, two(np.zeros(1))[:, 0], DosingTimes(()))).all()
        assert pk_absence(name, DosingTimes(())) == "no dose"


def test_what_is_absent_says_why():
    one, two = DosingTimes((0.0,), until_h=20.0), DosingTimes((0.0, 24.0), until_h=40.0)
    assert pk_absence("auc_0_24", one) == "the simulation ends within 24 h of the first dose"
    assert pk_absence("auc_tau", one) == "there is no dosing interval: one dose"
    assert pk_absence("auc_tau", two) == "the simulation ends before the last dosing interval does"
    assert pk_absence("trough", two) is None
    assert pk_absence("c0", two) == "the first dose is no intravenous push"
    assert np.isnan(pk_of(bolus([0.0]), one, "auc_0_24")[0]).all()


def test_doubts_are_counted_over_the_parts_of_an_arm():
    dosing = DosingTimes((0.0,), pushed=True, until_h=240.0)
    doubts = Counter(patients=3, poor=1) + Counter(patients=2, short=2)
    assert pk_note("t_half_h", doubts, dosing) == (
        "adjusted R2 below 0.9 in 1 of 5; points span less than 2 half-lives in 2 of 5"
    )
    assert pk_note("t_half_h", Counter(patients=4), dosing) is None


def test_two_doses_at_once_are_one_occasion():
    assert DosingTimes((0.0, 0.0, 24.0, 24.0)).tau_h == 24.0
    assert DosingTimes((0.0, 0.0)).tau_h is None


def test_an_unknown_pk_rule_is_refused():
    with pytest.raises(StudyError):
        pk_of(bolus([0.0]), DosingTimes((0.0,), until_h=240.0), "vz_f")
