"""Places where a program may find itself: no home, no user, nothing to write, no cache."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

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

#: One patient from the command line to the summary.
WHOLE = """
import sys
from bimodal.cli import main
print(main(["simulate", "-r", "1 MIU SC daily for 2 days", "-n", "1", "--follow-up-days", "1", "--report-days", "1",
            "--no-report", "--quiet", "--out", sys.argv[1]]))
"""


def read_only_copy(place: Path) -> Path:
    """Copy the package to a folder that cannot be written."""
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


def run_there(place: str, program: str, tmp_path: Path, timeout_s: float = 400) -> str:
    """Run a program from a copy of the package that cannot be written, and return what it prints."""
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
        timeout=timeout_s,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout
