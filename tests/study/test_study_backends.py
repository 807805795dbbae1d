"""Threads, processes and Dask: the same bytes, workers that are lost, errors of workers, Ctrl-C."""

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from decay_study import Command, write_study

from bimodal.errors import BimodalError, OutputError, StudyError
from bimodal.study import RunOptions, load_study, run_study, simulate_spec
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.run.load_shipped import shipped_solver
from bimodal.study.run.process_backend import ProcessBackend
from bimodal.study.run.runner import run_plan
from bimodal.study.run.work_order import WorkOrder, answer, error_of
from bimodal.study.run.work_part import Receipt, WorkPart, compute_part
from bimodal.study.store.folder import claimed_folder

POSIX = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
DASK = pytest.mark.skipif(importlib.util.find_spec("distributed") is None, reason="Dask is not installed")


def summary(folder):
    return (folder / "summary.json").read_bytes()


@pytest.fixture
def decay(tmp_path):
    return load_study(write_study(tmp_path))


@pytest.fixture
def plan(decay, tmp_path):
    return make_plan(decay, RunOptions(out=tmp_path / "out", chunk=7), shipped_solver(decay))


@pytest.mark.parametrize(("workers", "chunk"), [(1, 30), (2, 4)])
def test_processes_give_the_bytes_of_threads(decay, tmp_path, workers, chunk):
    run_study(decay, options=RunOptions(out=tmp_path / "a"))
    found = RunOptions(out=tmp_path / "b", backend="processes", workers=workers, chunk=chunk)
    assert run_study(decay, options=found) is not None
    assert summary(tmp_path / "a") == summary(tmp_path / "b")


def test_processes_run_a_built_in_model_too_and_take_up_what_threads_left(tmp_path):
    spec = simulate_spec(["aldesleukin"], ["1 MIU/m2 SC daily for 2 days"], patients=4, follow_up_days=1.0)
    whole = run_study(spec, options=RunOptions(out=tmp_path / "whole"))
    assert run_study(spec, options=RunOptions(out=tmp_path / "out", chunk=2, shard=(1, 2))) is None
    kept = {path: path.stat().st_ino for path in (tmp_path / "out").rglob("arm-*")}
    assert kept
    run_study(spec, options=RunOptions(out=tmp_path / "out", chunk=1, workers=2, backend="processes"))
    assert summary(tmp_path / "out") == summary(whole.folder)
    assert {path: path.stat().st_ino for path in kept} == kept


def test_receipts_name_every_part_once_and_what_lies_in_the_folder(plan, tmp_path):
    plan, seen = replace(plan, options=replace(plan.options, backend="processes", workers=2)), []
    run_plan(plan, watch=seen.append)
    assert sorted(receipt.part for receipt in seen) == [
        (arm, start, min(start + 7, 30)) for arm in (0, 1) for start in range(0, 30, 7)
    ]
    with claimed_folder(plan) as files:
        for receipt in seen:
            part = receipt.part
            assert receipt.sha256 == files.trajectories.sha256(part.arm, (part.start, part.stop))
            assert receipt.fresh
            again = compute_part(plan, files, part)
            assert again == Receipt(part, "", fresh=False)


@POSIX
def test_a_lost_process_is_replaced_and_its_part_done_again(plan, tmp_path):
    backend, done = ProcessBackend(2), []
    parts = [WorkPart(arm, start, start + 3) for arm in (0, 1) for start in range(0, 30, 3)]
    with claimed_folder(plan) as files, closing(backend.receipts(plan, files.folder, parts)) as receipts:
        for receipt in receipts:
            done.append(receipt.part)
            if len(done) in (1, 7):
                os.kill(children()[0], signal.SIGKILL)
    assert sorted(done) == parts
    assert children() == []


