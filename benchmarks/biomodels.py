"""Runs SBML files beside libRoadRunner and says of each: agree, differ (and how), refused by name, failed, or too slow.

    python benchmarks/biomodels.py FOLDER [--jobs 2] [--only WORDS] [--every 10] [--seconds 120] [--kept FILE]

FOLDER holds models as ``BIOMD*/*.xml`` or ``*.xml`` (as github.com/sys-bio/BiomodelsStore does); none is part of this
repository. Every quantity that changes is compared from time 0 to 100, in the file's unit of time, at 101 whole times
and 0.3 after each: a difference at whole times alone is one of what a value at the instant of an event is. Two numbers
agree within 1e-4 of the other, 1e-6 of the largest of their quantity, or 1e-10: libRoadRunner's absolute tolerance,
below which its numbers say nothing. Differences that were looked into are told in
``biomodels_explained.toml``. Writes ``benchmarks/results/biomodels.json`` and ``.md``.

A store takes hours: with ``--kept`` each outcome is added to a file as it comes, with its commit, and a model that is
in it is not run again unless ``--only`` names it. Small files come first; time is that of the processor.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import resource
import signal
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from multiprocessing import connection
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from provenance import provenance

FloatArray = npt.NDArray[np.float64]
RESULTS = Path(__file__).parent / "results"
EXPLAINED = Path(__file__).with_name("biomodels_explained.toml")
WHOLE = np.arange(101.0)
LATER = 0.3
TIMES = np.sort(np.concatenate([WHOLE, WHOLE[:-1] + LATER]))
RELATIVE, OF_LARGEST, ABSOLUTE = 1e-4, 1e-6, 1e-10
#: Imported once for all files.
PRELOADED = ["roadrunner", "libsbml", "bimodal.exchange.network_run", "bimodal.model.sbml_reader", "bimodal.engine.jit"]
KINDS = ("agree", "instant", "differ", "refused", "failed", "slow", "alone", "both failed", "no model")


@dataclass(frozen=True)
class Outcome:
    """What became of a file.

    ``agree``; ``instant``: only values at whole times differ; ``differ``; ``refused`` by name; ``failed``: loudly,
    while libRoadRunner runs it; ``slow``: no answer in time; ``alone``: only this package runs it; ``both failed``;
    ``no model``: not XML, or too large to be asked for.
    """

    file: str
    kind: str
    reason: str
    seconds: float = 0.0
    commit: str = ""


def compare(names: Sequence[str], ours: FloatArray, theirs: FloatArray) -> tuple[str, str]:
    """Return the kind and where the difference is largest; arrays are (T, O) at `TIMES`, NaN where there is none."""
    with np.errstate(invalid="ignore"):
        largest = np.nanmax(np.abs(theirs), axis=0, initial=0.0)
        off = np.abs(ours - theirs) / (RELATIVE * np.abs(theirs) + OF_LARGEST * largest + ABSOLUTE)
    # a number that one of them has not is no difference of numbers; where theirs is one and ours is not, it is
    off[np.isnan(theirs)] = 0.0
    off[np.isnan(off)] = np.inf
    if (off <= 1.0).all():
        return "agree", ""
    whole = np.isin(TIMES, WHOLE)
    kind = "instant" if (off[~whole] <= 1.0).all() else "differ"
    row, column = (int(i) for i in np.unravel_index(int(np.argmax(off)), off.shape))
    count = int((off > 1.0).any(axis=0).sum())
    return kind, (
        f"{count} of {len(names)} quantities, most {names[column]} at {TIMES[row]:g}: "
        f"{ours[row, column]:.6g} against {theirs[row, column]:.6g}"
    )


def by_roadrunner(path: Path, names: Sequence[str]) -> FloatArray | str:
    """Return (T, O) of libRoadRunner at `TIMES`, or its message."""
    import roadrunner

    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
    message = ""
    for rtol, atol in ((1e-10, 1e-14), (1e-8, 1e-10)):  # at its tightest settings it breaks down more often
        try:
            runner = roadrunner.RoadRunner(str(path))
            runner.integrator.relative_tolerance, runner.integrator.absolute_tolerance = rtol, atol
            runner.integrator.maximum_num_steps = 1_000_000
            runner.timeCourseSelections = ["time", *names]
            found = np.array(runner.simulate(times=TIMES.tolist()))[:, 1:]
        except (RuntimeError, ValueError) as fault:
            message = " ".join(str(fault).split())[:200]
            continue
        return found if len(found) == len(TIMES) else "it stopped early"
    return message


def run_file(path: Path, most_species: int) -> tuple[str, str]:
    """Run one file with both and compare."""
    from bimodal.engine import Settings
    from bimodal.errors import BimodalError
    from bimodal.exchange.network_run import run_network
    from bimodal.model.sbml_reader import read_sbml

    text = path.read_text(encoding="utf-8", errors="replace")
    if "<sbml" not in text:
        return "no model", "this is not SBML"
    if text.count("<species ") > most_species:
        return "no model", f"more than {most_species} species"
    try:
        network = read_sbml(text, file=path.name)
    except BimodalError as fault:
        return "refused", fault.what[:300]
    back = {new: old for old, new in network.renamed.items()}
    names = [name for name in network.quantities if name in network.units]
    outputs = [(name, network.amount(name) if name in network.species else name) for name in names]
    for rtol in (1e-9, 1e-8):  # as with libRoadRunner, a tolerance near rounding is not kept by every model
        try:
            run = run_network(network, outputs, TIMES, settings=Settings(rtol=rtol, max_steps=3_000_000))
            failed = run.sentence if run.status.failed else ""
        except BimodalError as fault:
            run, failed = None, fault.what
        if not failed:
            break
    theirs = by_roadrunner(path, [back.get(name, name) for name in names])
    if failed or run is None:
        return ("both failed" if isinstance(theirs, str) else "failed"), failed
    if isinstance(theirs, str):
        return "alone", theirs
    return compare(names, np.stack([run.values[name] for name in names], axis=1), theirs)


def _work(path: Path, most_species: int, seconds: float, answer: Any) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds) + 5))
    try:
        found = run_file(path, most_species)
    except Exception as fault:  # a crash is a result of this script
        found = "failed", f"{type(fault).__name__}: {fault}"
    answer.send((*found, time.process_time()))


def run_all(paths: Sequence[Path], *, jobs: int, most_species: int, seconds: float) -> Iterator[Outcome]:
    """Run files in processes of their own, each for so many seconds of the processor at most."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    waiting, running = list(reversed(paths)), list[tuple[Path, Any, Any]]()
    commit = provenance()["commit"]
    while waiting or running:
        while waiting and len(running) < jobs:
            path = waiting.pop()
            ours, theirs = context.Pipe(duplex=False)
            process = context.Process(target=_work, args=(path, most_species, seconds, theirs), daemon=True)
            process.start()
            theirs.close()
            running.append((path, process, ours))
        connection.wait([ours for _, _, ours in running])
        for one in list(running):
            path, process, ours = one
            if not ours.poll():
                continue
            try:
                kind, reason, spent = ours.recv()
            except EOFError:
                process.join()
                late = process.exitcode == -signal.SIGXCPU
                words = f"no answer after {seconds:g} s of the processor" if late else "the process broke down"
                kind, reason, spent = "slow" if late else "failed", words, seconds
            process.join()
            running.remove(one)
            yield Outcome(_name(path), kind, reason, round(spent, 1), commit)


