"""README and pages quote the stored credibility reports, to the letter."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    monkeypatch.delitem(sys.modules, "qualify_record", raising=False)
    import qualify_record

    return qualify_record


@pytest.fixture
def record() -> dict:
    rows = [
        {"id": "validation", "what": "x", "value": 1.4321, "status": "passed", "lower": 1.0, "group": "g"},
        {"id": "A01", "what": "x", "value": 2, "status": "missed", "group": "g"},
        {"id": "passed", "what": "x", "value": 1759, "status": "shown", "group": "counts"},
        {"id": "lost", "what": "x", "value": None, "status": "missed", "group": "other"},
    ]
    return {"sections": [{"id": "one", "figures": rows}]}


def test_pages_say_what_the_stored_runs_gave(bench) -> None:
    records = bench.stored()
    wrong = [page.name for page in bench.PAGES if bench.page_with(text := page.read_text("utf-8"), records) != text]
    assert wrong == [], "run python benchmarks/qualify_record.py"


def test_a_figure_changed_by_hand_is_found(bench) -> None:
    records = bench.stored()
    page = (ROOT / "README.md").read_text("utf-8")
    found = bench.QUOTE.search(page)
    assert found is not None
    changed = page[: found.start(4)] + "1" + page[found.start(4) :]
    assert bench.page_with(changed, records) == page != changed


def test_pages_that_must_quote_do(bench) -> None:
    quoting = {page.name for page in bench.PAGES if bench.QUOTE.search(page.read_text("utf-8"))}
    assert quoting >= {
        "README.md", "qualify.md", "evidence.md", "sbml.md", "petab.md", "predictions.md", "engine.md", "limits.md",
    }  # fmt: skip


def test_no_page_says_a_telling_figure_outside_the_marks(bench) -> None:
    """Counts of suites and of targets are the figures that are written by hand most easily."""
    records = bench.stored()
    full = records["full"]
    telling = {bench.quoted(full, key) for key in ("studies/calibration", "predictions/opened")}
    telling |= {f"{bench.quoted(full, key)} pass" for key in ("sbml_suite#counts.passed", "petab.passed")}
    plain = {page.name: bench.QUOTE.sub("", bench.TABLE.sub("", page.read_text("utf-8"))) for page in bench.PAGES}
    assert [(name, one) for name, text in plain.items() for one in telling if one in text] == []


def test_a_key_gives_a_number_a_count_or_an_end(bench, record) -> None:
    assert bench.quoted(record, "one.validation") == "1.4"
    assert bench.quoted(record, "one.validation", ".2f") == "1.43"
    assert bench.quoted(record, "one.validation:lower", ".1f") == "1.0"
    assert bench.quoted(record, "one.validation:lower", ".1e") == "1.0e+0"
    assert bench.quoted(record, "sbml_suite#counts.passed").replace(",", "").isdigit()
    assert bench.quoted(record, "one.passed") == "1,759"
    assert bench.quoted(record, "one/g") == "1 of 2"
    assert bench.quoted(record, "one/") == "1 of 3"
    assert bench.quoted(record, "one/g", "missed") == "1"


@pytest.mark.parametrize(
    "key", ["one.none", "sbml_suite#counts.lost", "none.A01", "one.lost", "one/counts", "one.A01:upper"]
)
def test_what_was_not_computed_cannot_be_quoted(bench, record, key: str) -> None:
    with pytest.raises(KeyError):
        bench.quoted(record, key)


def test_the_stored_runs_have_every_section_and_no_path(bench) -> None:
    from bimodal.qualify.registry import section_ids

    for name, record in bench.stored().items():
        assert record["quick"] is (name == "quick")
        assert [one["id"] for one in record["sections"]] == list(section_ids())
        assert record["provenance"]["commit"]
        text = bench.RESULTS[name].read_text("utf-8")
        assert bench.as_text(record) == text
        assert json.loads(text) == record
        assert len(text) < 200_000
        assert "/tmp" not in text
        assert "/home" not in text


def test_the_page_lists_every_section() -> None:
    from bimodal.qualify.registry import section_ids

    page = (ROOT / "docs" / "qualify.md").read_text("utf-8").partition("## Sections")[2]
    listed = [line.split("`")[1] for line in page.partition("`--quick`")[0].splitlines() if line.startswith("| `")]
    assert listed == list(section_ids())
