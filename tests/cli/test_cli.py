"""The command line as a user meets it: what it prints, what it writes, and its exit codes."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from bimodal import INTENDED_USE
from bimodal.cli import main

HEAVY = ("numba", "xarray", "matplotlib", "duckdb", "antimony", "libsbml", "scipy", "pandas", "llvmlite", "pint")

COMMANDS = ("run", "simulate", "response", "compare", "fit", "predict", "list", "show", "export", "init")


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def left_behind(folder):
    return sorted(str(p.relative_to(folder)) for p in Path(folder).rglob("*"))


def test_help_is_fast():
    code = (
        "import sys\nfrom bimodal.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stderr.strip() == "[]"
    for command in COMMANDS:
        assert command in run.stdout


@pytest.mark.parametrize(
    "command", ["run", "simulate", "response", "compare", "fit", "predict", "list", "show", "export", "init"]
)
def test_each_command_explains_itself(command, capsys):
    assert main([command, "--help"]) == 0
    assert len(capsys.readouterr().out) > 200


def test_run_prints_the_comparison_and_writes_everything(capsys, tmp_path):
    code = main(["run", "koreth-2011", "--patients", "5", "--out", "out", "--json", "figures.json"])
    assert code == 0
    shown = capsys.readouterr().out
    assert "Published against simulated" in shown
    assert "B03" in shown
    assert "report.html" in shown
    assert INTENDED_USE[:40] in shown
    summary = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))
    assert summary == json.loads((tmp_path / "figures.json").read_text("utf-8"))
    schema = json.loads(
        Path(sys.modules["bimodal.study"].__file__).with_name("data").joinpath("summary.schema.json").read_text("utf-8")
    )
    jsonschema.validate(summary, schema)
    assert (tmp_path / "out" / "report.html").stat().st_size > 10_000
    drawn = {p.stem for p in (tmp_path / "out" / "figures").iterdir() if p.suffix == ".svg"}
    assert len(drawn) == len(list((tmp_path / "out" / "figures").iterdir())) > 2
    assert main(["run", "koreth-2011", "--patients", "5", "--out", "out", "--png", "-q"]) == 0
    assert {p.stem for p in (tmp_path / "out" / "figures").iterdir() if p.suffix == ".png"} == drawn


def test_two_runs_of_one_command_give_the_same_bytes(tmp_path):
    for out, chunk, workers in (("a", "3", "1"), ("b", "250", "2"), ("c", "2", "2")):
        assert (
            main(["run", "koreth-2011", "-n", "7", "--out", out, "--chunk", chunk, "-w", workers, "-q", "--no-report"])
            == 0
        )
    first = (tmp_path / "a" / "summary.json").read_bytes()
    assert first == (tmp_path / "b" / "summary.json").read_bytes() == (tmp_path / "c" / "summary.json").read_bytes()


def test_strict_fails_on_a_missed_target(capsys):
    """The feasibility values miss Koreth's eightfold rise in the median patient; strict must say so."""
    words = ["run", "koreth-2011", "-n", "40", "--out", "out", "-q", "--no-report"]
    assert main(words) == 0
    summary = json.loads(Path("out/summary.json").read_text("utf-8"))
    missed = [
        t["id"] for t in summary["targets"] if t["quality"] == "page" and t["role"] != "context" and not t["within"]
    ]
    assert main([*words, "--strict"]) == (1 if missed else 0)
    assert all(name in capsys.readouterr().err for name in missed)


def test_simulate_pairs_regimens_and_sets_parameters(capsys, tmp_path):
    words = [
        "simulate",
        "-r",
        "1 MIU SC daily for 5 days",
        "-r",
        "none",
        "--report-days",
        "5",
        "-n",
        "4",
        "--no-report",
    ]
    assert main([*words, "--long", "--set", "sc_bioavailability=0", "--out", "a"]) == 0
    assert "treg_fold" in capsys.readouterr().out
    arms = json.loads((tmp_path / "a" / "summary.json").read_text("utf-8"))["arms"]
    treg = [next(e["value"] for e in arm["endpoints"] if e["id"] == "treg_fold") for arm in arms]
    assert treg == pytest.approx([1.0, 1.0], abs=1e-5)  # nothing is absorbed


