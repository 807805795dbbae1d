"""`bimodal predict` as a user meets it; the commands are hung into a small program of their own."""

import json

import pytest
from cli_program import small_program

from bimodal import INTENDED_USE
from bimodal.cli import predict, run
from bimodal.cli.main import main

WORDS = ["predict", "register", "-r", "1 MIU/m2 SC daily for 5 days", "-e", "treg_fold@5,7,cmax", "-n", "5", "-w", "1"]
NAMED = [*WORDS, "--name", "try", "--date", "2026-02-03"]


@pytest.fixture(autouse=True)
def _program(tmp_path, monkeypatch):
    app = small_program(monkeypatch, tmp_path)
    app.add_typer(predict.app, name="predict")
    app.command("run")(run.run)


def test_register_open_compare_rerun(capsys, tmp_path):
    assert main(NAMED) == 0
    shown = capsys.readouterr()
    assert "2026-02-03-try" in shown.out
    assert "MC error" in shown.out
    assert INTENDED_USE[:40] in shown.out
    assert "5 virtual patients" in shown.err
    median = json.loads((tmp_path / "predictions" / "2026-02-03-try.json").read_text("utf-8"))["arms"][0]["endpoints"][
        0
    ]["median"]
    (tmp_path / "o.csv").write_text(
        f"endpoint,day,statistic,value,n\ntreg_fold,5,median,{median},9\ntreg_fold,7,median,50,9\n", "utf-8"
    )
    words = ["predict", "open", "try", "--observed", "o.csv", "--json", "j.json"]
    assert main([*words, "--rerun", "-w", "1"]) == 0
    shown = capsys.readouterr().out
    assert "1 of 2 outside" in shown
    assert shown.index("50") < shown.index("inside")
    assert "still gives this prediction" in shown
    data = json.loads((tmp_path / "j.json").read_text("utf-8"))
    assert [one["inside"] for one in data["observed"]] == [False, True]
    assert data["rerun"]["reproduced"] is True
    assert main([*words, "--strict", "-q"]) == 1
    assert main(["predict", "list"]) == 0
    assert "intact" in capsys.readouterr().out


def test_a_changed_file_is_refused_and_listed_as_such(capsys, tmp_path):
    assert main([*NAMED, "-q"]) == 0
    path = tmp_path / "predictions" / "2026-02-03-try.json"
    path.write_text(path.read_text("utf-8").replace('"date": "2026-02-03"', '"date": "2026-01-03"'), "utf-8")
    assert main(["predict", "open", str(path)]) == 2
    assert "not to be trusted: date" in capsys.readouterr().err
    assert main(["predict", "list"]) == 0
    assert "changed after it was registered" in capsys.readouterr().out


def test_nothing_is_overwritten(capsys, tmp_path):
    assert main([*NAMED, "-q"]) == 0
    before = (tmp_path / "predictions" / "2026-02-03-try.json").read_bytes()
    assert main([*NAMED, "-q"]) == 2
    assert "never overwritten" in capsys.readouterr().err
    assert (tmp_path / "predictions" / "2026-02-03-try.json").read_bytes() == before


def test_a_batch_and_a_study_file(capsys, tmp_path):
    (tmp_path / "b.toml").write_text(
        'patients = 3\n[[prediction]]\nname = "one"\nendpoints = ["treg_fold@3"]\n[[prediction.arm]]\nname = "a"\n'
        'drug = "aldesleukin"\nregimen = "1 MIU SC once"\n',
        "utf-8",
    )
    words = ["predict", "register", "--batch", "b.toml", "--date", "2026-02-03", "--folder", "here"]
    assert main(words) == 0
    assert "registered" in capsys.readouterr().out
    assert main(words) == 0
    assert "there already" in capsys.readouterr().out
    for more in (["--name", "x"], ["--seed", "2"], ["--json", "-"]):
        assert main([*words, *more]) == 2
    (tmp_path / "s.toml").write_text(
        'name = "mine"\n[population]\ncohort = "healthy"\npatients = 3\n[[arm]]\nname = "a"\ndrug = "aldesleukin"\n'
        'regimen = "1 MIU SC once"\n[[endpoint]]\nid = "treg_fold"\ndays = [3]\n',
        "utf-8",
    )
    assert main(["predict", "register", "s.toml", "--date", "2026-02-03", "-q"]) == 0
    assert (tmp_path / "predictions" / "2026-02-03-mine.json").exists()
    assert main(["predict", "register", "s.toml", "-r", "none"]) == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["predict", "register"], "no regimen"),
        (WORDS, "no name"),
        ([*WORDS, "--name", "a/b"], "no name of a prediction"),
        ([*WORDS, "--name", "a", "--date", "2026-13-01"], "no date"),
        ([*WORDS, "--name", "a", "--date", "2999-01-01"], "ahead"),
        (["predict", "register", "-r", "none", "--name", "a", "-e", "treg_fald@7"], "did you mean 'treg_fold'"),
        (["predict", "register", "-r", "none", "--name", "a"], "nothing is to be predicted"),
        (["predict", "register", "-r", "1 MIU", "--name", "a", "-e", "cmax"], "^"),
        (["predict", "open", "none-such"], "no prediction"),
        (["predict", "open", "none-such.json"], "cannot be read"),
        (["predict", "register", "--batch", "none.toml"], "cannot be read"),
    ],
)
def test_bad_input_is_one_message(words, says, capsys, tmp_path):
    assert main(words) == 2
    shown = capsys.readouterr()
    assert says in shown.err
    assert "Traceback" not in shown.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", "endpoint,day,statistic,value,n\n", "endpoint,value\nx,1\n"])
