"""Whose a results folder is, with real processes: kills, concurrent starts, what they leave behind."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading

import pytest

from bimodal.errors import OutputError
from bimodal.study import RunOptions, run_study
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.store.connection import memory_connection
from bimodal.study.store.interrupts import interrupts_raised
from bimodal.study.store.written_whole import _place, remove_left_parts, written_whole
from study_fake import FakeSolver, two_arms

PROCESSES = multiprocessing.get_context("spawn")


def one_shard(out, shard, barrier, said):
    """Run a share in a process of its own."""
    barrier.wait(60)
    try:
        run_study(two_arms(), options=RunOptions(out=out, chunk=4, shard=(shard, 3)), solver=FakeSolver())
        said.put("done")
    except OutputError as fault:
        said.put(str(fault))


def test_shards_started_together_all_join(spec, solver, options, tmp_path):
    whole = run_study(spec, options=options(), solver=solver)
    barrier, said = PROCESSES.Barrier(3), PROCESSES.Queue()
    shards = [PROCESSES.Process(target=one_shard, args=(tmp_path / "s", k, barrier, said)) for k in (1, 2, 3)]
    for one in shards:
        one.start()
    for one in shards:
        one.join(120)
    assert [said.get(timeout=5) for _ in shards] == ["done"] * 3
    assert (tmp_path / "s" / "summary.json").read_bytes() == (whole.folder / "summary.json").read_bytes()


@pytest.mark.parametrize(
    "left",
    [
        [],
        ["trajectories/", "segments/pk/", "ledger/"],
        [".run.json.99999999.part", "segments/pk/.arm-0000-0000000000-0000000010.parquet.0123abcd-7.part"],
    ],
)
def test_a_folder_left_by_a_kill_before_it_had_a_name_is_free(spec, solver, options, left):
    for name in ["", *left]:
        path = options().out / name
        if name.endswith("part"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("half")
        else:
            path.mkdir(parents=True, exist_ok=True)
    assert run_study(spec, options=options(), solver=solver) is not None


@pytest.mark.parametrize("name", ["trajectories/mine.parquet", "segments/pk/notes.txt", "film.part", "run.json"])
def test_anything_else_in_it_is_somebody_elses(spec, solver, options, name):
    path = options().out / name
    path.parent.mkdir(parents=True)
    path.write_text("[" * 100_000)
    with pytest.raises(OutputError, match="not empty"):
        run_study(spec, options=options(), solver=solver)
    assert [p.name for p in options().out.rglob("*") if p.is_file()] == [path.name]


@pytest.mark.skipif(os.name != "posix", reason="pipes")
def test_a_card_that_is_a_pipe_or_a_device_is_no_card(spec, solver, options):
    options().out.mkdir()
    card = options().out / "run.json"
    os.mkfifo(card)
    with pytest.raises(OutputError, match="not empty"):
        run_study(spec, options=options(), solver=solver)
    card.unlink()
    card.symlink_to("/dev/zero")
    with pytest.raises(OutputError, match="not empty"):
        run_study(spec, options=options(), solver=solver)


def test_of_two_runs_that_want_a_folder_one_gets_it(spec, solver, options, monkeypatch):
    other = make_plan(spec, options(seed=2), solver)

    def second_is_faster(folder, plan):
        folder.mkdir()
        (folder / "run.json").write_text(json.dumps({"run": other.run}))

    monkeypatch.setattr("bimodal.study.store.folder._refuse_others", second_is_faster)
    monkeypatch.setattr("bimodal.study.store.folder.check_room", lambda *_: monkeypatch.undo())
    with pytest.raises(OutputError, match="different run"):
        run_study(spec, options=options(), solver=solver)
    assert solver.calls == []


def test_a_card_is_mended_and_never_taken_from_another_run(spec, solver, options):
    card = run_study(spec, options=options(), solver=solver).folder / "run.json"
    before = card.read_bytes()
    card.write_bytes(before.replace(b'"seed": 1', b'"seed": 7'))
    run_study(spec, options=options(), solver=solver)
    assert card.read_bytes() == before


def test_force_to_every_shard_keeps_what_the_others_finished(spec, solver, options, tmp_path):
    run_study(spec, options=options(seed=2), solver=solver)
    shard = {"chunk": 4, "force": True}
    assert run_study(spec, options=options(shard=(1, 2), **shard), solver=solver) is None
    solver.calls.clear()
    done = run_study(spec, options=options(shard=(2, 2), **shard), solver=solver)
    assert done is not None
    assert sum(solver.calls) < 46
    plain = run_study(spec, options=options(out=tmp_path / "plain"), solver=solver)
    assert (done.folder / "summary.json").read_bytes() == (plain.folder / "summary.json").read_bytes()


def test_what_killed_writes_left_is_removed_and_what_is_being_written_stays(tmp_path):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    here = _place()
    left = [f".summary.json.{gone.pid}.part", f".arm-0000-0-1.parquet.{here}-{gone.pid}.part", f"arm-0.{gone.pid}.part"]
    stays = [
        f".arm-0000-0-1.parquet.{here}-{os.getppid()}.part",
        f".arm-0000-0-1.parquet.0123abcd-{gone.pid}.part",
        f"film.{gone.pid}.part",
        "notes.part",
    ]
    old = f".run.json.0123abcd-{gone.pid + 1}.part"
    for name in (*left, *stays, old):
        (tmp_path / name).write_text("half")
    os.utime(tmp_path / old, (1e9, 1e9))
    remove_left_parts([tmp_path, tmp_path / "nowhere"])
    assert sorted(os.listdir(tmp_path)) == sorted(stays)


def test_a_run_removes_what_a_kill_left(spec, solver, options):
    folder = run_study(spec, options=options(), solver=solver).folder
    for place in ("", "trajectories", "segments/pk"):
        (folder / place / ".arm-0000-0000000000-0000000010.parquet.99999999.part").write_text("half")
    run_study(spec, options=options(), solver=solver)
    assert not list(folder.rglob("*.part"))


def test_a_fresh_file_is_written_by_one(tmp_path, monkeypatch):
    def no_links(*_):
        raise PermissionError

    for links in (True, False):
        if not links:
            monkeypatch.setattr("os.link", no_links)
        path = tmp_path / f"{links}"
        with written_whole(path, fresh=True) as file:
            file.write(b"first")
        with pytest.raises(FileExistsError), written_whole(path, fresh=True) as file:
            file.write(b"second")
        assert path.read_bytes() == b"first"
    assert len(os.listdir(tmp_path)) == 2


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_inside_a_query_is_ctrl_c():
    query = "SELECT count(*) FROM range(100000000000) WHERE hash(range) % 7 = 1"  # minutes of work in no memory
    # a shell that puts the tests into the background has Ctrl-C ignored in them, and Python then leaves it so
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt), interrupts_raised():
            memory_connection().execute(query)
        timer.join()
    finally:
        signal.signal(signal.SIGINT, before)
    assert memory_connection().execute("SELECT 1").fetchone() == (1,)
