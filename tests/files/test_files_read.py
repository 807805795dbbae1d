"""Files of users: what is no plain text file of a fair size is refused in words, at once."""

import contextlib
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bimodal.errors import StudyError
from bimodal.files.read import FileKind

KIND = FileKind("the toy file", StudyError, max_bytes=2_000, fix="give a better one")


def refused(path: Path) -> str:
    with pytest.raises(StudyError) as caught:
        KIND.text(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"x" * 2_001, "larger than 2 kB"),
        (b"\xff\xfea\0", "not UTF-8"),
        (b"caf\xe9", "not UTF-8"),
        (b"\xed\xa0\x80", "not UTF-8"),
        (b"a\0b", "zero byte"),
    ],
)
def test_what_is_no_text_of_a_fair_size_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    message = refused(path)
    assert message.startswith("the toy file ")
    assert words in message
    assert str(path) in message


def test_a_mark_is_passed_over_and_line_ends_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfa\r\nb\xc3\xa9")
    assert KIND.text(path) == "a\r\nbé"
    assert KIND.content(path).startswith(b"\xef\xbb\xbf")
    path.write_bytes(b"x" * 2_000)
    assert len(KIND.text(path)) == 2_000


@pytest.mark.parametrize("name", ["none", ".", "a\0b", "\ud800"])
def test_what_cannot_be_opened_is_refused(tmp_path: Path, name: str) -> None:
    message = refused(tmp_path / name)
    assert "cannot be read" in message
    assert "give a better one" in message


def test_pipes_and_devices_are_refused_without_waiting(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero"), Path("/dev/null")):
        assert "no regular file" in refused(path)


def test_the_name_for_messages_may_be_another(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        KIND.text(tmp_path / "none", "mine")
    assert caught.value.where == "mine"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=2_100))
def test_any_bytes_are_text_or_a_refusal(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    with contextlib.suppress(StudyError):
        assert KIND.text(path).encode() == content.removeprefix(b"\xef\xbb\xbf")
