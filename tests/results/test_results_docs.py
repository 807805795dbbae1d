"""Every block of the page about results runs, in the order of the page."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from bimodal.cli.main import main
from page_blocks import page_blocks

PAGE = Path(__file__).parents[2] / "docs" / "queries.md"


@pytest.mark.docs
def test_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    said = []
    for block in page_blocks(PAGE.read_text("utf-8")):
        if block.kind == "toml":
            Path("trial.toml").write_text(block.text, "utf-8")
        elif block.kind == "sh":
            for line in block.text.splitlines():
                assert main(shlex.split(line)[1:]) == 0, line
            said.append(capsys.readouterr().out)
        else:
            assert block.kind == "python"
            done = subprocess.run(
                [sys.executable, "-W", "error", "-c", block.text],
                capture_output=True,
                text=True,
                check=True,
                timeout=120,
            )
            found = re.fullmatch(r"hazard ratio ([\d.]+), in summary.json ([\d.]+)\n", done.stdout)
            assert found is not None
            assert found[1] == found[2]
    assert "trajectories" in said[1]
    assert "seed" in said[2]
    assert Path("endpoints.csv").is_file()
    assert "adtte.csv" in said[3]