def test_simulate_takes_subjects(tmp_path):
    (tmp_path / "population.csv").write_text("id,weight_kg,height_cm\nanna,60,165\nbert,90,185\n", "utf-8")
    assert (
        main(["simulate", "-r", "1 MIU/m2 SC once", "--subjects", "population.csv", "--out", "o", "--no-report", "-q"])
        == 0
    )
    assert json.loads((tmp_path / "o" / "summary.json").read_text("utf-8"))["patients"] == 2


def test_response_json_and_figure(tmp_path, capsys):
    assert main(["response", "--json", "r.json", "--figure", "curves.png"]) == 0
    data = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert {"drug", "minutes", "cells", "selectivity"} <= set(data)
    assert len(data["cells"]) == 10
    assert len(data["selectivity"]) == 9
    assert (tmp_path / "curves.png").exists()
    assert (tmp_path / "curves.svg").exists()
    assert "EC50" in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["studies", "drugs", "cohorts", "models", "endpoints", "targets", "evidence"])
def test_lists(kind, capsys):
    assert main(["list", kind]) == 0
    assert len(capsys.readouterr().out.splitlines()) >= 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["study", "koreth-2011"], "N Engl J Med"),
        (["drug", "aldesleukin"], "15300"),
        (["cgvhd"], "treg_count_rest"),
        (["human"], "clearance"),
        (["parameter", "clearance"], "Konrad"),
        (["treg_fold"], "fold"),
    ],
)
def test_show_gives_numbers_with_sources(words, says, capsys):
    assert main(["show", *words]) == 0
    assert says in capsys.readouterr().out


def test_export_and_init_do_not_overwrite(tmp_path, capsys):
    assert main(["export", "human", "--to", "sbml"]) == 0
    assert main(["init", "study"]) == 0
    before = (tmp_path / "my-study.toml").read_text("utf-8")
    assert main(["export", "human", "--to", "sbml"]) == 2
    assert main(["init", "study"]) == 2
    assert main(["init", "study", "--force"]) == 0
    assert (tmp_path / "my-study.toml").read_text("utf-8") == before
    assert main(["run", "my-study.toml", "-n", "2", "-q", "--no-report", "--out", "o"]) == 0
    assert "there already" in capsys.readouterr().err


