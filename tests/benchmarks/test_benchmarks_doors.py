"""The fuzz of users' texts: its forks answer as the process does that a user's Antimony really gets."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from bimodal.errors import ModelError
from bimodal.model import antimony_parser, antimony_text, parser_apart
from bimodal.model.antimony_text import to_sbml

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks and files in memory")
GOOD = "model m; x = 1; x' = -x; end"


@pytest.fixture
def forks(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    from fuzz.antimony_forks import AntimonyForks

    monkeypatch.setattr(antimony_text, "check_antimony", lambda *_: None)
    made = AntimonyForks(1000.0)
    own = parser_apart.subprocess
    forked = SimpleNamespace(run=made.run, TimeoutExpired=own.TimeoutExpired)
    yield lambda on: monkeypatch.setattr(parser_apart, "subprocess", forked if on else own)
    made.close()


def answer(text):
    try:
        return to_sbml(text, "", file="m.ant")
    except ModelError as fault:
        return str(fault)


@pytest.mark.parametrize("text", [GOOD, "model m; x = *; end", "é = 1", 'import "/etc/hostname"', ""])
def test_a_fork_answers_as_the_process_does(text, forks):
    forks(False)
    expected = answer(text)
    forks(True)
    assert answer(text) == expected


def test_what_breaks_a_fork_is_told_and_the_next_text_is_read(forks, tmp_path, monkeypatch):
    begin = "antimony.clearPreviousLoads()\n    try:"
    source = Path(antimony_parser.__file__).read_text(encoding="utf-8")
    assert begin in source
    fragile = tmp_path / "fragile.py"
    fragile.write_text(source.replace(begin, "if 'broken' in text:\n        os.kill(os.getpid(), 11)\n    try:"))
    monkeypatch.setattr(antimony_parser, "__file__", str(fragile))
    forks(True)
    good = answer(GOOD)
    for _ in range(3):
        assert "the parser broke down" in answer("model broken; end")
        assert [answer(GOOD) for _ in range(30)] == [good] * 30


_CHEAP = (
    "study,drug,cohort,search,protocol,doses,fit data,CRP,subjects,run.json,regimen,rule,unit,goal,responder,phases,"
    "Antimony guard,samples,PEtab formula"
)
_EVIL = """
import ctypes, json, os, socket, sys
from pathlib import Path
from fuzz import examples, in_process
from fuzz.doors import Door
from fuzz.doors_table import markdown
from fuzz.watch import CANARY, scratch_folder

in_process._ENDED_S = 0.2
libc = ctypes.CDLL(None)


def read(text):
    if text == "system":
        os.system("true")
    elif text == "code":
        exec(text + " = 1")
    elif text == "file":
        open("/etc/hostname").close()
    elif text == "write":
        open("../elsewhere-of-a-fuzz", "a").close()
    elif text == "connection":
        socket.socket().close()
        socket.getaddrinfo("localhost", 1)
    elif text == "library":
        os.close(libc.open(CANARY.encode(), 0))
    elif text == "hang":
        while True:
            pass
    elif text == "memory":
        bytearray(3_000_000_000)
    elif text == "signal":
        os.kill(os.getpid(), 11)
    elif text == "fault":
        {}[text]


door = Door(examples.REGIMENS, print, "words")
made = [in_process.inputs(door, "a", *of, 50) for of in ((1, 0), (1, 0), (1, 1), (2, 0))]
assert made[0] == made[1] and made[0] != made[2] and made[0] != made[3]
stored = Path(in_process.__file__).parents[1] / "results" / "fuzz_doors.json"
record = json.loads(stored.read_text("utf-8"))
assert stored.with_suffix(".md").read_text("utf-8") == markdown(record), "the table is not that of the numbers"
assert not any(row["fell"] for row in record["in_process"].values())
with scratch_folder() as folder:
    for text in sys.argv[1:]:
        found = in_process.read_all(Door(("fine",), read), ["fine", text, "fine"], folder)
        print([text, [why for why, _ in found["fell"]], found["ends"]["read"]])
    (folder.parent / "elsewhere-of-a-fuzz").unlink(missing_ok=True)
"""


def _ran(*words):
    root = Path(__file__).parents[2]
    places = os.pathsep.join(
        [str(root / "benchmarks"), str(root / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]
    )
    done = subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": places}, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def test_a_slice_of_the_fuzz_finds_nothing(tmp_path):
    program = str(Path(__file__).parents[2] / "benchmarks" / "fuzz_doors.py")
    _ran(program, "--parts", "in_process", "--inputs", "20", "--seed", "7", "--readers", _CHEAP, "--out", str(tmp_path))
    rows = json.loads((tmp_path / "fuzz_doors.json").read_text("utf-8"))["in_process"]
    assert sorted(rows) == sorted(_CHEAP.split(","))
    assert sum(row["inputs"] for row in rows.values()) == 20 * len(rows)
    assert all(sum(row["ends"].values()) == row["inputs"] for row in rows.values())


def test_the_watch_sees_what_it_is_for_and_inputs_are_those_of_their_seed():
    kinds = {
        "fine": "", "system": "os.system", "code": "compile <string>; exec <string>", "file": "open /etc/hostname",
        "write": "open ../elsewhere", "connection": "socket.", "library": "the canary", "hang": "hang",
        "memory": "MemoryError", "signal": "SIGSEGV", "fault": "KeyError",
    }  # fmt: skip
    told = [ast.literal_eval(line) for line in _ran("-c", _EVIL, *kinds).splitlines()]
    for (kind, begins), (text, whys, fine) in zip(kinds.items(), told, strict=True):
        assert text == kind
        assert fine == (3 if kind == "fine" else 2), (kind, whys)
        assert [why.startswith(begins) for why in whys] == [True] * (kind != "fine"), (kind, whys)
