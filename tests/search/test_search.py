"""Searches: goals, fronts, budgets, what is kept, and what is said."""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest

from bimodal.cli.main import main
from bimodal.errors import BimodalError, OutputError, StudyError
from bimodal.report.figures.search_front import map_figure
from bimodal.search import search as module
from bimodal.search.candidate import Candidate, grid
from bimodal.search.evaluate import Evaluator
from bimodal.search.front import non_dominated, surely_non_dominated
from bimodal.search.goal import read_goal
from bimodal.search.search import run_search
from bimodal.search.spec import DoseRange, SearchSpec
from bimodal.study import RunOptions, run_study
from bimodal.study.run.runner import shipped_solver
from page_blocks import page_blocks

ROOT = Path(__file__).parents[2]
GOALS = ("maximise treg_fold day 7", "minimise pstat5_nk peak", "minimise doses_given")


def spec(**more) -> SearchSpec:
    return SearchSpec.model_validate(
        {
            "patients": 8,
            "days": 7,
            "schedules": ["SC daily for 5 days", "SC once"],
            "goals": GOALS,
            "dose": {"values": [0.3, 1, 30], "unit": "MIU/m2"},
            **more,
        }
    )


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> dict:
    return run_search(spec(), options=RunOptions(out=tmp_path_factory.mktemp("search") / "s"))


def test_a_candidate_reads_what_a_study_of_it_reads(done: dict, tmp_path: Path) -> None:
    evaluator = Evaluator(spec(), RunOptions())
    one = grid(spec())[1]
    study = evaluator.study(one)
    result = run_study(study, options=RunOptions(out=tmp_path / "r"), solver=shipped_solver(study))
    assert result is not None
    rows = {row["id"]: row["value"] for row in result.summary["arms"][0]["endpoints"] if row["day"] in (None, 7.0)}
    found = next(row for row in done["candidates"] if row["regimen"] == one.regimen)
    values = {goal["id"]: goal["value"] for goal in found["goals"]}
    assert values["treg_fold"] == rows["treg_fold"]
    assert values["doses_given"] == rows["doses_given"] == 5.0
    assert values["pstat5_nk"] > rows["pstat5_nk"]


def test_the_front_is_that_of_the_values_and_outside_is_said(done: dict) -> None:
    signs = [-1.0, 1.0, 1.0]
    values = np.array(
        [[s * g["value"] for s, g in zip(signs, row["goals"], strict=True)] for row in done["candidates"]]
    )
    for k, row in enumerate(done["candidates"]):
        beaten = any((other <= values[k]).all() and (other < values[k]).any() for other in values)
        assert row["front"] is not beaten
        assert row["front_possible"] or not row["front"]
        for goal in row["goals"]:
            assert goal["lower"] <= goal["value"] <= goal["upper"]
    assert done["front"] == [k for k, row in enumerate(done["candidates"]) if row["front"]]
    large = [row for row in done["candidates"] if row["dose"] == 30.0]
    assert len(large) == 2
    assert all(row["outside"] for row in large)
    assert not any(row["outside"] for row in done["candidates"] if row["dose"] == 0.3 and "once" in row["schedule"])


