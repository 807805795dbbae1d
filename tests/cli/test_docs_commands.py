"""Every command a page shows is one that bimodal has, with options it has."""

from __future__ import annotations

import functools
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer
from typer.models import CommandInfo

from bimodal.cli.main import app

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]
#: What a page says behind a command, apart by more than words are.
REMARK = re.compile(r"\s{3,}\S.*$")


def commands(page: Path) -> list[str]:
    """Give the commands of the blocks of a page, each on one line."""
    text = page.read_text("utf-8").replace("\\\n", " ")
    found = re.findall(r"^(?: {4})?(?:pip install \. && )?(bimodal .+)$", text, re.MULTILINE)
    return [shlex.join(shlex.split(REMARK.sub("", line).split("||")[0], comments=True)) for line in found]


COMMANDS = {line: page.name for page in PAGES for line in commands(page)}


def leaves(group: typer.Typer) -> Iterator[CommandInfo]:
    yield from group.registered_commands
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        yield from leaves(inner.typer_instance)


@pytest.fixture(scope="module")
def read() -> Callable[[list[str]], str]:
    """Read words as the command line does, and give the command they would run."""

    def only_named(callback):
        return functools.wraps(callback)(lambda **_given: callback.__name__)

    with pytest.MonkeyPatch.context() as patch:
        for leaf in leaves(app):
            patch.setattr(leaf, "callback", only_named(leaf.callback))
        command = typer.main.get_command(app)
    return lambda words: command(words, standalone_mode=False)


@pytest.mark.parametrize("line", COMMANDS, ids=lambda line: f"{COMMANDS[line]}: {line}")
def test_a_command_of_a_page_is_read(line, read, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert isinstance(read(shlex.split(line)[1:]), str)


@pytest.mark.parametrize("line", ["simulate --regime '1 MIU SC daily for 5 days'", "simulat", "timing asses crp.csv"])
def test_a_wrong_word_would_be_noticed(line, read):
    with pytest.raises(Exception, match=r"[Nn]o such"):
        read(shlex.split(line))


def test_pages_have_commands():
    assert len(COMMANDS) > 100
