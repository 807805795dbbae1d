"""Something is simulated wherever the package runs: no home, no user, nothing to write, no cache."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import bimodal

PACKAGE = Path(bimodal.__file__).parent
NOBODY = 54321
#: As root: a user without an entry who may read all, as an interpreter can lie in a closed home, and write nothing.
AS_NOBODY = (
    [
        *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
        *("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"),
    ]
    if hasattr(os, "getuid") and os.getuid() == 0 and shutil.which("setpriv")
    else []
)

#: A system and a loop compiled: all that needs a place to write, in a second.
SMALL = """
from bimodal.engine import System
from bimodal.engine.cache import cache_folder
from bimodal.engine.compiled import compiled
from bimodal.engine.jit import jit
from bimodal.expr import Graph
g = Graph(); x, k = g.symbol("x"), g.symbol("k")
s = System(g, ("x",), ("k",), frozenset(), (), (g.const(1.0),), (g.neg(g.mul(k, x)),), (("x", x),), (1.0,))
import numpy as np
rate = compiled(s).call("rate", 0.0, np.array([3.0]), np.array([2.0]))[0]
print(float(rate), jit(lambda x: x + 1)(1), cache_folder())
"""
#: One patient from the command line to the summary.
WHOLE = """
import sys
from bimodal.cli import main
print(main(["simulate", "-r", "1 MIU SC daily for 2 days", "-n", "1", "--follow-up-days", "1", "--report-days", "1",
            "--no-report", "--quiet", "--out", sys.argv[1]]))
"""


def read_only_copy(place: Path) -> Path:
    shutil.copytree(PACKAGE, place / "bimodal", ignore=shutil.ignore_patterns("__pycache__"))
    for folder, _, files in os.walk(place):
        for file in files:
            (Path(folder) / file).chmod(0o444)
        Path(folder).chmod(0o555)
    return place


#: name -> (what is set, what is unset, as another user)
PLACES = {
    "no home": ({"HOME": "/nonexistent"}, (), False),
    "home is the root": ({"HOME": "/"}, (), True),
    "a user without an entry": ({}, ("HOME", "USER", "LOGNAME"), True),
    "everything read-only": (
        {"HOME": "/nonexistent", "TMPDIR": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"},
        (),
        True,
    ),
    "the folder of Numba cannot be written": ({"HOME": "/nonexistent", "NUMBA_CACHE_DIR": "/proc/nowhere"}, (), True),
    "the cache is a file": ({"BIMODAL_CACHE": "/dev/null"}, (), False),
    "no cache": ({"BIMODAL_CACHE": "off"}, (), False),
}


def run_there(place: str, program: str, tmp_path: Path) -> str:
    given, unset, other = PLACES[place]
    package = read_only_copy(tmp_path / "site")
    work = tmp_path / "work"
    work.mkdir()
    environment = {k: v for k, v in os.environ.items() if not k.startswith("BIMODAL_") and k not in unset}
    environment |= {"PYTHONPATH": str(package), **given}
    command = [sys.executable, "-c", program, "out"]
    if other and AS_NOBODY:
        for folder in (work, *tmp_path.parents[: len(tmp_path.parents) - 2], tmp_path):
            folder.chmod(0o755)
        os.chown(work, NOBODY, NOBODY)
        command = [*AS_NOBODY, *command]
    ran = subprocess.run(
        command,
        cwd=work,
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize("place", PLACES)
def test_code_is_compiled_and_run(place, tmp_path):
    words = run_there(place, SMALL, tmp_path).split()
    assert words[:2] == ["-6.0", "2"]
    if place == "no cache":
        assert words[2] == "None"


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
def test_a_patient_is_simulated(place, tmp_path):
    assert run_there(place, WHOLE, tmp_path).strip().splitlines()[-1] == "0"
    assert (tmp_path / "work" / "out" / "summary.json").stat().st_size > 1000
