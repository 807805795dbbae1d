"""A name that no system takes is answered by every command that looks for a file."""

from __future__ import annotations

import pytest

from bimodal.cli import main

NAME = "x" * 5000


@pytest.mark.parametrize(
    "command",
    [
        ["run", NAME],
        ["init", "study", NAME],
        ["init", "drug", f"{NAME}.toml"],
        ["predict", "open", NAME],
        ["predict", "open", f"{NAME}.json"],
        ["predict", "register", NAME],
        ["timing", "assess", NAME],
        ["fit", f"{NAME}.toml"],
    ],
    ids=lambda command: " ".join(command)[:20],
)
def test_it_is_bad_input(capsys, command) -> None:
    assert main(command) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_a_folder_of_predictions_is_not_there(capsys) -> None:
    assert main(["predict", "list", "--folder", NAME]) == 0
    assert "2026-11-21" in capsys.readouterr().out
