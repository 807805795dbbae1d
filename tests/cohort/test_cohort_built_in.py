import csv
from importlib import resources

import numpy as np
import pytest
from cohort_table import Row, Table

from bimodal.cohort import list_cohorts, load_cohort, sample
from bimodal.cohort.loader import parse_cohort
from bimodal.cohort.scaling import SCALED
from bimodal.errors import CohortError

HEALTHY = (resources.files("bimodal.cohort") / "data" / "healthy.toml").read_text(encoding="utf-8")


def human() -> Table:
    """The parameter table of the human model as it ships, read without the model."""
    text = (resources.files("bimodal.model") / "data" / "human.csv").read_text(encoding="utf-8")
    rows = []
    for line in csv.DictReader(text.splitlines()):
        cv = float(line["cv"]) if line["cv"] else None
        rows.append(Row(line["id"], float(line["value"]), cv, line["distribution"] if cv else "lognormal"))
    return Table(tuple(rows))


HUMAN = human()
PEOPLE = np.arange(400)


@pytest.mark.parametrize("name", list_cohorts())
def test_a_cohort_fits_the_human_model(name: str) -> None:
    cohort, known = load_cohort(name), {row.id for row in HUMAN.rows}
    # what a cohort says of a tumour is read by models that have one
    assert {key for key in cohort.parameters if not key.startswith("tumour_")} <= known
    assert set(cohort.factors) <= known
    ends = {end for key, row in cohort.correlations.items() for end in (key, row.follows)}
    assert ends <= known | set(cohort.covariates)
    # growth belongs to the cells; a cohort may say where it starts and how much room there is
    assert not [key for key in (*cohort.parameters, *cohort.factors) if "growth" in key]
    assert {key.rpartition("_")[2] for key in cohort.factors} <= {"capacity"}


@pytest.mark.parametrize("name", [name for name in list_cohorts() if name != "healthy"])
def test_the_parameters_are_frozen_but_for_what_the_cohort_names(name: str) -> None:
    cohort = load_cohort(name)
    own, other = sample(cohort, PEOPLE, 1, HUMAN), sample(load_cohort("healthy"), PEOPLE, 1, HUMAN)
    named = {*cohort.parameters, *cohort.factors}
    size = {key: own.covariates["bsa_m2"] / other.covariates["bsa_m2"] if key in SCALED else 1.0 for key in SCALED}
    assert set(own.parameters) == set(other.parameters)
    for key, values in own.parameters.items():
        if key in named:
            continue
        if key in cohort.correlations:  # who has which value may differ, not the values there are
            ends = np.quantile(np.log(values / size.get(key, 1.0)), [0.1, 0.5, 0.9])
            assert ends == pytest.approx(np.quantile(np.log(other.parameters[key]), [0.1, 0.5, 0.9]), abs=0.1), key
            continue
        assert np.allclose(values, other.parameters[key] * size.get(key, 1.0), rtol=1e-12), key
    for key, factor in cohort.factors.items():
        assert np.allclose(own.parameters[key], factor.median * other.parameters[key], rtol=1e-12)


@pytest.mark.parametrize("name", list_cohorts())
def test_a_starting_share_of_treg_is_plausible(name: str) -> None:
    counts = sample(load_cohort(name), PEOPLE, 1, HUMAN).parameters
    share = 100 * counts["treg_count_rest"] / (counts["treg_count_rest"] + counts["tconv_count_rest"])
    assert 3.5 <= np.median(share) <= 10
    assert np.quantile(share, 0.95) < 20


@pytest.mark.parametrize("name", list_cohorts())
def test_room_to_grow_is_that_of_health_where_cells_are_few(name: str) -> None:
    cohort, healthy = load_cohort(name), load_cohort("healthy")
    for cell in ("treg", "tconv"):
        own = cohort.parameters[f"{cell}_count_rest"].median
        full = healthy.parameters[f"{cell}_count_rest"].median
        factor = cohort.factors.get(f"{cell}_capacity")
        if factor is not None:
            assert own < full
            assert factor.median == pytest.approx(full / own, rel=0.01)
            assert factor.status == "assumed"


def test_renal_function_goes_with_clearance_and_cd25_with_treg() -> None:
    people = sample(load_cohort("renal"), np.arange(6000), 3, HUMAN)
    clearance = np.log(people.parameters["clearance"] / people.covariates["bsa_m2"])
    assert np.corrcoef(clearance, np.log(people.covariates["egfr_ml_min"]))[0, 1] == pytest.approx(0.4, abs=0.04)
    treg, cd25 = (np.log(people.parameters[key]) for key in ("treg_count_rest", "treg_alpha_rest"))
    assert np.corrcoef(treg, cd25)[0, 1] == pytest.approx(0.3, abs=0.04)
    row = next(row for row in HUMAN.rows if row.id == "treg_alpha_rest")
    assert row.cv is not None
    assert np.median(people.parameters["treg_alpha_rest"]) == pytest.approx(row.value, rel=0.03)
    assert np.log(people.parameters["treg_alpha_rest"]).std() == pytest.approx(np.sqrt(np.log1p(row.cv**2)), rel=0.05)


