"""Two runs set against each other."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from small_trial import STUDY

from bimodal.cli.main import main
from bimodal.errors import OutputError
from bimodal.results.diff import diff
from bimodal.results.difference import INDEPENDENT, INTERVALS, PAIRED, RANGE, ROUNDING, SETS, difference
from bimodal.study import RunOptions, StudyResult
from bimodal.study.endpoints.spread import SETS_INTERVAL
from bimodal.study.run.runner import run_study
from bimodal.study.spec.load import parse_study


def run(text: str, folder: Path, **options) -> Path:
    result = run_study(parse_study(text, where="test"), options=RunOptions(out=folder, **options))
    assert result is not None
    return folder


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    text = STUDY.replace("600000", "500000").replace("it's untreated", "nothing")
    return run(text.replace("patients = 16", "patients = 16\n"), tmp_path_factory.mktemp("d") / "other")


def test_the_same_run_twice_differs_in_nothing(folder: Path, tmp_path: Path, capsys) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    found = diff(folder, tmp_path / "copy")
    assert found["identical"]
    assert (found["inputs"], found["numbers"], found["arms"]["only_first"]) == ([], [], [])
    assert main(["diff", str(folder), str(tmp_path / "copy")]) == 0
    assert "the same to the last byte" in capsys.readouterr().out


def test_a_changed_dose_is_named_and_its_numbers_are_paired(trial: StudyResult, other: Path) -> None:
    found = diff(trial.folder, other)
    assert found["arms"] == {"both": ["high dose"], "only_first": ["it's untreated"], "only_second": ["nothing"]}
    assert [row["what"] for row in found["inputs"]] == ["arm high dose: regimen", "study file: contrast"]
    rows = {(row["endpoint"], row["day"]): row for row in found["numbers"]}
    fold = rows["treg_fold", 7.0]
    assert fold["how"] == PAIRED
    assert fold["difference"] == fold["second"] - fold["first"]
    sizes = [row["errors"] or 0.0 for row in found["numbers"]]
    assert sizes == sorted(sizes, reverse=True)
    assert len(found["numbers"]) + found["same"] == len(trial.summary["arms"][0]["endpoints"])


def test_other_people_are_not_paired(folder: Path, tmp_path: Path) -> None:
    found = diff(folder, run(STUDY, tmp_path / "seed2", seed=2))
    assert {"what": "seed", "first": 1, "second": 2} in found["inputs"]
    assert not found["same_people"]
    assert {row["how"] for row in found["numbers"] if row["endpoint"] == "treg_fold"} <= {INDEPENDENT, ROUNDING}


def test_a_parameter_that_differs_is_named_with_both_values(folder: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(folder, changed)
    study = json.loads((changed / "study.json").read_text("utf-8"))
    name = next(key for key in study["numbers"] if key.startswith("model "))
    before = study["numbers"][name]
    study["numbers"][name] = before + 1.0
    (changed / "study.json").write_text(json.dumps(study), "utf-8")
    assert diff(folder, changed)["inputs"] == [{"what": name, "first": before, "second": before + 1.0}]


def test_summaries_without_their_folders_are_compared_as_far_as_they_go(
    folder: Path, other: Path, tmp_path: Path
) -> None:
    alone = tmp_path / "mine.json"
    shutil.copy(folder / "summary.json", alone)
    found = diff(alone, other)
    rows = {(row["endpoint"], row["day"]): row for row in found["numbers"]}
    assert rows["treg_fold", 7.0]["how"] == RANGE
    assert [row["what"] for row in found["inputs"]] == ["arm high dose: regimen"]


def test_the_error_of_a_paired_difference_is_that_of_many_trials() -> None:
    stream = np.random.default_rng(4)
    n, trials = 400, 300
    seen = []
    for _ in range(trials):
        one = stream.lognormal(0.0, 0.5, n)
        other = one * stream.lognormal(0.1, 0.1, n)
        seen.append(np.median(other) - np.median(one))
    rows = [{"statistic": "median", "value": float(np.median(values))} for values in (one, other)]
    paired = difference(rows[0], rows[1], (one, other), same_people=True)["error"]
    apart = difference(rows[0], rows[1], (one, other), same_people=False)["error"]
    assert 0.6 < paired / np.std(seen) < 1.6
    assert apart > 1.5 * paired


@pytest.mark.parametrize(("few", "many"), [(200, 400), (400, 200), (300, 1_200)])
def test_people_that_are_in_the_smaller_and_the_larger_run_are_paired(few: int, many: int) -> None:
    stream = np.random.default_rng(5)
    seen = []
    for _ in range(300):
        person = stream.lognormal(0.0, 0.5, max(few, many))
        one, other = person[:few], (person * stream.lognormal(0.1, 0.1, len(person)))[:many]
        seen.append(np.median(other) - np.median(one))
    rows = [{"statistic": "median", "value": float(np.median(values))} for values in (one, other)]
    found = difference(rows[0], rows[1], (one, other), same_people=True)
    assert found["how"] == f"paired: the first {min(few, many)} people are in both runs"
    assert 0.7 < found["error"] / np.std(seen) < 1.4


def test_a_small_run_beside_a_very_large_one_keeps_its_own_error() -> None:
    stream = np.random.default_rng(6)
    one, other = stream.normal(size=200_000), stream.normal(1.0, size=2_000)
    rows = [{"statistic": "median", "value": float(np.median(values))} for values in (one, other)]
    for values, sides in (((one, other), rows), ((other, one), rows[::-1])):
        found = difference(sides[0], sides[1], values, same_people=False)
        assert found["error"] == pytest.approx(np.sqrt(np.pi / 2 / 2_000), rel=0.35)


def test_failed_people_are_left_out_on_their_side_alone() -> None:
    stream = np.random.default_rng(7)
    one = stream.lognormal(0.0, 0.5, 400)
    other = one * stream.lognormal(0.1, 0.1, 400)
    rows = [{"statistic": "median", "value": float(np.median(values))} for values in (one, other)]
    whole = difference(rows[0], rows[1], (one, other), same_people=True)["error"]
    other[:40] = np.nan
    assert whole < difference(rows[0], rows[1], (one, other), same_people=True)["error"] < 2.0 * whole
    assert difference(rows[0], rows[1], (one, np.full(400, np.nan)), same_people=True)["error"] is None


def test_parameter_sets_have_no_monte_carlo_error() -> None:
    row = {"statistic": "median", "interval": SETS_INTERVAL, "lower": 0.0, "upper": 2.0, "n": 40}
    found = difference({**row, "value": 1.0}, {**row, "value": 1.5}, None, same_people=True)
    assert (found["difference"], found["error"], found["errors"], found["how"]) == (0.5, None, None, SETS)


def test_the_error_of_a_proportion_comes_from_its_intervals() -> None:
    rows = [{"value": v, "lower": v - 0.098, "upper": v + 0.098, "interval": "95 % Wilson"} for v in (0.4, 0.5)]
    found = difference(rows[0], rows[1], None, same_people=True)
    assert found["how"] == INTERVALS
    assert found["error"] == pytest.approx(0.05 * 2**0.5, rel=1e-3)
    near = difference({"value": 1.0}, {"value": 1.0 + 1e-15}, None, same_people=True)
    assert (near["how"], near["errors"]) == (ROUNDING, None)


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}", "utf-8")
    with pytest.raises(OutputError, match="no summary of a run"):
        diff(tmp_path / "a.json", tmp_path / "a.json")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda said: said["arms"][0]["endpoints"][1].pop("day"), "arm 1, endpoint 2, key 'day'"),
        (lambda said: said["arms"][0]["endpoints"][0].update(value="7"), "arm 1, endpoint 1, key 'value'"),
        (lambda said: said["arms"][0]["endpoints"][0].update(id=[1]), "arm 1, endpoint 1, key 'id'"),
        (lambda said: said["arms"][1].pop("failed"), "arm 2, key 'failed'"),
        (lambda said: said["arms"][1].update(failed=10**6), "arm 2, key 'failed'"),
        (lambda said: said["arms"][1].update(set=None), "arm 2, key 'set'"),
        (lambda said: said["provenance"].update(set=[]), "provenance, key 'set'"),
        (lambda said: said.update(weights=3), "weights"),
    ],
)
def test_a_damaged_summary_is_told_with_its_place(folder: Path, tmp_path: Path, change, place: str) -> None:
    said = json.loads((folder / "summary.json").read_text("utf-8"))
    change(said)
    (tmp_path / "a.json").write_text(json.dumps(said), "utf-8")
    with pytest.raises(OutputError) as caught:
        diff(folder, tmp_path / "a.json")
    assert str(caught.value.where).endswith(place)


def test_the_command_prints_and_writes_all(folder: Path, other: Path, tmp_path: Path, capsys) -> None:
    assert main(["diff", str(folder), str(other), "--json", str(tmp_path / "d.json")]) == 0
    printed = capsys.readouterr().out
    assert "arms only in the second: nothing" in printed
    assert "arm high dose: regimen" in printed
    assert json.loads((tmp_path / "d.json").read_text("utf-8"))["arms"]["both"] == ["high dose"]
