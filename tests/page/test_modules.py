"""What the page computes without a browser, in Node: numbers as people write them, axes, links, files."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "js"
NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="no Node on this machine: Node 20 or newer tests the modules of the page")
@pytest.mark.parametrize("name", sorted(path.name for path in HERE.glob("*.test.mjs")))
def test_module(name: str) -> None:
    assert NODE is not None
    done = subprocess.run([NODE, "--test", str(HERE / name)], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
