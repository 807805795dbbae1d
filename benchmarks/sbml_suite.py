"""Runs the SBML semantic test suite and says of every case: passed, refused by name, failed loudly, or wrong.

    python benchmarks/sbml_suite.py PATH/TO/sbml-test-suite/cases/semantic [--jobs 2] [--only NUMBERS] [--every-level]

The suite (github.com/sbmlteam/sbml-test-suite) is not part of this repository. A case is simulated from its highest
SBML level and version, and passes where ``|x - y| <= absolute + relative * |y|`` for every number of its results file;
what is infinite or not a number there has to be just that.
Writes ``benchmarks/results/sbml_suite.json`` and ``.md``.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import re
import sys
import time
from collections import Counter, defaultdict
from dataclasses import asdict
from pathlib import Path

from bimodal.errors import BimodalError
from bimodal.exchange.suite_case import KINDS, SETTINGS, Outcome, run_case, suite_cases

RESULTS = Path(__file__).parent / "results"


def _job(job: tuple[str, bool]) -> list[Outcome]:
    return run_case(Path(job[0]), every_level=job[1])


def _kind_of_reason(reason: str) -> str:
    """Group reasons that differ in names or numbers only; the name of a function is the reason."""
    if reason.startswith("the model uses '") and reason.endswith("', which is not supported"):
        return reason
    return re.sub(r"'[^']*'", "'…'", reason.split(":")[0])[:110] if "package" not in reason else reason[:90]


def _markdown(found: list[Outcome], seconds: float) -> str:
    total = Counter(outcome.kind for outcome in found)
    by_tag: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in found:
        for tag in outcome.tags:
            by_tag[tag][outcome.kind] += 1
    lines = ["# SBML semantic test suite", ""]
    lines += [f"{len(found)} files in {seconds:.0f} s: " + ", ".join(f"{total[k]} {k}" for k in KINDS) + ".", ""]
    lines += ["| reason of not passing | files |", "|---|---|"]
    reasons = Counter(f"{o.kind}: {_kind_of_reason(o.reason)}" for o in found if o.kind != "passed")
    lines += [f"| {reason} | {count} |" for reason, count in reasons.most_common()]
    lines += ["", "| tag | " + " | ".join(KINDS) + " |", "|---" * (len(KINDS) + 1) + "|"]
    lines += [f"| {tag} | " + " | ".join(str(by_tag[tag][k]) for k in KINDS) + " |" for tag in sorted(by_tag)]
    wrong = [o for o in found if o.kind in ("mismatch", "crashed")]
    lines += ["", "Silently wrong or crashed: " + (", ".join(f"{o.file} ({o.reason})" for o in wrong) or "none") + "."]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run the suite; exit code 1 if any case is silently wrong or crashes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("path", type=Path, help="folder cases/semantic of the suite")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=[], help="case numbers; prints, writes nothing")
    parser.add_argument("--every-level", action="store_true", help="all files of a case, not the highest level alone")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    try:
        cases = suite_cases(options.path)
    except BimodalError as fault:
        parser.error(str(fault))
    jobs = [(str(one), options.every_level) for one in cases if not options.only or one.name in options.only]
    began = time.perf_counter()
    found: list[Outcome] = []
    with multiprocessing.get_context("spawn").Pool(options.jobs, maxtasksperchild=200) as pool:
        for outcomes in pool.imap_unordered(_job, jobs, chunksize=10):
            found += outcomes
            if options.only:
                print(*(f"{o.file} {o.kind} {o.reason}" for o in outcomes), sep="\n")
            elif len(found) % 200 < len(outcomes):
                print(f"{len(found)} files, {time.perf_counter() - began:.0f} s", file=sys.stderr)
    seconds = time.perf_counter() - began
    found.sort(key=lambda o: o.file)
    if not options.only:
        name = "sbml_suite_every_level" if options.every_level else "sbml_suite"
        options.out.mkdir(parents=True, exist_ok=True)
        text = _markdown(found, seconds)
        (options.out / f"{name}.md").write_text(text, encoding="utf-8")
        record = {
            "command": "python benchmarks/" + " ".join(["sbml_suite.py", "PATH", *(a for a in sys.argv[2:])]),
            "python": platform.python_version(),
            "machine": platform.machine(),
            "settings": asdict(SETTINGS),
            "counts": Counter(o.kind for o in found),
            "not_passed": {o.file: [o.kind, o.reason] for o in found if o.kind != "passed"},
        }
        (options.out / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        print(text)
    return int(any(o.kind in ("mismatch", "crashed") for o in found))


if __name__ == "__main__":
    raise SystemExit(main())
