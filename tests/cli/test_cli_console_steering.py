"""Nothing that stands in a file steers the terminal: tables, lines, progress and JSON write it out."""

from __future__ import annotations

import json
import re

import pytest
from rich.text import Text

from bimodal.cli.console import err, out, progress, table
from bimodal.cli.options import write_json

NAME = "a\x1b[31mb\x07c\rd\u202ee\x9bf\x7f"
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@pytest.mark.parametrize("columns", ["", "40"])
def test_lines_and_tables(capsys, monkeypatch, columns) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    out().print(f"{NAME}: said", markup=False)
    out().print(Text(NAME, "bold"))
    out().print(table(NAME, [NAME, "x"], [[NAME, Text(NAME)], ["y", "z"]]))
    err().print(f"warning: {NAME}", style="yellow", markup=False)
    said = capsys.readouterr()
    assert STEERING.search(said.out + said.err) is None
    assert "\\x1b[31mb" in said.out
    assert "\\x1b[31mb" in said.err


def test_progress_off_a_terminal(capsys) -> None:
    with progress(NAME, quiet=False) as tell:
        assert tell is not None
        tell(1, 1, NAME)
    said = capsys.readouterr().err
    assert STEERING.search(said) is None
    assert said.count("\\x1b[31mb") == 2


def test_json_that_is_printed_says_the_same(capsys) -> None:
    from pathlib import Path

    write_json({"name": NAME}, Path("-"))
    said = capsys.readouterr().out
    assert STEERING.search(said) is None
    assert json.loads(said) == {"name": NAME}