def test_what_is_kept_is_not_simulated_again_and_what_is_damaged_is(
    done: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, before = Path(done["folder"]), (Path(done["folder"]) / "search.json").read_bytes()
    asked = []
    real = Evaluator.evaluate
    monkeypatch.setattr(Evaluator, "evaluate", lambda *given: asked.append(given[1]) or real(*given))
    run_search(spec(), options=RunOptions(out=folder, workers=2))
    assert asked == []
    victim, other = sorted((folder / "candidates").glob("*.json"))[:2]
    victim.write_bytes(other.read_bytes())
    other.write_text(other.read_text("utf-8").replace('"failed": 0', '"failed": 1'), "utf-8")
    run_search(spec(), options=RunOptions(out=folder))
    assert len(asked) == 2
    assert (folder / "search.json").read_bytes() == before


def test_a_search_that_is_stopped_goes_on_and_ends_the_same(done: dict, tmp_path: Path) -> None:
    def stop(finished: int, _total: int, _what: str) -> None:
        if finished == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_search(spec(), options=RunOptions(out=tmp_path), progress=stop)
    assert len(list((tmp_path / "candidates").glob("*.json"))) == 2
    again = run_search(spec(), options=RunOptions(out=tmp_path))
    assert again["candidates"] == done["candidates"]


def test_a_budget_is_kept_and_drawn_by_the_seed(done: dict) -> None:
    one, other = (run_search(spec(budget=2), options=RunOptions(out=Path(done["folder"]))) for _ in range(2))
    assert [row["regimen"] for row in one["candidates"]] == [row["regimen"] for row in other["candidates"]]
    assert len(one["candidates"]) == 2
    assert "2 of 6 candidates" in one["warnings"][0]
    drawn = {tuple(c.regimen for c in module._within(grid(spec()), 2, seed)) for seed in range(20)}
    assert len(drawn) > 5
    run_search(spec(), options=RunOptions(out=Path(done["folder"])))


def test_fronts_of_many_random_candidates() -> None:
    stream = np.random.default_rng(3)
    for _ in range(30):
        values = stream.integers(0, 5, (40, 3)).astype(float)
        values[stream.random(40) < 0.1, 1] = np.nan
        known = [
            not np.isnan(one).any()
            and not any((other <= one).all() and (other < one).any() for other in values if not np.isnan(other).any())
            for one in values
        ]
        assert non_dominated(values).tolist() == known
        wide = surely_non_dominated(values - 1.0, values + 1.0)
        assert (wide | ~np.array(known)).all()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"goals": ["maximise treg_fold", GOALS[1]]}, "does not say when"),
        ({"goals": ["enlarge treg_fold day 7", GOALS[1]]}, "cannot be read"),
        ({"goals": ["maximise treg_folt day 7", GOALS[1]]}, "treg_folt"),
        ({"goals": ["maximise cmax day 7", GOALS[1]]}, "one value"),
        ({"goals": ["maximise tumour_sld", GOALS[1]]}, "can be no goal"),
        ({"goals": ["maximise treg_fold day 8", GOALS[1]]}, "after the 7 days"),
        ({"goals": [GOALS[0], "minimise treg_fold day 7"]}, "the same number"),
        ({"goals": [GOALS[0]]}, "at least 2"),
        ({"dose": {"values": [1], "low": 1, "unit": "MIU"}}, "either"),
        ({"dose": {"low": 2, "high": 1, "unit": "MIU"}}, "below"),
        ({"dose": {"unit": "MIU"}}, "either"),
    ],
)
def test_what_makes_no_sense_is_refused(change: dict, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        spec(**change)


def test_a_candidate_that_cannot_be_run_is_refused_before_any_is(tmp_path: Path) -> None:
    with pytest.raises(BimodalError):
        run_search(spec(schedules=["SC daily for 5 days", "SC now and then"]), options=RunOptions(out=tmp_path / "x"))
    assert not (tmp_path / "x").exists()
    gated = spec(goals=("maximise treg_cd25bright_fold peak", GOALS[1]))
    with pytest.raises(StudyError, match="not read along the whole course"):
        run_search(gated, options=RunOptions(out=tmp_path / "x"))


def test_what_reads_alike_is_one_candidate() -> None:
    doubled = spec(dose={"values": [0.9999999999999, 1, 1.0, 30], "unit": "MIU/m2"}, schedules=["SC once", "SC once"])
    assert [one.regimen for one in grid(doubled)] == ["1 MIU/m2 SC once", "30 MIU/m2 SC once"]
    assert grid(spec()) == [
        Candidate("aldesleukin", dose, "MIU/m2", schedule)
        for schedule in ("SC daily for 5 days", "SC once")
        for dose in (0.3, 1.0, 30.0)
    ]


def test_the_folder_of_a_run_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{}", "utf-8")
    with pytest.raises(OutputError, match="holds the results of a run"):
        run_search(spec(), options=RunOptions(out=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_goals_without_a_value_and_failed_patients_are_said() -> None:
    rows = [{"value": value, "lower": None, "upper": None} for value in (1.0, None, 2.0)]
    found = [{"goals": [rows[0], rows[k]], "failed": k} for k in (0, 1, 2)]
    result = module._result(spec(goals=GOALS[:2]), RunOptions(), found, 3)
    assert result["warnings"] == [
        f"1 of 3 candidates have no value of '{GOALS[1]}': they are in no front",
        "2 of 3 candidates have patients that could not be computed, who are left out",
    ]
    assert [row["front"] for row in result["candidates"]] == [True, False, False]


@pytest.mark.filterwarnings("error")
def test_one_dose_can_be_drawn(done: dict) -> None:
    few = [row for row in done["candidates"] if row["dose"] == 1.0]
    assert map_figure({**done, "candidates": few}).axes[0].get_xlim() == pytest.approx((0.5, 2.0))


def test_doses_are_evenly_spaced_on_logarithms() -> None:
    assert DoseRange(low=0.1, high=10.0, steps=5, unit="MIU").grid == (0.1, 0.316, 1.0, 3.16, 10.0)
    assert read_goal("minimise tox_index peak median") == read_goal("minimise tox_index peak")


def test_parameter_sets_give_a_range(tmp_path: Path) -> None:
    from bimodal.fit.oncology.ensemble import oncology_ensemble

    asked = spec(
        cohort="melanoma", schedules=["SC once"], dose={"values": [1], "unit": "MIU/m2"}, patients=6,
        goals=("maximise treg_fold day 7", "minimise tumour_cells_fold day 7"),
    )  # fmt: skip
    found = run_search(asked, options=RunOptions(out=tmp_path), ensemble=oncology_ensemble(2))
    goal = found["candidates"][0]["goals"][1]
    assert goal["ensemble_lower"] < goal["ensemble_upper"]
    assert "equally good sets" in goal["ensemble"]


def test_an_optimiser_proposes_the_same_for_the_same_seed_and_goes_on(tmp_path: Path) -> None:
    pytest.importorskip("optuna")
    between = spec(dose={"low": 0.1, "high": 3, "unit": "MIU/m2"}, budget=5, generation=4, goals=GOALS[:2])
    short = run_search(between, options=RunOptions(out=tmp_path / "a"))
    longer = run_search(between.model_copy(update={"budget": 8}), options=RunOptions(out=tmp_path / "b"))
    assert longer["candidates"][:5] == [
        {**row, "front": longer["candidates"][k]["front"], "front_possible": longer["candidates"][k]["front_possible"]}
        for k, row in enumerate(short["candidates"])
    ]
    assert len(longer["candidates"]) == 8
    assert all(0.1 <= row["dose"] <= 3.0 for row in longer["candidates"])


def test_without_the_library_a_range_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(BimodalError, match="needs the library optuna"):
        run_search(spec(dose={"low": 0.1, "high": 3, "unit": "MIU/m2"}), options=RunOptions(out=tmp_path))


def test_the_page_runs_and_no_word_of_it_names_a_winner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "search.md").read_text("utf-8")
    blocks = page_blocks(page)
    assert [block.kind for block in blocks] == ["sh", "toml", "sh"]
    Path("search.toml").write_text(blocks[1].text, "utf-8")
    for text in (blocks[0].text, blocks[2].text):
        assert main(shlex.split(text)[1:]) == 0, text
    printed = capsys.readouterr().out
    one, other = (json.loads(Path(name, "search.json").read_text("utf-8")) for name in ("by-options", "by-file"))
    assert one["candidates"] == other["candidates"]
    assert "no other beats in every goal" in printed
    drawn = "".join(Path("by-file", name).read_text("utf-8") for name in ("front.svg", "map.svg"))
    code = "".join(path.read_text("utf-8") for path in (ROOT / "src/bimodal/search").glob("*.py"))
    for text in (printed, drawn, page, code, (ROOT / "src/bimodal/cli/search.py").read_text("utf-8")):
        assert not re.search(r"\b(optimal|best|recommended)\b", text, re.IGNORECASE)
    assert main(["search", "--goal", "maximise treg_fold day 7"]) == 2
    assert "--dose" in capsys.readouterr().err
