"""One small trial, run once into a folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_trial import STUDY

from bimodal.study import RunOptions, StudyResult
from bimodal.study.run.runner import run_study
from bimodal.study.spec.load import parse_study


@pytest.fixture(scope="session")
def trial(tmp_path_factory: pytest.TempPathFactory) -> StudyResult:
    folder = tmp_path_factory.mktemp("results") / "a [1]*"
    result = run_study(parse_study(STUDY, where="test"), options=RunOptions(out=folder, chunk=7))
    assert result is not None
    return result


@pytest.fixture(scope="session")
def folder(trial: StudyResult) -> Path:
    return trial.folder
