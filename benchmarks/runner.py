"""How a large run spends its time and memory, against the bare engine and with more workers.

python benchmarks/runner.py [--patients 1000000] [--study low-dose | FILE] [--backend processes] [--workers 1 2]
                            [--chunk 1000] [--no-report] [--synthetic 1000000]

Each run is a process of its own: seconds of planning, of starting (until a worker computes), of computing by the clock,
of engine and writing (added over workers, from their receipts), summary and report; patients per second of computing;
the peak memory of the run and of its largest worker. The bare engine solves parts in one process with one thread and
writes nothing; each of them is then solved and stored as a run does, so that what else the machine does falls on both.
``--synthetic N`` computes at most 2,000, stores their numbers under the indices of N, and measures the summary alone.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bimodal.files.write import write_text
from bimodal.study import RunOptions, StudySpec, load_study, simulate_spec
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.plan.plan import Plan
from bimodal.study.plan.segment_layout import MOST_DRAWN
from bimodal.study.run.load_shipped import shipped_solver
from bimodal.study.run.runner import run_plan
from bimodal.study.run.work_part import Receipt, WorkPart, compute_part
from bimodal.study.store.folder import claimed_folder
from bimodal.study.store.store import Block
from provenance import provenance

MB = 1_000_000
LOW_DOSE = "low-dose"
_UNIT = 1 if platform.system() == "Darwin" else 1024
_BARE_PARTS = 6


def the_study(name: str) -> StudySpec:
    """Give one low-dose arm of healthy people over five weeks, or a study by its name or file."""
    if name != LOW_DOSE:
        return load_study(name)
    regimen = "1 MIU/m2 SC daily for 28 days"
    return simulate_spec(["aldesleukin"], [regimen], patients=1, report_days=[7.0, 28.0], follow_up_days=7.0)


def plan_of(asked: dict[str, Any]) -> Plan:
    """Make the plan of a run."""
    spec = the_study(asked["study"])
    names = ("patients", "chunk", "workers", "backend", "scheduler")
    options = RunOptions(out=Path(asked["folder"]), **{name: asked[name] for name in names})
    return make_plan(spec, options, shipped_solver(spec))


def peak_mb(who: int) -> float:
    """Give the peak resident memory of this process or of its largest child."""
    own = Path("/proc/self/status")
    if who == resource.RUSAGE_SELF and own.exists():
        # the other number starts with that of the process it was started by
        return round(int(own.read_text().partition("VmHWM:")[2].split()[0]) * 1024 / MB)
    return round(resource.getrusage(who).ru_maxrss * _UNIT / MB)


def one_run(asked: dict[str, Any]) -> dict[str, Any]:
    """Run a study here, and say what it took."""
    begun = time.perf_counter()
    plan = plan_of(asked)
    planned = time.perf_counter()
    seen: list[tuple[float, Receipt]] = []
    result = run_plan(plan, watch=lambda receipt: seen.append((time.perf_counter(), receipt)))
    assert result is not None
    summed = time.perf_counter()
    run_mb = peak_mb(resource.RUSAGE_SELF)
    if asked["report"]:
        from bimodal.report import write_report

        write_report(result, result.folder, figures=result.folder / "figures")
    count = plan.population.count * len(plan.arms)
    # a part takes as long as its receipt says, so the first began that long before its receipt came
    first = min(at - receipt.solve_s - receipt.write_s for at, receipt in seen)
    return {
        "patients": count,
        "times": len(plan.times_h),
        "observables": len(plan.solver.observables),
        "plan_s": planned - begun,
        "start_s": first - planned,
        "compute_s": seen[-1][0] - first,
        "engine_s": sum(receipt.solve_s for _, receipt in seen),
        "write_s": sum(receipt.write_s for _, receipt in seen),
        "summary_s": summed - seen[-1][0],
        "report_s": time.perf_counter() - summed if asked["report"] else None,
        "patients_per_s": count / (seen[-1][0] - first),
        "peak_run_mb": run_mb,
        "peak_report_mb": peak_mb(resource.RUSAGE_SELF) if asked["report"] else None,
        "peak_worker_mb": peak_mb(resource.RUSAGE_CHILDREN),
        "failed": result.summary["failed"],
        "summary_sha256": result.summary["provenance"]["results_sha256"],
        "files_mb": round(sum(f.stat().st_size for f in result.folder.rglob("*.parquet")) / MB),
    }


def bare_engine(asked: dict[str, Any]) -> dict[str, Any]:
    """Solve some parts with one thread, each once alone and once as a part of a run."""
    plan = plan_of({**asked, "backend": "threads", "scheduler": None, "workers": 1})
    size, count, first = asked["chunk"], plan.population.count, asked["first"]
    plan.solve(0, 0, 8), plan.solve(0, first, first + 8)
    took: dict[str, list[tuple[float, float]]] = {"bare": [], "stored": []}

    def measured(kind: str, work: Callable[[], object]) -> None:
        begun, busy = time.perf_counter(), time.process_time()
        work()
        took[kind].append((time.perf_counter() - begun, time.process_time() - busy))

    with claimed_folder(plan) as files:
        for start in range(first, count, size):
            part = WorkPart(0, start, min(start + size, count))
            measured("bare", lambda part=part: plan.solve(*part))
            measured("stored", lambda part=part: compute_part(plan, files, part))
    bare, stored = (np.array(took[kind]).sum(axis=0) for kind in ("bare", "stored"))
    count -= first
    return {
        "first": first,
        "patients": count,
        "patients_per_s": count / bare[0],
        "patients_per_processor_s": count / bare[1],
        "stored_per_s": count / stored[0],
        "stored_per_processor_s": count / stored[1],
        "stored_of_bare": bare[1] / stored[1],
    }


def synthetic(asked: dict[str, Any]) -> dict[str, Any]:
    """Store the numbers of a few patients for all, and measure what reads them."""
    plan = plan_of(asked)
    size, count = asked["chunk"], plan.population.count
    begun = time.perf_counter()
    with claimed_folder(plan) as files:
        for arm in range(len(plan.arms)):
            solved = plan.solve(arm, 0, min(size, count, MOST_DRAWN))
            again = np.arange(min(size, count)) % len(solved.status)
            whole, status = solved.values[again], solved.status[again]
            kept = {name: values[again] for name, values in plan.tables(arm, 0, solved).items()}
            tables = files.tables(arm)
            for start in range(0, count, size):
                n = min(size, count - start)
                for name, values in kept.items():
                    if (span := tables[name].kept((start, start + n))) is not None:
                        m = span[1] - span[0]
                        tables[name].write(Block(arm, start, values[:m], status[:m]))
                files.trajectories.write(Block(arm, start, whole[:n], status[:n]))
    written = time.perf_counter()
    found = in_a_process({**asked, "kind": "stored"})  # a process that has computed nothing
    return {**found, "written_s": written - begun}


def stored(asked: dict[str, Any]) -> dict[str, Any]:
    """Summarise a run whose parts are all there."""
    plan = plan_of(asked)
    before, begun = peak_mb(resource.RUSAGE_SELF), time.perf_counter()
    result = run_plan(plan)
    assert result is not None
    return {
        "patients": plan.population.count * len(plan.arms),
        "times": len(plan.times_h),
        "observables": len(plan.solver.observables),
        "summary_s": time.perf_counter() - begun,
        "peak_plan_mb": before,
        "peak_run_mb": peak_mb(resource.RUSAGE_SELF),
        "files_mb": round(sum(f.stat().st_size for f in result.folder.rglob("*.parquet")) / MB),
    }


KINDS = {"run": one_run, "bare": bare_engine, "synthetic": synthetic, "stored": stored}


def in_a_process(asked: dict[str, Any]) -> dict[str, Any]:
    """Have something measured in a process of its own."""
    command = [sys.executable, __file__, "--asked", json.dumps(asked)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return {"kind": asked["kind"], **json.loads(done.stdout.splitlines()[-1])}


def page(record: dict[str, Any]) -> str:
    """Return the Markdown page."""

    def cell(value: Any) -> str:
        return "" if value is None else f"{value:,.4g}" if isinstance(value, float) else f"{value:,}"

    def table(kind: str, names: list[str]) -> list[str]:
        rows = [row for row in record["rows"] if row["kind"] == kind]
        head = [f"| {' | '.join(names)} |", f"|{'---:|' * len(names)}"] if rows else []
        return [*head, *(f"| {' | '.join(cell(row.get(name)) for name in names)} |" for row in rows), ""]

    run = ["patients", "workers", "patients_per_s", "plan_s", "start_s", "compute_s", "engine_s", "write_s"]
    run += ["summary_s", "report_s", "peak_run_mb", "peak_report_mb", "peak_worker_mb", "files_mb"]
    kinds, ratio = ("patients", "stored"), "stored_of_bare"
    stored = ["patients", "times", "observables", "summary_s", "peak_plan_mb", "peak_run_mb", "files_mb"]
    return "\n".join(
        [
            "# A large run",
            "",
            f"`{record['command']}`, commit {record['commit']}, {record['machine']}, {record['cores']} cores, "
            f"load at the start {record['load']}. Backend {record['backend']}, parts of {record['chunk']} patients.",
            "",
            *table("run", run),
            *table(
                "bare",
                ["first", "patients", *(f"{kind}_per_{of}" for of in ("s", "processor_s") for kind in kinds), ratio],
            ),
            *table("stored", stored),
            "Seconds by the clock; `engine_s` and `write_s` are added up over workers. `start_s` is from the plan to "
            "the first part, `compute_s` from there to the last receipt, `patients_per_s` of it. The bare engine "
            "(`patients_per_s`) writes nothing; `stored_per_s` is of the same parts solved and stored in turn with it, "
            "`stored_of_bare` of processor time; pixels of figures are read and stored of the patients before 2,000 "
            "alone. `stored` rows are of the summary of synthetic rows, the numbers of at most 2,000 under the indices "
            "of all patients.",
            "",
        ]
    )


def main() -> None:
    """Measure, print and write both files."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--study", default=LOW_DOSE)
    words.add_argument("--patients", type=int, nargs="*", default=[1_000_000])
    words.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    words.add_argument("--backend", default="processes")
    words.add_argument("--scheduler")
    words.add_argument("--chunk", type=int, default=1000)
    words.add_argument("--no-report", action="store_true")
    words.add_argument("--no-bare", action="store_true")
    words.add_argument("--synthetic", type=int, nargs="*", default=[])
    words.add_argument("--place", type=Path, help="Where the results of the runs go for a while.")
    words.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    words.add_argument("--name", default="runner", help="Of the two files of results.")
    words.add_argument("--asked", help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.asked:
        asked = json.loads(given.asked)
        print(json.dumps(KINDS[asked["kind"]](asked)))
        return
    record = provenance(cores=os.cpu_count(), load=round(os.getloadavg()[0], 1), backend=given.backend, rows=[])
    record["chunk"] = given.chunk
    base = {
        "study": given.study, "chunk": given.chunk, "backend": given.backend, "scheduler": given.scheduler,
        "report": not given.no_report, "workers": 1,
    }  # fmt: skip
    jobs = [{"kind": "run", "patients": n, "workers": w} for n in given.patients for w in given.workers]
    for first, most in ((0, MOST_DRAWN), (MOST_DRAWN, _BARE_PARTS * given.chunk)):
        last = first + min(most, _BARE_PARTS * given.chunk)
        jobs += [] if given.no_bare or not given.patients else [{"kind": "bare", "patients": last, "first": first}]
    jobs += [{"kind": "synthetic", "patients": n, "backend": "threads", "scheduler": None} for n in given.synthetic]
    for job in jobs:
        with tempfile.TemporaryDirectory(dir=given.place) as place:
            found = in_a_process({**base, **job, "folder": f"{place}/run"})
        record["rows"].append({**job, **found, "kind": "stored" if job["kind"] == "synthetic" else job["kind"]})
        print(record["rows"][-1], flush=True)
        write_text(given.out / f"{given.name}.json", json.dumps(record, indent=2) + "\n")
        write_text(given.out / f"{given.name}.md", page(record))
    print(page(record))


if __name__ == "__main__":
    main()
