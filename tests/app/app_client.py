"""A study for the server, a worker that waits, and calls that tests share."""

import sys
import time
from contextlib import contextmanager

import pytest

pytest.importorskip("starlette", reason="the extra 'app' is not installed")
from starlette.testclient import TestClient

from bimodal.app import Address, Jobs, Limits
from bimodal.app.server import make_app

URL = "http://127.0.0.1:8765"
STUDY = """
name = "small"
[population]
cohort = "healthy"
patients = 4
[[arm]]
name = "low"
drug = "aldesleukin"
regimen = "1 MIU SC daily for 2 days"
[[arm]]
name = "untreated"
regimen = "none"
[[endpoint]]
id = "treg_fold"
days = [2]
"""
TOML = {"Content-Type": "application/toml"}
# a worker that says how far it is and then waits for its end
_PATIENT = "import json, sys; print(json.dumps({'done': 4, 'total': 8, 'what': 'low'}), flush=True); sys.stdin.read(1)"


def patient_worker(_folder):
    return [sys.executable, "-S", "-c", _PATIENT]


def until(client, job_id, *states):
    """Wait for a job to be in one of these states: as long as it takes, its process tells when it ends."""
    while True:
        found = client.get(f"/api/jobs/{job_id}").json()
        if found["state"] in states:
            return found
        assert found["state"] in ("waiting", "running"), found
        time.sleep(0.02)


@contextmanager
def servers(folder):
    """Give a function that starts servers, one after the other, on one data folder."""
    opened = []

    def start(*, token="", limits=None, page="<title>page</title>", **more):
        limits = limits or Limits()
        jobs = Jobs(folder / "data", limits, **more)
        address = Address("127.0.0.1", 8765, token)
        client = TestClient(make_app(page, jobs, address=address, limits=limits), base_url=URL)
        client.__enter__()
        opened.append(client)
        client.jobs = jobs
        return client

    try:
        yield start
    finally:
        for client in opened:
            client.__exit__(None, None, None)
