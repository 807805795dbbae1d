"""Every block of the tour and of the tutorials runs as it stands, and prints what the page says it prints."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from bimodal.cli import main
from page_blocks import page_blocks

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "docs" / "tour.md", *sorted((ROOT / "docs" / "tutorials").glob("*.md"))]


@pytest.mark.docs
@pytest.mark.skipif(sys.platform == "win32", reason="sed, head and cmp")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_runs_and_prints_what_it_says(page: Path, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "110")
    said = ""
    kinds = []
    for block in page_blocks(page.read_text("utf-8")):
        kinds.append(block.kind)
        if block.word:
            Path(block.word).write_text(block.text, "utf-8")
        elif block.kind == "sh":
            for line in block.text.splitlines():
                if line.startswith("bimodal "):  # in this process: the model is loaded once
                    assert main(shlex.split(line)[1:]) == 0, line
                else:
                    subprocess.run(["bash", "-e", "-c", line], check=True)
            said = "".join(capsys.readouterr())
        else:
            assert block.kind == "text"
            assert block.missing_in(said) == [], said
    assert "sh" in kinds
