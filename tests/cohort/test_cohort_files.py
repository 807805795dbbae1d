import hashlib
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

from bimodal.cohort import Cohort, list_cohorts, load_cohort
from bimodal.cohort.loader import parse_cohort
from bimodal.cohort.quantity import Quantity
from bimodal.errors import CohortError

HEALTHY = (resources.files("bimodal.cohort") / "data" / "healthy.toml").read_text(encoding="utf-8")


def broken(old: str, new: str) -> bytes:
    assert old in HEALTHY
    return HEALTHY.replace(old, new, 1).encode()


NAMES = [
    *("als", "cancer", "cgvhd", "hcv-vasculitis", "healthy"),
    *("hiv", "hiv-cd4-200", "hiv-cd4-500", "melanoma", "renal", "sle", "t1d"),
]


def test_the_cohorts_are_there_and_agree_on_their_parameters() -> None:
    assert list_cohorts() == NAMES
    body = {name: frozenset(k for k in load_cohort(name).parameters if not k.startswith("tumour_")) for name in NAMES}
    assert set(body.values()) == {frozenset(load_cohort("healthy").parameters)}
    assert {frozenset(load_cohort(name).covariates) for name in NAMES} == {frozenset(("age_years", "egfr_ml_min"))}
    assert {frozenset(load_cohort(name).correlations) for name in NAMES} == {
        frozenset(("treg_alpha_rest", "clearance"))
    }


def test_treg_share_of_cd4_is_in_the_published_range_of_health() -> None:
    counts = load_cohort("healthy").parameters
    treg, tconv = counts["treg_count_rest"].median, counts["tconv_count_rest"].median
    assert 5 <= 100 * treg / (treg + tconv) <= 10


@pytest.mark.parametrize("name", NAMES)
def test_every_number_says_where_it_comes_from(name: str) -> None:
    cohort = load_cohort(name)
    assert cohort.name == name
    assert len(cohort.sha256) == 64
    for key, quantity in cohort.quantities().items():
        assert quantity.source, key
        assert quantity.status == "assumed" or quantity.where_in_source, key
        assert quantity.status != "assumed" or "choice" in quantity.source or quantity.note, key


def test_a_path_is_read_and_hashed_like_the_built_in(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(HEALTHY, encoding="utf-8")
    for given in (file, str(file)):
        assert isinstance(load_cohort(given), Cohort)
        assert load_cohort(given).sha256 == load_cohort("healthy").sha256


def test_a_near_name_is_suggested() -> None:
    with pytest.raises(CohortError, match="did you mean 'cgvhd'"):
        load_cohort("cGVH")


@pytest.mark.parametrize("name", ["", "nobody", "no/such.toml", "missing.toml", "../healthy"])
def test_unknown_cohorts_are_refused(name: str) -> None:
    with pytest.raises(CohortError):
        load_cohort(name)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[female_fraction]", "[female_fractoin]", "female_frac"),
        ("median = 0.5", "medain = 0.5", r"unknown key 'medain'|'female_fraction.median' is missing"),
        ("median = 0.5", "median = 1.5", "between 0 and 1"),
        ("median = 50", "median = 50\ncolour = 1", r"parameters\.treg_count_rest\.colour"),
        ("median = 50", "median = nan", r"parameters\.treg_count_rest\.median"),
        ("median = 50", "median = inf", r"parameters\.treg_count_rest\.median"),
        ("median = 50", "median = 0", r"parameters\.treg_count_rest"),
        ("median = 50", "median = true", r"parameters\.treg_count_rest\.median"),
        ("median = 50", 'median = "50"', r"parameters\.treg_count_rest\.median"),
        ("cv = 0.384", "cv = -0.1", r"parameters\.treg_count_rest\.cv"),
        ("cv = 0.384", "cv = 1e6", r"parameters\.treg_count_rest\.cv"),
        ('unit = "kg"', 'unit = "lb"', "weight_kg must be log-normal and in kg"),
        ('unit = "1/uL"', 'unit = ""', r"treg_count_rest\.unit"),
        ('status = "assumed"', 'status = "known"', r"female_fraction\.status"),
        ('status = "assumed"', 'status = "measured"', "where_in_source"),
        ("median = 0.46", "median = 1.0", "correlation"),
        ("[parameters.treg_count_rest]\n", "[parameters.treg_count_rest]\nlone = {}\n", "unknown key 'lone'"),
        ('name = "healthy"', "name = 3", "key name"),
        ('name = "healthy"', "", "'name' is missing"),
        ('name = "healthy"', "name = ", "not valid TOML"),
        ("cv_status", "#", "together"),
        ("log_correlation = 0.90", "", "together"),
        ("log_correlation = 0.90", "log_correlation = 1.0", r"treg_count_rest\.log_correlation"),
        ('follows = "tconv_count_rest"', 'follows = "b_count"', r"treg_count_rest\.follows"),
        ('follows = "tconv_count_rest"', 'follows = "treg_count_rest"', r"treg_count_rest\.follows"),
        ("median = 50", 'median = 0.5\ndistribution = "logitnormal"', "only a log-normal"),
    ],
)
def test_a_wrong_file_is_refused_with_file_and_key(old: str, new: str, message: str) -> None:
    with pytest.raises(CohortError, match=message) as caught:
        parse_cohort(broken(old, new), "mine.toml")
    assert "mine.toml" in str(caught.value)