def _name(path: Path) -> str:
    return path.parent.name if path.parent.name.startswith("BIOMD") else path.stem


def _markdown(found: Sequence[Outcome], explained: dict[str, dict[str, str]], command: str) -> str:
    total = Counter(outcome.kind for outcome in found)
    models = len(found) - total["no model"]
    unlike = [o for o in found if o.kind in ("instant", "differ", "failed", "slow")]
    told = [o for o in unlike if o.file in explained]
    lines = ["# Published models beside libRoadRunner", ""]
    commits = ", ".join(
        f"{commit} ({count} models)" for commit, count in Counter(o.commit for o in found).most_common()
    )
    lines += [f"`{command}`, at commit {commits}.", ""]
    lines += [
        f"{models} models: " + ", ".join(f"{total[k]} {k}" for k in KINDS if total[k] and k != "no model") + ".",
        "",
    ]
    lines += [f"Of {len(unlike)} that differ, fail here or are slow, {len(told)} are explained below.", ""]
    lines += ["| model | outcome | largest difference | right by the specification | why |", "|---|---|---|---|---|"]
    for o in told:
        one = explained[o.file]
        lines.append(f"| {o.file} | {o.kind} | {o.reason} | {one['right']} | {one['why']} |")
    lines += ["", "| not explained | outcome | |", "|---|---|---|"]
    lines += [f"| {o.file} | {o.kind} | {o.reason} |" for o in unlike if o.file not in explained]
    reasons = Counter(o.reason for o in found if o.kind == "refused")
    lines += ["", "| refused by name | files |", "|---|---|"]
    lines += [f"| {reason} | {count} |" for reason, count in reasons.most_common()]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run the files; exit code 1 if a difference is not explained."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("path", type=Path, help="folder of models")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=[], help="parts of names of models")
    parser.add_argument("--every", type=int, default=0, help="every so many-th model, and those of --only")
    parser.add_argument("--most-species", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=120.0, help="the most a model may take")
    parser.add_argument("--kept", type=Path, help="outcomes so far, one JSON object a line; not run again")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    paths = sorted((*options.path.glob("*.xml"), *options.path.glob("BIOMD*/*.xml")))
    named = {p for p in paths if any(word in _name(p) for word in options.only)}
    if options.only or options.every:
        paths = [p for i, p in enumerate(paths) if p in named or (options.every and i % options.every == 0)]
    if not paths:
        parser.error(f"no model in {options.path}")
    known: dict[str, Outcome] = {}
    if options.kept and options.kept.exists():
        lines = options.kept.read_text(encoding="utf-8").splitlines()
        known = {one.file: one for one in (Outcome(**json.loads(line)) for line in lines)}
    todo = [p for p in paths if _name(p) not in known or p in named]
    todo.sort(key=lambda p: p.stat().st_size)
    for one in run_all(todo, jobs=options.jobs, most_species=options.most_species, seconds=options.seconds):
        known[one.file] = one
        print(f"{len(known)} {one.file}: {one.kind} {one.reason}", file=sys.stderr, flush=True)
        if options.kept:
            with options.kept.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(one)) + "\n")
    found = sorted(known.values(), key=lambda outcome: outcome.file)
    explained = tomllib.loads(EXPLAINED.read_text(encoding="utf-8"))
    options.out.mkdir(parents=True, exist_ok=True)
    # paths of this computer say nothing to others
    words = [Path(word).name if word.startswith("/") else word for word in sys.argv[1:] if word != str(options.path)]
    command = " ".join(["python benchmarks/biomodels.py FOLDER", *words])
    text = _markdown(found, explained, command)
    (options.out / "biomodels.md").write_text(text, encoding="utf-8")
    record = provenance() | {
        "command": command,
        "python": platform.python_version(),
        "counts": Counter(o.kind for o in found),
        "outcomes": [asdict(o) for o in found],
    }
    (options.out / "biomodels.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(text)
    return int(any(o.kind in ("instant", "differ") and o.file not in explained for o in found))


if __name__ == "__main__":
    raise SystemExit(main())