def test_a_wrong_table_of_observations_is_refused(text, capsys, tmp_path):
    assert main([*NAMED, "-q"]) == 0
    (tmp_path / "o.csv").write_text(text, "utf-8")
    assert main(["predict", "open", "try", "--observed", "o.csv"]) == 2
    assert "o.csv" in capsys.readouterr().err


def test_numbers_of_a_trial_ask_for_a_follow_up_and_an_ensemble_for_people_with_sets(capsys, tmp_path):
    words = ["predict", "register", "-r", "1 MIU/m2 SC daily for 5 days", "--name", "try"]
    assert main([*words, "-e", "orr"]) == 2
    assert "--follow-up-days" in capsys.readouterr().err
    assert main([*words, "-e", "treg_fold@7", "--ensemble"]) == 2
    assert "this study has none" in capsys.readouterr().err
    (tmp_path / "b.toml").write_text("", "utf-8")
    assert main(["predict", "register", "--batch", "b.toml", "--ensemble"]) == 2
    assert "says everything itself" in capsys.readouterr().err
    assert not (tmp_path / "predictions").exists()


def test_run_refuses_an_ensemble_before_it_computes(capsys, tmp_path):
    assert main(["run", "koreth-2011", "--ensemble", "-n", "2"]) == 2
    assert "this study has none" in capsys.readouterr().err
    assert not (tmp_path / "results").exists()


def test_opened_predictions_say_how_they_fared(capsys, tmp_path):
    assert main(["predict", "open", "--json", "all.json"]) == 0
    shown = capsys.readouterr().out
    opened = json.loads((tmp_path / "all.json").read_text("utf-8"))["opened"]
    assert f"{sum(not one['inside'] for one in opened)} of {len(opened)} outside" in shown
    assert [one["inside"] for one in opened] == sorted(one["inside"] for one in opened)
    assert {"2026-11-21-every-3-days-0.26-miu-m2", "2026-11-21-peg-every-2-weeks"} <= {o["prediction"] for o in opened}
    assert "Seelig 2018" in shown
    assert main(["predict", "open", "--strict", "-q"]) == 1
    assert main(["predict", "open", "--rerun"]) == 2
    assert "no prediction was named" in capsys.readouterr().err


def test_observed_values_beside_a_prediction_are_used_unless_others_are_given(capsys, tmp_path):
    assert main([*NAMED, "-q"]) == 0
    beside = tmp_path / "predictions" / "observed"
    beside.mkdir()
    (beside / "2026-02-03-try.csv").write_text(
        "endpoint,day,statistic,value,n,source\ntreg_fold,5,above,100,,a rumour\n", "utf-8"
    )
    assert main(["predict", "open", "try"]) == 0
    shown = capsys.readouterr().out
    assert "1 of 1 outside" in shown
    assert "a rumour" in shown
    (tmp_path / "o.csv").write_text("endpoint,day,statistic,value,n\ntreg_fold,5,below,100,\n", "utf-8")
    assert main(["predict", "open", "try", "--observed", "o.csv"]) == 0
    assert "0 of 1 outside" in capsys.readouterr().out
    assert main(["predict", "open", "--json", "-"]) == 0
    assert "2026-02-03-try" in {one["prediction"] for one in json.loads(capsys.readouterr().out)["opened"]}
