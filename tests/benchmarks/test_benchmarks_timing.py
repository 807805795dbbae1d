"""The committed selftest of the cycle question: whole, honest about its counts, and of the present code."""

import json
import shutil
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def bench():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "benchmarks"))
        import timing

        yield timing


@pytest.fixture(scope="module")
def results():
    return json.loads((ROOT / "benchmarks" / "results" / "timing.json").read_text("utf-8"))


def test_every_bar_is_there_and_every_cell_counted(results):
    assert {bar["id"] for bar in results["bars"]} == {f"B{number}" for number in range(1, 13)}
    assert len(results["cells"]) == 88
    for row in results["cells"]:
        share = 2 if row["design"] == "42 daily" else 1
        assert row["series"] == results["series_per_cell"] // share
        assert sum(row["status"].values()) == row["series"]
    assert results["limits_allow_two_standard_errors"] == (results["series_per_cell"] < 1000)
    assert {"commit", "command", "machine", "sources_sha256"} <= set(results["about"])


def test_the_rates_are_of_the_present_code(bench: ModuleType, results):
    # A change of the model, the prior or the simulation: run benchmarks/timing.py again.
    assert results["about"]["sources_sha256"] == bench.sources_sha256()


def test_the_hash_sees_code_and_not_layout(bench: ModuleType, tmp_path):
    for name in bench.COUNTED:
        shutil.copy(bench.SOURCES / name, tmp_path)
    before = bench.sources_sha256(tmp_path)
    file = tmp_path / "hypotheses.py"
    text = file.read_text("utf-8")
    file.write_text('"""Another text."""\n# a comment\n' + text.partition('"""\n')[2], encoding="utf-8")
    assert bench.sources_sha256(tmp_path) == before == bench.sources_sha256()
    file.write_text(text.replace("cycle: float = 0.5", "cycle: float = 0.4"), encoding="utf-8")
    assert bench.sources_sha256(tmp_path) != before
