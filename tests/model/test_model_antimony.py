"""A user's Antimony text reads no file, and what breaks the parser is a sentence."""

import subprocess
import sys
from pathlib import Path

import pytest

from bimodal.errors import ModelError
from bimodal.model import antimony_parser, antimony_text, parser_apart
from bimodal.model.antimony_text import to_sbml
from bimodal.model.antimony_words import antimony_words, contained_in_itself
from bimodal.model.guard import check_antimony
from cpu import bounded

GOOD = "model m; x = 1; x' = -x; end"

#: Each reads the file in libAntimony 3, or looks like it.
IMPORTS = (
    'import "{}"',
    'import/* */"{}"',
    'import \\\n"{}"',
    'import\t"{}"',
    '/* // */ import "{}"',
    '// /* \nimport "{}" // */',
    'model m; y is "a"; end import "{}"',
    '"import" import "{}"',
    'x = 1 # "\nimport "{}" # "',
    'é import "{}"',
    '"\n import "{}"',
    '``` import "{}"',
)


@pytest.fixture
def secret(tmp_path):
    file = tmp_path / "secret.txt"
    file.write_text("hunter2: x = 1;")
    return file


@pytest.mark.parametrize("text", IMPORTS)
def test_an_import_is_refused_however_it_is_written(text, secret):
    with pytest.raises(ModelError, match="imports a file") as caught:
        to_sbml(text.format(secret), "", file="m.ant")
    assert "hunter2" not in str(caught.value)


@pytest.mark.skipif(sys.platform == "win32", reason="no limits there: the guard alone")
@pytest.mark.parametrize("content", ["hunter2: x = 1;", GOOD])
@pytest.mark.parametrize("text", IMPORTS[:6])
def test_the_process_could_not_open_the_file_either(text, content, secret, monkeypatch):
    secret.write_text(content)
    monkeypatch.setattr(antimony_text, "check_antimony", lambda *_: None)
    with pytest.raises(ModelError) as caught:
        to_sbml(text.format(secret), "", file="m.ant")
    assert "hunter2" not in str(caught.value)
    assert "asks for another file" in str(caught.value)


def test_the_word_may_stand_in_comments_and_labels():
    text = 'model m; // import "a"\n /* import "b" */ x = 1; x\' = -x; x is "import \'c\'"; # import "d"\nend'
    check_antimony(text, "m.ant")
    assert to_sbml(text, "", file="m.ant")


def test_the_line_of_an_import_is_told():
    with pytest.raises(ModelError, match=r"m\.ant, line 3"):
        check_antimony('/* \n */ x = "\n import "', "m.ant")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("model a(); b: a(); end", "a"),
        ("module *a(); x = 1; b : a ( ); end", "a"),
        ("model a(); x: b(); end model b(); y: c(); end model c(); z: a(); end", "a"),
        ("model c(); end model a(); x: c(); y: b(); end model b(); x: c(); y: b(); end", "b"),
    ],
)
def test_a_module_that_contains_itself_is_a_sentence(text, named):
    found = contained_in_itself(text)
    assert found is not None
    assert found.text == named
    with pytest.raises(ModelError, match=f"the module '{named}' contains itself"):
        to_sbml(text, "", file="m.ant")


def test_modules_used_twice_are_no_circle():
    text = "model c(); x = 1; x' = -x; end\nmodel b(); p: c(); q: c(); end\nmodel a(); r: b(); s: b(); t: c(); end"
    assert contained_in_itself(text) is None
    assert "r_p_x" in to_sbml(text, "a", file="m.ant")


def test_what_breaks_the_parser_is_a_sentence(monkeypatch):
    monkeypatch.setattr(antimony_text, "check_antimony", lambda *_: None)
    with pytest.raises(ModelError, match="cannot be read"):
        to_sbml("model a(); b: a(); end", "", file="m.ant")
    breaks = "import sys, os, signal; sys.stdin.read(); os.kill(os.getpid(), signal.SIGSEGV)"
    monkeypatch.setattr(parser_apart.sys, "executable", sys.executable)
    run = subprocess.run
    monkeypatch.setattr(
        parser_apart.subprocess, "run", lambda command, **how: run([command[0], "-I", "-c", breaks], **how)
    )
    with pytest.raises(ModelError, match="the parser broke down"):
        to_sbml(GOOD, "", file="m.ant")


@pytest.mark.skipif(sys.platform != "linux", reason="the limits of Linux")
@pytest.mark.parametrize(
    ("limit", "program", "said"),
    [("SECONDS", "while True: pass", "more than 1 s"), ("BYTES", "b' ' * 2**31", "2 GB of memory")],
)
def test_time_and_memory_are_limited(limit, program, said, tmp_path, monkeypatch):
    source = Path(antimony_parser.__file__).read_text(encoding="utf-8").replace("SECONDS = 60", "SECONDS = 1")
    assert "antimony.clearPreviousLoads()\n    try:" in source
    hungry = tmp_path / "hungry.py"
    hungry.write_text(source.replace("antimony.clearPreviousLoads()\n    try:", f"{program}\n    try:"))
    monkeypatch.setattr(antimony_parser, "__file__", str(hungry))
    monkeypatch.setattr(antimony_parser, "SECONDS", 1)
    with pytest.raises(ModelError, match=said):
        to_sbml(GOOD, "", file="m.ant")
    assert limit in source


def test_the_words_of_the_text_are_in_the_message():
    with pytest.raises(ModelError, match=r"line 2:.*unexpected '\*'"):
        to_sbml("model m\n  x = *;\nend", "", file="m.ant")


@pytest.mark.parametrize("piece", ["/*", '"', "```", "//", "#", "x:a(", "model a", "/* */", '""', "\\\n"])
def test_long_texts_take_little_time(piece):
    text = piece * 100_000
    with bounded(400):  # 80 at most when written; time that grew with the square would be thousands
        sum(1 for _ in antimony_words(text))
        contained_in_itself(text)


def test_a_deep_chain_of_modules_is_followed():
    text = "model a0(); x = 1; end\n" + "".join(f"model a{i + 1}(); p: a{i}(); end\n" for i in range(3000))
    assert contained_in_itself(text) is None
