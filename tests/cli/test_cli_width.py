"""Tables and sentences fit the width of a terminal, and no word or number is broken."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text
from typer.testing import CliRunner

from bimodal.cli.console import table
from bimodal.cli.fitting_table import longest, wrapped
from bimodal.cli.main import app

WIDE = 3000


def printed(args: list[str], width: int, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("COLUMNS", str(width))
    return CliRunner().invoke(app, args).output


def words(text: str) -> set[str]:
    steady = re.sub(r"[\d.,]+ patients/s, .* left", "", text)  # how fast it went differs from run to run
    return set(re.sub(r":(?=\s|$)", " ", steady, flags=re.MULTILINE).split())


def too_long(text: str, width: int) -> list[str]:
    """Lines that are too long, but for those of one word, such as a path, which is better left whole."""
    return [line for line in text.splitlines() if len(line) > width and len(line.split()) > 1]


def crp(folder: Path) -> Path:
    rows = [f"2026-01-{day:02}T08:00+01:00,crp,{5 + day % 7},mg/L" for day in range(1, 29)]
    path = folder / "crp.csv"
    path.write_text("\n".join(["datetime,kind,value,unit", *rows]) + "\n")
    return path


@pytest.mark.parametrize(
    "command",
    [
        "list drugs", "list studies", "list cohorts", "list endpoints", "list targets", "list evidence", "list eras",
        "list fits", "predict list", "show koreth-2011", "show atkins-1999", "show aldesleukin",
        "show drug bempegaldesleukin", "show human", "show melanoma", "timing trial", "timing trial --tables",
        "timing assess CRP --compare", "response --drug aldesleukin --drug n88d-fc",
        "run koreth-2011 --patients 2 --no-report --force --out OUT",
    ],
)  # fmt: skip
def test_every_table_fits_and_breaks_no_word(command, tmp_path, monkeypatch):
    given = {"CRP": str(crp(tmp_path)), "OUT": str(tmp_path / "out")}
    args = [given.get(part, part) for part in command.split()]
    whole = words(printed(args, WIDE, monkeypatch))
    assert len(whole) > 4
    for width in (80, 120):
        text = printed(args, width, monkeypatch)
        assert not too_long(text, width)
        assert words(text) <= whole  # no piece of a word or a number


def lines_of(made: object, width: int) -> list[str]:
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        console.print(made)
    return [line.rstrip() for line in capture.get().splitlines()]


def test_a_table_too_wide_for_its_words_is_cut_into_several_with_the_names_of_the_rows():
    arms = [f"arm-number-{k}" for k in range(6)]
    made = table("Simulated", ["endpoint", "day", *arms], [["treg_fold", "7", *["1.79 [1.45, 3.01]"] * 6]], keys=2)
    lines = lines_of(made, 60)
    assert max(map(len, lines)) <= 60
    assert sum(line.startswith("endpoint") for line in lines) == 2
    assert sum(line.startswith("treg_fold  7") for line in lines) == 2
    assert sum(line.count("[1.45, 3.01]") for line in lines) == 6


def test_a_table_that_cannot_be_cut_is_written_row_by_row():
    made = table("", ["id", "what", "source"], [["a-long-name-of-a-row", "a word", "unbreakable_in_30_characters__"]])
    assert lines_of(made, 40) == [
        "a-long-name-of-a-row",
        "    what: a word",
        "    source:",
        "    unbreakable_in_30_characters__",
    ]


def test_right_columns_stay_right_and_styles_stay():
    made = table("", ["what", "n"], [["one", "5"], ["two words", Text("12", "bold")]], right=[1])
    assert lines_of(made, 80) == ["what        n", "one         5", "two words  12"]
    assert [span.style for span in wrapped(Text.assemble(("red green", "red")), 4).spans] == ["red", "red"]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.lists(st.text("ab1.-é ", max_size=20), min_size=3, max_size=3), min_size=1, max_size=4),
    st.integers(24, 60),
)
def test_any_table_keeps_its_words_and_its_width(rows, width):
    found = lines_of(table("", ["one", "two", "three"], rows), width)
    assert max(map(len, found), default=0) <= width
    kept = words(" ".join(found))
    assert {word for row in rows for cell in row for word in cell.split()} - kept <= {""}


def test_off_a_terminal_lines_are_as_long_as_they_need_to_be(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    lines = CliRunner().invoke(app, ["list", "drugs"]).output.splitlines()
    assert all(len(line) <= 160 for line in lines)
    assert any(len(line.rstrip()) > 80 for line in lines)


@given(st.text("ab1[],. \n→治 (;%", max_size=30))
def test_the_widest_word_is_that_of_the_text_broken_everywhere(words):
    broken = wrapped(Text(words), 1).split("\n")
    assert longest(Text(words)) == max((part.cell_len for part in broken), default=0)
