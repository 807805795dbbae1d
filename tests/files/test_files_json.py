"""JSON of a user or of a results folder: every broken kind is answered in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from bimodal.errors import BimodalError, StudyError, visible
from bimodal.files.as_json import parse_json, read_json
from bimodal.files.read import FileKind
from bimodal.fit.checkpoint import _read
from bimodal.study.store.folder import run_in

KIND = FileKind("the toy file", StudyError, max_bytes=2_000_000)
BROKEN = {
    "deep lists": '{"a": ' + "[" * 100_000,
    "deep and whole": '{"a": ' + "[" * 500 + "]" * 500 + "}",
    "deep objects": '{"a":' * 100_000,
    "many digits": '{"a": ' + "9" * 5_000 + "}",
    "too large": '{"a": 9223372036854775808}',
    "no number": '{"a": NaN}',
    "endless": '{"a": Infinity}',
    "a list": "[1, 2]",
    "a number": "1",
    "nothing": "",
    "half": '{"a": ',
    "zero byte": '{"a": "\0"}',
}
broken = pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)


@broken
def test_a_broken_file_is_said_with_its_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(StudyError, match="the toy file is not") as caught:
        read_json(tmp_path / "x.json", KIND)
    assert "x.json" in str(caught.value)


@broken
def test_a_broken_card_is_no_run_and_a_broken_start_is_computed_again(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    assert run_in(tmp_path) is None
    assert _read(tmp_path / "run.json") is None


def test_what_is_whole_is_read() -> None:
    text = '{"a": [1, -2.5, null, true, "x"], "b": -9223372036854775808}'
    assert parse_json(text, KIND, where="x") == {"a": [1, -2.5, None, True, "x"], "b": -(2**63)}


@pytest.mark.parametrize("letter", ["\x1b", "\r", "\x07", "\x9b", "\x7f", "\u202e", "\u2066", "\u200f", "\u2028"])
def test_what_steers_a_terminal_is_written_out_in_every_part_of_a_message(letter: str) -> None:
    fault = BimodalError(f"a{letter}b", where=f"c{letter}", fix=f"d{letter}")
    fault.others = (BimodalError(f"e{letter}"),)
    assert letter not in str(fault)
    assert str(fault).count("\\") == 4
    assert letter not in visible(letter, as_json=True)
    assert parse_json(f'{{"a": "{visible(letter, as_json=True)}"}}', KIND, where="x") == {"a": letter}
