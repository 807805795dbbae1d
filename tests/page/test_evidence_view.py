"""The view Evidence in Chromium: misses first, counts of the reader, filters in the link, doors to other views."""

from __future__ import annotations

import base64
import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from page_browser import PATIENTS, opened

from bimodal.drugs import load_molecule
from bimodal.evidence import tally
from bimodal.page.bundle import make_bundle
from bimodal.page.evidence_data import evidence_data
from bimodal.page.html import page_html
from bimodal.page.packed import pack_bytes
from bimodal.study import load_evidence
from bimodal.study.solver.engine_solver import load_solver

VIEW = "#v=1&view=evidence"
LOW = {"name": "Low dose", "model": "human", "cohort": "healthy", "drug": "aldesleukin", "regimen": "none"}


def page_of(folder: Path, evidence: dict[str, Any]) -> Path:
    molecules = [load_molecule("aldesleukin")]
    bundle = make_bundle(
        [(load_solver("human"), ["healthy"])], molecules, [LOW], patients=PATIENTS, title="evidence", evidence=evidence
    )
    path = folder / "evidence.html"
    path.write_text(page_html(bundle), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def evidence_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return page_of(tmp_path_factory.mktemp("evidence"), evidence_data(notes=True))


def listed(seen: Any) -> None:
    seen.until("document.querySelectorAll('.evidence-list tbody tr').length > 0")


def test_the_headline_has_the_counts_of_the_reader_and_misses_come_first(browser: Any, evidence_page: Path) -> None:
    with opened(browser, evidence_page, link=VIEW) as seen:
        listed(seen)
        words = seen.tab.inner_text(".evidence .headline")
        for role, name in (("calibration", "Calibration"), ("validation", "Validation")):
            count = tally(row for row in load_evidence() if row.target.role == role)
            found = re.search(rf"{name}[^:]*: (\d+) of (\d+) published numbers lie outside, (\d+) inside", words)
            assert found, words
            assert tuple(map(int, found.groups())) == (count.outside, count.scored, count.inside)
            factor = re.search(rf"{name}.*?off by a factor of ([\d.]+)", words)
            assert factor, words
            assert float(factor.group(1)) == pytest.approx(count.fold_error, rel=0.02)
        verdicts = seen.tab.evaluate(
            "[...document.querySelectorAll('.evidence-list tbody tr')].map((one) => one.dataset.verdict)"
        )
        missed = sum(row.verdict == "outside" for row in load_evidence())
        assert set(verdicts[: min(missed, 40)]) == {"outside"}
        assert seen.tab.locator(".forest .finding").count() > 5
        assert "Simulated over published" in seen.tab.get_by_role("img", name="Simulated over").get_attribute(
            "aria-label"
        )
        outside = [url for url in seen.requests if not url.startswith(("file:", "blob:", "data:"))]
        assert (outside, seen.complaints) == ([], [])
        said = seen.tab.inner_text("main").lower()
        assert not any(word in said for word in ("optimal", "recommended", "best "))


def test_filters_are_in_the_link_and_a_link_restores_them(browser: Any, evidence_page: Path) -> None:
    with opened(browser, evidence_page, link=VIEW) as seen:
        listed(seen)
        seen.tab.get_by_label("Study", exact=True).select_option("konrad-1990")
        seen.until("location.hash.includes('study=konrad-1990')")
        names = seen.tab.evaluate("[...document.querySelectorAll('.evidence-list tbody tr')].map((x) => x.dataset.row)")
        assert set(names) == {row.target.id for row in load_evidence("konrad-1990")}
        assert seen.tab.inner_text(".evidence .desk code").strip() == "bimodal run konrad-1990"
        link = seen.tab.evaluate("location.hash")
    with opened(browser, evidence_page, link=link) as again:
        listed(again)
        assert again.tab.locator(".evidence-list tbody tr").count() == len(names)
    with opened(browser, evidence_page, link=f"{VIEW}&study=<img>&verdict=recommended") as seen:
        listed(seen)
        assert "The link names a study that this page does not hold" in seen.tab.inner_text("main > .notice")
        assert seen.tab.locator("main img").count() == 0


def test_a_row_says_how_it_was_made_and_opens_its_arm(browser: Any, evidence_page: Path, tmp_path: Path) -> None:
    with opened(browser, evidence_page, link=f"{VIEW}&study=konrad-1990") as seen:
        listed(seen)
        seen.tab.locator(".forest .finding[data-target=D07]").click()
        row = seen.tab.locator("[data-row=D07]")
        assert row.locator("details").get_attribute("open") is not None
        words = row.inner_text()
        for part in ("Konrad 1990 Cancer Res 50:2009", "within 1.5-fold", "virtual patients", "5-95 % of patients"):
            assert part in words
        with seen.tab.expect_download() as waiting:
            seen.tab.get_by_role("button", name="CSV").last.click()
        waiting.value.save_as(tmp_path / "e.csv")
        head, *rows = (tmp_path / "e.csv").read_text(encoding="utf-8").splitlines()
        assert head.startswith("id,study,label")
        assert len(rows) == len(load_evidence("konrad-1990"))
        row.get_by_role("button", name="in Explore").first.click()
        seen.settled()
        regimen = seen.tab.get_by_label("The regimen in words").input_value()
        assert "SC" in regimen
        assert "view=" not in seen.tab.evaluate("location.hash") or "explore" in seen.tab.evaluate("location.hash")


def test_predictions_stand_with_their_outcomes(browser: Any, evidence_page: Path) -> None:
    with opened(browser, evidence_page, link=VIEW) as seen:
        listed(seen)
        seen.tab.get_by_role("radio", name="registered predictions").click()
        seen.until("document.querySelector('.evidence-list caption').textContent.startsWith('Registered')")
        rows = seen.tab.locator(".evidence-list tbody tr")
        assert "12 of 38 observed values lie outside" in seen.tab.inner_text(".evidence .headline")
        assert "9 of 18 outside" in rows.first.inner_text()
        assert "not opened" in rows.last.inner_text()
        assert "sha256" in rows.first.inner_text()


def test_a_number_of_an_earlier_model_or_of_fewer_patients_says_so(browser: Any, tmp_path: Path) -> None:
    evidence = evidence_data()
    content = json.loads(gzip.decompress(base64.b64decode(evidence["packed"])))
    content["studies"]["konrad-1990"] |= {"changed": ["the model 'human'"], "planned": 5000}
    packed = pack_bytes(json.dumps(content).encode())
    with opened(browser, page_of(tmp_path, {**evidence, "packed": packed}), link=VIEW) as seen:
        listed(seen)
        said = seen.tab.inner_text(".evidence .notice")
        assert "Computed with an earlier model" in said
        assert "konrad-1990 (the model 'human' changed since)" in said
        assert "konrad-1990 (1000 of 5000)" in said
        seen.tab.get_by_label("Study", exact=True).select_option("konrad-1990")
        seen.until("document.querySelectorAll('.evidence-list tbody tr').length < 20")
        assert "computed with an earlier model" in seen.tab.inner_text(".evidence-list tbody tr:first-child")


@pytest.mark.parametrize(("size", "theme"), [((360, 780), "dark"), ((1440, 900), "light"), ((3840, 2160), "dark")])
def test_axe_finds_nothing_and_nothing_runs_over(browser: Any, evidence_page: Path, size: Any, theme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe: pip install 'bimodal[browser]'")
    with opened(browser, evidence_page, link=VIEW, size=size, theme=theme, bypass_csp=True) as seen:
        listed(seen)
        for kind in ("published studies", "registered predictions"):
            seen.tab.get_by_role("radio", name=kind).click()
            seen.tab.evaluate("document.querySelectorAll('.evidence-list details').forEach((one) => (one.open = true))")
            assert seen.tab.evaluate("document.documentElement.scrollWidth") <= size[0]
            found = axe.Axe().run(seen.tab)
            assert found.response["violations"] == [], (kind, found.generate_report())
