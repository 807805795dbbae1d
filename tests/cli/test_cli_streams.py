"""The program with standard streams that are closed, full, gone, or in another encoding."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")
BIMODAL = f"'{sys.executable}' -m bimodal"
needs_shell = pytest.mark.skipif(os.name != "posix", reason="closes streams by a POSIX shell")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")


def shell(line, folder, **environment):
    return subprocess.run(
        ["sh", "-c", line],
        cwd=folder,
        capture_output=True,
        check=False,
        text=True,
        env={**os.environ, **environment},
        timeout=120,
    )


@needs_shell
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_lose_nothing_that_is_written_to_files(tmp_path, closed):
    run = shell(f"{BIMODAL} init study mine.toml {closed}", tmp_path)
    assert run.returncode == 0
    assert run.stderr == ""
    written = (tmp_path / "mine.toml").read_text("utf-8")
    assert written.lstrip().startswith("#")
    assert "wrote" not in written  # what would have been printed did not land in the file
    assert [path.name for path in tmp_path.iterdir()] == ["mine.toml"]


@needs_shell
@pytest.mark.parametrize("words", ["list drugs", "list endpoints", "--version", "--help"])
def test_lists_end_quietly_when_nobody_reads_them(tmp_path, words):
    run = shell(f"{BIMODAL} {words} >&-", tmp_path)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


@needs_shell
@needs_full
@pytest.mark.parametrize("words", ["list drugs", "--version", "list studies"])
def test_a_full_disk_under_the_output_is_said_in_one_line(tmp_path, words):
    run = shell(f"{BIMODAL} {words} >{FULL}", tmp_path)
    assert run.returncode == 1
    assert run.stderr == "error: the output cannot be written: No space left on device\n"


@needs_shell
@needs_full
def test_a_full_disk_under_the_messages_leaves_no_traceback(tmp_path):
    run = shell(f"{BIMODAL} list nothing 2>{FULL}", tmp_path)
    assert (run.returncode, run.stdout) == (1, "")


@needs_shell
def test_a_reader_that_goes_away_is_no_fault(tmp_path):
    run = shell(f"({BIMODAL} list endpoints; echo $? >code) | true", tmp_path)
    assert (tmp_path / "code").read_text() == "0\n"
    assert run.stderr == ""


@needs_shell
def test_an_encoding_without_our_letters_is_written_with_escapes(tmp_path):
    run = shell(f"{BIMODAL} show study koreth-2011", tmp_path, PYTHONIOENCODING="ascii")
    assert run.returncode == 0
    assert run.stderr == ""
