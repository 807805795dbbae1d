"""The fuzz of users' texts: its forks answer as the process does that a user's Antimony really gets."""

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
