"""A study as a job: from start to end, cancelled, after a restart, and within quotas."""

import json
import subprocess
import sys

import pytest
from app_client import STUDY, TOML, patient_worker, until

from bimodal.app import Jobs, Limits
from bimodal.app.intake import plain_study, read_study
from bimodal.app.jobs import worker_command
from bimodal.app.worker import CHUNK
from bimodal.errors import OutputError
from bimodal.study import RunOptions, parse_study, run_study


def submit(client, text=STUDY, status=201, **query):
    answer = client.post("/api/jobs", params=query, content=text, headers=TOML)
    assert answer.status_code == status, answer.text
    return answer.json()


def post(client, job, verb):
    return client.post(f"/api/jobs/{job['id']}/{verb}")


def test_a_study_runs_and_gives_what_the_desk_gives(server, tmp_path):
    client = server()
    job = until(client, submit(client, seed=3)["id"], "done")
    assert (job["done"], job["total"], job["arms"], job["patients"]) == (8, 8, 2, 4)
    assert job["rate"] > 0
    assert job["eta_s"] == 0
    assert {"study.toml", "summary.json", "endpoints.csv", "patients.csv", "contrasts.csv"} < set(job["files"])
    run_study(parse_study(STUDY, where="here"), options=RunOptions(seed=3, out=tmp_path / "desk"))
    files = f"/api/jobs/{job['id']}/files"
    summary = client.get(f"{files}/summary.json")
    assert summary.content == (tmp_path / "desk" / "summary.json").read_bytes()
    assert summary.headers["content-disposition"] == 'attachment; filename="small-summary.json"'
    table = client.get(f"{files}/endpoints.csv").text.splitlines()
    assert table[0].startswith("arm,drug,regimen")
    assert len(table) == 3
    report = client.get(f"{files}/report.html")
    assert report.text.startswith("<!DOCTYPE html>")
    assert report.headers["content-security-policy"] == "sandbox allow-scripts allow-downloads"
    assert client.get(f"{files}/{job['figures'][0]}").headers["content-type"] == "image/svg+xml"
    for name in ("job.json", "..%2fjob.json", "run.json", "worker.log", "nothing.svg"):
        assert client.get(f"{files}/{name}").status_code == 404
    assert post(client, job, "resume").status_code == 409
    assert client.delete(f"/api/jobs/{job['id']}").status_code == 204
    assert client.get("/api/jobs").json() == {"jobs": []}
    assert [*(tmp_path / "data" / "jobs").iterdir()] == []


def test_a_run_goes_on_after_a_restart_from_what_is_stored(server, tmp_path):
    client = server(command=patient_worker)
    job = submit(client, seed=2)
    client.jobs.close()
    assert client.get(f"/api/jobs/{job['id']}").json()["state"] == "stopped"
    folder = tmp_path / "data" / "jobs" / job["id"]

    def stop_after_the_first_arm(done, _total, _what):
        if done == 4:
            raise KeyboardInterrupt

    spec = read_study(STUDY.encode(), "toml", Limits())
    options = RunOptions(seed=2, out=folder / "run", chunk=CHUNK)
    with pytest.raises(KeyboardInterrupt):
        run_study(spec, options=options, progress=stop_after_the_first_arm)
    stored = {path: path.stat().st_mtime_ns for path in (folder / "run").rglob("*.parquet")}
    assert stored
    again = server()
    assert [one["state"] for one in again.get("/api/jobs").json()["jobs"]] == ["stopped"]
    assert again.get(f"/api/jobs/{job['id']}/files/summary.json").status_code == 404
    assert post(again, job, "resume").json()["state"] in ("waiting", "running")
    until(again, job["id"], "done")
    assert {path: path.stat().st_mtime_ns for path in stored} == stored
    run_study(spec, options=RunOptions(seed=2, out=tmp_path / "desk"))
    given = again.get(f"/api/jobs/{job['id']}/files/summary.json").content
    assert given == (tmp_path / "desk" / "summary.json").read_bytes()


