"""Reads changed texts in child processes, where a signal, a hang, a gigabyte or something run is seen and named."""

from __future__ import annotations

import json
import os
import random
import re
import resource
import signal
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bimodal.errors import BimodalError
from fuzz.change import change
from fuzz.doors import MEGABYTES, Door
from fuzz.mutate import minimise
from fuzz.watch import CANARY, Canary, Watch

LIMIT_S, BATCH = 2.0, 1000
#: Seconds of processor, and by the clock, after which an input is ended; memory a child may ask for beyond what it has.
_ENDED_S, _STUCK_S, _ROOM = 2 * LIMIT_S, 120.0, 1_500_000_000
_MOST_KEPT = 20
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def inputs(door: Door, name: str, seed: int, batch: int, count: int = BATCH) -> list[str]:
    """Return the inputs of a batch, which depend on nothing but reader, seed and number of the batch."""
    chance = random.Random(f"{seed}/{name}/{batch}")
    return [change(chance.choice(door.examples), door.form, chance) for _ in range(count)]


def fuzz(door: Door, name: str, count: int, seed: int, folder: Path, row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Go on with a reader up to `count` inputs; gives the row after each batch.

    Parameters
    ----------
    row
        What was found so far, of whole batches; empty at the beginning.
    """
    row = row or {"inputs": 0, "fell": 0, "worst_s": 0.0, "mb": 0, "ends": {}, "seconds": 0.0, "smallest": {}}
    for text in () if door.threads else door.examples:
        _once(door, text)  # what is imported or compiled once is so before anything is watched
    while row["inputs"] < count:
        began, number = time.perf_counter(), row["inputs"] // BATCH
        texts = inputs(door, name, seed, number, min(BATCH, count - row["inputs"]))
        found = read_all(door, texts, folder)
        row["inputs"] += len(texts)
        row["fell"] += found["count"] + (found["mb"] > MEGABYTES)
        row["worst_s"] = max(row["worst_s"], round(found["worst"], 3))
        row["mb"] = max(row["mb"], round(found["mb"]))
        row["ends"] = dict(Counter(row["ends"]) + Counter(found["ends"]))
        for why, text in found["fell"]:
            if why not in row["smallest"]:
                row["smallest"][why] = _small(door, text, why, folder)
        row["seconds"] = round(row["seconds"] + time.perf_counter() - began, 1)
        yield row


def read_all(door: Door, texts: list[str], folder: Path) -> dict[str, Any]:
    """Read texts in a child process, and what stands behind one that ends it in the next child."""
    whole: dict[str, Any] = {"fell": [], "count": 0, "worst": 0.0, "mb": 0.0, "ends": Counter[str]()}
    first = 0
    while first < len(texts):
        found = _child(door, texts[first:], folder)
        whole["fell"] += found["fell"]
        whole["count"] += found["count"]
        whole["worst"], whole["mb"] = max(whole["worst"], found["worst"]), max(whole["mb"], found["mb"])
        whole["ends"].update(found["ends"])
        first += found["read"]
    return whole


def _child(door: Door, texts: list[str], folder: Path) -> dict[str, Any]:
    with tempfile.TemporaryFile(dir=folder) as progress:
        said, status, mb = _forked(lambda: _watched(door, texts, folder, progress.fileno()))
        if said is not None:
            return said | {"mb": mb}
        number = int(os.pread(progress.fileno(), 8, 0) or b"0")
    name = signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else "no answer"
    name = {"SIGPROF": "hang", "SIGALRM": "blocked"}.get(name, name)
    # what the child found before went with it
    found = read_all(door, texts[:number], folder)
    found["ends"].update(fell=1)
    more = {"fell": [*found["fell"], [name, texts[number]]], "count": found["count"] + 1, "read": number + 1}
    return found | more | {"worst": max(LIMIT_S, found["worst"]), "mb": max(mb, found["mb"])}


def _forked(work: Callable[[], Any]) -> tuple[Any, int, float]:
    """Do work in a child process: what it gives (None where it broke), the status of its end, megabytes it had."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(out)
            found = work()
            with os.fdopen(into, "w") as pipe:
                json.dump(found, pipe)
            os._exit(0)
        except BaseException:
            traceback.print_exc()
        os._exit(1)
    os.close(into)
    with os.fdopen(out) as pipe:
        said = pipe.read()
    _, status, used = os.wait4(child, 0)
    return (json.loads(said) if said and status == 0 else None), status, used.ru_maxrss / 1024


class _Watched:
    """Reads texts one by one in this process, which is a child, and says what each did."""

    def __init__(self, door: Door, folder: Path) -> None:
        tempfile.tempdir = str(folder)
        taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + _ROOM, resource.getrlimit(resource.RLIMIT_AS)[1]))
        self._door, self._folder = door, folder
        _once(door, door.examples[0])
        self._watch, self._canary = Watch(folder, door.programs), Canary(folder / CANARY)
        self._watch.begin()

    def read(self, text: str) -> tuple[str, float, str]:
        """Say what fell (empty where nothing did), the seconds of processor, and how it ended."""
        signal.setitimer(signal.ITIMER_PROF, _ENDED_S)
        signal.setitimer(signal.ITIMER_REAL, _STUCK_S)
        self._watch.named = text if self._door.names_files else ""
        why, took, end = _try(self._door, text)
        done = self._watch.taken()
        if self._canary.opened() and not self._door.names_files:
            done = done or "the canary was opened"
        for timer in (signal.ITIMER_PROF, signal.ITIMER_REAL):
            signal.setitimer(timer, 0.0)
        why, end = (done, "ran") if done else (why, end)
        return why.replace(f"{self._folder}/", "").replace(str(self._folder), "."), took, end


