"""The page of the credibility report quotes the stored run, to the letter."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    monkeypatch.delitem(sys.modules, "quick_qualify", raising=False)
    import quick_qualify

    return quick_qualify


def test_the_page_holds_the_table_of_the_stored_run(bench) -> None:
    record = json.loads(bench.RESULT.read_text("utf-8"))
    page = bench.PAGE.read_text("utf-8")
    assert bench.block(record) in page
    assert bench.page_with(page, record) == page


def test_the_stored_run_is_a_quick_one_of_every_section(bench) -> None:
    from bimodal.qualify.registry import section_ids

    record = json.loads(bench.RESULT.read_text("utf-8"))
    assert record["quick"] is True
    assert [one["id"] for one in record["sections"]] == list(section_ids())
    assert record["provenance"]["commit"]


def test_the_page_lists_every_section(bench) -> None:
    from bimodal.qualify.registry import section_ids

    page = bench.PAGE.read_text("utf-8").partition("## Sections")[2]
    listed = [line.split("`")[1] for line in page.partition("`--quick`")[0].splitlines() if line.startswith("| `")]
    assert listed == list(section_ids())