def test_a_running_job_says_how_far_it_is_and_is_cancelled(server):
    client = server(command=patient_worker)
    job = submit(client)
    while client.get(f"/api/jobs/{job['id']}").json()["done"] != 4:
        assert client.get(f"/api/jobs/{job['id']}").json()["state"] == "running"
    assert client.delete(f"/api/jobs/{job['id']}").status_code == 409
    assert post(client, job, "cancel").json()["state"] == "cancelled"
    assert post(client, job, "cancel").status_code == 409
    assert resumed(client, job)["state"] == "running"


def resumed(client, job):
    """Take a cancelled job up again as soon as its process has ended."""
    while (answer := post(client, job, "resume")).status_code == 409:
        assert "has not ended yet" in answer.json()["error"]
    return answer.json()


def test_jobs_wait_their_turn_and_the_queue_ends(server):
    client = server(limits=Limits(waiting=1, kept=3), command=patient_worker)
    first, second = submit(client), submit(client)
    assert (first["state"], second["state"]) == ("running", "waiting")
    assert "waiting already" in submit(client, status=429)["error"]
    assert post(client, second, "cancel").json()["state"] == "cancelled"
    third = submit(client)
    assert "1 jobs are waiting already" in submit(client, status=429)["error"]
    post(client, third, "cancel")
    assert "there are 3 jobs" in submit(client, status=429)["error"]
    assert [job["number"] for job in client.get("/api/jobs").json()["jobs"]] == [3, 2, 1]
    post(client, first, "cancel")
    assert client.delete(f"/api/jobs/{third['id']}").status_code == 204
    fourth = submit(client)
    until(client, fourth["id"], "running")


def test_what_only_the_run_finds_is_said_and_a_crash_too(server):
    client = server()
    wrong = STUDY.replace('name = "small"', 'name = "small"\nset = {no_such_parameter = 1.0}')
    failed = until(client, submit(client, wrong)["id"], "failed")
    assert "no_such_parameter" in failed["message"]
    client.jobs.close()
    crashing = server(
        command=lambda _folder: [sys.executable, "-S", "-c", "print('[1]'); print('{'); raise SystemExit(7)"]
    )
    crashed = until(crashing, submit(crashing)["id"], "failed")
    assert "ended with code 7" in crashed["message"]
    crashing.jobs.close()
    absent = server(command=lambda _folder: ["/no/such/program"])
    assert "could not be started" in submit(absent)["message"]


def test_a_worker_ends_with_its_server(tmp_path):
    spec = read_study(STUDY.replace("patients = 4", "patients = 9000").encode(), "toml", Limits())
    (tmp_path / "study.json").write_text(json.dumps({"study": plain_study(spec), "seed": 1}))
    worker = subprocess.Popen(worker_command(tmp_path), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with worker.stdout:
        worker.stdin.close()
        assert worker.wait() == 1
        assert b"drawing the report" not in worker.stdout.read()
    assert not (tmp_path / "endpoints.csv").exists()


def test_a_data_folder_has_one_server(server, tmp_path):
    client = server(command=patient_worker)
    with pytest.raises(OutputError, match="another `bimodal app`"):
        Jobs(tmp_path / "data", Limits())
    client.jobs.close()
    server(command=patient_worker)


def test_a_card_that_was_changed_by_hand_is_named(server, tmp_path):
    client = server(command=patient_worker)
    job = submit(client)
    client.jobs.close()
    card = tmp_path / "data" / "jobs" / job["id"] / "job.json"
    card.write_text(json.dumps({"id": "../..", "surprise": 1}))
    with pytest.raises(OutputError, match="no card of a job"):
        Jobs(tmp_path / "data", Limits())


def test_choices_name_what_a_study_can_hold(server):
    client = server(command=patient_worker)
    found = client.get("/api/choices").json()
    assert "aldesleukin" in found["drugs"]
    assert "melanoma" in found["cohorts"]
    for text in (found["template"], client.get("/api/studies/koreth-2011").text):
        checked = client.post("/api/check", content=text, headers=TOML)
        assert checked.status_code == 200, checked.text
        again = client.post("/api/check", content=checked.json()["toml"], headers=TOML)
        assert again.json() == checked.json()
