"""The examples in the documentation run and say what the text says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from page_blocks import page_blocks

PAGE = Path(__file__).parents[2] / "docs" / "fitting.md"


def test_the_example_of_the_page_runs(tmp_path: Path) -> None:
    (code,) = page_blocks(PAGE.read_text("utf-8"), "python")
    (tmp_path / "example.py").write_text(code.text, "utf-8")
    said = run(["-W", "error", "example.py"], tmp_path)
    for words in ("fit washout: cost", "8 of 8 starts came to this cost", "95 % interval", "left out"):
        assert words in said


def test_importing_the_room_is_cheap(tmp_path: Path) -> None:
    heavy = "numba xarray pandas matplotlib duckdb antimony libsbml scipy.optimize scipy.stats"
    ask = f"import sys, bimodal.fit; print([name for name in '{heavy}'.split() if name in sys.modules])"
    assert run(["-c", ask], tmp_path) == "[]\n"


def run(arguments: list[str], folder: Path) -> str:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=60).stdout
