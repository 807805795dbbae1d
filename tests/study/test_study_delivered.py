"""Doses delivered through a whole run: what the summary says, and that it does not depend on how it was run."""

import json

import jsonschema
import numpy as np
import pytest

from bimodal.study import RunOptions, run_study
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.run.in_memory import run_in_memory
from bimodal.study.run.summary import summary_schema, summary_text
from bimodal.study.spec.load import parse_study
from bimodal.study.store.ledgers import LedgerStore

STUDY = """
name = "held"
follow_up_days = 2
[population]
cohort = "healthy"
patients = 8
[[arm]]
name = "as planned"
drug = "aldesleukin"
regimen = "600000 IU/kg IV over 15 min q8h x4, repeat on day 8"
[[arm]]
name = "by rules"
drug = "aldesleukin"
regimen = "600000 IU/kg IV over 15 min q8h x4, repeat on day 8"
rules = ["hold if lymphocytes_fold < limit", "stop cycle after 2 holds", "stop cycle at random 5 % per dose"]
partner = [{drug = "basiliximab", regimen = "20 mg IV over 30 min on days 1, 5"}]
[arm.thresholds]
limit = 0.6
[[endpoint]]
id = "doses_given"
[[endpoint]]
id = "doses_given_fraction"
[[endpoint]]
id = "nk_fold"
days = [9]
"""


def run(human, out, **changes):
    return run_study(parse_study(STUDY, where="test"), options=RunOptions(out=out, **changes), solver=human)


@pytest.fixture(scope="module")
def first(human, tmp_path_factory):
    return run(human, tmp_path_factory.mktemp("held") / "one")


def test_doses_given_are_those_really_given(first):
    plain, ruled = first.summary["arms"]
    assert first.course("as planned", "doses_given").tolist() == [8.0] * 8
    given = first.course("by rules", "doses_given")
    assert (given < 8).any()
    assert (given == first.readings.ledgers["by rules"].doses_given).all()
    assert (first.course("by rules", "doses_given_fraction") == given / 8).all()
    assert ruled["endpoints"][0]["value"] == float(np.median(given))
    assert "doses_delivered" not in plain
    assert "partner" not in plain
    assert ruled["partner"] == [
        {"drug": "basiliximab", "regimen": "20 mg IV over 30 min on days 1, 5", "doses": 2},
    ]
    assert ruled["rules"][1] == "stop cycle after 2 holds"
    assert ruled["thresholds"] == {"limit": 0.6}
    assert ruled["doses_delivered"]["given"]["value"] == float(np.median(given))
    assert any("held: hold if" in why for why in ruled["doses_delivered"]["doses_by_reason"])


def test_the_summary_fits_its_schema(first):
    jsonschema.validate(first.summary, summary_schema())
    jsonschema.validate(json.loads((first.folder / "summary.json").read_text("utf-8")), summary_schema())


@pytest.mark.parametrize("changes", [{"chunk": 3}, {"workers": 2, "chunk": 5}])
def test_chunks_and_workers_change_no_byte(first, human, tmp_path, changes):
    again = run(human, tmp_path / "two", **changes)
    assert (again.folder / "summary.json").read_bytes() == (first.folder / "summary.json").read_bytes()


def test_shards_come_to_the_same(first, human, tmp_path):
    assert run(human, tmp_path / "s", chunk=4, shard=(1, 2)) is None
    last = run(human, tmp_path / "s", chunk=4, shard=(2, 2))
    assert (last.folder / "summary.json").read_bytes() == (first.folder / "summary.json").read_bytes()


def test_a_part_whose_ledger_is_lost_is_computed_again(first, human, tmp_path):
    one = run(human, tmp_path / "r", chunk=4)
    before = (one.folder / "summary.json").read_bytes()
    ledgers = sorted((one.folder / "ledger").glob("*.parquet"))
    assert [path.name for path in ledgers] == [
        "arm-0001-0000000000-0000000004.parquet",
        "arm-0001-0000000004-0000000008.parquet",
    ]
    ledgers[0].unlink()
    again = run(human, tmp_path / "r", chunk=4)
    assert (again.folder / "summary.json").read_bytes() == before
    assert len(LedgerStore(one.folder, (None, 8), again.summary["provenance"]["run"]).present(1)) == 2


def test_force_begins_anew(human, tmp_path):
    run(human, tmp_path / "f", chunk=3)
    again = run(human, tmp_path / "f", force=True)
    assert len(list((again.folder / "ledger").glob("*.parquet"))) == 1


def test_a_run_in_memory_says_the_same(first, human):
    plan = make_plan(parse_study(STUDY, where="test"), RunOptions(chunk=3), human)
    assert summary_text(run_in_memory(plan).summary) == summary_text(first.summary)
