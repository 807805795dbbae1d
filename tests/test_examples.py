"""The scripts in `examples/` run as they stand, in an empty folder, and say what they promise."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
SAID = {
    "dose_response.py": ("aldesleukin", "nara1-complex", "x)"),
    "own_study.py": ("aldesleukin: treg_fold day 7 =", "with anti-CD25: cmax =", "rows on disk"),
    "treg_target.py": ("titrated: held in 2-4 fold:", "of visits in it", "times the planned one"),
    "regimens_side_by_side.py": ("2 MIU/m2 SC tiw for 14 days", "day  7:", "median of patients:"),
}


def test_every_example_is_tried() -> None:
    assert sorted(path.name for path in EXAMPLES.glob("*.py")) == sorted(SAID)


@pytest.mark.docs
@pytest.mark.parametrize("name", sorted(SAID))
def test_an_example_runs(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", str(EXAMPLES / name)]
    done = subprocess.run(command, check=False, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert [words for words in SAID[name] if words not in done.stdout] == []
    assert len((EXAMPLES / name).read_text("utf-8").splitlines()) <= 40
