"""Eras of dose-holding rules can be looked up."""

from pathlib import Path

import pytest

from bimodal.cli.main import main
from bimodal.dosing import load_era


def test_eras_are_listed(capsys):
    assert main(["list", "eras"]) == 0
    text = capsys.readouterr().out
    assert "registration-1990" in text
    assert "hold if" in text
    page = (Path(__file__).parents[2] / "docs" / "toxicity.md").read_text(encoding="utf-8")
    for name in ("nci-1985", "registration-1990", "nci-1997"):
        value = load_era(name).thresholds["hold_threshold"].value
        assert f"| `{name}` | {value:g} |" in page
        assert f"{value:g}" in text


@pytest.mark.parametrize("words", [["show", "era", "nci-1985"], ["show", "nci-1985"]])
def test_an_era_is_shown_with_the_source_of_every_number(capsys, words):
    assert main(words) == 0
    text = capsys.readouterr().out
    assert "hold_threshold" in text
    assert "1. " in text


def test_an_unknown_era_is_refused_with_near_names(capsys):
    assert main(["show", "era", "nci-1895"]) == 2
    assert "nci-1985" in capsys.readouterr().err
