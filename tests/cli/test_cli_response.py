"""`bimodal response` as a user meets it."""

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest

from bimodal.cli import main
from bimodal.drugs import load_molecule
from bimodal.report.text import cell_label, number


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def as_json(capsys, *words):
    assert main(["response", *words, "--json", "-"]) == 0
    return json.loads(capsys.readouterr().out)


def written():
    return sorted(path.name for path in Path().iterdir())


def test_one_drug_is_the_object_of_the_contract(capsys):
    data = as_json(capsys)
    assert list(data) == ["drug", "minutes", "cells", "selectivity"]
    assert (data["drug"], data["minutes"]) == ("aldesleukin", 30.0)
    assert {"cell", "ec50_pM", "hill", "emax_relative"} <= set(data["cells"][0])
    assert all(set(row) == {"cell", "ratio_to_treg", "common_ratio_to_treg", "reason"} for row in data["selectivity"])


def test_several_drugs_are_compared_side_by_side(capsys):
    assert main(["response", "-d", "aldesleukin", "-d", "nara1-complex", "--cells", "cd8,treg", "--figure", "f"]) == 0
    shown = capsys.readouterr().out
    for words in ("EC50 in pM", "EC50 over that of Treg", "slope", "maximum", "nara1-complex", "not a threshold"):
        assert words in shown
    assert "naive" not in shown
    assert written() == [f"f{end}.{kind}" for end in ("-map", "-selectivity", "") for kind in ("png", "svg")]


def test_several_drugs_in_json(capsys):
    data = as_json(capsys, "-d", "aldesleukin", "-d", "n88d-fc")
    assert list(data) == ["drugs"]
    assert [one["drug"] for one in data["drugs"]] == ["aldesleukin", "n88d-fc"]
    assert as_json(capsys, "-d", "n88d-fc") == data["drugs"][1]


@pytest.mark.parametrize("option", ["--times", "--time-course"])
def test_time_course(option, capsys):
    assert main(["response", option, "30,240", "--json", "r.json", "--figure", "f.png"]) == 0
    shown = capsys.readouterr().out
    assert "after 30 min" in shown
    assert "after 240 min" in shown
    data = json.loads(Path("r.json").read_text("utf-8"))
    assert data["minutes"] == 30.0
    assert [entry["minutes"] for entry in data["time_course"]] == [30.0, 240.0]
    assert "f-times.svg" in written()


def test_conditions_are_said_in_title_json_and_do_what_they_say(capsys):
    words = ["--partner", "tofacitinib=100nM", "--tcr", "10", "--alpha-masked", "0.9", "--set", "il2_kd_alpha=20"]
    assert main(["response", *words]) == 0
    shown = capsys.readouterr().out
    for part in ("100 nM tofacitinib", "90 % of CD25 masked", "10 T-cell receptors", "il2_kd_alpha = 20"):
        assert part in shown
    data, plain = as_json(capsys, *words), as_json(capsys)
    assert data["conditions"] == {
        "partner": {"drug": "tofacitinib", "concentration_nM": 100.0},
        "tcr_engaged": 10.0,
        "alpha_masked": 0.9,
        "set": {"il2_kd_alpha": 20.0},
    }
    assert "conditions" not in plain
    for one, other in zip(data["cells"], plain["cells"], strict=True):
        assert one["emax"] < other["emax"]
    assert data["cells"][0]["ec50_pM"] > 3.0 * plain["cells"][0]["ec50_pM"]


def test_heterogeneity_is_shown_beside_the_typical_cell(capsys):
    assert main(["response", "--heterogeneity", "--cells", "treg,cd8", "--figure", "f", "--json", "r.json"]) == 0
    shown = capsys.readouterr().out
    assert "EC50 typical" in shown
    assert "scatter of the background" in shown
    data = json.loads(Path("r.json").read_text("utf-8"))
    assert {"mean_of_cells", "median_of_cells", "cv_cd25", "cv_cd122"} <= set(data["cells"][0]["heterogeneity"])
    assert "f-cells.png" in written()


def test_what_a_concentration_counts_is_said(capsys):
    assert main(["response", "-d", "n88d-fc-bivalent", "-d", "bempegaldesleukin"]) == 0
    shown = capsys.readouterr().out
    assert "n88d-fc-bivalent: concentrations count IL-2, of which a molecule carries 2" in shown
    assert "bempegaldesleukin: of the released form" in shown
    assert "* no plateau" in shown
    assert "predicted better than by a constant on Treg" in shown
    assert main(["response"]) == 0
    assert "by a constant" not in capsys.readouterr().out  # native IL-2 was fitted


