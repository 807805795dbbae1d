"""What stored results withstand: odd names, changed files, kills, starts at once, any environment; and what they cost.

python benchmarks/stored_results.py [--quick] [--out benchmarks/results]

Runs of the small analytic model of the tests in processes of their own; files are also changed in a run of a built-in
study, environments simulate a patient of the built-in model, sizes and cost are of built-in studies.
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from provenance import provenance

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from bimodal.errors import OutputError
from bimodal.files.write import write_text
from bimodal.study import RunOptions, load_study, run_study
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.run.in_memory import run_in_memory
from bimodal.study.run.runner import run_plan, shipped_solver
from bimodal.study.run.tables import contrasts_table
from bimodal.study.store import checked_file, span_files
from bimodal.study.store.disk_room import estimated_bytes
from environments import PLACES, WHOLE, run_there
from study_fake import FakeSolver, two_arms

SEED, KILLED, REFUSED = 1, 137, 2
KINDS = ("flip", "flip", "flip", "cut", "swap", "swap with seal", "other seed", "other seed with seal")
FORK = multiprocessing.get_context("fork")
NAMES = (
    "x/treg_count=3", "status=0", "a[1]b", "star*", "**", "q?", "{a,b}", "[!a]", "]", "back\\slash*", "it's \"so\"",
    "new\nline", "-dash", "ünï ☃", "http:", "s3:", "~", "%41", "a;b", "$HOME",
)  # fmt: skip


def run(out: Path, **options: Any) -> int:
    """Run the small study in this process; 0 done, 2 refused."""
    try:
        run_study(two_arms(), options=RunOptions(out=out, **{"chunk": 12, **options}), solver=FakeSolver())
    except OutputError:
        return REFUSED
    return 0


def run_koreth(out: Path, **options: Any) -> int:
    """Run eight people per arm of a built-in study in this process, in two spans."""
    run_study(load_study("koreth-2011"), options=RunOptions(out=out, **{"patients": 8, "chunk": 4, **options}))
    return 0


def warm() -> None:
    """Load what a run needs, once for all processes; DuckDB itself is opened in each, as it does not survive a fork."""
    contrasts_table(run_in_memory(make_plan(two_arms(), RunOptions(patients=2), FakeSolver())).summary)


def start(work: Callable[[], int]) -> multiprocessing.process.BaseProcess:
    """Start work in a process of its own; its answer is the exit code."""
    child = FORK.Process(target=lambda: os._exit(work()))
    child.start()
    return child


def ended(child: multiprocessing.process.BaseProcess) -> int:
    """Wait for a process and give its exit code."""
    child.join()
    return child.exitcode if child.exitcode is not None else -1


def summary(out: Path) -> bytes:
    """Read the summary of a run; empty where there is none."""
    path = out / "summary.json"
    return path.read_bytes() if path.is_file() else b""


def at_boundary(number: int, before: bool, count_into: Path | None = None) -> Callable[[Callable[[], int]], int]:
    """Make a process end, as by SIGKILL, at the n-th call that makes, moves or removes a file."""

    def worked(work: Callable[[], int]) -> int:
        seen = 0

        def counted(call: Callable[..., Any], counts: Callable[..., bool]) -> Callable[..., Any]:
            def outer(*words: Any, **more: Any) -> Any:
                nonlocal seen
                if not counts(*words, **more):
                    return call(*words, **more)
                seen += 1
                if seen == number and before:
                    os._exit(KILLED)
                here = seen
                try:
                    return call(*words, **more)
                finally:
                    if here == number:
                        os._exit(KILLED)

            return outer

        for name in ("replace", "link", "unlink", "mkdir"):
            setattr(os, name, counted(getattr(os, name), lambda *_, **__: True))
        io.open = counted(io.open, lambda _file, mode="r", *_, **__: "w" in mode)
        code = work()
        if count_into is not None:
            count_into.write_text(str(seen))
        return code

    return worked


def kills_at_boundaries(place: Path, whole: bytes, kills: int) -> dict[str, Any]:
    """Kill at boundaries spread over all of a run, then give the same command again."""
    said = place / "boundaries"
    ended(start(lambda: at_boundary(0, True, said)(lambda: run(place / "counted"))))
    boundaries = int(said.read_text())
    at = np.linspace(1, boundaries, kills).astype(int).tolist()
    found = {"boundaries": boundaries, "kills": 0, "refused": 0, "other_bytes": 0, "left_behind": 0}
    left: list[Path] = []
    for trial, number in enumerate(at):
        out = place / f"boundary-{trial}"
        killed = at_boundary(number, trial % 2 == 0)
        found["kills"] += ended(start(lambda out=out, killed=killed: killed(lambda: run(out)))) == KILLED
        left.append(out)
    return answered(lambda found: again(left, whole, found), found, place)


def kills_at_random(place: Path, whole: bytes, kills: int) -> dict[str, Any]:
    """Kill a run three times in one folder at random moments, then let it end."""
    random = np.random.default_rng(SEED)
    begun = time.perf_counter()
    ended(start(lambda: run(place / "timed")))
    lasts = time.perf_counter() - begun
    found = {"kills": 0, "refused": 0, "other_bytes": 0, "left_behind": 0}
    left: list[Path] = []
    for trial in range(-(-kills // 3)):
        out = place / f"random-{trial}"
        for _ in range(3):
            child = start(lambda out=out: run(out))
            time.sleep(random.uniform(0.0, 0.7) * lasts)
            os.kill(child.pid or 0, signal.SIGKILL)
            found["kills"] += ended(child) == -signal.SIGKILL
        left.append(out)
    return answered(lambda found: again(left, whole, found), found, place)


def again(folders: list[Path], whole: bytes, found: dict[str, Any]) -> None:
    """Give the command again in folders that were left by kills, and count what is not as it should be."""
    for out in folders:
        found["refused"] += run(out) == REFUSED
        found["other_bytes"] += summary(out) != whole
        found["left_behind"] += len(list(out.rglob("*.part")))


def answered(work: Callable[[dict[str, Any]], None], found: dict[str, Any], place: Path) -> dict[str, Any]:
    """Let one process do all of some work and give what it found; the others then still start without DuckDB open."""

    def told() -> int:
        work(found)
        (place / "found.json").write_text(json.dumps(found))
        return 0

    if ended(start(told)) != 0:
        raise SystemExit("a run ended in a fault")
    return json.loads((place / "found.json").read_text())


def together(place: Path, whole: bytes, trials: int) -> dict[str, Any]:
    """Start the three shards of a run at once."""
    found = {"trials": trials, "whole": 0, "refused_shards": 0}
    for trial in range(trials):
        out, barrier = place / f"shards-{trial}", FORK.Barrier(3)

        def shard(number: int, out: Path = out, barrier: Any = barrier) -> int:
            barrier.wait(60)
            return run(out, shard=(number, 3), chunk=4)

        codes = [ended(one) for one in [start(lambda k=k, shard=shard: shard(k)) for k in (1, 2, 3)]]
        found["refused_shards"] += codes.count(REFUSED)
        found["whole"] += codes == [0, 0, 0] and summary(out) == whole
        shutil.rmtree(out)
    return found


def against(place: Path, wholes: dict[int, bytes], trials: int) -> dict[str, Any]:
    """Start two different runs in one folder at once: one gets it, the other is refused."""
    found = {"trials": trials, "one_got_it": 0, "mixed": 0}
    for trial in range(trials):
        out, barrier = place / f"two-{trial}", FORK.Barrier(2)

        def one(seed: int, out: Path = out, barrier: Any = barrier) -> int:
            barrier.wait(60)
            return run(out, seed=seed)

        codes = [ended(child) for child in [start(lambda k=k, one=one: one(k)) for k in (1, 2)]]
        found["one_got_it"] += sorted(codes) == [0, REFUSED]
        found["mixed"] += summary(out) not in wholes.values()
        shutil.rmtree(out)
    return found


def tampering(place: Path, again: Callable[..., int], trials: int, found: dict[str, Any]) -> None:
    """Flip a bit, cut, or swap a stored file with another of this run or one of another seed, and run again."""
    random, out, other, heard = np.random.default_rng(SEED), place / "tampered", place / "seed-2", io.StringIO()
    again(out)
    again(other, seed=2)
    whole = summary(out)
    logging.getLogger("bimodal").addHandler(logging.StreamHandler(heard))
    files = sorted(path.relative_to(out) for path in out.rglob("arm-*"))
    parquet = [path for path in files if path.suffix == ".parquet"]
    for trial in range(trials):
        kind = KINDS[trial % len(KINDS)]
        among = files if kind == "flip" else parquet
        victim = among[random.integers(len(among))]
        source = parquet[random.integers(len(parquet))] if "swap" in kind else victim
        content = bytearray((out / victim).read_bytes())
        if kind == "flip":
            content[random.integers(len(content))] ^= 1 << int(random.integers(8))
            (out / victim).write_bytes(content)
        elif kind == "cut":
            (out / victim).write_bytes(content[: random.integers(len(content))])
        elif source != victim or "other" in kind:
            base = other if "other" in kind else out
            (out / victim).write_bytes((base / source).read_bytes())
            if "seal" in kind:
                (out / victim).with_suffix(".json").write_bytes((base / source).with_suffix(".json").read_bytes())
        else:
            continue
        heard.seek(0)
        heard.truncate()
        found["trials"] += 1
        found["kinds"][kind] = found["kinds"].get(kind, 0) + 1
        again(out)
        found["silent_changes"] += summary(out) != whole
        found["not_said"] += "is not as this run wrote it" not in heard.getvalue()


def tampered(place: Path, again: Callable[..., int], trials: int) -> dict[str, Any]:
    """Change files of a run in a process of its own."""
    place.mkdir()
    found = {"trials": 0, "silent_changes": 0, "not_said": 0, "kinds": {}}
    return answered(lambda found: tampering(place, again, trials, found), found, place)


def environments(place: Path, quick: bool) -> dict[str, Any]:
    """Simulate a patient wherever a program may find itself, and compare with one simulated here."""
    plain = place / "plain"
    plain.mkdir()
    subprocess.run([sys.executable, "-c", WHOLE, "out"], cwd=plain, check=True, capture_output=True)
    found: dict[str, Any] = {"places": [], "failed": [], "other_bytes": []}
    for number, name in enumerate(list(PLACES)[: 2 if quick else None]):
        there = place / f"environment-{number}"
        there.mkdir()
        found["places"].append(name)
        try:
            run_there(name, WHOLE, there, timeout_s=3600)
        except AssertionError:
            found["failed"].append(name)
            continue
        if summary(there / "work" / "out") != summary(plain / "out"):
            found["other_bytes"].append(name)
    return found


def names(place: Path, whole: bytes, found: dict[str, Any]) -> None:
    """Run in folders of odd names."""
    for name in NAMES:
        run(place / "names" / name)
        found["names"] += 1
        found["other_bytes"] += summary(place / "names" / name) != whole


def sizes(place: Path, quick: bool) -> list[dict[str, Any]]:
    """Compare what studies take on disk with what was said before, and time what checking them costs."""
    found: list[dict[str, Any]] = []
    spent = 0.0
    plain = span_files.content_sha256

    def timed(file: Any) -> str:
        nonlocal spent
        begun = time.process_time()
        sha256 = plain(file)
        spent += time.process_time() - begun
        return sha256

    for module in (span_files, checked_file):
        module.content_sha256 = timed
    for name, patients in (("saadoun-2011", 250), ("koreth-2011", 50), ("atkins-1999", 50)):
        spec, spent = load_study(name), 0.0
        count = patients // 10 if quick else patients
        plan = make_plan(spec, RunOptions(patients=count, out=place / name, chunk=50), shipped_solver(spec))
        begun = time.process_time()
        run_plan(plan)
        cpu = time.process_time() - begun
        there = sum(path.stat().st_size for path in (place / name).rglob("*.parquet"))
        row = {"study": name, "patients": count, "arms": len(plan.arms), "mb": there / 1e6}
        found.append({**row, "estimated_mb": estimated_bytes(plan) / 1e6, "run_cpu_s": cpu, "hash_cpu_s": spent})
    return found


def page(record: dict[str, Any]) -> str:
    """Return the Markdown page."""
    kills, random, shards = record["kills_at_boundaries"], record["kills_at_random"], record["shards_together"]
    two, tamper, odd = record["two_runs_in_one_folder"], record["tampering"], record["names"]
    real, places = record["tampering_koreth"], record["environments"]
    lines = [
        "# What stored results withstand",
        "",
        f"`{record['command']}`, commit {record['commit']}, {record['machine']}, seed {SEED}, "
        f"{record['seconds']:.0f} s.",
        "Every trial is compared with the bytes of `summary.json` of an undisturbed run.",
        "",
        "| what is done to a run | trials | result |",
        "|---|---:|---|",
        f"| a stored file or seal is flipped in one bit, cut, or swapped | {tamper['trials']} | "
        f"{tamper['silent_changes']} changed summaries, {tamper['not_said']} not said |",
        f"| the same in a run of koreth-2011 | {real['trials']} | "
        f"{real['silent_changes']} changed summaries, {real['not_said']} not said |",
        f"| killed at one of {kills['boundaries']} file operations, run again | {kills['kills']} | "
        f"{kills['refused']} refused, {kills['other_bytes']} other bytes, {kills['left_behind']} files left behind |",
        f"| killed three times at random, run again | {random['kills']} | "
        f"{random['refused']} refused, {random['other_bytes']} other bytes, "
        f"{random['left_behind']} files left behind |",
        f"| three shards started together | {shards['trials']} | {shards['whole']} whole, "
        f"{shards['refused_shards']} shards refused |",
        f"| two different runs started together in one folder | {two['trials']} | "
        f"one got it in {two['one_got_it']}, {two['mixed']} mixed |",
        f"| stored in a folder with a name such as `a[1]b`, `x/treg_count=3` | {odd['names']} | "
        f"{odd['other_bytes']} other bytes |",
        f"| a patient simulated in another environment | {len(places['places'])} | "
        f"{len(places['failed'])} failed, {len(places['other_bytes'])} other bytes |",
        "",
        "Environments: " + "; ".join(places["places"]) + ".",
        "",
        "Kinds of changed files: " + ", ".join(f"{kind} {n}" for kind, n in tamper["kinds"].items()) + ".",
        "",
        "What results take on disk, the estimate that is said before a run of 1 GB and more, and how much of the",
        "processor time of a run goes into the hashes of what it stores.",
        "",
        "| study | patients per arm | arms | on disk, MB | estimated, MB | run, CPU s | hashes, CPU s |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *(
            f"| {row['study']} | {row['patients']} | {row['arms']} | {row['mb']:.1f} | {row['estimated_mb']:.1f} | "
            f"{row['run_cpu_s']:.1f} | {row['hash_cpu_s']:.2f} |"
            for row in record["sizes"]
        ),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the trials")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    given = parser.parse_args()
    share = 10 if given.quick else 1
    begun = time.perf_counter()
    logging.getLogger("bimodal").addHandler(logging.NullHandler())  # nothing on the terminal; tampering listens
    warm()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        wholes: dict[int, bytes] = {}
        for seed in (1, 2):
            ended(start(lambda seed=seed: run(place / f"whole-{seed}", seed=seed)))
            wholes[seed] = summary(place / f"whole-{seed}")
        whole = wholes[1]
        record = provenance(
            seed=SEED,
            names=answered(lambda found: names(place, whole, found), {"names": 0, "other_bytes": 0}, place),
            tampering=tampered(place / "small", run, 330 // share),
            tampering_koreth=tampered(place / "koreth", run_koreth, 40 // share),
            kills_at_boundaries=kills_at_boundaries(place, whole, 100 // share),
            kills_at_random=kills_at_random(place, whole, 30 // share),
            shards_together=together(place, whole, 20 // share),
            two_runs_in_one_folder=against(place, wholes, 10 // min(share, 5)),
            environments=environments(place, given.quick),
            sizes=sizes(place, given.quick),
        )
    record["seconds"] = time.perf_counter() - begun
    write_text(given.out / "stored_results.json", json.dumps(record, indent=2) + "\n")
    write_text(given.out / "stored_results.md", page(record))
    print(page(record))


if __name__ == "__main__":
    main()
