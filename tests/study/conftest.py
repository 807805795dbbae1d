"""Studies of a model file, written and run in a folder of their own."""

import pytest
from model_file_study import DECAY

from bimodal.study import RunOptions, load_study, run_study


@pytest.fixture
def write(tmp_path):
    def write(study, model=DECAY, name="m.ant"):
        (tmp_path / name).write_text(model, "utf-8")
        path = tmp_path / "s.toml"
        path.write_text(study, "utf-8")
        return path

    return write


@pytest.fixture
def run(write, tmp_path):
    def run(study, model=DECAY, **more):
        return run_study(load_study(write(study, model)), options=RunOptions(**{"out": tmp_path / "out", **more}))

    return run
