"""What a person names as output is written; nothing that is no plain file is ever replaced."""

from __future__ import annotations

import os
import select
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bimodal.errors import OutputError
from bimodal.files.write import write_bytes, write_text

posix = pytest.mark.skipif(os.name != "posix", reason="pipes and devices of POSIX")


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def test_a_plain_file_is_replaced_and_nothing_is_left_beside_it(tmp_path):
    target = tmp_path / "a" / "x.json"
    write_text(target, "long before")
    before = target.stat().st_ino
    assert write_text(target, "after") == target
    assert target.read_text() == "after"
    assert target.stat().st_ino != before
    assert names(target.parent) == ["x.json"]


@posix
def test_the_target_of_a_link_is_written_and_the_link_stays(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "x.json").write_text("before")
    link = tmp_path / "link.json"
    link.symlink_to("real/x.json")
    write_text(link, "after")
    assert link.is_symlink()
    assert (tmp_path / "real" / "x.json").read_text() == "after"
    assert names(tmp_path) == ["link.json", "real"]


@posix
def test_a_link_to_nothing_makes_its_target(tmp_path):
    link = tmp_path / "link.json"
    link.symlink_to("later/x.json")
    write_text(link, "after")
    assert link.is_symlink()
    assert (tmp_path / "later" / "x.json").read_text() == "after"


@posix
def test_links_in_a_circle_are_refused(tmp_path):
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(OutputError, match="a cannot be written: "):
        write_text(tmp_path / "a", "x")
    assert (tmp_path / "a").is_symlink()


@posix
def test_a_device_is_written_to_through_a_link_and_stays(tmp_path):
    link = tmp_path / "null"
    link.symlink_to(os.devnull)
    write_text(link, "gone")
    assert link.is_symlink()
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)
    assert stat.S_ISCHR(link.stat().st_mode)


@posix
def test_a_device_by_its_name_stays_a_device():
    write_text(Path(os.devnull), "gone")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_device_is_said():
    with pytest.raises(OutputError, match="full cannot be written: No space left"):
        write_text(Path("/dev/full"), "x")


@posix
def test_a_pipe_is_written_to_and_stays(tmp_path):
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reading, True)

    def read() -> None:
        select.select([reading], [], [], 10)  # until there is something; before, the pipe looks ended
        with os.fdopen(reading, "rb") as stream:
            got.append(stream.read())

    reader = threading.Thread(target=read)
    content = b"x" * 300_000  # more than a pipe holds
    reader.start()
    write_bytes(pipe, content)
    reader.join(10)
    assert got == [content]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@posix
def test_a_pipe_that_nobody_reads_is_said_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OutputError, match="start what reads the pipe first"):
        write_text(tmp_path / "pipe", "x")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_folder_is_said(tmp_path):
    (tmp_path / "x.json").mkdir()
    with pytest.raises(OutputError, match="name a file, not a folder"):
        write_text(tmp_path / "x.json", "x")
    assert names(tmp_path) == ["x.json"]


@pytest.mark.parametrize("name", ["a\0b", "x" * 300], ids=["zero byte", "too long"])
def test_a_name_no_system_takes_is_said(tmp_path, name):
    with pytest.raises(OutputError, match="cannot be written"):
        write_text(tmp_path / name, "x")


def test_half_a_letter_is_written_as_an_escape(tmp_path):
    assert write_text(tmp_path / "x", "a\ud800").read_text() == "a\\ud800"


@posix
@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="no /dev/stdout")
def test_our_own_output_by_name_is_not_cut_off(tmp_path):
    code = (
        "from pathlib import Path; from bimodal.files.write import write_text\n"
        "print('first'); write_text(Path('/dev/stdout'), 'json\\n'); print('last')"
    )
    with (tmp_path / "out").open("wb") as out:
        subprocess.run([sys.executable, "-c", code], stdout=out, check=True, timeout=60)
    assert (tmp_path / "out").read_text() == "first\njson\nlast\n"
