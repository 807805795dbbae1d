"""The script behind the stored evidence: a part becomes a row, and studies that were not run stay as they were."""

import json
import sys
from pathlib import Path

import pytest

from bimodal.evidence.simulated import parse_simulated
from bimodal.study import RunOptions, load_study
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.run.runner import shipped_solver

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def bench(monkeypatch):
    """Import the script as it is run: from its own folder."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.delitem(sys.modules, "evidence", raising=False)
    import evidence

    return evidence


def test_a_run_becomes_a_row_beside_those_that_are_kept(bench, tmp_path, monkeypatch):
    file = tmp_path / "simulated.json"
    monkeypatch.setattr(bench, "TABLE", file)
    spec = load_study("konrad-1990")
    plan = make_plan(spec, RunOptions(patients=3, seed=1), shipped_solver(spec))
    made = bench.row(bench.part_of(plan), plan)
    assert (made["patients"], made["planned"], made["run"]) == (3, 1000, plan.run)

    file.write_text(bench.table({"kirchner-1998": {**made, "patients": 7}}, {}), encoding="utf-8")
    found = parse_simulated(bench.table({"konrad-1990": made}, {"a": "why"}), "t.json")
    assert {name: one.patients for name, one in found.studies.items()} == {"kirchner-1998": 7, "konrad-1990": 3}
    assert found.refused == {"a": "why"}
    targets = {one.id: one for one in found.studies["konrad-1990"].targets}
    assert targets["D07"].within is False
    assert targets["D07"].simulated_interval == "5-95 % of patients"


def test_the_cheapest_comes_first_and_what_cannot_be_simulated_says_why(bench):
    found, refused = bench.plans(2)
    costs = [bench.cost(plan) for plan in found.values()]
    assert costs == sorted(costs)
    assert "nivolumab" in refused["bempeg-2023"]
    assert "timing-hypothesis" not in found  # it has no published number
    assert json.loads(bench.TABLE.read_text(encoding="utf-8"))["command"].startswith("python benchmarks/evidence.py")
