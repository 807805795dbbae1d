"""What the page computes without a browser, in Node: numbers as people write them, axes, links, files."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "js"
NODE, TSC = shutil.which("node"), shutil.which("tsc")


@pytest.mark.skipif(NODE is None, reason="no Node on this machine: Node 20 or newer tests the modules of the page")
@pytest.mark.parametrize("name", sorted(path.name for path in HERE.glob("*.test.mjs")))
def test_module(name: str) -> None:
    assert NODE is not None
    done = subprocess.run([NODE, "--test", str(HERE / name)], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(TSC is None, reason="no TypeScript on this machine: npm install --global typescript to check types")
def test_types() -> None:
    assert TSC is not None
    config = str(Path(__file__).parent / "tsconfig.json")
    done = subprocess.run([TSC, "--project", config], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout
