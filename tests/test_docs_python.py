"""The Python of a page runs as it stands; pages whose Python has a test of its own are left to it."""

from __future__ import annotations

import runpy
import tomllib
from pathlib import Path

import numpy as np
import pytest

from bimodal.cohort import load_cohort
from bimodal.study.spec.load import check_study
from page_blocks import page_blocks

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
#: By page: the test that runs its Python.
ELSEWHERE = {
    "README.md": "api/test_api_results.py",
    "docs/python.md": "api/test_api_results.py",
    "docs/fitting.md": "fit/test_fit_docs.py",
    "docs/petab.md": "exchange/test_exchange_petab_docs.py",
    "docs/queries.md": "results/test_results_docs.py",
    "docs/scaling.md": "study/test_scaling_docs.py",
    "docs/trials.md": "cli/test_trials_page.py",
}
MODEL = "model decay\n k = 0.5; A = 3;\n A' = -k*A;\nend\n"


def blocks(page: Path, kind: str) -> list[str]:
    return [block.text for block in page_blocks(page.read_text("utf-8"), kind)]


PAGES = [page for page in (ROOT / "README.md", *sorted(DOCS.glob("**/*.md"))) if blocks(page, "python")]


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def test_pages_with_tests_of_their_own_are_named_by_them():
    assert set(ELSEWHERE) <= {name_of(page) for page in PAGES}
    for page, test in ELSEWHERE.items():
        assert Path(page).name in (ROOT / "tests" / test).read_text("utf-8")


@pytest.mark.docs
@pytest.mark.parametrize("page", [page for page in PAGES if name_of(page) not in ELSEWHERE], ids=name_of)
def test_the_python_of_a_page_runs(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("my_model.ant").write_text(MODEL, "utf-8", newline="\n")
    Path("page.py").write_text("\n".join(blocks(page, "python")), "utf-8", newline="\n")
    assert runpy.run_path("page.py")
    assert "Traceback" not in capsys.readouterr().err


def test_the_cohort_of_the_page_is_one(tmp_path):
    first, mixture = blocks(DOCS / "cohorts.md", "toml")
    file = tmp_path / "mine.toml"
    # the page leaves the bodies of women and men out
    file.write_text('like = "healthy"\n' + first + mixture, "utf-8")
    found = load_cohort(file)
    assert found.parameters["treg_count_rest"].median == 30
    assert set(found.mixtures) == {"tumour_class"}


def test_the_scans_of_the_page_are_those_of_a_study():
    (text,) = blocks(DOCS / "trial-endpoints.md", "toml")
    arm = {"name": "untreated", "drug": "aldesleukin", "regimen": "none"}
    study = check_study(
        {"name": "mine", "population": {"cohort": "melanoma", "patients": 2}, "arm": [arm], **tomllib.loads(text)},
        where="mine",
    )
    assert study.scans is not None
    assert study.scans.criterion == "WHO"
    assert np.isclose(study.scans.reader_sd_mm, 1.7)
