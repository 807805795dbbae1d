"""Results folders in trouble: two runs at once, a full disk, other parameters, a folder taken away."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest
from decay_study import write_study

from bimodal.errors import OutputError
from bimodal.files.file_lock import FileLock
from bimodal.study import RunOptions, load_study, run_study
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.run.load_shipped import shipped_solver
from bimodal.study.run.runner import run_plan
from bimodal.study.run.work_part import WorkPart, compute_part
from bimodal.study.store.folder import claimed_folder
from bimodal.study.store.folder_hold import folder_held, is_lock

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="limits and locks of POSIX")
HOLD = """
import sys
from pathlib import Path
from bimodal.study.store.folder_hold import folder_held
with folder_held(Path(sys.argv[1]), None):
    print("held", flush=True)
    sys.stdin.read()
"""


def everything(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and not is_lock(path.name)}


@pytest.mark.parametrize("force", [False, True])
def test_a_second_run_in_a_folder_that_is_worked_in_is_told_and_changes_nothing(spec, solver, options, force):
    folder = run_study(spec, options=options(), solver=solver).folder
    before = everything(folder)
    solver.calls.clear()
    with folder_held(folder, None), pytest.raises(OutputError, match="another process is working on this run"):
        run_study(spec, options=options(force=force), solver=solver)
    assert solver.calls == []
    assert everything(folder) == before


@POSIX
def test_what_a_killed_process_held_is_free(spec, solver, options):
    folder = run_study(spec, options=options(), solver=solver).folder
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout.readline() == "held\n"
    with pytest.raises(OutputError, match="another process is working"):
        run_study(spec, options=options(), solver=solver)
    other.kill()
    other.communicate()
    assert run_study(spec, options=options(), solver=solver) is not None
    assert not any(is_lock(path.name) for path in folder.iterdir())


def test_shards_work_beside_each_other_and_never_twice(spec, solver, options):
    assert run_study(spec, options=options(chunk=4, shard=(2, 2)), solver=solver) is None
    folder = options().out
    with folder_held(folder, (1, 2)):
        for shard in ((1, 2), None):
            with pytest.raises(OutputError, match="another process is working"):
                run_study(spec, options=options(chunk=4, shard=shard), solver=solver)
        assert run_study(spec, options=options(chunk=4, shard=(2, 2)), solver=solver) is None
    assert run_study(spec, options=options(chunk=4, shard=(1, 2)), solver=solver) is not None


def test_a_file_system_without_locks_holds_nothing_back(spec, solver, options, monkeypatch):
    def none(*_, **__):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("bimodal.files.file_lock._lock", none)
    assert run_study(spec, options=options(), solver=solver) is not None


def test_a_shared_lock_is_shared_and_removed_by_the_last(tmp_path):
    path = tmp_path / "lock"
    first, second = FileLock(path, shared=True), FileLock(path, shared=True)
    with pytest.raises(BlockingIOError):
        FileLock(path)
    first.release(remove=True)
    assert path.exists() or sys.platform == "win32"
    second.release(remove=True)
    assert not path.exists()
    FileLock(path).release()


def test_old_parts_of_other_parameters_are_refused_and_with_force_never_mixed_in(spec, solver, options, tmp_path):
    old = run_study(spec, options=options(), solver=solver)
    changed = spec.model_copy(update={"set": {"treg_count_rest": 77.0}})
    before = everything(old.folder)
    with pytest.raises(OutputError, match="different run"):
        run_study(changed, options=options(), solver=solver)
    assert everything(old.folder) == before
    new = run_study(changed, options=options(force=True), solver=solver)
    fresh = run_study(changed, options=options(out=tmp_path / "fresh"), solver=solver)
    assert (new.folder / "summary.json").read_bytes() == (fresh.folder / "summary.json").read_bytes()
    # old parts put back beside the new card do not count either
    for path, content in before.items():
        if path.name.startswith("arm-"):
            path.write_bytes(content)
    solver.calls.clear()
    again = run_study(changed, options=options(), solver=solver)
    assert sum(solver.calls) == 46
    assert (again.folder / "summary.json").read_bytes() == (fresh.folder / "summary.json").read_bytes()


def test_a_folder_that_becomes_that_of_another_run_takes_no_further_part(spec, solver, options):
    plan = make_plan(spec, options(), solver)
    with claimed_folder(plan) as files:
        compute_part(plan, files, WorkPart(0, 0, 10))
        card = files.folder / "run.json"
        card.write_text(json.dumps({"run": "another"}))
        before = everything(files.folder)
        with pytest.raises(OutputError, match="no longer, the one of this run"):
            compute_part(plan, files, WorkPart(0, 10, 20))
        card.unlink()
        with pytest.raises(OutputError, match="no longer, the one of this run"):
            compute_part(plan, files, WorkPart(0, 10, 20))
    assert before.keys() - everything(options().out).keys() == {card}


@POSIX
@pytest.mark.parametrize("backend", ["threads", "processes"])
def test_a_full_disk_is_said_and_what_is_finished_stays(tmp_path, backend):
    import resource

    spec = load_study(write_study(tmp_path))
    options = RunOptions(out=tmp_path / "out", chunk=10, backend=backend)
    plan = make_plan(spec, options, shipped_solver(spec))
    whole = run_plan(replace(plan, options=RunOptions(out=tmp_path / "whole", chunk=10)))
    sizes = [path.stat().st_size for path in whole.folder.rglob("*.parquet")]
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (max(sizes) - 1, before[1]))
    try:
        with pytest.raises(OutputError) as fault:
            run_plan(plan)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "cannot be written" in str(fault.value)
    assert "see whether the disk is full" in str(fault.value)
    assert not list((tmp_path / "out").rglob("*.part"))
    assert not (tmp_path / "out" / "summary.json").exists()
    run_plan(plan)
    assert (tmp_path / "out" / "summary.json").read_bytes() == (whole.folder / "summary.json").read_bytes()
