from importlib import resources

import numpy as np
import pytest
from cohort_table import Row, Table
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.cohort import load_cohort, sample
from bimodal.cohort.loader import parse_cohort
from bimodal.cohort.mixture import Mixture
from bimodal.errors import CohortError

HEALTHY = (resources.files("bimodal.cohort") / "data" / "healthy.toml").read_text(encoding="utf-8")
CLASS = '\n[mixture.tumour_class.{}]\nproportion = {}\nsource = "our choice"\nstatus = "assumed"\n'
VALUE = (
    '\n[mixture.tumour_class.{}.parameters.{}]\nmedian = {}\ncv = {}\nunit = "1/h"\nsource = "s"\nstatus = "assumed"\n'
)
TWO = CLASS.format("no", 0.25) + CLASS.format("yes", 0.75) + VALUE.format("yes", "tumour_kill", 2.0, 0.5)


NAMES = [*load_cohort("healthy").parameters, "treg_alpha_rest", "clearance", "treg_capacity", "tconv_capacity"]
BODY = tuple(Row(name, 10.0, 0.3) for name in NAMES)
WITH_TUMOUR = Table(
    (
        *BODY,
        *(Row(f"tumour_{n}", 0.1) for n in ("kill", "evasive_fraction", "doubling_time", "cells_rest", "hazard_half")),
        *(Row(f"tumour_{n}", 0.1) for n in ("bystander", "persistence_time")),
    )
)
PEOPLE = np.arange(4000)


def mine(text: str) -> bytes:
    return (HEALTHY + text).encode()


def test_people_are_of_a_class_and_differ_by_it() -> None:
    people = sample(parse_cohort(mine(TWO), "mine.toml"), PEOPLE, 1, WITH_TUMOUR)
    kind, kill = people.covariates["tumour_class"], people.parameters["tumour_kill"]
    assert set(kind) == {0.0, 1.0}
    assert kind.mean() == pytest.approx(0.75, abs=0.03)
    assert (kill[kind == 0] == 0.1).all()
    assert np.median(kill[kind == 1]) == pytest.approx(2.0, rel=0.05)
    assert kill[kind == 1].std() > 0.5


def test_a_class_changes_nothing_else_and_needs_no_company() -> None:
    with_it = sample(parse_cohort(mine(TWO), "mine.toml"), PEOPLE[:300], 1, WITH_TUMOUR)
    without = sample(parse_cohort(mine(""), "mine.toml"), PEOPLE[:300], 1, WITH_TUMOUR)
    for name, values in without.parameters.items():
        assert with_it.parameters[name].tobytes() == values.tobytes(), name
    for name, values in without.covariates.items():
        assert with_it.covariates[name].tobytes() == values.tobytes(), name
    some = sample(parse_cohort(mine(TWO), "mine.toml"), [17, 3], 1, WITH_TUMOUR)
    assert some.covariates["tumour_class"].tolist() == with_it.covariates["tumour_class"][[17, 3]].tolist()
    assert some.parameters["tumour_kill"].tolist() == with_it.parameters["tumour_kill"][[17, 3]].tolist()


def test_another_proportion_moves_people_from_one_class_to_the_next_only() -> None:
    few = sample(parse_cohort(mine(TWO), "mine.toml"), PEOPLE, 1, WITH_TUMOUR).covariates["tumour_class"]
    text = TWO.replace("0.25", "0.5").replace("= 0.75", "= 0.5")
    more = sample(parse_cohort(mine(text), "mine.toml"), PEOPLE, 1, WITH_TUMOUR).covariates["tumour_class"]
    assert (more <= few).all()
    assert (more < few).sum() == pytest.approx(0.25 * len(PEOPLE), rel=0.1)