def _watched(door: Door, texts: list[str], folder: Path, progress: int) -> dict[str, Any]:
    reader, fell, worst, ends = _Watched(door, folder), list[list[str]](), 0.0, Counter[str]()
    for number, text in enumerate(texts):
        os.pwrite(progress, f"{number:8}".encode(), 0)
        why, took, end = reader.read(text)
        worst = max(worst, took)
        ends[end] += 1
        if why:
            fell.append([why, text])
    return {"fell": fell[:_MOST_KEPT], "count": len(fell), "worst": worst, "read": len(texts), "ends": ends}


def _try(door: Door, text: str) -> tuple[str, float, str]:
    """Read one input; what fell, empty where it was not, the seconds of processor, and how it ended."""
    began, fell, end = _spent(door), "", "read"
    try:
        door.read(text)
    except BimodalError as fault:
        fell = "steering letter in the message" if STEERING.search(str(fault)) else ""
        end = "parser broke" if "the parser broke down" in str(fault) else "refused"
    except Exception as fault:  # what this study looks for
        own = [frame for frame in traceback.extract_tb(fault.__traceback__) if "bimodal" in frame.filename]
        place = f"{Path(own[-1].filename).name}:{own[-1].name}" if own else "?"
        fell, end = f"{type(fault).__name__} in {place}", "fell"
    took = _spent(door) - began
    return fell or ("slow" if took > LIMIT_S else ""), took, end


def _once(door: Door, text: str) -> None:
    try:
        door.read(text)
    except BimodalError as fault:
        raise AssertionError(f"an example is no valid text: {fault}") from None


def _spent(door: Door) -> float:
    """Seconds of processor of this process, of those it waited for, and of what a reader has work elsewhere."""
    others = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + others.ru_utime + others.ru_stime + door.elsewhere()


def _small(door: Door, text: str, why: str, folder: Path) -> str:
    """Return a short text that falls in the same way; one that ends or keeps the process stays as it is."""

    def work() -> str:
        reader = _Watched(door, folder)
        tries = 10 if why == "slow" else 400
        return minimise(text, lambda one: reader.read(one)[0] == why, tries=tries)

    small = text if why in ("hang", "blocked", "no answer") or why.startswith("SIG") else _forked(work)[0]
    return repr(text if small is None else small)[:1000]
