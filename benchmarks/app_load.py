"""Fifty users of `bimodal app` on loopback for two minutes: whether a job is lost, a call fails or memory grows.

    python benchmarks/app_load.py [--users 50] [--seconds 120] [--out benchmarks/results]

Every user opens the page, asks for the choices, sends a study for a check and then as a job, follows it, reads its
summary and removes it, again and again. Where the queue is full (status 429) the user comes back later. After the two
minutes every job that was accepted must be done. Needs the extra ``app`` and Linux, which tells what memory is used.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from provenance import provenance

STUDY = """name = "low-dose"
[population]
cohort = "healthy"
patients = 20
[[arm]]
name = "low"
drug = "aldesleukin"
regimen = "1 MIU/m2 SC daily for 7 days"
[[endpoint]]
id = "treg_fold"
days = [7]
"""
_TOML = {"Content-Type": "application/toml"}
_BUSY = 429


@dataclass
class Seen:
    """What happened to all users together."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    calls: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    accepted: int = 0
    finished: int = 0
    summaries: set[str] = field(default_factory=set)


class User:
    """One user, who works until a time."""

    def __init__(self, port: int, seen: Seen, until: float) -> None:
        self.port, self.seen, self.until = port, seen, until

    def call(self, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
        """Ask the server for something, and note how it went."""
        began = time.perf_counter()
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            link.request(method, path, body, _TOML if body else {})
            answer = link.getresponse()
            status, content = answer.status, answer.read()
        except OSError as fault:
            status, content = 0, str(fault).encode()
        finally:
            link.close()
        with self.seen.lock:
            self.seen.took.append(time.perf_counter() - began)
            self.seen.calls[str(status)] += 1
            if not 200 <= status < 300 and status != _BUSY:
                self.seen.faults.append(f"{method} {path}: {status} {content[:200]!r}")
        return status, content

    def work(self) -> None:
        """Come, run studies, go."""
        self.call("GET", "/")
        while time.monotonic() < self.until:
            self.call("GET", "/api/choices")
            self.call("POST", "/api/check", STUDY)
            status, content = self.call("POST", "/api/jobs?seed=1", STUDY)
            if status == _BUSY:
                time.sleep(2.0)
            elif status == 201:
                with self.seen.lock:
                    self.seen.accepted += 1
                self.follow(json.loads(content)["id"])

    def follow(self, job: str) -> None:
        """Wait for a job, read its summary, and remove it; a job that was accepted is seen to its end."""
        while True:
            status, content = self.call("GET", f"/api/jobs/{job}")
            state = json.loads(content)["state"] if status == 200 else "lost"
            if state in ("waiting", "running"):
                time.sleep(1.0)
                continue
            break
        if state != "done":
            with self.seen.lock:
                self.seen.faults.append(f"job {job} ended as {state}")
            return
        status, content = self.call("GET", f"/api/jobs/{job}/files/summary.json")
        with self.seen.lock:
            self.seen.finished += status == 200
            self.seen.summaries.add(hashlib.sha256(content).hexdigest())
        self.call("DELETE", f"/api/jobs/{job}")


def resident_mb(process: int) -> float:
    """Return the memory a process holds, MB."""
    fields = Path(f"/proc/{process}/statm").read_text("ascii").split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def loaded(users: int, seconds: float) -> dict[str, Any]:
    """Start a server, let the users at it, and say what was seen."""
    seen, memory = Seen(), []
    with tempfile.TemporaryDirectory() as data:
        words = [sys.executable, "-m", "bimodal", "app", "--port", "0", "--data", data]
        with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as server:
            assert server.stderr is not None
            line = next(text for text in server.stderr if "http://127.0.0.1:" in text)
            port = int(line.split("http://127.0.0.1:")[1].split("/")[0].split()[0])
            threading.Thread(target=server.stderr.read, daemon=True).start()
            began = time.monotonic()
            people = [
                threading.Thread(target=User(port, seen, began + seconds).work, daemon=True) for _ in range(users)
            ]
            for one in people:
                one.start()
            while any(one.is_alive() for one in people):
                memory.append((round(time.monotonic() - began, 1), round(resident_mb(server.pid), 1)))
                time.sleep(2.0)
            status, content = User(port, seen, 0.0).call("GET", "/api/jobs")
            left = len(json.loads(content)["jobs"]) if status == 200 else -1
            server.terminate()
    warm = [mb for when, mb in memory if when >= seconds / 4]
    return {
        "users": users,
        "seconds": seconds,
        "calls": dict(seen.calls),
        "faults": seen.faults[:20],
        "fault_count": len(seen.faults),
        "accepted": seen.accepted,
        "finished": seen.finished,
        "left_behind": left,
        "different_summaries": len(seen.summaries),
        "call_ms": {
            "median": 1000 * statistics.median(seen.took),
            "p99": 1000 * statistics.quantiles(seen.took, n=100)[98],
        },
        "memory_mb": {"first": memory[0][1], "after_a_quarter": warm[0], "last": warm[-1], "most": max(warm)},
    }


def table(found: dict[str, Any]) -> str:
    """Write what was seen as Markdown."""
    about, memory, ms = found["about"], found["memory_mb"], found["call_ms"]
    calls = ", ".join(f"{count} with status {status}" for status, count in sorted(found["calls"].items()))
    return "\n".join(
        [
            "# Many users of the server at once",
            "",
            f"`{about['command']}`, commit {about['commit']}, {about['machine']}, {about['cores']} cores, load "
            f"{about['load']:.1f} before. {found['users']} users for {found['seconds']:g} s.",
            "",
            f"- Calls: {calls} (429: the queue is full, come back later). Faults: {found['fault_count']}.",
            f"- Jobs: {found['accepted']} accepted, {found['finished']} finished and read, {found['left_behind']} left "
            f"behind; {found['different_summaries']} different `summary.json` of the same study and seed.",
            f"- A call took {ms['median']:.0f} ms (median), {ms['p99']:.0f} ms at the 99th percentile.",
            f"- Memory of the server: {memory['first']:.0f} MB when it began, {memory['after_a_quarter']:.0f} after a "
            f"quarter of the time, {memory['last']:.0f} at the end, at most {memory['most']:.0f} from then on.",
            "",
        ]
    )


def main() -> None:
    """Measure and write."""
    words = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    words.add_argument("--users", type=int, default=50)
    words.add_argument("--seconds", type=float, default=120.0)
    words.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    given = words.parse_args()
    load = os.getloadavg()[0]
    found = {"about": provenance(cores=os.cpu_count(), load=load), **loaded(given.users, given.seconds)}
    (given.out / "app_load.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (given.out / "app_load.md").write_text(table(found), encoding="utf-8")
    print(table(found))


if __name__ == "__main__":
    main()
