"""Figures and sections: what counts as passed, and what never does."""

from __future__ import annotations

import math

import pytest

from bimodal.qualify.figure import Figure, exactly, within
from bimodal.qualify.section import Section


def shown(name: str) -> Figure:
    return Figure(id=name, what="a number", value=1.0)


def test_a_number_that_is_none_misses_its_goal() -> None:
    assert within(math.nan, 1.0, id="a", what="b").status == "missed"
    assert within(math.nan, 1.0, id="a", what="b").record()["value"] is None
    assert within(math.inf, 1.0, id="a", what="b").record()["value"] is None
    assert within(1.0, 1.0, id="a", what="b").status == "passed"


def test_what_was_asked_for_must_be_just_that() -> None:
    assert exactly(0, 0, id="a", what="b").status == "passed"
    assert exactly("other bytes", "the same bytes", id="a", what="b").status == "missed"


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        (["passed", "shown", "not run"], "passed"),
        (["passed", "missed"], "missed"),
        (["shown", "not run"], "not run"),
        ([], "not run"),
    ],
)
def test_a_section_passes_only_with_a_goal_met_and_none_missed(statuses: list[str], status: str) -> None:
    rows = [Figure(id=str(k), what="", value=1, status=one) for k, one in enumerate(statuses)]  # type: ignore[arg-type]
    assert Section.judged("a", "A", "said", rows).status == status


def test_a_section_counts_goals_and_not_what_is_only_shown() -> None:
    rows = [shown("a"), exactly(1, 1, id="b", what=""), exactly(1, 2, id="c", what="")]
    section = Section.judged("s", "S", "said", rows)
    assert section.met == (1, 2)
    assert section.figure("c").status == "missed"
    assert {row.command for row in section.figures} == {"bimodal qualify --only s"}


def test_two_figures_of_one_id_are_a_fault_of_ours() -> None:
    with pytest.raises(ValueError, match="two figures 'a'"):
        Section.judged("s", "S", "said", [shown("a"), shown("a")])


def test_a_missing_or_failed_section_is_no_pass() -> None:
    assert Section.missing("s", "S", "no suite", "get it").said == "not run: no suite; get it"
    assert Section.failed("s", "S", "KeyError").status == "failed"


def test_json_gives_the_section_back() -> None:
    rows = [within(1e-9, 1e-6, id="a", what="b", lower=0.0, upper=1.0, note="n", age="old", group="g"), shown("z")]
    section = Section.judged("s", "S", "said", rows, ["a limit"])
    assert Section.read(section.record()) == section
