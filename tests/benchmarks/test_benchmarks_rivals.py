"""Rival structures stay runnable: each finds the lines it changes in the model that is shipped."""

from pathlib import Path

import pytest

from bimodal.fit.human.human import FREE
from bimodal.model import load_model
from bimodal.model.manifest import read_manifest

ROOT = Path(__file__).parents[2]


def test_every_rival_changes_what_is_there():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        from rival_questions import LEAVING, NK
        from rival_variants import BESIDE, RIVALS
    shipped, rows = read_manifest("human").text(), load_model("human").table.values()
    every = [*RIVALS, *BESIDE, *LEAVING, *NK]
    assert len(every) >= 15
    for rival in every:
        assert (rival.model_text() != shipped) == bool(rival.text), rival.name
        assert {*rival.table, *rival.free} <= {*rows, *rival.rows}, rival.name
        assert {*rival.dropped} <= set(FREE), rival.name
