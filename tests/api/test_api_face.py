"""The names of ``import bimodal``: which there are, that nothing is loaded before it is used, in whatever order."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import bimodal as bm
from bimodal.errors import BimodalError, CohortError, DrugError, StudyError

HEAVY = [
    "numpy",
    "scipy",
    "numba",
    "llvmlite",
    "pandas",
    "xarray",
    "duckdb",
    "matplotlib",
    "antimony",
    "pydantic",
    "pint",
]
SUBMODULES = """
import bimodal.compare.compare, bimodal.response.response, bimodal.fit.fit, bimodal.drugs.load, bimodal.timing.assess
"""
USES = """
assert bm.drugs["aldesleukin"].id == "aldesleukin" and "aldesleukin" in bm.drugs and len(bm.drugs) > 10
for call in (lambda: bm.compare([], []), lambda: bm.response("no-such-drug"), lambda: bm.fit("no-such-fit")):
    try:
        call()
    except bm_errors.BimodalError:
        continue
    raise AssertionError("nothing was called")
assert bm.compare.compare.compare_molecules and bm.response.response.simulate_response and bm.fit.fit.run_fit
assert bm.drugs.load.load_molecule and bm.timing.assess
"""


def python(code: str) -> str:
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def test_importing_the_package_loads_nothing_of_it() -> None:
    said = python(
        f"import sys, bimodal; print([n for n in {HEAVY} if n in sys.modules], dir(bimodal) == bimodal.__all__)"
    )
    assert said == "[] True\n"
    loaded = python("import sys, bimodal; print(sorted(n for n in sys.modules if n.startswith('bimodal')))")
    assert loaded == "['bimodal', 'bimodal.api', 'bimodal.api.rooms']\n"


def test_the_names_are_one_list() -> None:
    assert dir(bm) == sorted(bm.__all__) == bm.__all__
    assert all(getattr(bm, name) is not None for name in bm.__all__)
    with pytest.raises(AttributeError, match="no attribute 'simulated'"):
        bm.simulated  # noqa: B018


@pytest.mark.parametrize(
    "lines",
    [
        [SUBMODULES, "import bimodal as bm", USES],
        ["import bimodal as bm", USES.split("assert bm.compare.")[0], SUBMODULES, USES],
    ],
    ids=["modules first", "names first"],
)
def test_a_name_that_is_also_a_package_works_whatever_was_imported_first(lines: list[str]) -> None:
    python("\n".join(["import bimodal.errors as bm_errors", *lines]))


def test_a_name_can_be_imported_from_the_package() -> None:
    python("from bimodal import compare, drugs, response, simulate\nassert callable(compare) and list(drugs)")


def test_a_package_that_is_called_shows_the_signature_of_its_function() -> None:
    from bimodal.api.compare import compare

    assert inspect.signature(bm.compare) == inspect.signature(compare)


@pytest.mark.parametrize(
    ("listing", "fault"), [("drugs", DrugError), ("cohorts", CohortError), ("studies", StudyError)]
)
def test_a_listing_lists_and_loads(listing: str, fault: type[BimodalError]) -> None:
    found = getattr(bm, listing)
    names = list(found)
    assert len(names) == len(found) == len(found.to_pandas())
    assert repr(found).splitlines()[0] == f"{len(names)} {listing}"
    assert [line.split()[0] for line in repr(found).splitlines()[1:]] == names
    assert "<table" in found._repr_html_()
    assert all(len(repr(found[name])) < 1000 for name in names)
    assert "nothing-like-it" not in found
    with pytest.raises(fault):
        found["nothing-like-it"]


def test_a_model_prints_in_a_few_lines() -> None:
    assert len(repr(bm.load_model("human"))) < 1000


def test_a_shipped_fit_to_trials_takes_no_starts() -> None:
    with pytest.raises(BimodalError, match="neither starts nor a folder"):
        bm.fit("toxicity", starts=3)
