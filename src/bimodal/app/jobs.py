"""Studies that run as jobs: a queue, processes that work it off, and a folder that outlives the server."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bimodal.app.folder_lock import FolderLock
from bimodal.app.intake import plain_study
from bimodal.app.job import RESUMABLE, Job, kept_jobs, new_id
from bimodal.app.limits import Limits
from bimodal.app.study_toml import study_toml
from bimodal.errors import BimodalError, OutputError
from bimodal.files.own_group import own_group
from bimodal.files.write import write_text
from bimodal.study.spec.spec import StudySpec

_GRACE_S = 5.0
_LONGEST_MESSAGE = 4_000


class QuotaError(BimodalError):
    """There are too many jobs."""


class StateError(BimodalError):
    """A job is not in a state in which it can be asked for that."""


def worker_command(folder: Path) -> list[str]:
    """Give the command that runs the job of a folder.

    Examples
    --------
    >>> worker_command(Path("jobs"))[1:4]
    ['-P', '-m', 'bimodal.app.worker']
    """
    return [sys.executable, "-P", "-m", "bimodal.app.worker", str(folder)]


class Jobs:
    """All jobs of a data folder, which it holds alone.

    Parameters
    ----------
    data
        Where they lie; made if it is not there.
    limits
        How many may run and wait.
    command
        Gives the command that runs the job of a folder.

    Raises
    ------
    OutputError
        The folder cannot be made, or another server holds it.
    """

    def __init__(
        self, data: Path, limits: Limits, *, command: Callable[[Path], Sequence[str]] = worker_command
    ) -> None:
        self._limits = limits
        self._command = command
        self._root = data.absolute() / "jobs"
        try:
            self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as fault:
            raise OutputError(f"the data folder cannot be made: {fault.strerror}", where=str(data)) from None
        self._held = FolderLock(data.absolute())
        self._mutex = threading.RLock()
        try:
            self._jobs = {job.id: job for job in kept_jobs(self._root)}
        except BimodalError:
            self._held.release()
            raise
        self._waiting: list[str] = []
        self._processes: dict[str, subprocess.Popen[str]] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._closed = False

    def submit(self, spec: StudySpec, seed: int = 1) -> Job:
        """Put a study into the queue.

        Raises
        ------
        QuotaError
            The queue is full, or too many finished jobs are kept.
        """
        with self._mutex:
            self._refuse_full()
            if len(self._jobs) >= self._limits.kept:
                raise QuotaError(f"there are {len(self._jobs)} jobs", fix="remove some that are finished")
            count, arms = spec.population.patients, len(spec.arm)
            number = max((job.number for job in self._jobs.values()), default=0) + 1
            job = Job(
                id=new_id(), name=spec.name, number=number, seed=seed, arms=arms, patients=count, total=count * arms
            )
            folder = self._root / job.id
            folder.mkdir(mode=0o700)
            study = plain_study(spec)
            write_text(folder / "study.json", json.dumps({"study": study, "seed": seed}) + "\n")
            write_text(folder / "study.toml", study_toml(study))
            return self._enqueue(job)

    def resume(self, job_id: str) -> Job:
        """Take up a job again; what it has finished is not computed again."""
        with self._mutex:
            job = self.get(job_id)
            self._refuse_ending(job_id)
            if job.state not in RESUMABLE:
                raise StateError(f"a job that is {job.state} cannot be resumed")
            self._refuse_full()
            return self._enqueue(job.now(state="waiting", message="", what="", rate=None, eta_s=None))

    def cancel(self, job_id: str) -> Job:
        """Stop a job; what it has finished stays."""
        with self._mutex:
            job = self.get(job_id)
            if job.state == "waiting":
                self._waiting.remove(job_id)
            elif job.state == "running":
                _stop(self._processes[job_id])
            else:
                raise StateError(f"a job that is {job.state} cannot be cancelled")
            return self._change(job_id, state="cancelled", what="")

    def remove(self, job_id: str) -> None:
        """Remove a job and its results."""
        with self._mutex:
            job = self.get(job_id)
            if job.state in ("waiting", "running"):
                raise StateError(f"a job that is {job.state} cannot be removed", fix="cancel it first")
            self._refuse_ending(job_id)
            del self._jobs[job_id]
        shutil.rmtree(self._root / job_id, ignore_errors=True)

    def get(self, job_id: str) -> Job:
        """Give a job.

        Raises
        ------
        KeyError
            There is none of that id.
        """
        with self._mutex:
            return self._jobs[job_id]

    def all(self) -> list[Job]:
        """Give every job, the newest first."""
        with self._mutex:
            return sorted(self._jobs.values(), key=lambda job: -job.number)

    def folder(self, job_id: str) -> Path:
        """Give the folder of a job that is there."""
        return self._root / self.get(job_id).id

    def close(self) -> None:
        """Stop everything; jobs that were under way can be resumed by the next server."""
        with self._mutex:
            self._closed = True
            self._waiting.clear()
            for job in list(self._jobs.values()):
                if job.state in ("waiting", "running"):
                    self._change(job.id, state="stopped", what="")
            for process in self._processes.values():
                _stop(process)
            threads = list(self._threads.values())
        for thread in threads:
            thread.join()
        self._held.release()

    def _refuse_ending(self, job_id: str) -> None:
        if job_id in self._processes and self._jobs[job_id].state != "running":
            raise StateError("its process has not ended yet", fix="try again in a moment")

    def _refuse_full(self) -> None:
        if len(self._waiting) >= self._limits.waiting:
            raise QuotaError(f"{len(self._waiting)} jobs are waiting already", fix="wait, or cancel one")

    def _enqueue(self, job: Job) -> Job:
        if self._closed:
            raise StateError("the server is being stopped")
        self._jobs[job.id] = job
        job.keep(self._root / job.id)
        self._waiting.append(job.id)
        self._start_next()
        return self._jobs[job.id]

    def _start_next(self) -> None:
        while self._waiting and len(self._processes) < self._limits.running and not self._closed:
            job_id = self._waiting.pop(0)
            folder = self._root / job_id
            try:
                with (folder / "worker.log").open("ab") as log:
                    process = subprocess.Popen(
                        [*self._command(folder)],
                        cwd=folder,
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                        stderr=log,
                        text=True,
                        encoding="utf-8",
                        **own_group(),  # Ctrl-C is for the server, which then stops it
                    )
            except OSError as fault:
                self._change(job_id, state="failed", message=f"it could not be started: {fault.strerror}")
                continue
            self._change(job_id, state="running", what="")
            thread = threading.Thread(target=self._follow, args=(job_id, process), daemon=True)
            self._processes[job_id], self._threads[job_id] = process, thread
            thread.start()

    def _follow(self, job_id: str, process: subprocess.Popen[str]) -> None:
        """Note what a running job says, and how it ends."""
        assert process.stdout is not None
        assert process.stdin is not None
        with process.stdout, process.stdin:
            for line in process.stdout:
                facts = _facts(line)
                with self._mutex:
                    if facts and self._jobs[job_id].state == "running":
                        self._jobs[job_id] = self._jobs[job_id].now(**facts)
            code = process.wait()
        with self._mutex:
            del self._processes[job_id]
            self._threads.pop(job_id, None)
            job = self._jobs[job_id]
            if job.state == "running":
                if code == 0:
                    self._change(job_id, state="done", done=job.total, what="")
                else:
                    words = job.message or f"its process ended with code {code}: resume it, or run it on the desk"
                    self._change(job_id, state="failed", what="", message=words)
            self._start_next()

    def _change(self, job_id: str, **changes: Any) -> Job:
        job = self._jobs[job_id] = self._jobs[job_id].now(**changes)
        job.keep(self._root / job_id)
        return job


def _stop(process: subprocess.Popen[str]) -> None:
    """End a process: it may be in compiled code that does not listen, so after a while it is killed."""
    process.terminate()

    def insist() -> None:
        try:
            process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()

    threading.Thread(target=insist, daemon=True).start()


def _facts(line: str) -> dict[str, Any]:
    """Read what a worker says: numbers and words under known names, nothing else."""
    try:
        found: Any = json.loads(line)
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    numbers = {key: found[key] for key in ("done", "total") if isinstance(found.get(key), int)}
    pace = {key: found[key] for key in ("rate", "eta_s") if isinstance(found.get(key), int | float)}
    words = {key: found[key][:_LONGEST_MESSAGE] for key in ("what", "message") if isinstance(found.get(key), str)}
    return {**numbers, **pace, **words}
