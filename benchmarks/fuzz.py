"""Fuzz studies at full counts: random expressions, random stiff linear systems, hostile SBML documents.

    python benchmarks/fuzz.py [--parts expressions,linear,hostile] [--trees 100000] [--systems 10000] [--jobs 2]

Every number comes from the seed, whatever the number of processes. Writes ``benchmarks/results/fuzz.json`` and ``.md``;
parts that are not run stay as they were. Exit code 1 if anything disagrees, is refused late, or is wrong in silence.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.machine import commit, machine

RESULTS = Path(__file__).parent / "results"
PARTS = ("expressions", "linear", "hostile")


def _expressions(options: argparse.Namespace, pool: Any) -> dict[str, Any]:
    from fuzz import expressions

    found = expressions.Found()
    batches = range(0, options.trees, expressions.BATCH)
    jobs = [(options.seed, i, min(expressions.BATCH, options.trees - low)) for i, low in enumerate(batches)]
    for done, batch in enumerate(pool.imap(expressions.run_batch, jobs), start=1):
        found.merge(batch)
        _tell("expressions", done, len(jobs))
    return found.record()


def _linear(options: argparse.Namespace, pool: Any) -> dict[str, Any]:
    from fuzz import linear

    found = linear.Found()
    jobs = linear.jobs(options.seed, options.systems)
    for done, batch in enumerate(pool.imap(linear.run_batch, jobs), start=1):
        found.merge(batch)
        _tell("linear", done, len(jobs))
    return found.record()


def _hostile(_: argparse.Namespace, __: Any) -> dict[str, Any]:
    from fuzz import hostile

    return hostile.run()


def _tell(part: str, done: int, total: int) -> None:
    if done % max(total // 20, 1) == 0:
        print(f"{part}: {done} of {total} batches", file=sys.stderr, flush=True)


def main() -> int:
    """Run the parts asked for and write their results."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--trees", type=int, default=100_000)
    parser.add_argument("--systems", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    os.environ["BIMODAL_CACHE"] = "off"  # systems used once would push useful ones out
    from fuzz import table

    record_path = options.out / "fuzz.json"
    record: dict[str, Any] = json.loads(record_path.read_text("utf-8")) if record_path.exists() else {}
    parts: dict[str, Callable[[argparse.Namespace, Any], dict[str, Any]]] = {
        "expressions": _expressions, "linear": _linear, "hostile": _hostile,
    }  # fmt: skip
    counts = {"expressions": f" --trees {options.trees}", "linear": f" --systems {options.systems}", "hostile": ""}
    # LLVM keeps a part of every module for the life of its process
    with multiprocessing.get_context("spawn").Pool(options.jobs, maxtasksperchild=100) as pool:
        for name in options.parts.split(","):
            began = time.perf_counter()
            found = parts[name](options, pool)
            record[name] = {
                "command": f"python benchmarks/fuzz.py --parts {name}{counts[name]}",
                "date": time.strftime("%Y-%m-%d", time.gmtime()),
                "seed": options.seed,
                "seconds": round(time.perf_counter() - began, 1),
                "machine": machine(),
                **commit(),
                **found,
            }
            options.out.mkdir(parents=True, exist_ok=True)
            record_path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
            (options.out / "fuzz.md").write_text(table.markdown(record), encoding="utf-8")
    print(table.markdown(record))
    return int(any(table.faults(record).values()))


if __name__ == "__main__":
    raise SystemExit(main())