def test_table_map_curves_and_json_show_the_same_numbers(capsys):
    """Of a molecule of which only Treg reach a plateau: what one page leaves out no other shows."""
    from bimodal.report.figures.response_figures import response_figures
    from bimodal.response.response import simulate_responses

    assert main(["response", "-d", "efavaleukin-alfa", "--json", "r.json"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    data = json.loads(Path("r.json").read_text("utf-8"))
    found = simulate_responses([load_molecule("efavaleukin-alfa")])
    drawn = dict(response_figures(found, [found[0][0].to_json()]))
    for cell in data["cells"]:
        half, low = cell["ec50_pM"], cell["ec10_of_aldesleukin_pM"]
        assert (half is None) == (cell["cell"].split("_")[0] != "treg")
        own, common = (row for row in rows if row and row[0] == cell["cell"])
        assert own[3] == ("none*" if half is None else f"{half:.3g}")
        assert common[1] == f"{low:.3g}"
        assert common[3] == f"{100 * cell['emax_of_aldesleukin']:.0f}"
        label = cell_label(cell["cell"])
        for name in ("", "-map"):
            axes = drawn[name].axes[0]
            ticks = [tick.get_text() for tick in axes.get_yticklabels()]
            height = {text.get_text(): text.get_position()[1] for text in axes.texts if text.get_text() == label}
            level = height.get(label, ticks.index(label) if label in ticks else None)
            beside = [text.get_text() for text in axes.texts if text.get_position()[1] == level]
            assert [text for text in beside if text != label] == [number(half), number(low)], name
            dots = [np.asarray(line.get_xdata(), float) for line in axes.lines if line.get_marker() == "D"]
            at = np.log10(low) if name else low
            assert any(np.allclose(x, at) for x in dots)


def test_quiet_prints_nothing(capsys):
    assert main(["response", "-q", "-d", "aldesleukin", "-d", "reh"]) == 0
    assert capsys.readouterr().out == ""


BAD = {
    "unknown drug": (["-d", "aldesleukine"], "aldesleukin"),
    "partner as drug": (["-d", "tofacitinib"], "no IL-2 in it"),
    "drug as partner": (["--partner", "aldesleukin=1nM"], "not a partner"),
    "mouse": (["-d", "aldesleukin", "-d", "s4b6-complex"], "mouse"),
    "twice": (["-d", "reh", "-d", "reh"], "named twice"),
    "minutes": (["-t", "1441"], "out of range"),
    "not a time": (["--times", "30,soon"], "not a list of minutes"),
    "no times": (["--times", ""], "--times is empty"),
    "no time": (["--times", ","], "not a list of minutes"),
    "times back": (["--times", "60,30"], "ascend"),
    "both times": (["--times", "60", "-t", "30"], "give one of them"),
    "cells": (["--cells", "treg,cd4"], "subset 'cd4'"),
    "no cells": (["--cells", ","], "names no subset"),
    "two partners": (["--partner", "daclizumab=1nM", "--partner", "tofacitinib=1nM"], "one partner"),
    "partner unit": (["--partner", "daclizumab=10"], "partner drug and its concentration"),
    "share": (["--alpha-masked", "95"], "0.95"),
    "tcr": (["--tcr", "-1"], "out of range"),
    "unknown row": (["--set", "il2_kd_alfa=1"], "did you mean 'il2_kd_alpha'"),
    "row of the body": (["--set", "clearance=1"], "has no part in the dish"),
    "set nothing": (["--set", "clearance"], "id=value"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gives_one_clear_message_and_writes_nothing(case, capsys):
    words, says = BAD[case]
    assert main(["response", *words, "--figure", "f", "--json", "r.json"]) == 2
    shown = capsys.readouterr()
    assert says in shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""
    assert written() == []


PAGE = (Path(__file__).parents[2] / "docs" / "response.md").read_text("utf-8")
EXAMPLES = re.findall(r"^    \$ bimodal (response.*)\n((?:    .+\n)+)", PAGE, re.MULTILINE)


def figure_of(word):
    try:
        return float(word.rstrip("*"))
    except ValueError:
        return None


@pytest.mark.parametrize(("command", "output"), EXAMPLES, ids=[command for command, _ in EXAMPLES])
def test_examples_of_the_page_print_what_it_says(command, output, capsys):
    """Words exactly, figures within a factor of two; `...` stands for lines left out."""
    assert main(shlex.split(command)) == 0
    shown = [line.split() for line in capsys.readouterr().out.splitlines()]
    for line in output.splitlines():
        if line.strip() == "...":
            continue
        words = line.split()
        alike = [
            other
            for other in shown
            if [w for w in other if figure_of(w) is None and w != "fixed"]
            == [w for w in words if figure_of(w) is None and w != "fixed"]
            and len(other) == len(words)
        ]
        assert alike, line
        assert any(
            all(1 / 2.0 <= (figure_of(b) or 1) / (figure_of(a) or 1) <= 2.0 for a, b in zip(words, other, strict=True))
            for other in alike
        ), line


def test_the_page_has_its_examples():
    assert len(EXAMPLES) == 5