def test_a_correlation_changes_nobody_else() -> None:
    start = HEALTHY.index("[correlations.")
    without = sample(parse_cohort(HEALTHY[:start].encode(), "mine.toml"), PEOPLE, 1, HUMAN)
    with_them = sample(load_cohort("healthy"), PEOPLE, 1, HUMAN)
    for key in without.parameters:
        if key not in ("treg_alpha_rest", "clearance"):
            assert without.parameters[key].tobytes() == with_them.parameters[key].tobytes(), key
    assert without.parameters["clearance"].tobytes() != with_them.parameters["clearance"].tobytes()


def test_a_model_without_the_mechanism_ignores_its_factor_and_correlation() -> None:
    keep = tuple(row for row in HUMAN.rows if row.id not in ("treg_capacity", "treg_alpha_rest"))
    people = sample(load_cohort("cgvhd"), PEOPLE, 1, Table(keep))
    assert "treg_capacity" not in people.parameters


@pytest.mark.parametrize(("old", "new"), [("treg_capacity", "treg_capacty"), ("treg_alpha_rest", "treg_alpha_rst")])
def test_a_misspelt_name_is_refused_with_the_right_one(old: str, new: str) -> None:
    text = (resources.files("bimodal.cohort") / "data" / "cgvhd.toml").read_text(encoding="utf-8")
    cohort = parse_cohort(text.replace(old, new).encode(), "mine.toml")
    with pytest.raises(CohortError, match=f"did you mean '{old}'"):
        sample(cohort, [0], 1, HUMAN)


FACTOR = '\n[factors.treg_capacity]\nmedian = 2\nunit = "1"\ndistribution = "fixed"\nsource = "s"\nstatus = "assumed"\n'
LINK = '\n[correlations.{}]\nfollows = "{}"\nlog_correlation = 0.5\nsource = "s"\nstatus = "assumed"\n'
COVARIATE = '\n[covariates.{}]\nmedian = 5\ncv = {}\nunit = "1"\nsource = "s"\nstatus = "assumed"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (FACTOR.replace("2", "0"), "above 0"),
        (FACTOR.replace("2", "-2"), "above 0"),
        (FACTOR.replace('unit = "1"', 'unit = "1/uL"'), "fixed number"),
        (FACTOR.replace('"fixed"', '"lognormal"'), "fixed number"),
        (FACTOR.replace("treg_capacity", "treg_count_rest"), "both given and multiplied"),
        (COVARIATE.format("weight_kg", 0.1), "cannot be called weight_kg"),
        (COVARIATE.format("female", 0.1), "cannot be called female"),
        (COVARIATE.format("treg_count_rest", 0.1), "cannot be called treg_count_rest"),
        (COVARIATE.format("x", 0.1) + 'follows = "egfr_ml_min"\nlog_correlation = 0.1\n', "follows by"),
        (LINK.format("treg_count_rest", "egfr_ml_min"), "two things"),
        (LINK.format("bsa_m2", "egfr_ml_min"), "own correlation"),
        (LINK.format("v_plasma", "weight_kg"), "own correlation"),
        (LINK.format("v_plasma", "v_plasma"), "follows itself"),
        (LINK.format("v_plasma", "k_out") + LINK.format("k_out", "v_plasma"), "follows itself"),
        (LINK.format("tconv_count_rest", "treg_count_rest"), "follows itself|cannot follow"),
        (COVARIATE.format("x", 0.0) + LINK.format("v_plasma", "x"), "does not vary"),
        (LINK.format("v_plasma", "").replace("0.5", "0.5"), "follows"),
        (LINK.format("v_plasma", "k_out").replace("0.5", "1.0"), "log_correlation"),
        (LINK.format("v_plasma", "k_out").replace("0.5", "nan"), "log_correlation"),
        (LINK.format("v_plasma", "k_out").replace('"assumed"', '"measured"'), "where_in_source"),
        (LINK.format("v_plasma", "k_out").replace('source = "s"', 'source = " "'), "source"),
        (LINK.format("v_plasma", "k_out") + "median = 3\n", "unknown key 'median'"),
    ],
)
def test_impossible_links_are_refused(text: str, message: str) -> None:
    with pytest.raises(CohortError, match=message) as caught:
        parse_cohort((HEALTHY + text).encode(), "mine.toml")
    assert "mine.toml" in str(caught.value)


def test_a_chain_of_correlations_is_drawn() -> None:
    text = HEALTHY + LINK.format("v_plasma", "clearance")
    people = sample(parse_cohort(text.encode(), "mine.toml"), np.arange(6000), 2, HUMAN)
    volume, clearance = (
        np.log(people.parameters[key] / people.covariates["bsa_m2"]) for key in ("v_plasma", "clearance")
    )
    egfr = np.log(people.covariates["egfr_ml_min"])
    assert np.corrcoef(volume, clearance)[0, 1] == pytest.approx(0.5, abs=0.04)
    assert np.corrcoef(volume, egfr)[0, 1] == pytest.approx(0.2, abs=0.04)
