import errno
import os
from dataclasses import replace

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bimodal.errors import OutputError
from bimodal.files.fingerprint import json_sha256
from bimodal.study.store.fingerprint import rows_sha256
from bimodal.study.store.parquet_rows import write_rows
from bimodal.study.store.spans import missing_spans
from bimodal.study.store.store import Block, Store

TIMES = tuple(float(t) for t in range(40))
NAMES = ("il2_plasma", "treg_count")


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path / "it's a run", TIMES, NAMES)
    made.rows.mkdir(parents=True)
    return made


@pytest.fixture
def written(store):
    for start, count in ((0, 10), (5, 10), (15, 5)):
        store.write(block(start, count))
    return store


def block(start, count, arm=0):
    rng = np.random.default_rng([arm, 7])
    values = rng.lognormal(0.0, 3.0, (100, len(TIMES), 2))[start : start + count]
    status = np.zeros(count, np.int8)
    if start <= 3 < start + count:
        values[3 - start], status[3 - start] = np.nan, 4
    return Block(arm, start, values, status)


def test_what_is_written_is_read_to_the_last_bit(store):
    store.write(block(0, 5))
    store.write(block(5, 6))
    arm = store.arm(0, 11)
    assert np.concatenate(list(arm.whole())).tobytes() == block(0, 11).values.tobytes()
    assert arm.status().tolist() == [0, 0, 0, 4] + [0] * 7


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.integers(0, len(TIMES) - 1), min_size=1, max_size=6),
    st.lists(st.integers(0, len(TIMES) - 1), max_size=6),
    st.integers(0, 1),
)
def test_a_column_at_some_times_and_in_parts_is_the_array_at_those_times(written, times, days, column):
    arm, whole = written.arm(0, 20, days=sorted(set(days))), block(0, 20).values
    for _ in range(2):
        assert np.array_equal(arm.at(column, times), whole[:, times, column], equal_nan=True)
    parts = list(arm.pieces([column, 0]))
    assert [len(part) for part, _ in parts] == [10, 5, 5]
    assert np.array_equal(np.concatenate([part for part, _ in parts]), whole[:, :, column], equal_nan=True)
    assert np.array_equal(np.concatenate([part for _, part in parts]), whole[:, :, 0], equal_nan=True)


def test_what_is_held_at_the_asked_days_is_bounded(written, monkeypatch):
    arm = written.arm(0, 20, days=[0, 7])
    first, second = arm.at(0, [0, 7]), arm.at(1, [7])
    monkeypatch.setattr("bimodal.study.store.stored_arm._HELD_BYTES", 1)
    assert np.array_equal(arm.at(0, [0, 7]), first, equal_nan=True)
    other = written.arm(0, 20, days=[0, 7])
    assert np.array_equal(other.at(0, [7]), first[:, 1:], equal_nan=True)
    assert np.array_equal(other.at(1, [7]), second, equal_nan=True)
    assert len(other._held) == 1


def test_rows_that_another_program_turned_round_do_not_count(written):
    path = next(written.rows.glob("*-0000000000-*.parquet"))
    turned = path.with_name("turned.parquet")
    duckdb.execute(
        f"COPY (SELECT * FROM read_parquet('{str(path).replace(chr(39), chr(39) * 2)}') ORDER BY time_h DESC) "
        f"TO '{str(turned).replace(chr(39), chr(39) * 2)}' (FORMAT parquet)"
    )
    turned.replace(path)
    assert written.present(0) == [(5, 15), (15, 20)]


def test_rows_that_do_not_stand_in_their_order_are_refused(written):
    path = next(written.rows.glob("*-0000000000-*.parquet"))
    rows = {name: np.zeros(10 * len(TIMES)) for name in ("arm", "patient", "time_h", "status", *NAMES)}
    written.put(0, (0, 10), rows, options="FORMAT parquet", what="rows")
    assert path.is_file()
    with pytest.raises(OutputError, match="not in the order they were written in"):
        list(written.arm(0, 20).whole())


def test_a_file_that_changes_while_it_is_read_is_said(written):
    arm = written.arm(0, 20)
    path = next(written.rows.glob("*-0000000000-*.parquet"))
    content = bytearray(path.read_bytes())
    content[200] ^= 1
    path.write_bytes(content)
    with pytest.raises(OutputError, match="has changed since"):
        arm.at(0, [0])


def test_files_that_have_gone_are_said(written):
    arm = written.arm(0, 20)
    written.clear()
    with pytest.raises(OutputError, match="cannot be read"):
        arm.at(0, [0])


def test_numbers_are_byte_stream_split_and_zstd(store):
    store.write(block(0, 100))
    path = next(store.rows.glob("*.parquet"))
    rows = duckdb.execute(
        "SELECT path_in_schema, type, encodings, compression FROM parquet_metadata(?)", [str(path)]
    ).fetchall()
    doubles = [row for row in rows if row[1] == "DOUBLE"]
    assert {row[0] for row in doubles} == {"time_h", *NAMES}
    assert all("BYTE_STREAM_SPLIT" in row[2] for row in doubles)
    assert all(row[3].upper() == "ZSTD" for row in rows)
    assert path.stat().st_size < 100 * len(TIMES) * (2 + 1) * 8


