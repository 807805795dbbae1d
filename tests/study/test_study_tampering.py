"""Stored files that another program changed are said and computed again; they never change a number."""

import shutil

import numpy as np
import pytest

from bimodal.errors import OutputError
from bimodal.study import run_study
from bimodal.study.rules.ledger import DoseLedger
from bimodal.study.store.content import content_sha256
from bimodal.study.store.ledgers import LedgerStore
from bimodal.study.store.seal import seal_path


def stored(folder):
    return sorted(folder.rglob("arm-*.parquet"))


def flip(path, place, bit=0):
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= 1 << bit
    path.write_bytes(content)


@pytest.fixture
def result(spec, solver, options, caplog):
    made = run_study(spec, options=options(), solver=solver)
    solver.calls.clear()
    assert caplog.messages == []
    return made


def test_any_flipped_bit_is_said_and_the_part_computed_again(result, spec, solver, options, caplog):
    before, random = (result.folder / "summary.json").read_bytes(), np.random.default_rng(3)
    for _ in range(10):
        victim = stored(result.folder)[random.integers(len(stored(result.folder)))]
        flip(victim, int(random.integers(10**9)), int(random.integers(8)))
        caplog.clear()
        solver.calls.clear()
        run_study(spec, options=options(), solver=solver)
        assert (result.folder / "summary.json").read_bytes() == before
        assert len(solver.calls) == 1
        (said,) = caplog.messages
        assert said == f"{victim} is not as this run wrote it, and is computed again"


def test_a_flipped_bit_of_a_seal_is_said_too(result, spec, solver, options, caplog):
    before = (result.folder / "summary.json").read_bytes()
    for place in (0, 30, 100, -1):
        flip(seal_path(stored(result.folder)[0]), place)
        run_study(spec, options=options(), solver=solver)
        assert (result.folder / "summary.json").read_bytes() == before
    assert len(caplog.messages) == 4


@pytest.mark.parametrize("with_seal", [False, True])
def test_files_of_another_seed_arm_span_or_table_do_not_count(result, spec, solver, options, tmp_path, with_seal):
    before = (result.folder / "summary.json").read_bytes()
    other = run_study(spec, options=options(out=tmp_path / "other", seed=2), solver=solver)

    def put(source, target):
        shutil.copy(source, target)
        if with_seal:
            shutil.copy(seal_path(source), seal_path(target))

    rows, arm_0, arm_1 = "trajectories", "arm-0000-0000000000-0000000010", "arm-0001-0000000000-0000000010"
    swaps = [
        (other.folder / rows / f"{arm_0}.parquet", result.folder / rows / f"{arm_0}.parquet"),
        (result.folder / rows / f"{arm_1}.parquet", result.folder / rows / f"{arm_0}.parquet"),
        (result.folder / rows / "arm-0000-0000000010-0000000020.parquet", result.folder / rows / f"{arm_0}.parquet"),
        (result.folder / "segments/days" / f"{arm_0}.parquet", result.folder / "segments/pk" / f"{arm_0}.parquet"),
    ]
    for source, target in swaps:
        solver.calls.clear()
        put(source, target)
        run_study(spec, options=options(), solver=solver)
        assert (result.folder / "summary.json").read_bytes() == before
        assert solver.calls == [10]


def test_a_damaged_file_whose_patients_are_computed_in_other_parts_goes(result, spec, solver, options):
    victim = stored(result.folder / "trajectories")[0]
    flip(victim, 500)
    again = run_study(spec, options=options(chunk=4), solver=solver)
    assert not victim.exists()
    assert not seal_path(victim).exists()
    assert (again.folder / "summary.json").read_bytes() == (result.folder / "summary.json").read_bytes()


def test_what_is_whole_is_not_written_again(result, spec, solver, options):
    times = {path: path.stat().st_mtime_ns for path in stored(result.folder)}
    victim = stored(result.folder / "trajectories")[0]
    flip(victim, 500)
    run_study(spec, options=options(), solver=solver)
    assert [path for path in times if path.stat().st_mtime_ns != times[path]] == [victim]


def test_many_damaged_files_are_counted(result, spec, solver, options, caplog):
    for path in stored(result.folder):
        flip(path, 500)
    run_study(spec, options=options(), solver=solver)
    assert len(caplog.messages) == 6
    assert caplog.messages[-1].endswith("more files are not as this run wrote them, and are computed again")


def test_a_shard_leaves_the_damaged_files_of_others_alone(result, spec, solver, options, caplog):
    victim = result.folder / "trajectories" / "arm-0000-0000000010-0000000020.parquet"
    flip(victim, 500)
    assert run_study(spec, options=options(shard=(1, 2)), solver=solver) is None
    assert caplog.messages == []
    assert victim.exists()
    assert run_study(spec, options=options(shard=(2, 2)), solver=solver) is not None
    assert len(caplog.messages) == 1


def test_values_read_later_are_checked_too(result):
    flip(stored(result.folder / "trajectories")[0], 500)
    with pytest.raises(OutputError, match="has changed since"):
        result.values("low", "treg_count")


def test_a_disk_that_forgets_is_said(spec, solver, options, monkeypatch):
    monkeypatch.setattr("bimodal.study.store.span_files.seal_bytes", lambda **words: repr(words["arm"]).encode() * 2)
    run_study(spec, options=options(), solver=solver)
    monkeypatch.setattr("bimodal.study.store.span_files.SpanFiles.sha256", lambda *_: None)
    with pytest.raises(OutputError, match="not there as they were written"):
        run_study(spec, options=options(), solver=solver)


def test_a_ledger_is_checked_as_well(tmp_path):
    ledger = DoseLedger(
        np.arange(4.0), np.ones(4, int), np.ones((7, 4)), np.ones((7, 4)), np.zeros((7, 4), int), ("as",)
    )
    store = LedgerStore(tmp_path, (4,), "run")
    store.write(0, 0, ledger)
    path, random = store.path(0, (0, 7)), np.random.default_rng(5)
    whole = path.read_bytes()
    for _ in range(40):
        flip(path, int(random.integers(10**9)), int(random.integers(8)))
        assert store.present(0) == []
        path.write_bytes(whole)
    assert store.present(0) == [(0, 7)]
    assert LedgerStore(tmp_path, (4,), "another").present(0) == []


def test_a_file_that_has_settled_is_read_once(tmp_path, monkeypatch):
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    monkeypatch.setattr("bimodal.study.store.content._SETTLED_NS", -(10**9))
    with path.open("rb") as file:
        first = content_sha256(file)
        monkeypatch.setattr("hashlib.file_digest", None)
        assert content_sha256(file) == first
    monkeypatch.undo()
    path.write_bytes(b"abd")
    with path.open("rb") as file:
        assert content_sha256(file) != first
