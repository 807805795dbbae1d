"""What is written is the same under every locale, and where the modules and names of POSIX are missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from environments import PACKAGE

WITHOUT = """
import sys
class Lacks:
    def find_spec(self, name, path=None, target=None):
        if name in {names}:
            raise ModuleNotFoundError(f"No module named '{{name}}'", name=name)
sys.meta_path.insert(0, Lacks())
for name in {names}:
    sys.modules.pop(name, None)
import os, signal
for lacking in ("getuid", "geteuid", "sched_getaffinity", "O_NONBLOCK", "O_NOCTTY", "getloadavg", "killpg", "setsid"):
    if hasattr(os, lacking):
        delattr(os, lacking)
for lacking in ("SIGKILL", "SIGALRM", "SIGHUP", "SIGUSR1"):
    if hasattr(signal, lacking):
        delattr(signal, lacking)
from bimodal.cli import main
sys.exit(main(sys.argv[1:]))
"""
SIMULATE = ("simulate", "-r", "1 MIU SC daily for 2 days", "-n", "2", "--follow-up-days", "1", "--report-days", "1")


def run_program(
    folder: Path, *words: str, program: str | None = None, **given: str
) -> subprocess.CompletedProcess[bytes]:
    start = ["-m", "bimodal"] if program is None else ["-c", program]
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG", "PYTHONUTF8", "PYTHONIO"))
    }
    return subprocess.run(
        [sys.executable, *start, *words], cwd=folder, env=kept | given, capture_output=True, check=False, timeout=400
    )


@pytest.mark.skipif(sys.platform == "win32", reason="takes from a POSIX system what Windows lacks")
def test_a_run_needs_no_module_of_posix(tmp_path):
    """But the lock, which is another on Windows: a test of it needs that system."""
    program = WITHOUT.format(names=repr(("resource", "pwd", "grp", "termios", "tty", "pty", "readline", "syslog")))
    ran = run_program(tmp_path, *SIMULATE, "--quiet", "--out", "out", program=program)
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "out" / "summary.json").is_file()


#: An encoding of one byte without Greek letters, numbers with commas, another order of letters, another calendar.
LOCALES = {
    "utf-8": {"LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"},
    "ascii": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "german": {"LC_ALL": "de_DE.ISO-8859-1", "LC_NUMERIC": "de_DE", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "windows": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "cp1252"},
}


@pytest.fixture(scope="module")
def under(tmp_path_factory):
    """The same commands under several locales: what was written, byte by byte, and what was printed."""
    found = {}
    for name, given in LOCALES.items():
        folder = tmp_path_factory.mktemp(name)
        (folder / "äß").mkdir()
        ran = run_program(
            folder, *SIMULATE, "--out", "äß/out", "--json", "out.json", **given, PYTHONWARNDEFAULTENCODING="1"
        )
        assert ran.returncode == 0, ran.stderr
        assert b"Traceback" not in ran.stderr
        ours = [line for line in ran.stderr.decode("utf-8", "replace").splitlines() if str(PACKAGE) in line]
        assert [line for line in ours if "EncodingWarning" in line] == []
        listed = run_program(folder, "list", "evidence", "--json", "-", **given)
        assert listed.returncode == 0, listed.stderr
        written = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"), key=Path.as_posix)
            if path.is_file()
        }
        found[name] = (written, ran.stdout, listed.stdout)
    return found


@pytest.mark.skipif(sys.platform == "win32", reason="locales of POSIX")
@pytest.mark.parametrize("name", [name for name in LOCALES if name != "utf-8"])
def test_files_are_the_same_bytes_under_every_locale(under, name):
    right, found = under["utf-8"][0], under[name][0]
    assert len(right) > 10
    assert sorted(found) == sorted(right)
    assert [file for file in right if found[file] != right[file]] == []


@pytest.mark.skipif(sys.platform == "win32", reason="locales of POSIX")
@pytest.mark.parametrize("name", list(LOCALES))
def test_json_on_the_screen_is_read_under_every_locale(under, name):
    encoding = {"utf-8": "utf-8", "windows": "cp1252"}.get(name, "ascii")
    assert json.loads(under[name][2].decode(encoding)) == json.loads(under["utf-8"][2])


@pytest.mark.skipif(sys.platform == "win32", reason="locales of POSIX")
def test_written_texts_have_no_carriage_returns(under):
    ended = (".json", ".csv", ".html", ".toml", ".txt", ".svg")
    assert [name for name, content in under["utf-8"][0].items() if name.endswith(ended) and b"\r" in content] == []