def test_rows_can_be_queried_with_sql(store):
    store.write(block(0, 5, arm=2))
    path = next(store.rows.glob("*.parquet"))
    found = duckdb.execute(
        "SELECT arm, patient, treg_count FROM read_parquet(?) WHERE time_h = 3 ORDER BY patient", [str(path)]
    ).fetchall()
    assert [row[:2] for row in found] == [(2, k) for k in range(5)]
    assert found[3][2] is None


def test_overlapping_parts_are_read_once(store):
    for start, count in ((0, 10), (5, 10), (0, 3), (12, 8)):
        store.write(block(start, count))
    assert np.concatenate(list(store.arm(0, 20).whole())).tobytes() == block(0, 20).values.tobytes()


def test_missing_patients_are_said(store):
    store.write(block(0, 5))
    with pytest.raises(OutputError, match="patient 5"):
        store.arm(0, 6)
    with pytest.raises(OutputError, match="patient 0"):
        store.arm(1, 6)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"x" * 5000])
def test_files_that_are_not_whole_do_not_count(store, content):
    store.write(block(0, 5))
    next(store.rows.glob("*.parquet")).write_bytes(content)
    assert store.present(0) == []


def test_a_file_with_other_times_does_not_count(store):
    store.write(block(0, 5))
    assert Store(store.folder, TIMES[:-1], NAMES).present(0) == []


def test_clearing_removes_only_own_files(store):
    store.write(block(0, 5))
    (store.rows / "mine.parquet").write_text("x")
    (store.rows / "arm-1.parquet").write_text("x")
    store.clear()
    assert sorted(p.name for p in store.rows.iterdir()) == ["arm-1.parquet", "mine.parquet"]


def test_a_file_that_cannot_be_written_is_said_and_leaves_nothing(tmp_path):
    with pytest.raises(OutputError):
        Store(tmp_path / "nowhere", TIMES, NAMES).write(block(0, 2))
    assert list(tmp_path.iterdir()) == []


spans = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda p: (p[0], p[0] + p[1])), max_size=8)


@settings(deadline=None)
@given(spans, st.integers(0, 50), st.integers(0, 40))
def test_missing_spans_are_what_no_part_covers(present, start, length):
    gaps = missing_spans(present, start, start + length)
    covered = {k for low, high in present for k in range(low, high)}
    assert [k for low, high in gaps for k in range(low, high)] == [
        k for k in range(start, start + length) if k not in covered
    ]
    assert all(low < high for low, high in gaps)


def test_the_fingerprint_sees_every_bit_and_no_chunk():
    values = {"a": block(0, 10).values, "b": block(0, 4, arm=1).values}

    def sha(arms=("a", "b"), times=TIMES, names=NAMES, rows=values):
        return rows_sha256(arms, times, names, rows)

    one = sha()
    nudged = {**values, "a": values["a"].copy()}
    nudged["a"][7, 3, 1] = np.nextafter(nudged["a"][7, 3, 1], 1e9)
    assert sha(rows=nudged) != one
    assert sha(rows={"a": iter([values["a"][:3], values["a"][3:]]), "b": values["b"]}) == one
    assert sha(arms=("b", "a")) != one
    assert sha(times=(*TIMES[:-1], 99.0)) != one
    assert sha(names=("treg_count", "il2_plasma")) != one
    other_nan = {**values, "a": values["a"].copy()}
    other_nan["a"][3] = np.frombuffer(np.uint64(0x7FF8DEADBEEF0000).tobytes(), "<f8")[0]
    assert sha(rows=other_nan) == one
    strided = {**values, "a": np.asfortranarray(values["a"])}
    assert sha(rows=strided) == one


def test_json_fingerprint_refuses_nan():
    with pytest.raises(ValueError, match="JSON"):
        json_sha256([float("nan")])


def test_numbers_in_single_precision_are_stored_so_and_read_like_any_other(tmp_path):
    values = np.random.default_rng(1).lognormal(size=(6, 3, 2)).astype(np.float32).astype(np.float64)
    values[5] = np.nan
    status = np.zeros(6, np.int8)
    single = Store(tmp_path, TIMES[:3], ("a", "b"), run="r", single=True)
    double = replace(single, single=False)  # as earlier versions stored them
    single.rows.mkdir()
    small = single.write(Block(0, 0, values[:3], status[:3]))
    double.write(Block(0, 3, values[3:], status[3:]))
    for store in (single, double):
        whole = np.concatenate(list(store.arm(0, 6).whole()))
        np.testing.assert_array_equal(whole, values)
        np.testing.assert_array_equal(store.arm(0, 6).at(1, [2]), values[:, [2], 1])
    assert single.sha256(0, (0, 3)) == small


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="has no disk that is always full")
def test_a_full_disk_is_said_as_the_system_says_it():
    with open("/dev/full", "w+b", buffering=0) as file, pytest.raises(OSError, match="No space left") as fault:
        write_rows(file, {"x": np.zeros(100_000)}, options="FORMAT parquet")
    assert fault.value.errno == errno.ENOSPC
    assert fault.value.strerror == os.strerror(errno.ENOSPC)
