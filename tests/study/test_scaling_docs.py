"""The page of large runs: its fenced commands and Python run as they stand, and its schema holds for real events."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from decay_study import Command

from page_blocks import page_blocks

PAGE = (Path(__file__).parents[2] / "docs" / "scaling.md").read_text("utf-8")
SCHEMA = next(json.loads(block.text) for block in page_blocks(PAGE, "json"))


@pytest.mark.docs
@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
def test_what_the_page_shows_runs(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "bimodal").write_text(
        f"#!{sys.executable}\nimport sys\nfrom bimodal.cli.main import main\n"
        "if __name__ == '__main__':\n    sys.exit(main())\n"
    )
    (tmp_path / "bin" / "bimodal").chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}
    ran = 0
    for block in page_blocks(PAGE):
        if block.kind == "json" or (block.word == "dask" and importlib.util.find_spec("distributed") is None):
            continue
        begin = ["bash", "-e"] if block.kind == "sh" else [sys.executable, "-W", "error"]
        command = [*begin, "-c", block.text]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, block.text + done.stdout + done.stderr
        ran += 1
    assert ran >= 3


def test_the_events_of_a_run_are_those_of_the_schema(tmp_path):
    run = Command(tmp_path, "--progress", "json", "--chunk", "20", "--out", str(tmp_path / "out"))
    events = list(run.events())
    assert run.end()[0] == 0
    for event in events:
        jsonschema.validate(event, SCHEMA)
    assert [event["event"] for event in events] == ["start", *["progress"] * 4, "done"]
    assert [event["done"] for event in events[:-1]] == [0, 20, 30, 50, 60]
    assert events[-1] == {"event": "done", "folder": str(tmp_path / "out"), "failed": 0, "exit": 0}


def test_a_run_that_cannot_be_says_so_as_an_event(tmp_path):
    run = Command(tmp_path, "--progress", "json", "--backend", "ray")
    events = list(run.events())
    assert run.end()[0] == 2
    jsonschema.validate(events[0], SCHEMA)
    assert "there is no backend 'ray'" in events[0]["message"]
    assert len(events) == 1
