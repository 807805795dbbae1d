"""Every block of the tour and of the tutorials runs as it stands, and prints what the page says it prints."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from bimodal.cli import main

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [DOCS / "tour.md", *sorted(DOCS.glob("tutorials/*.md"))]
BLOCK = re.compile(r"^```(\w+)(?: ([\w.-]+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.docs
@pytest.mark.skipif(sys.platform == "win32", reason="sed, head and cmp")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_runs_and_prints_what_it_says(page: Path, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "110")
    said = ""
    kinds = []
    for kind, name, text in BLOCK.findall(page.read_text("utf-8")):
        kinds.append(kind)
        if name:
            Path(name).write_text(text, "utf-8")
        elif kind == "sh":
            for line in text.splitlines():
                if line.startswith("bimodal "):  # in this process: the model is loaded once
                    assert main(shlex.split(line)[1:]) == 0, line
                else:
                    subprocess.run(["bash", "-e", "-c", line], check=True)
            said = flat("".join(capsys.readouterr()))
        else:
            assert kind == "text"
            assert [line for line in text.splitlines() if flat(line) not in said] == [], said
    assert "sh" in kinds