BAD = {
    "unknown study": (["run", "koreth-2012"], "koreth-2011"),
    "unknown command": (["rnu"], "run"),
    "unknown drug": (["simulate", "-r", "1 MIU SC once", "-d", "aldesleukinn"], "aldesleukin"),
    "unknown cohort": (["simulate", "-r", "1 MIU SC once", "-c", "helthy"], "healthy"),
    "typo": (["simulate", "-r", "1 MIU SC dayly"], "^"),
    "bare U": (["simulate", "-r", "1 U SC daily x2"], "Cetus U"),
    "negative dose": (["simulate", "-r", "-1 MIU SC once"], "dose"),
    "zero dose": (["simulate", "-r", "0 MIU SC once"], "dose"),
    "infusion over nothing": (["simulate", "-r", "1 MIU IV over 0 min once"], "0 min"),
    "every 0 h": (["simulate", "-r", "1 MIU SC every 0 h x3"], "0 h"),
    "no patients": (["run", "koreth-2011", "--patients", "0"], "patients"),
    "bad number": (["run", "koreth-2011", "--patients", "many"], "--patients"),
    "bad shard": (["run", "koreth-2011", "--shard", "3/2"], "shard"),
    "no regimen": (["simulate"], "regimen"),
    "bad day": (["simulate", "-r", "1 MIU SC once", "--report-days", "soon"], "soon"),
    "unknown parameter": (["simulate", "-r", "1 MIU SC once", "--set", "clearence=1"], "clearance"),
    "set nothing": (["simulate", "-r", "1 MIU SC once", "--set", "clearance"], "id=value"),
    "no such file": (["run", "missing.toml"], "missing.toml"),
    "minutes": (["response", "--minutes", "-3"], "minutes"),
    "format": (["export", "human", "--to", "docx"], "sbml"),
    "model": (["export", "humann"], "human"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gives_one_clear_message_and_writes_nothing(case, tmp_path, capsys):
    words, says = BAD[case]
    assert main(words) == 2
    shown = capsys.readouterr()
    assert says in shown.err
    assert "Traceback" not in shown.err
    assert shown.out == ""
    assert left_behind(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('name = "', 'nmae = "', "nmae"),
        ('drug = "aldesleukin"', 'colour = "red"\ndrug = "aldesleukin"', "colour"),
        ("SC daily", "SC dayly", "^"),
        ('drug = "aldesleukin"', 'drug = "interferon"', "interferon"),
        ("patients = ", "patients = -", "patients"),
    ],
)
def test_bad_study_file_names_the_key(old, new, says, tmp_path, capsys):
    assert main(["init", "study", "s.toml"]) == 0
    text = (tmp_path / "s.toml").read_text("utf-8")
    assert old in text
    (tmp_path / "s.toml").write_text(text.replace(old, new, 1), "utf-8")
    capsys.readouterr()
    assert main(["run", "s.toml"]) == 2
    shown = capsys.readouterr().err
    assert says in shown
    assert left_behind(tmp_path) == ["s.toml"]


def test_iu_of_a_molecule_without_potency(tmp_path, capsys):
    from importlib.resources import files

    text = files("bimodal.drugs").joinpath("data", "aldesleukin.toml").read_text("utf-8")
    (tmp_path / "mine.toml").write_text(text[: text.index("[potency]")], "utf-8")
    assert main(["simulate", "-d", "mine.toml", "-r", "1 MIU SC once"]) == 2
    assert "potency" in capsys.readouterr().err
    assert left_behind(tmp_path) == ["mine.toml"]


def test_unwritable_folder(tmp_path, capsys):
    assert main(["run", "koreth-2011", "-n", "2", "--out", "/dev/null/out"]) == 2
    assert "/dev/null/out" in capsys.readouterr().err
    assert left_behind(tmp_path) == []


def test_folder_that_is_a_file(tmp_path, capsys):
    (tmp_path / "out").write_text("mine", "utf-8")
    assert main(["run", "koreth-2011", "-n", "2", "--out", "out"]) == 2
    assert "out" in capsys.readouterr().err
    assert (tmp_path / "out").read_text("utf-8") == "mine"


def test_interrupt_keeps_what_is_finished_and_the_same_command_goes_on(tmp_path):
    words = [
        sys.executable,
        "-m",
        "bimodal",
        "run",
        "koreth-2011",
        "-n",
        "4000",
        "--chunk",
        "50",
        "--no-report",
        "--out",
        "o",
    ]
    run = subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(600):
            if list((tmp_path / "o").rglob("*.parquet")):
                break
            time.sleep(0.1)
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=60)
    finally:
        run.kill()
    assert run.returncode == 130
    assert "interrupted" in err
    assert "Traceback" not in err
    done = len(list((tmp_path / "o").rglob("*.parquet")))
    assert done >= 1
    assert not (tmp_path / "o" / "summary.json").exists()
    assert not list((tmp_path / "o").rglob("*.part"))


def test_resume_wants_something_to_resume(tmp_path, capsys):
    words = ["run", "koreth-2011", "-n", "2", "--out", "o", "-q", "--no-report"]
    assert main([*words, "--resume"]) == 2
    assert "no run to resume" in capsys.readouterr().err
    assert left_behind(tmp_path) == []
    assert main(words) == 0
    assert main([*words, "--resume"]) == 0
    assert main([*words, "--resume", "--force"]) == 2


def test_another_run_in_the_folder_is_refused(tmp_path, capsys):
    assert main(["run", "koreth-2011", "-n", "2", "--out", "o", "-q", "--no-report"]) == 0
    before = (tmp_path / "o" / "summary.json").read_bytes()
    other = ["run", "koreth-2011", "-n", "3", "--out", "o", "-q", "--no-report"]
    assert main(other) == 2
    assert "--force" in capsys.readouterr().err
    assert (tmp_path / "o" / "summary.json").read_bytes() == before
    assert main([*other, "--force"]) == 0
    assert json.loads((tmp_path / "o" / "summary.json").read_text("utf-8"))["patients"] == 3


def test_a_model_file_runs_as_it_stands(tmp_path, capsys):
    (tmp_path / "decay.ant").write_text("model decay\n  k = 0.5; x' = -k*x; x = 8; y := 2*x\nend\n", "utf-8")
    words = ["simulate", "--model", "decay.ant", "--until", "2", "--points", "3", "--out", "o", "--json", "r.json"]
    assert main(words) == 0
    assert "decay, time 0 to 2" in capsys.readouterr().out
    data = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert data["times"] == [0.0, 1.0, 2.0]
    assert data["quantities"]["y"] == pytest.approx([16.0, 16.0 * 0.60653066, 16.0 * 0.36787944], rel=1e-6)
    assert (tmp_path / "o" / "decay.csv").read_text("utf-8").startswith("time,x,y\n")
    assert main([*words, "--set", "k=0"]) == 0
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["quantities"]["x"] == [8.0, 8.0, 8.0]


