"""Runs killed at random moments, and what they come to when they are begun again.

python benchmarks/kill_and_resume.py [--kills 50] [--modes threads processes shards dask worker scheduler] [--seed 1]

A run is killed (`kill -9`) at a moment drawn evenly between its first file and the end of an undisturbed run, and begun
again, until it comes to its end; then the next folder. ``threads``, ``processes``, ``shards`` and ``dask`` (a scheduler
and two workers) kill the process that was asked for the run, of shards one or both; ``process-worker`` and ``worker``
kill a worker of processes and of Dask, after which the run has to go on; ``scheduler`` kills Dask's scheduler. Counted
are ends whose ``summary.json``, with the hash of all rows in it, is not that of an undisturbed run, files that were
whole and were written again, and processes that outlived their run. Rows of other modes that an earlier call left in
the result are kept, each with its commit.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bimodal.errors import BimodalError
from bimodal.files.write import write_text
from bimodal.study import RunOptions, load_study
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.run.load_shipped import shipped_solver
from bimodal.study.run.runner import run_plan
from bimodal.study.store.run_files import RunFiles
from provenance import provenance

FORK = multiprocessing.get_context("fork")
MODES = ("threads", "shards", "processes", "dask", "scheduler", "worker", "process-worker")
KILLED, REFUSED = -signal.SIGKILL, 2
LONGEST_S = 300.0
_AT_WORK = 0.9  # of the kills of a cluster: when it has stored a part
STUDY = Path(__file__).with_name("models") / "decay.toml"


@dataclass
class Work:
    """A small study, the parts it is divided into, and what an undisturbed run of it gives."""

    patients: int
    chunk: int
    whole: bytes = b""
    address: str = ""
    plan: Any = None

    def __post_init__(self) -> None:
        spec = load_study(STUDY)
        self.plan = make_plan(spec, self.options(), shipped_solver(spec))
        self.plan.solve(0, 0, 1)  # compiled here, it is so in every process that is forked

    def options(self, **more: Any) -> RunOptions:
        """Give the options of a run."""
        return RunOptions(patients=self.patients, chunk=self.chunk, **more)

    def start(self, out: Path, **options: Any) -> multiprocessing.process.BaseProcess:
        """Begin or go on with a run in a process of its own; its answer is the exit code of the command."""

        def work() -> None:
            try:
                run_plan(replace(self.plan, options=self.options(out=out, **options)))
            except BimodalError as fault:
                print(fault, file=sys.stderr)
                os._exit(REFUSED)
            os._exit(0)

        child = FORK.Process(target=work)
        child.start()
        return child

    def files(self, out: Path) -> dict[str, tuple[int, int]]:
        """Name the files of whole parts that are there, each with what a second writing would change."""
        run = RunFiles(self.plan, out)
        found: dict[str, tuple[int, int]] = {}
        for arm in range(len(self.plan.arms)):
            spans = run.present(arm)
            for table in run.of(arm):
                for span in spans:
                    path = table.path(arm, table.kept(span) or span)
                    with suppress(FileNotFoundError):
                        found[str(path)] = (path.stat().st_ino, path.stat().st_mtime_ns)
        return found


@dataclass
class Cluster:
    """A scheduler and two workers on this machine, each a process of its own, without a dashboard."""

    log: Any
    port: int = 0
    scheduler: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where its scheduler listens."""
        return f"tcp://127.0.0.1:{self.port}"

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        here = ["--host", "127.0.0.1", "--no-dashboard", "--dashboard-address", "127.0.0.1:0"]
        return subprocess.Popen([sys.executable, "-m", "dask", *words, *here], stdout=self.log, stderr=self.log)

    def mend(self) -> None:
        """Start what is not there."""
        if self.scheduler is None or self.scheduler.poll() is not None:
            self.end()
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self.port = free.getsockname()[1]
            self.scheduler = self._start("scheduler", "--port", str(self.port))
        self.workers = [one for one in self.workers if one.poll() is None]
        while len(self.workers) < 2:
            self.workers.append(self._start("worker", self.address, "--nthreads", "1", "--no-nanny"))

    def end(self) -> None:
        """Kill what is left of it."""
        for one in (*self.workers, *([] if self.scheduler is None else [self.scheduler])):
            one.kill()
            one.wait()
        self.workers, self.scheduler = [], None


@contextmanager
def cluster(log: Path) -> Iterator[Cluster]:
    """Give a cluster as long as the block lasts."""
    with log.open("ab") as said:
        made = Cluster(said)
        made.mend()
        try:
            yield made
        finally:
            made.end()


