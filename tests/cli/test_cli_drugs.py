"""Molecules on the command line: looked up, written, used and refused."""

import subprocess
import sys

import pytest

from bimodal.cli import main
from bimodal.drugs import list_molecules, load_molecule


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_the_list_has_one_line_for_each(capsys):
    assert main(["list", "drugs"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for name in list_molecules():
        own = [line for line in lines if line.split()[:1] == [name]]
        assert len(own) == 1, name
        assert len(own[0].rstrip()) <= 100


@pytest.mark.parametrize("name", list_molecules())
def test_show_prints_every_number_with_unit_status_and_source(name, capsys):
    assert main(["show", "drug", name]) == 0
    shown = capsys.readouterr().out
    flat = " ".join(shown.split())
    for key, number in load_molecule(name).quantities():
        assert key in shown
        assert number.status in shown
        assert number.source.split()[0] in flat
        if key != "potency":
            assert f"{number.value:g}" in shown
    assert "can be used for" in shown
    for use in ("response", "simulate, IV", "simulate, SC", "doses in IU"):
        assert use in shown


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nara1-complex", "none published"),
        ("jes6-1-complex", "refused on the human model"),
        ("tofacitinib", "no IL-2 in it"),
        ("mdna11", "affinity.alpha"),
        ("bempegaldesleukin", "of the released form"),
        ("n88d-fc-bivalent", "come from n88d-fc"),
        ("v91k-fc", "native 0.54"),
    ],
)
def test_show_says_what_it_cannot_be_used_for_and_why(name, says, capsys):
    assert main(["show", name]) == 0
    assert says in capsys.readouterr().out


def test_show_stays_within_a_hundred_columns():
    code = (
        "from rich.console import Console\nimport bimodal.cli.lookup as lookup\n"
        "lookup.out = lambda: Console(width=100, soft_wrap=True, highlight=False)\n"
        "lookup.show(['drug', 'efavaleukin-alfa'])\nlookup.list_things('drugs')\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert max(len(line.rstrip()) for line in run.stdout.splitlines()) <= 100


def test_init_drug_writes_a_file_that_every_lookup_takes(capsys, tmp_path):
    assert main(["init", "drug"]) == 0
    written = (tmp_path / "my-drug.toml").read_text("utf-8")
    assert "bimodal response --drug my-drug.toml" in capsys.readouterr().out
    assert main(["init", "drug"]) == 2
    assert "there already" in capsys.readouterr().err
    assert main(["init", "drug", "--force"]) == 0
    assert (tmp_path / "my-drug.toml").read_text("utf-8") == written
    assert main(["show", "drug", "my-drug.toml"]) == 0
    assert "replace: where the number comes from" in capsys.readouterr().out
    assert main(["response", "--drug", "my-drug.toml"]) == 0
    assert "EC50" in capsys.readouterr().out


def test_a_molecule_without_human_pharmacokinetics_gives_a_response_and_no_regimen(capsys, tmp_path):
    assert main(["response", "--drug", "neo-2-15", "-q"]) == 0
    capsys.readouterr()
    assert main(["simulate", "--drug", "neo-2-15", "-r", "1 mg IV once", "-n", "2", "--out", "o"]) == 2
    said = capsys.readouterr().err
    assert "none published" in said
    assert "base" in said
    assert "Traceback" not in said
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["response", "--drug", "tofacitinib"], "no IL-2 in it"),
        (["response", "--drug", "jes6-1-complex"], "mouse"),
        (["response", "--drug", "efavaleukin"], "efavaleukin-alfa"),
        (["show", "drug", "neo-2"], "neo-2-15"),
        (["response", "--drug", "bad.toml"], "line 5"),
    ],
)
def test_refusals(words, says, capsys, tmp_path):
    (tmp_path / "bad.toml").write_text(
        'schema = 1\nid = "bad"\nname = "Bad"\nligand = "engineered"\n[molar_mas]\nvalue = 1.0\n', "utf-8"
    )
    assert main(words) == 2
    said = capsys.readouterr().err
    assert says in said
    assert "Traceback" not in said