def test_a_model_run_says_how_exact_it_is_and_what_is_missing(tmp_path, capsys):
    (tmp_path / "m.ant").write_text("model m\n  x' = -x; x = 1; y' = 1; y = 0; r := x/y\nend\n", "utf-8")
    assert main(["simulate", "--model", "m.ant", "--until", "4", "--points", "3", "--rtol", "1e-5", "--accuracy"]) == 0
    shown = capsys.readouterr()
    assert "relative tolerance 1e-05; a run at a hundredth of it differs by" in shown.out
    assert "warning: 'r' is not a finite number at 1 of 3 times, first at 0: missing there" in shown.err
    row = next(line for line in shown.out.splitlines() if line.startswith("r "))
    assert row.split()[:2] == ["r", "missing"]
    assert main(["simulate", "--model", "m.ant", "--until", "4", "--points", "3", "--atol", "1e-3"]) == 0
    assert "relative tolerance 1e-08, absolute 0.001\n" in capsys.readouterr().out


def test_a_model_that_blows_up_says_so(tmp_path, capsys):
    (tmp_path / "up.ant").write_text("model up\n  x' = x^2; x = 1\nend\n", "utf-8")
    assert main(["simulate", "--model", "up.ant", "--until", "2", "--json", "r.json"]) == 1
    assert "failed: The step size fell below what the numbers can resolve: 'x' grows" in capsys.readouterr().err
    assert set(json.loads((tmp_path / "r.json").read_text("utf-8"))["quantities"]["x"]) == {None}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--model", "missing.xml"], "missing.xml"),
        (["--model", "m.ant", "-r", "1 MIU SC once"], "no regimen"),
        (["--model", "m.ant", "--until", "0"], "end at time 0"),
        (["--model", "m.ant", "--points", "1"], "1 points"),
        (["--model", "m.ant", "--set", "q=1"], "no constant 'q'"),
        (["--model", "bomb.xml"], "bomb.xml"),
        (["--model", "m.ant", "--rtol", "0"], "'rtol' must be a positive number"),
        (["--model", "m.ant", "--atol", "-1"], "'atol' must be a positive number"),
        (["-r", "1 MIU SC once", "--rtol", "2"], "relative tolerance 2 makes no sense"),
        (["-r", "1 MIU SC once", "--accuracy"], "--accuracy goes with --model"),
    ],
)
def test_bad_model_runs(words, says, tmp_path, capsys):
    (tmp_path / "m.ant").write_text("model m\n  k = 1; x' = -k*x; x = 1\nend\n", "utf-8")
    (tmp_path / "bomb.xml").write_text('<!DOCTYPE a [<!ENTITY b "c">]><sbml>&b;</sbml>', "utf-8")
    assert main(["simulate", *words]) == 2
    assert says in capsys.readouterr().err
    assert left_behind(tmp_path) == ["bomb.xml", "m.ant"]


def test_every_cycle_is_printed(capsys):
    words = ["simulate", "-r", "600000 IU/kg IV over 15 min q8h x2, repeat on day 15", "-n", "2", "--out", "o"]
    assert main([*words, "--report-days", "1", "--no-report"]) == 0
    shown = capsys.readouterr().err
    assert "cycle 2: first dose at day 14 (protocol day 15)" in shown


def test_a_fault_in_a_drug_file_is_said_before_all_that_simulates_is_loaded(tmp_path):
    (tmp_path / "mine.toml").write_text('id = "mine"\nnmae = "a typing error"\n', "utf-8")
    program = (
        "import sys\nfrom bimodal.cli import main\n"
        "code = main(['simulate', '-r', '1 MIU SC x1', '--drug', 'mine.toml', '--out', 'o'])\n"
        "print(code, sorted({'numba', 'llvmlite', 'duckdb', 'scipy', 'bimodal.study'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.strip() == "2 []"
    assert "did you mean 'name'" in ran.stderr