def test_a_model_without_a_tumour_does_not_read_it_and_one_with_a_tumour_refuses_a_wrong_name() -> None:
    people = sample(parse_cohort(mine(TWO), "mine.toml"), [0, 1], 1, Table(BODY))
    assert "tumour_kill" not in people.parameters
    assert "tumour_class" in people.covariates
    wrong = TWO.replace("tumour_kill", "tumour_kil")
    with pytest.raises(CohortError, match="does not have") as caught:
        sample(parse_cohort(mine(wrong), "mine.toml"), [0], 1, WITH_TUMOUR)
    assert "mixture.tumour_class" in str(caught.value)
    with pytest.raises(CohortError, match="does not have"):
        sample(parse_cohort(mine(TWO.replace("tumour_kill", "kill")), "mine.toml"), [0], 1, Table(BODY))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CLASS.format("only", 1.0), "at least 2"),
        (CLASS.format("a", 0.5) + CLASS.format("b", 0.4), "add up to 0.9, not to 1"),
        (CLASS.format("a", 1.5) + CLASS.format("b", -0.5), "proportion"),
        (CLASS.format("a", "nan") + CLASS.format("b", 0.5), "proportion"),
        (TWO.replace("0.75", '"most"'), "proportion"),
        (TWO.replace("proportion = 0.75", "share = 0.75"), "did you mean|missing|unknown"),
        (TWO.replace('status = "assumed"', 'status = "measured"', 1), "where_in_source"),
        (TWO.replace('source = "our choice"\n', "", 1), "missing"),
        (TWO.replace("tumour_class", "weight_kg"), "cannot be called weight_kg"),
        (TWO.replace("tumour_class", "egfr_ml_min"), "cannot be called egfr_ml_min"),
        (TWO.replace("tumour_kill", "treg_capacity"), "both given and multiplied"),
        (TWO + TWO.replace("tumour_class", "other"), "given by the mixtures tumour_class and other"),
        (TWO.rstrip() + '\nfollows = "clearance"\nlog_correlation = 0.5\n', "follows nothing"),
        (TWO.replace("median = 2.0", "median = -2.0"), "above 0"),
    ],
)
def test_impossible_mixtures_are_refused(text: str, message: str) -> None:
    base = HEALTHY
    if "treg_capacity" in text:
        base += '\n[factors.treg_capacity]\nmedian = 2\nunit = "1"\ndistribution = "fixed"\n'
        base += 'source = "s"\nstatus = "assumed"\n'
    with pytest.raises(CohortError, match=message) as caught:
        parse_cohort((base + text).encode(), "mine.toml")
    assert "mine.toml" in str(caught.value)


@settings(deadline=None, max_examples=50)
@given(weights=st.lists(st.integers(0, 5), min_size=2, max_size=5).filter(any), seed=st.integers(0, 99))
def test_shares_are_those_of_the_file(weights: list[int], seed: int) -> None:
    total = sum(weights)
    mixture = Mixture.model_validate(
        {
            "classes": {
                f"c{k}": {"proportion": w / total, "source": "s", "status": "assumed"} for k, w in enumerate(weights)
            }
        }
    )
    drawn = mixture.draw(np.random.default_rng(seed).random(2000))
    for k, w in enumerate(weights):
        assert (drawn == k).mean() == pytest.approx(w / total, abs=0.06)
        assert w > 0 or not (drawn == k).any()


@pytest.mark.parametrize("name", ["melanoma", "renal"])
def test_the_shipped_cancers_have_two_classes_with_sources(name: str) -> None:
    cohort = load_cohort(name)
    mixture = cohort.mixtures["tumour_class"]
    assert mixture.names == ("partly", "wholly")
    assert mixture.parameters == ("tumour_evasive_fraction", "tumour_kill")
    people = sample(cohort, PEOPLE, 1, WITH_TUMOUR)
    kind = people.covariates["tumour_class"]
    assert (people.parameters["tumour_kill"] > 0).all()
    assert (people.parameters["tumour_evasive_fraction"][kind == 0] > 0).all()
    assert (people.parameters["tumour_evasive_fraction"][kind == 1] == 0).all()
    assert "checkpoint" in cohort.note
    assert {key for key in cohort.quantities() if key.startswith("mixture.tumour_class.partly")} == {
        "mixture.tumour_class.partly.proportion",
        "mixture.tumour_class.partly.parameters.tumour_kill",
        "mixture.tumour_class.partly.parameters.tumour_evasive_fraction",
    }


def test_the_cancers_differ_only_in_named_numbers() -> None:
    melanoma, renal = load_cohort("melanoma"), load_cohort("renal")
    assert melanoma.parameters["tumour_doubling_time"].median < renal.parameters["tumour_doubling_time"].median
    assert set(melanoma.parameters) == set(renal.parameters)
