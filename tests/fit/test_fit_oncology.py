"""The oncology fit: targets, priors, search, ensemble, and what the shipped best set does."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.cohort import load_cohort
from bimodal.errors import BimodalError
from bimodal.evidence import study_roles
from bimodal.fit.oncology.drives import SiteDrives
from bimodal.fit.oncology.ensemble_table import (
    class_shares,
    cohort_values,
    ensemble_text,
    load_ensemble,
    table_values,
    write_ensemble,
)
from bimodal.fit.oncology.oncology import CANCERS, DOSES, OTHER, OncologyData, look_days, score
from bimodal.fit.oncology.parameters import (
    IDS,
    PARAMETERS,
    SHIPPED,
    completed,
    free_parameters,
    natural_values,
    standard_values,
)
from bimodal.fit.oncology.population import Structure, Tumours
from bimodal.fit.oncology.report import OncologyFit, pinned, refine
from bimodal.fit.oncology.search import MOST, Searched, search, spread_out
from bimodal.fit.oncology.targets import misfit, oncology_targets
from bimodal.model.files import read_data
from bimodal.model.parameters import ParameterTable
from bimodal.study.endpoints.trial import Response

BODIES = 2


def drives(strength: float) -> SiteDrives:
    """Signals of a made-up course of eight days: two cycles of four days."""
    times = np.array([0.0, 96.0, 336.0, 432.0])
    on = np.array([1.0, 0.0, 1.0, 0.0])
    rest = np.tile([2e-5, 4e-3], (BODIES, 1))
    effector = rest[:, :1] + strength * 0.07 * np.tile(on, (BODIES, 1))
    treg = rest[:, 1:] + min(strength, 1.0) * 0.45 * np.tile(on, (BODIES, 1))
    return SiteDrives(times, effector, treg, rest)


@pytest.fixture(scope="module")
def data() -> OncologyData:
    strength = {"registration": 1.0, "early": 1.3, "late": 0.7, "yang-low": 0.5, "yang-skin": 0.15, "infusion": 0.1}
    signals = {key: drives(strength.get(key[1], 1.0)) for key in (*DOSES, *OTHER)}
    return OncologyData(signals, Tumours(32), oncology_targets())


@pytest.fixture(scope="module")
def best() -> dict[str, float]:
    return dict(load_ensemble()[0].values)


def test_only_calibration_studies_are_fitted() -> None:
    roles = study_roles()
    assert {roles[target.study] for target in oncology_targets("calibration")} == {"calibration"}
    assert {t.role for t in oncology_targets()} == {"calibration", "context"}
    for target in oncology_targets():
        assert target.lower <= target.published <= target.upper, target.id
        assert target.residual(target.published) == 0.0
        assert target.source


def test_an_interval_is_about_two_standard_deviations_each_way() -> None:
    for target in oncology_targets():
        if target.scale != "none":
            assert target.residual(target.upper) - target.residual(target.lower) == pytest.approx(3.92)
    far = {target.quantity: 1e9 for target in oncology_targets("calibration")}
    assert misfit(oncology_targets("calibration"), far) <= 60.0 * len(oncology_targets("calibration"))


def test_none_seen_in_some_counts_as_their_chance_of_none() -> None:
    none = next(target for target in oncology_targets() if target.scale == "none")
    people = 23  # of infusion-1994; the upper Wilson bound stands for them
    assert none.residual(0.0) == 0.0
    for share in (0.01, 0.05, 0.3):
        assert none.residual(share) ** 2 == pytest.approx(-2.0 * math.log((1.0 - share) ** people), rel=0.01)
    assert math.isfinite(none.residual(1.0))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-3.0, 3.0), min_size=len(PARAMETERS), max_size=len(PARAMETERS)))
def test_priors_go_there_and_back(x: list[float]) -> None:
    values = natural_values(x)
    assert standard_values(values) == pytest.approx(x, abs=1e-8)
    assert all(value > 0.0 for value in values.values())
    shares = class_shares(values)
    assert sum(shares.values()) == pytest.approx(1.0)
    assert set(values) == set(IDS)
    assert min(shares.values()) > 0.0


def test_every_prior_has_a_source_and_names_of_cancers_come_in_pairs() -> None:
    assert all(parameter.source for parameter in PARAMETERS)
    own = {name.removesuffix(f"_{cancer}") for name in IDS for cancer in CANCERS if name.endswith(cancer)}
    assert all(f"{name}_{cancer}" in IDS for name in own for cancer in CANCERS)


def a_bowl(centre: np.ndarray, wrong: float = 0.0):
    """Residuals whose squares and prior have their least at `centre`; `wrong` is a step that a few tumours make."""

    def scored(x: np.ndarray) -> tuple[np.ndarray, dict[str, float]]:
        return np.array([*(3.0 * (x - 10.0 / 9.0 * centre)), wrong * (x[0] < 0.2)]), {"x": float(x[0])}

    return scored


def test_the_search_finds_the_bottom_of_a_bowl_and_keeps_what_it_saw() -> None:
    centre = np.array([0.5, -1.0, 2.0])
    found = search(a_bowl(centre), 3, evaluations=60)
    assert found.x[found.best] == pytest.approx(centre, abs=0.02)
    assert len(found.x) == len(found.cost) == len(found.figures) >= 60
    assert found.cost == pytest.approx((found.residuals**2).sum(axis=1) + (found.x**2).sum(axis=1))
    kept = found.ensemble(0.5, 6)
    assert kept[0] == found.best
    assert len(set(kept.tolist())) == 6
    assert (found.cost[kept] <= found.cost.min() + 0.5).all()
    again = search(a_bowl(centre), 3, evaluations=60)
    assert again.x.tolist() == found.x.tolist()
    assert np.abs(search(a_bowl(np.full(3, 9.0)), 3, evaluations=60).x).max() <= 3.0


def test_one_figure_out_of_reach_does_not_decide_everything() -> None:
    assert Searched(np.zeros((1, 2)), np.array([[1e3, 1.0]]), ({},)).cost.tolist() == [MOST + 1.0]


def test_draws_around_the_best_are_as_wide_as_the_figures_leave_it() -> None:
    wide = lambda x: (np.array([5.0 * x[0]]), {})  # noqa: E731 (the second parameter moves nothing)
    found = search(wide, 2, evaluations=40)
    drawn = spread_out(wide, found, 300, seed=2).x[len(found.x) :] - found.x[found.best]
    assert drawn[:, 1].std() == pytest.approx(0.52, abs=0.1)
    assert drawn[:, 0].std() == pytest.approx(0.52 / math.sqrt(26.0), rel=0.3)


def test_the_best_are_scored_again_and_only_that_counts() -> None:
    lucky, fair = a_bowl(np.array([0.5, 0.5]), wrong=2.0), a_bowl(np.array([-0.5, 0.5]))
    wide = search(lucky, 2, evaluations=60)
    assert wide.x[wide.best, 0] > 0.2
    found = refine(wide, fair, again=20, polish=40, draws=16, seed=3)
    assert len(found.cost) == 20 + 40 + 16
    assert found.x[found.best] == pytest.approx([-0.5, 0.5], abs=0.05)
    assert all(np.array_equal(own, fair(x)[0]) for x, own in zip(found.x, found.residuals, strict=True))
    assert len(refine(wide, fair, again=20, polish=0, draws=0, seed=3).cost) == 20


def test_what_the_figures_do_not_depend_on_is_not_pinned() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(200, len(IDS)))
    found = pinned(Searched(x, 3.0 * x[:, :1], ({},) * len(x)))
    assert found[IDS[0]] == pytest.approx(1.0 / math.sqrt(10.0), rel=0.02)
    assert found[IDS[1]] == pytest.approx(1.0, abs=0.02)


def test_an_ensemble_is_written_and_read_again(tmp_path: Path) -> None:
    sets = load_ensemble()
    path = tmp_path / "e.csv"
    assert write_ensemble(path, sets, dry_run=True)
    assert not path.exists()
    assert write_ensemble(path, sets) == [f"e.csv: {len(sets)} parameter sets"]
    assert write_ensemble(path, sets) == []
    assert load_ensemble(path) == sets
    path.write_text("cost\n1\n")
    with pytest.raises(BimodalError, match="columns"):
        load_ensemble(path)
    with pytest.raises(BimodalError, match="cannot be read"):
        load_ensemble(tmp_path / "none.csv")


def test_the_shipped_ensemble_is_ordered_and_its_best_set_is_in_the_table(best: dict[str, float]) -> None:
    sets = load_ensemble()
    assert 8 <= len(sets) <= 16
    assert sets[0].cost == min(one.cost for one in sets)
    assert ensemble_text(sets).count("\n") == len(sets) + 1
    table = ParameterTable.read(read_data("tumour_site.csv"), "tumour_site.csv").by_id
    for name, value in table_values(best).items():
        assert table[name].value == pytest.approx(value, rel=1e-3), name
        assert table[name].status == "fitted", name


def test_nobody_responds_without_il2(data: OncologyData, best: dict[str, float]) -> None:
    arms = data.arms(best, [(cancer, "none") for cancer in CANCERS])
    for (cancer, _), arm in arms.items():
        assert arm.share(Response.PR) == 0.0, cancer
        assert arm.weights.sum() == pytest.approx(1.0)
        assert (np.diff(arm.alive) <= 0.0).all()


def test_more_signal_more_responses_and_depletion_of_treg_helps_only_with_il2(
    data: OncologyData, best: dict[str, float]
) -> None:
    figures = data.summaries(best)
    assert {target.quantity for target in oncology_targets()} <= set(figures)
    assert figures["nci.cr_ratio"] <= 1.0
    shares = [figures[f"renal.orr_{arm}"] for arm in ("skin", "low", "high")]
    assert shares == sorted(shares)
    assert figures["renal.orr_high_low"] == pytest.approx(shares[2] - shares[1])
    assert 0.0 < figures["melanoma.cr"] <= figures["melanoma.orr"] < 0.5
    without = replace(data, tumours=replace(data.tumours, treg_share=0.2))
    names = [("melanoma", "registration"), ("melanoma", "none")]
    more, alone = (arm.share(Response.PR) for arm in without.arms(best, names).values())
    assert more >= figures["melanoma.orr"]
    assert alone == 0.0


def test_complete_responders_outlive_the_rest(data: OncologyData, best: dict[str, float]) -> None:
    cells, hazard = data.tumours.simulate(
        best, "melanoma", "recognised", drives=data.drives["melanoma", "early"], days=look_days()
    )
    gone = cells[:, -1] < 1.0
    assert gone.sum() > 0
    at_five = np.exp(-hazard[:, np.searchsorted(look_days(), 5 * 365.25)])
    other, its = data.tumours.simulate(best, "melanoma", "unrecognised", drives=None, days=look_days())
    assert other[:, -1].min() > 1.0
    assert at_five[gone].mean() > 0.8
    assert np.exp(-its[:, np.searchsorted(look_days(), 5 * 365.25)]).mean() < 0.2


def test_cancers_differ_only_in_named_parameters(best: dict[str, float]) -> None:
    melanoma, renal = (cohort_values(best, cancer) for cancer in CANCERS)
    apart = {name for name in melanoma if melanoma[name] != renal[name]}
    assert apart <= {"tumour_doubling_time", "tumour_persistence_time", "tumour_bystander"}
    same = {**best, **{n: best[n.replace("renal", "melanoma")] for n in IDS if n.endswith("renal")}}
    assert cohort_values(same, "renal") == cohort_values(same, "melanoma")


def test_a_mechanism_that_is_not_free_is_off(best: dict[str, float]) -> None:
    names = {p.id for p in free_parameters()}
    assert set(SHIPPED) < names == set(IDS)
    for named in (frozenset(), frozenset({"recognised", "crowding"})):
        ids = {p.id for p in free_parameters(named)}
        assert ids == (names - set(SHIPPED)) | named
        own = {name: value for name, value in best.items() if name in ids}
        tumours = Tumours(8, structure=Structure(free=named))
        rows = tumours.parameters(own, "renal", "partly")
        assert (rows["tumour_signal_slope"] == 1.0).all()
        assert rows["tumour_kill_max"] == pytest.approx(1.0 / 24.0)
        assert (rows["tumour_remains_share"] == 0.0).all()
        assert (rows["tumour_evasive_growth"] == 1.0).all()
        assert (rows["tumour_division_max"] > 0.0).all() == ("crowding" in named)
    assert Tumours(8).weights(best)["unrecognised"] == 0.0
    assert Tumours(8).weights({**best, "recognised": 0.7})["unrecognised"] == pytest.approx(0.3)
    assert completed(best)["recognised"] == 1.0
    assert "tumour_evasive_fraction" not in Tumours(8, structure=Structure(evasive=False)).parameters(
        best, "renal", "partly"
    )


def test_a_rival_is_scored_with_its_own_parameters(data: OncologyData) -> None:
    for named in (SHIPPED, ("recognised",)):
        own = replace(data, tumours=Tumours(16, structure=Structure(free=frozenset(named))))
        residuals, figures = score(own, np.zeros(len(free_parameters(named))))
        assert residuals.shape == (len(oncology_targets("calibration")),)
        assert np.isfinite(residuals).all()
        assert {target.quantity for target in oncology_targets()} <= set(figures)


def test_a_fit_says_its_misses_first(best: dict[str, float]) -> None:
    targets = oncology_targets()
    figures = {t.quantity: t.published for t in targets} | {"renal.os_months": 3.0}
    shipped = load_ensemble()[:1]
    fit = OncologyFit(shipped, (figures,), dict.fromkeys(IDS, 0.5), 10, 1)
    lines = fit.text().splitlines()
    assert "MISS" in lines[3]
    assert "A20" in lines[3]
    assert fit.as_dict()["targets"][0]["within"] is False


@pytest.mark.parametrize("cancer", CANCERS)
def test_the_cohort_holds_the_best_set(cancer: str, best: dict[str, float]) -> None:
    cohort = load_cohort(cancer)
    classes = cohort.mixtures["tumour_class"].classes
    for kind, share in class_shares(best).items():
        assert classes[kind].proportion == pytest.approx(share, abs=1e-4)
    table = ParameterTable.read(read_data("tumour_site.csv"), "tumour_site.csv").by_id
    for name, (median, cv) in cohort_values(best, cancer).items():
        kinds = {"tumour_kill": ("partly", "wholly"), "tumour_evasive_fraction": ("partly",)}.get(name)
        held = [(one.median, one.cv) for one in (classes[kind].parameters[name] for kind in kinds or ())]
        if kinds is None and name in cohort.parameters:
            held = [(cohort.parameters[name].median, cohort.parameters[name].cv)]
        for own, spread in held or [(table[name].value, table[name].cv)]:
            assert own == pytest.approx(median, rel=1e-3), name
            assert (spread or 0.0) == pytest.approx(cv, rel=1e-2), name
