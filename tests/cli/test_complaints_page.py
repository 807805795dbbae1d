"""The block of docs/complaints.md runs as it stands, and its counts are those of its tables."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from page_blocks import page_blocks

PAGE = (Path(__file__).parents[2] / "docs" / "complaints.md").read_text("utf-8")
(BLOCK,) = page_blocks(PAGE, "sh")
ROWS = re.findall(r"^\| (\d+) \| .+? \| (yes|in part|no) \| .+ \|$", PAGE, re.MULTILINE)


def numbers(answer: str) -> list[int]:
    return [int(number) for number, said in ROWS if said == answer]


def test_every_complaint_is_answered_once_and_counted():
    assert [int(number) for number, _ in ROWS] == list(range(1, 49))
    counts = re.search(r"Of 48: (\d+) yes, (\d+) in part, (\d+) no", PAGE)
    assert counts is not None
    assert [int(count) for count in counts.groups()] == [len(numbers(answer)) for answer in ("yes", "in part", "no")]
    for label, answer in (("No", "no"), ("In part", "in part")):
        line = re.search(rf"^- \*\*{label}:\*\* (.*)$", PAGE, re.MULTILINE)
        assert line is not None
        assert [int(number) for number in re.findall(r"\d+", line[1])] == numbers(answer)


@pytest.mark.docs
@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
def test_the_commands_of_the_page_show_what_it_says(tmp_path):
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "bimodal"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bimodal "$@"\n', "utf-8")
    script.chmod(0o755)
    environment = {**os.environ, "PATH": f"{script.parent}:{os.environ['PATH']}"}
    command = ["bash", "-e", "-c", BLOCK.text]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout
    assert "\nsound\n" in said  # 1, 6
    assert "held: hold if treg_fold >= 2" in said  # 11
    assert "started: start rescue if treg_fold < 1.2" in said
    assert re.search(r"^1 +A +8 ", said, re.MULTILINE)  # 15
    assert re.search(r"^2 +A +1 +0 +0 +904\.963$", said, re.MULTILINE)  # 16
    assert "'x' grows without bound" in said + done.stderr  # 21
    assert "\nexit 1\n" in said