def children(of: int, words: str = "part_worker") -> list[int]:
    """List the processes that a process started and that still live, by a word of their command."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError, IndexError):
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == of and words in (entry / "cmdline").read_text():
                found.append(int(entry.name))
    return found


def begun(out: Path, processes: list[multiprocessing.process.BaseProcess], more_than: int | None = None) -> None:
    """Wait for the card of a run, or for more parts than there were."""

    def waits() -> bool:
        if more_than is None:
            return not (out / "run.json").exists()
        return parts_in(out) <= more_than

    while waits() and any(one.is_alive() for one in processes):
        time.sleep(0.005)


def parts_in(out: Path) -> int:
    """Count the stored parts of a run."""
    return len(list((out / "trajectories").glob("*.parquet")))


def ended(process: multiprocessing.process.BaseProcess) -> int:
    """Wait for the end of a process and give how it ended."""
    process.join(LONGEST_S)
    if process.is_alive():
        process.kill()
        raise SystemExit("a run did not end")
    return int(process.exitcode or 0)


class Trials:
    """One way of running and killing."""

    def __init__(self, mode: str, work: Work, chance: random.Random, dask: Cluster | None) -> None:
        self.mode, self.work, self.chance, self.dask = mode, work, chance, dask
        self.found: dict[str, Any] = {
            "mode": mode, "kills": 0, "ends": 0, "other_bytes": 0, "files_kept": 0, "written_again": 0,
            "left_alive": 0, "not_gone_on": 0,
        }  # fmt: skip
        self.kept: dict[str, tuple[int, int]] = {}

    def options(self) -> list[dict[str, Any]]:
        """Give the options of each process of a run."""
        if self.mode == "shards":
            return [{"shard": (1, 2)}, {"shard": (2, 2)}]
        if self.dask is not None:
            self.dask.mend()
            return [{"backend": "dask", "scheduler": self.dask.address}]
        return [{"backend": "processes" if self.mode.startswith("process") else "threads", "workers": 2}]

    def start(self, out: Path) -> list[multiprocessing.process.BaseProcess]:
        """Begin or go on with a run."""
        return [self.work.start(out, **options) for options in self.options()]

    def victims(self, run: list[multiprocessing.process.BaseProcess]) -> list[int]:
        """Choose whom to kill."""
        if self.mode == "process-worker":
            return self.chance.sample(found, 1) if (found := children(run[0].pid or 0)) else []
        if self.mode == "worker" and self.dask is not None:
            return [self.chance.choice(self.dask.workers).pid]
        if self.mode == "scheduler" and self.dask is not None and self.dask.scheduler is not None:
            return [self.dask.scheduler.pid]
        own = [one.pid or 0 for one in run if one.is_alive()]
        return self.chance.sample(own, self.chance.randint(1, len(own))) if own else []

    def undisturbed(self, out: Path) -> float:
        """Run to the end, and give the seconds from the first file on."""
        run = self.start(out)
        begun(out, run, None if self.dask is None else 0)
        since = time.perf_counter()
        if any(ended(one) for one in run):
            raise SystemExit(f"an undisturbed run failed: {self.mode}")
        return time.perf_counter() - since

    def once(self, out: Path, seconds: float) -> bool:
        """Begin or go on, kill at a moment, and look; whether the run came to its end."""
        there = parts_in(out)
        run = self.start(out)
        # a new cluster takes seconds until it computes: a kill before that would find nothing to lose
        begun(out, run, there if self.dask is not None and self.chance.random() < _AT_WORK else None)
        time.sleep(self.chance.uniform(0.0, seconds))
        hit = self.victims(run)
        workers = [child for one in run for child in children(one.pid or 0)]
        for victim in hit:
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
        if self.dask is not None:
            for one in (*self.dask.workers, self.dask.scheduler):
                if one is not None and one.pid in hit:
                    one.wait()
        codes = [ended(one) for one in run]
        over = (out / "summary.json").exists() and 0 in codes
        lost = KILLED in codes or REFUSED in codes
        self.found["kills"] += bool(hit) and (lost or self.mode in ("worker", "process-worker"))
        if self.mode in ("worker", "process-worker"):
            self.found["not_gone_on"] += codes != [0]
        self.found["left_alive"] += self._outlived(workers)
        now = self.work.files(out)
        self.found["written_again"] += sum(now.get(name) != about for name, about in self.kept.items())
        self.found["files_kept"] += len(self.kept)
        self.kept = now
        return over and not lost

    def _outlived(self, workers: list[int]) -> int:
        until = time.perf_counter() + 5.0
        while alive := [one for one in workers if Path(f"/proc/{one}").exists()]:
            if time.perf_counter() > until:
                break
            time.sleep(0.02)
        return len(alive)

    def all(self, place: Path, kills: int, tell: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
        """Kill so many times, then let what is under way come to its end."""
        self.undisturbed(place / f"{self.mode}-first")  # the workers of a cluster start meanwhile
        seconds = self.undisturbed(place / f"{self.mode}-whole")
        self._compare(place / f"{self.mode}-whole")
        number = 0
        while self.found["kills"] < kills:
            out, self.kept = place / f"{self.mode}-{number}", {}
            number += 1
            over = False
            while not over and self.found["kills"] < kills:
                over = self.once(out, seconds)
                tell(self.found)
            if not (out / "summary.json").exists():
                self.undisturbed(out)
            now = self.work.files(out)
            self.found["written_again"] += sum(now.get(name) != about for name, about in self.kept.items())
            self._compare(out)
        return {**self.found, "undisturbed_s": round(seconds, 2)}

    def _compare(self, out: Path) -> None:
        self.found["ends"] += 1
        self.found["other_bytes"] += (out / "summary.json").read_bytes() != self.work.whole


def trials(
    place: Path, *, modes: Sequence[str], kills: int, seed: int, patients: int, chunk: int, tell: Any = None
) -> Iterator[dict[str, Any]]:
    """Try every mode in a folder, and give a row of counts for each."""
    work = Work(patients, chunk)
    if ended(work.start(place / "whole")) != 0:
        raise SystemExit("the study does not run")
    work.whole = (place / "whole" / "summary.json").read_bytes()
    for mode in modes:
        chance = random.Random(f"{seed}-{mode}")
        with cluster(place / "dask.log") if mode in ("dask", "worker", "scheduler") else nullcontext() as made:
            yield Trials(mode, work, chance, made).all(place, kills, tell or (lambda _: None))


def page(record: dict[str, Any]) -> str:
    """Return the Markdown page."""
    names = ("mode", "kills", "ends", "other_bytes", "files_kept", "written_again", "left_alive", "not_gone_on")
    names = (*names, "undisturbed_s", "commit")
    about = record["rows"]
    return "\n".join(
        [
            "# Runs killed at random moments",
            "",
            f"`{record['command']}`, {record['machine']}, {record['cores']} cores.",
            f"A study of {record['patients']} patients in 2 arms, {record['parts']} parts, seed {record['seed']}.",
            "",
            "| killed | kills | runs that came to their end | of these with other bytes | whole files seen at a kill | "
            "of these written again | processes that outlived a run | runs a lost worker stopped | undisturbed, s "
            "| commit |",
            "|---|---:|---:|---:|---:|---:|---:|---:|---:|---|",
            *(f"| {' | '.join(str(row[name]) for name in names)} |" for row in about),
            "",
            "Other bytes: of `summary.json`, which holds the hash of all rows; equal for all backends and divisions. "
            "A killed worker is not the end of its run: no second one begins, so no whole files are counted for it.",
            *(f"{row['mode']}: {row['note']}" for row in about if "note" in row),
            "",
        ]
    )


def main() -> None:
    """Try, print and write both files."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--kills", type=int, default=50)
    words.add_argument("--modes", nargs="+", choices=MODES, default=list(MODES))
    words.add_argument("--seed", type=int, default=1)
    words.add_argument("--patients", type=int, default=300)
    words.add_argument("--chunk", type=int, default=15)
    words.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    given = words.parse_args()
    record = provenance(
        cores=os.cpu_count(),
        seed=given.seed,
        patients=given.patients,
        parts=2 * -(-given.patients // given.chunk),
        rows=[],
    )
    earlier = given.out / "kill_and_resume.json"
    known = json.loads(earlier.read_text("utf-8"))["rows"] if earlier.exists() else []
    kept = [row for row in known if row["mode"] not in given.modes]
    with tempfile.TemporaryDirectory() as place:
        for row in trials(
            Path(place),
            modes=given.modes,
            kills=given.kills,
            seed=given.seed,
            patients=given.patients,
            chunk=given.chunk,
            tell=lambda row: print(row, end="\r", flush=True),
        ):
            kept.append({**row, "commit": record["commit"]})
            record["rows"] = sorted(kept, key=lambda row: MODES.index(row["mode"]))
            write_text(given.out / "kill_and_resume.json", json.dumps(record, indent=2) + "\n")
            write_text(given.out / "kill_and_resume.md", page(record))
    print(page(record))


if __name__ == "__main__":
    main()
