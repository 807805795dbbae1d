"""The credibility report as a page: drawn from JSON alone, escaped, misses first."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bimodal.qualify.figure import Figure, exactly, within
from bimodal.qualify.qualification import Qualification
from bimodal.qualify.request import Request
from bimodal.qualify.section import Section
from bimodal.report import pdf
from bimodal.report.qualify_page import qualify_page

NASTY = '<script>alert("x")</script>'


def record(*sections: Section) -> dict:
    took = {section.id: {"date": "2026-11-30", "cpu_s": 1.5, "wall_s": 2.0} for section in sections}
    whole = Qualification(
        request=Request(quick=True), made_with={}, sections=sections, took=took, folder=Path("nowhere")
    )
    return json.loads(whole.to_json())


def many(count: int) -> Section:
    rows = [exactly(k, 0 if k % 10 else k, id=str(k), what=f"number {k}", group="g") for k in range(count)]
    return Section.judged("many", "Many", "said", rows)


def test_the_page_says_what_it_is_not_and_asks_for_nothing() -> None:
    page = qualify_page(record(many(3)))
    assert page.count("Not a regulatory submission or credibility determination.") == 2
    assert "Not for diagnosis, dosing or timing" in page
    assert "never counts as passed" in page
    assert "quick run, at most 24 virtual patients in an arm" in page
    assert not re.search(r"https?://(?!www\.w3\.org)|<script", page)


def test_the_same_json_gives_the_same_page() -> None:
    assert qualify_page(record(many(30))) == qualify_page(record(many(30)))


def test_texts_are_escaped() -> None:
    row = Figure(id=NASTY, what=NASTY, value=NASTY, note=NASTY, goal=NASTY, reference=NASTY, group=NASTY, age=NASTY)
    page = qualify_page(record(Section.judged(NASTY, NASTY, NASTY, [row], [NASTY])))
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_misses_stand_first_and_the_rest_of_a_long_table_is_folded() -> None:
    page = qualify_page(record(many(40)))
    assert "g: 36 of 40, not met or not run" in page
    assert "<summary>g: the other 4</summary>" in page
    assert page.index("number 39") < page.index("number 0<")
    short = qualify_page(record(many(5)))
    assert "<details>" not in short
    assert short.index("number 4") < short.index("number 0<")


def test_sections_that_missed_lead_the_overview() -> None:
    fine = Section.judged("fine", "Fine", "said", [exactly(1, 1, id="a", what="w")])
    absent = Section.missing("absent", "Absent", "no package", "pip install it")
    page = qualify_page(record(fine, absent, many(2), Section.failed("broken", "Broken", "KeyError")))
    places = [page.index(f'href="#{name}"') for name in ("broken", "many", "absent", "fine")]
    assert places == sorted(places)
    assert "not run: no package; pip install it" in page


def test_a_number_stands_with_interval_unit_and_what_it_is_set_against() -> None:
    row = within(2.5, 3.0, id="a", what="w", unit="ms", lower=2.0, upper=3.5, reference=2.4, age="registered 2026")
    page = qualify_page(record(Section.judged("s", "S", "said", [row])))
    for words in ("2.5 ms", "2 to 3.5", "2.4", "at most 3", "registered 2026", "set against", "asked for"):
        assert words in page


def test_a_power_of_ten_is_not_broken_and_attributes_are_left_alone() -> None:
    rows = [within(2e-7, 1e-6, id="lanes-1e-06", what="at 1e-06"), exactly("yes", "yes", id="falls", what="falls")]
    page = qualify_page(record(Section.judged("s-1e-06", "S", "off by 4.4e-05", rows)))
    for words in ("at most ", "off by ", "at "):
        assert f'{words}<span class="unbroken">' in page
    assert '<span class="unbroken">4.4e-5</span>' in page
    assert 'id="s-1e-06"' in page
    assert '<td class="number">yes</td>' in page


def test_an_assessment_is_questions_and_answers() -> None:
    rows = [
        exactly(0, 0, id="lacking", what="without"),
        Figure(id="koreth-2011", what="w", value="1 of 2", note="question of interest: how far?\nlimits: blood"),
    ]
    page = qualify_page(record(Section.judged("assessment", "Assessment", "said", rows)))
    assert "<dt>question of interest</dt><dd>how far?</dd><dt>limits</dt><dd>blood</dd>" in page


@pytest.mark.skipif(pdf.find_browser() is None, reason="no browser on this machine")
def test_a_browser_prints_what_is_folded_away(tmp_path: Path) -> None:
    page = tmp_path / "qualify.html"
    page.write_text(qualify_page(record(many(40))), "utf-8")
    assert pdf.write_pdf(page, tmp_path / "qualify.pdf") == ""
    assert (tmp_path / "qualify.pdf").read_bytes().startswith(b"%PDF-")


def test_a_browser_that_does_nothing_is_said(tmp_path: Path) -> None:
    page = tmp_path / "qualify.html"
    page.write_text("<p>a page</p>", "utf-8")
    said = pdf.write_pdf(page, tmp_path / "qualify.pdf", browser="true")
    assert said == "true wrote nothing; print the page from a browser"
    assert not (tmp_path / "qualify.pdf").exists()