def test_a_blank_source_is_refused() -> None:
    start = HEALTHY.index("source = ", HEALTHY.index("[parameters.cd8"))
    text = HEALTHY[:start] + 'source = "  "' + HEALTHY[HEALTHY.index("\n", start) :]
    with pytest.raises(CohortError, match=r"parameters\.cd8_count_rest\.source"):
        parse_cohort(text.encode(), "mine.toml")


def test_a_near_key_is_suggested() -> None:
    with pytest.raises(CohortError) as caught:
        parse_cohort(broken("cv = 0.384", "cv = 0.384\nnoet = 'x'"), "mine.toml")
    assert "did you mean 'note'" in str(caught.value)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(CohortError, match="UTF-8"):
        parse_cohort(b"\xff\xfe\x00", "mine.toml")


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(CohortError):
        parse_cohort(b"name = " + b"[" * 20000, "mine.toml")


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "huge.toml"
    file.write_bytes(b"#" * 1_000_001)
    with pytest.raises(CohortError, match="1 MB"):
        load_cohort(file)


def test_a_fixed_quantity_has_no_spread() -> None:
    with pytest.raises(ValueError, match="cv of 0"):
        Quantity(median=1, cv=0.1, distribution="fixed", unit="1", source="s", status="assumed")
    with pytest.raises(ValueError, match="below 1"):
        Quantity(median=1, cv=0.1, distribution="logitnormal", unit="1", source="s", status="assumed")


def test_importing_the_room_is_cheap() -> None:
    heavy = "{'numba','xarray','matplotlib','duckdb','pandas','antimony','libsbml','scipy','pint','llvmlite'}"
    code = f"import sys, bimodal.cohort, bimodal.evidence; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_a_cohort_like_another_names_only_what_differs(tmp_path: Path) -> None:
    mine = tmp_path / "hiv.toml"
    mine.write_text(
        'name = "mine"\ntitle = "t"\nlike = "hiv"\n[parameters.treg_count_rest]\nmedian = 9\ncv = 0.4\n'
        'unit = "1/uL"\nsource = "me"\nstatus = "assumed"\n',
        "utf-8",
    )
    found, base = load_cohort(mine), load_cohort("hiv")
    assert found.parameters["treg_count_rest"].median == 9
    assert found.parameters["treg_count_rest"].follows == ""
    others = base.parameters.keys() - {"treg_count_rest"}
    assert {name: found.parameters[name] for name in others} == {name: base.parameters[name] for name in others}
    assert (found.female, found.covariates, found.factors) == (base.female, base.covariates, base.factors)
    assert found.sha256 not in (base.sha256, hashlib.sha256(mine.read_bytes()).hexdigest())


@pytest.mark.parametrize("like", ['"nobody"', "3", '["hiv"]', '{name = "hiv"}'])
def test_a_cohort_like_nobody_is_refused(tmp_path: Path, like: str) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(f'name = "mine"\ntitle = "t"\nlike = {like}\n', "utf-8")
    with pytest.raises(CohortError, match="to be like"):
        load_cohort(mine)
