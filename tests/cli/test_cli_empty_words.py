"""No option of any command takes an empty word for not being given."""

import pytest
from typer.main import get_command

from bimodal.cli import main
from bimodal.cli.main import app
from bimodal.errors import BimodalError


def options(command, path=()):
    """Give every option that takes a value, with the words that lead to it."""
    for name, part in getattr(command, "commands", {}).items():
        yield from options(part, (*path, name))
    if path and not hasattr(command, "commands"):
        for one in command.params:
            if not getattr(one, "is_flag", False) and one.param_type_name == "option":
                yield from ((*path, word) for word in one.opts)


PROGRAM = get_command(app)
EVERY = list(options(PROGRAM))


def test_the_options_are_found():
    assert len(EVERY) > 100
    assert {("run", "--shard"), ("simulate", "--cohort"), ("timing", "assess", "--json")} <= set(EVERY)


@pytest.mark.parametrize("blank", ["", " ", "\t\n"])
def test_an_empty_word_is_refused_for_each_option(blank):
    for words in EVERY:
        with pytest.raises(BimodalError, match=f"^{words[-1]} is empty"):
            PROGRAM.main([*words, blank], standalone_mode=False)


@pytest.mark.parametrize(
    "words",
    [
        ["run", "koreth-2011", "--shard="],
        ["simulate", "-r", "none", "-c", ""],
        ["simulate", "-r", "none", "-r", ""],
        ["simulate", "-r", "none", "--set", "clearance=2", "--set", ""],
        ["run", ""],
        ["show", "drug", ""],
        ["init", "study", ""],
        ["export", " ", "--to", "sbml"],
        ["timing", "assess", ""],
    ],
    ids=" ".join,
)
def test_an_empty_word_is_refused_wherever_it_stands(words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert "is empty" in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", [",", " , ,"])
def test_report_days_without_a_day_are_refused(text, capsys):
    assert main(["simulate", "-r", "none", "--report-days", text]) == 2
    assert "is not a list of days" in capsys.readouterr().err