def children():
    """List the worker processes that this one started."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            parent = (entry / "stat").read_text().rpartition(")")[2].split()[1] if entry.name.isdigit() else ""
            if parent == str(os.getpid()) and "part_worker" in (entry / "cmdline").read_text():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def test_a_part_that_ends_every_worker_is_said(plan, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "bimodal.study.run.process_backend.sys", type("S", (), {"executable": "false", "platform": sys.platform})
    )
    with claimed_folder(plan) as files, pytest.raises(OutputError) as fault:
        list(ProcessBackend(1).receipts(plan, files.folder, [WorkPart(1, 7, 14)]))
    assert "ended with code 1 each of 3 times it was given patients 7 to 13" in str(fault.value)
    assert "arm 'two'" in str(fault.value)


def test_closing_ends_the_processes_and_keeps_what_is_done(plan):
    parts = [WorkPart(0, start, start + 1) for start in range(30)]
    with claimed_folder(plan) as files:
        with closing(ProcessBackend(2).receipts(plan, files.folder, parts)) as receipts:
            next(receipts)
        assert children() == []
        assert files.present(0)


def test_a_worker_says_what_is_wrong_in_plain_words(plan, tmp_path):
    order = WorkOrder.of(plan, tmp_path / "nobody-claimed-it").text()
    said = json.loads(json.dumps(answer(order, WorkPart(0, 0, 7))))
    assert isinstance(error_of(said["error"]), OutputError)
    assert "not, or no longer, the one of this run" in str(error_of(said["error"]))
    other = json.loads(order)
    with pytest.raises(StudyError, match=r"instead of 0\.1, with which"):
        WorkOrder(**{**other, "versions": {**other["versions"], "numpy": "0.1"}}).plan()
    (tmp_path / "decay.ant").write_text((tmp_path / "decay.ant").read_text().replace("k = 0.1", "k = 0.2"))
    with pytest.raises(StudyError, match="another run from the same study"):
        WorkOrder.read(order).plan()


def test_an_order_is_plain_and_names_files_absolutely(plan, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    spec = load_study("study.toml")
    order = WorkOrder.of(make_plan(spec, RunOptions(), shipped_solver(spec)), Path("out"))
    assert order.study["model"] == str(tmp_path / "decay.ant")
    assert order.folder == str(tmp_path / "out")
    monkeypatch.chdir("/")
    assert WorkOrder.read(order.text()).plan().run == order.run


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"backend": "ray"}, "there is no backend 'ray'"), ({"scheduler": "local"}, "only Dask has a scheduler")],
)
def test_backends_that_are_none(wrong, said):
    with pytest.raises(StudyError, match=said):
        RunOptions(**wrong)


def test_a_missing_dask_is_named_with_the_way_to_get_it(plan, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(StudyError) as fault:
        run_plan(replace(plan, options=replace(plan.options, backend="dask")))
    assert 'pip install "bimodal[dask]"' in str(fault.value)


@POSIX
@pytest.mark.parametrize(
    "words",
    [
        ["--backend", "threads"],
        ["--backend", "processes", "--workers", "2"],
        pytest.param(["--backend", "dask", "--workers", "1"], marks=DASK),
    ],
    ids=["threads", "processes", "dask"],
)
def test_ctrl_c_keeps_what_is_finished_and_leaves_no_process(tmp_path, words):
    run = Command(
        tmp_path, "--patients", "20000", "--chunk", "5", "--out", str(tmp_path / "out"), "--progress", "json", *words
    )
    for event in run.events():
        if event["done"] >= 30:
            break
    run.process.send_signal(signal.SIGINT)
    code, said = run.end()
    assert code == 130, said
    assert "interrupted: what is finished stays" in said
    assert run.wait_until_gone() == []
    assert not (tmp_path / "out" / "summary.json").exists()
    done = list((tmp_path / "out" / "trajectories").glob("*.parquet"))
    assert len(done) >= 6
    assert all(path.with_suffix(".json").exists() for path in done)


@POSIX
def test_a_killed_run_leaves_no_worker_behind(tmp_path):
    words = ["--patients", "20000", "--chunk", "5", "--backend", "processes", "--workers", "2"]
    run = Command(tmp_path, *words, "--out", str(tmp_path / "out"), "--progress", "json")
    assert next(event for event in run.events() if event["done"])["total"] == 40_000
    run.process.kill()
    run.end()
    assert run.wait_until_gone() == []


@DASK
def test_a_scheduler_that_does_not_answer_is_said(plan, monkeypatch):
    monkeypatch.setattr("bimodal.study.run.dask_backend._ANSWER_S", 0.5)
    options = replace(plan.options, backend="dask", scheduler="tcp://127.0.0.1:9")
    with pytest.raises(BimodalError, match="the Dask scheduler does not answer"):
        run_plan(replace(plan, options=options))


@DASK
def test_an_encrypted_scheduler_without_certificates_is_said_at_once(plan):
    options = replace(plan.options, backend="dask", scheduler="tls://127.0.0.1:9")
    with pytest.raises(StudyError, match="no certificates for an encrypted connection"):
        run_plan(replace(plan, options=options))


@DASK
@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes certificates with openssl")
def test_an_encrypted_cluster_gives_the_bytes_of_threads(decay, tmp_path):
    import dask
    import distributed

    key, cert = str(tmp_path / "key.pem"), str(tmp_path / "cert.pem")
    words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2"]
    subprocess.run(["openssl", *words, "-subj", "/CN=bimodal-test"], check=True, capture_output=True)
    own = {"key": key, "cert": cert}
    tls = {"ca-file": cert, **{f"{who}.{what}": own[what] for who in ("scheduler", "worker", "client") for what in own}}
    comm = {"require-encryption": True, **{f"tls.{name}": value for name, value in tls.items()}}
    run_study(decay, options=RunOptions(out=tmp_path / "plain"))
    with (
        dask.config.set({f"distributed.comm.{name}": value for name, value in comm.items()}),
        distributed.LocalCluster(
            1, threads_per_worker=1, processes=False, host="tls://127.0.0.1", dashboard_address=None,
            scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"}, security=distributed.Security(),
        ) as cluster,
    ):  # fmt: skip
        assert cluster.scheduler_address.startswith("tls://")
        found = RunOptions(out=tmp_path / "tls", chunk=10, backend="dask", scheduler=cluster.scheduler_address)
        run_study(decay, options=found)
    assert summary(tmp_path / "tls") == summary(tmp_path / "plain")


@POSIX
@pytest.mark.parametrize(
    "mode",
    ["threads", "processes", "process-worker", "shards", *(pytest.param(m, marks=DASK) for m in ("worker", "dask"))],
)
def test_killed_runs_end_as_an_undisturbed_one(tmp_path, mode):
    """The benchmark of kills, in small."""
    root = Path(__file__).parents[2]
    words = [sys.executable, str(root / "benchmarks" / "kill_and_resume.py"), "--kills", "1", "--modes", mode]
    size = ["--patients", "60", "--chunk", "10", "--out", str(tmp_path), "--seed", "3"]
    done = subprocess.run([*words, *size], capture_output=True, text=True, timeout=400, check=False, cwd=root)
    assert done.returncode == 0, done.stderr
    (row,) = json.loads((tmp_path / "kill_and_resume.json").read_text())["rows"]
    assert row["kills"] >= 1
    assert row["ends"] >= 2
    assert [row[name] for name in ("other_bytes", "written_again", "left_alive", "not_gone_on")] == [0, 0, 0, 0]
