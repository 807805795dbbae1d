"""A run on disk reads like the same run in memory, to the last bit, without holding it."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from bimodal.errors import OutputError, StudyError
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.plan.watched_span import WatchedSpan
from bimodal.study.run.in_memory import run_in_memory
from bimodal.study.run.runner import run_plan


@pytest.fixture
def both(spec, options, solver):
    solver.fail_above_bsa = 3.3
    watched = (WatchedSpan("treg_count", 24.0, 96.0),)
    on_disk = run_plan(replace(make_plan(spec, options(), solver), watched=watched))
    in_memory = run_in_memory(replace(make_plan(spec, options(), solver), watched=watched))
    assert 0 < on_disk.failed("low") < on_disk.n("low")
    return on_disk.readings, in_memory.readings


def same(one, other):
    return np.array_equal(one, other, equal_nan=True)


def test_every_way_of_reading_gives_the_same_from_disk(both):
    disk, memory = both
    names = [name for name in disk.registry.computable(disk.observables) if disk.registry[name].per == "time"]
    assert len(names) > 20
    for arm in disk.arms:
        assert disk.n(arm) == memory.n(arm)
        assert disk.failed(arm) == memory.failed(arm)
        for name in names:
            assert same(disk.values(arm, name), memory.values(arm, name)), name
            assert same(disk.on_day(arm, name, 4.0), memory.on_day(arm, name, 4.0)), name
            assert same(disk.on_day(arm, name, 2.0), memory.on_day(arm, name, 2.0)), name
        for name in ("cmax", "tmax_h", "auc_0_24", "auc_tau", "t_half_h", "trough", "accumulation", "doses_given"):
            assert same(disk.course(arm, name), memory.course(arm, name)), name
        for how in ("peak", "min", "mean", "change", "area", "ratio"):
            found = [r.window(arm, "treg_fold", how, first=1.0, last=4.0) for r in both]
            assert same(*found), how


@pytest.mark.parametrize("numbers", [1, 50, 10**9])
def test_blocks_of_times_are_the_whole_whatever_their_size(both, monkeypatch, numbers):
    monkeypatch.setattr("bimodal.study.readings.readings._BLOCK_NUMBERS", numbers)
    whole = both[1].values("low", "treg_fold")
    for readings in both:
        blocks = list(readings.blocks("low", "treg_fold"))
        assert same(np.concatenate(blocks, axis=1), whole)
        assert max(block.shape[1] for block in blocks) <= max(1, numbers // 23)
        some = np.concatenate(list(readings.blocks("low", "treg_fold", [5, 2, 9])), axis=1)
        assert same(some, whole[:, [5, 2, 9]])


def test_parts_of_patients_make_up_all_in_order(both):
    disk, memory = both
    parts = list(disk.pieces("low", ["treg_tconv_ratio", "il2_plasma"]))
    assert [len(part["il2_plasma"]) for part in parts] == [10, 10, 3]
    for name in ("treg_tconv_ratio", "il2_plasma"):
        assert same(np.concatenate([part[name] for part in parts]), memory.values("low", name))


def _pieces(readings, arm, name):
    return readings.pieces(arm, [name])


def test_what_is_not_there_is_said_before_anything_is_read(both):
    for readings in both:
        for ask in (readings.values, readings.blocks, partial(_pieces, readings)):
            with pytest.raises(StudyError, match="no arm 'high'"):
                ask("high", "treg_fold")
            with pytest.raises(StudyError, match="no observable 'treg_folt'"):
                ask("low", "treg_folt")
            with pytest.raises(StudyError, match="does not give 'drug_total'"):
                ask("low", "drug_total")
        with pytest.raises(StudyError, match="was not saved"):
            readings.window("low", "treg_fold", "peak", first=0.123, last=4.0)
        with pytest.raises(ValueError, match="read-only"):
            readings.values("low", "treg_count")[0, 0] = 1.0


def test_a_run_whose_files_have_gone_says_so(both):
    disk, _ = both
    for part in disk.stored["low"].parts:
        part.path.unlink()
    with pytest.raises(OutputError, match="run the study again"):
        disk.values("low", "treg_count")


def test_a_small_arm_is_read_once_while_it_is_summed_up_and_checked_after(both):
    stored = both[0].stored["low"]
    with stored.read_once():
        first = np.concatenate([piece[0] for piece in stored.pieces([0])])
        for part in stored.parts:
            part.path.write_bytes(part.path.read_bytes()[:-1])
        again = [piece[0] for piece in stored.pieces([0])]
        np.testing.assert_array_equal(np.concatenate(again), first)
        with pytest.raises(ValueError, match="read-only"):
            again[0][0] = 0.0
    with pytest.raises(OutputError, match="has changed since"):
        next(stored.pieces([0]))
