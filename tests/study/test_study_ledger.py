"""Ledgers on disk: what is written is read back, whole or not at all."""

from dataclasses import replace

import duckdb
import numpy as np
import pytest

from bimodal.errors import OutputError
from bimodal.study.readings.delivered import delivered
from bimodal.study.rules.ledger import DoseLedger, joined
from bimodal.study.store.ledgers import LedgerStore

N, D = 7, 4
WORDS = ("as planned", "held: hold if treg_fold > 3", 'cycle stopped: it\'s "over"')


@pytest.fixture
def ledger():
    random = np.random.default_rng(1)
    reason = random.integers(0, 3, (N, D))
    factor = np.where(reason == 0, 1.0, 0.0)
    factor[2], reason[2] = np.nan, -1
    planned = random.uniform(1.0, 2.0, (N, D))
    return DoseLedger(np.arange(D) * 8.0, np.array([1, 1, 2, 2]), planned, factor, reason, WORDS)


@pytest.fixture
def store(tmp_path):
    return LedgerStore(tmp_path, (None, D))


def same(one, two):
    for name in ("times_h", "cycles", "planned", "factor", "reason"):
        assert np.array_equal(getattr(one, name), getattr(two, name), equal_nan=True), name


def test_parts_come_back_as_one(store, ledger):
    for start, stop in ((4, 7), (0, 4)):
        store.write(1, start, ledger.part(start, stop))
    found = store.read(1, N)
    same(found, ledger)
    assert found.words == WORDS
    assert store.present(1) == [(0, 4), (4, 7)]
    assert store.present(0) == []


def test_a_reason_that_the_first_part_lacks_keeps_its_words(store, ledger):
    plain = replace(ledger, factor=ledger.factor.copy(), reason=ledger.reason.copy())
    plain.factor[:2], plain.reason[:2] = 1.0, 0
    for start, stop in ((0, 1), (1, 2), (2, N)):
        store.write(1, start, plain.part(start, stop))
    found = store.read(1, N)
    assert found.words == WORDS
    assert delivered(found) == delivered(plain)
    assert WORDS[1] in delivered(found)["doses_by_reason"]


def test_a_failed_patient_has_no_doses(ledger):
    assert np.isnan(ledger.doses_given[2])
    assert np.isnan(ledger.given[2]).all()
    assert np.isfinite(np.delete(ledger.doses_given_fraction, 2)).all()


def test_every_dose_can_be_asked_for_in_words(store, ledger):
    store.write(1, 10, ledger)
    with duckdb.connect(":memory:") as connection:
        rows = connection.execute(
            f"SELECT patient, dose, planned, given, why FROM read_parquet('{store.rows}/*.parquet') ORDER BY 1, 2"
        ).fetchall()
    assert len(rows) == N * D
    assert rows[0][:2] == (10, 1)
    assert {row[4] for row in rows} == {*WORDS, ""}
    assert all(row[3] == 0.0 for row in rows if row[4].startswith("held"))


def test_a_damaged_file_does_not_count(store, ledger):
    store.write(1, 0, ledger)
    path = next(store.rows.glob("*.parquet"))
    path.write_bytes(path.read_bytes()[:100])
    assert store.present(1) == []
    with pytest.raises(OutputError, match="the doses of patient 0 and on are missing"):
        store.read(1, N)


def test_clearing_removes_ledgers_and_nothing_else(store, ledger):
    store.write(1, 0, ledger)
    (store.rows / "mine.txt").write_text("keep")
    store.clear()
    assert [path.name for path in store.rows.iterdir()] == ["mine.txt"]


def test_joined_parts_are_the_whole(ledger):
    same(joined([ledger.part(0, 3), ledger.part(3, N)]), ledger)


def test_a_folder_that_cannot_be_written_is_said(tmp_path, ledger):
    (tmp_path / "ledger").write_text("a file in the way")
    with pytest.raises(OutputError, match="cannot be made"):
        LedgerStore(tmp_path, (None, D)).write(1, 0, ledger)
