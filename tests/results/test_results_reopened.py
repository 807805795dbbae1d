"""What is written of a study beside its results is the study again."""

from __future__ import annotations

from pathlib import Path

import pytest

from bimodal.errors import OutputError
from bimodal.evidence import list_studies
from bimodal.study import RunOptions, load_study
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.run.reopened import reopen
from bimodal.study.run.runner import run_study, shipped_solver
from bimodal.study.run.study_file import write_study
from bimodal.study.spec.load import check_study


@pytest.mark.parametrize("name", list_studies())
def test_a_study_stays_what_it_is_as_plain_data(name: str) -> None:
    spec = load_study(name)
    assert check_study(spec.model_dump(mode="json", exclude_defaults=True), where=name) == spec


def test_files_of_a_study_are_found_from_the_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "people.csv").write_text("id,weight_kg,height_cm\na,70,170\nb,80,180\n", "utf-8")
    (tmp_path / "in" / "s.toml").write_text(
        'name = "s"\n[population]\nsubjects = "people.csv"\n'
        '[[arm]]\nname = "none"\nregimen = "none"\n[[endpoint]]\nid = "treg_count"\ndays = [1]\n',
        "utf-8",
    )
    monkeypatch.chdir(tmp_path)
    result = run_study(load_study("in/s.toml"), options=RunOptions(out=Path("out")))
    assert result is not None
    assert str(tmp_path) not in (tmp_path / "out" / "study.json").read_text("utf-8")
    monkeypatch.chdir("/")
    assert reopen(tmp_path / "out").patients_table()["subject"].tolist() == ["a", "b"]
    (tmp_path / "in" / "people.csv").write_text("id,weight_kg,height_cm\na,70,170\nb,99,180\n", "utf-8")
    with pytest.raises(OutputError, match="has changed since"):
        reopen(tmp_path / "out")
    (tmp_path / "in" / "people.csv").unlink()
    with pytest.raises(OutputError, match="cannot be opened again"):
        reopen(tmp_path / "out")


def test_the_study_is_written_once(tmp_path: Path) -> None:
    spec = load_study("koreth-2011")
    plan = make_plan(spec, RunOptions(out=tmp_path, patients=3), shipped_solver(spec))
    write_study(tmp_path, plan)
    before = (tmp_path / "study.json").stat()
    write_study(tmp_path, plan)
    assert (tmp_path / "study.json").stat().st_ino == before.st_ino
