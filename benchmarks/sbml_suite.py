"""Runs the SBML semantic test suite and says of every case: passed, refused by name, failed loudly, or wrong.

    python benchmarks/sbml_suite.py PATH/TO/sbml-test-suite/cases/semantic [--jobs 2] [--only NUMBERS] [--every-level]

The suite (github.com/sbmlteam/sbml-test-suite) is not part of this repository. A case is simulated from its highest
SBML level and version, and passes where ``|x - y| <= absolute + relative * |y|`` for every number of its results file;
what is infinite or not a number there has to be just that.
Writes ``benchmarks/results/sbml_suite.json`` and ``.md``.
"""

from __future__ import annotations

import argparse
import csv
import json
import multiprocessing
import platform
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from bimodal.engine import Settings
from bimodal.errors import BimodalError
from bimodal.exchange.network_run import run_network
from bimodal.model.sbml_reader import read_sbml

#: Tighter than any case asks for, so that a mismatch is one of meaning.
SETTINGS = Settings(rtol=1e-9, atol_factor=1e-6, max_steps=3_000_000)
RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Outcome:
    """What became of a case: ``kind`` is passed, refused, failed, mismatch or crashed; ``reason`` says why."""

    case: str
    file: str
    kind: str
    reason: str
    tags: tuple[str, ...]


def _settings(path: Path) -> dict[str, str]:
    pairs = (line.split(":", 1) for line in path.read_text(encoding="utf-8", errors="replace").splitlines())
    return {pair[0].strip(): pair[1].strip() for pair in pairs if len(pair) == 2}


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _tags(folder: Path) -> tuple[str, ...]:
    text = next(folder.glob("*-model.m")).read_text(encoding="utf-8", errors="replace")
    lines = re.findall(r"^\s*(?:componentTags|testTags):(.*)$", text, re.MULTILINE)
    return tuple(sorted({tag.strip() for line in lines for tag in line.split(",") if tag.strip()}))


def _expected(path: Path) -> tuple[list[str], np.ndarray]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [[cell.strip() for cell in row] for row in csv.reader(file) if any(cell.strip() for cell in row)]
    return rows[0], np.array([[float(cell) for cell in row] for row in rows[1:]])


def run_file(path: Path, folder: Path, tags: tuple[str, ...]) -> Outcome:
    """Simulate one file of a case and compare."""

    def outcome(kind: str, reason: str = "") -> Outcome:
        return Outcome(folder.name, path.name, kind, reason, tags)

    try:
        wanted = _settings(folder / f"{folder.name}-settings.txt")
        if "steps" not in wanted or "FluxBalanceSteadyState" in tags:
            return outcome("refused", "the case is no time course")
        header, table = _expected(folder / f"{folder.name}-results.csv")
        network = read_sbml(path.read_text(encoding="utf-8"), file=path.name)
        amounts, concentrations = set(_names(wanted["amount"])), set(_names(wanted["concentration"]))
        outputs = []
        for name in header[1:]:
            if name in amounts and name in network.species:
                outputs.append((name, network.amount(name)))
            elif name in concentrations:
                outputs.append((name, network.concentration(name)))
            else:
                outputs.append((name, network.expression(name)))
        run = run_network(network, outputs, table[:, 0], settings=SETTINGS)
    except BimodalError as fault:
        return outcome("refused", fault.what)
    except Exception as fault:  # a crash is a result of this script
        return outcome("crashed", f"{type(fault).__name__}: {fault}")
    if run.status.failed:
        return outcome("failed", run.sentence)
    absolute, relative = float(wanted["absolute"]), float(wanted["relative"])
    got, expected = np.stack([run.values[name] for name in header[1:]], axis=1), table[:, 1:]
    with np.errstate(invalid="ignore"):  # infinite less infinite
        right = np.abs(got - expected) <= absolute + relative * np.abs(expected)
    right |= (got == expected) | (np.isnan(got) & np.isnan(expected))
    if right.all():
        return outcome("passed")
    row, column = (int(i) for i in np.argwhere(~right)[0])
    return outcome(
        "mismatch",
        f"{header[1 + column]} at {table[row, 0]:g}: {got[row, column]:.10g}, expected {expected[row, column]:.10g}",
    )


def run_case(job: tuple[str, bool]) -> list[Outcome]:
    """Run the highest level of a case, or every level."""
    folder, every = Path(job[0]), job[1]
    files = sorted(folder.glob(f"{folder.name}-sbml-l*v*.xml"))
    tags = _tags(folder)
    return [run_file(path, folder, tags) for path in (files if every else files[-1:])]


def _kind_of_reason(reason: str) -> str:
    """Group reasons that differ in names or numbers only; the name of a function is the reason."""
    if reason.startswith("the model uses '") and reason.endswith("', which is not supported"):
        return reason
    return re.sub(r"'[^']*'", "'…'", reason.split(":")[0])[:110] if "package" not in reason else reason[:90]


def _markdown(found: list[Outcome], seconds: float) -> str:
    kinds = ("passed", "refused", "failed", "mismatch", "crashed")
    total = Counter(outcome.kind for outcome in found)
    by_tag: dict[str, Counter[str]] = defaultdict(Counter)
    for outcome in found:
        for tag in outcome.tags:
            by_tag[tag][outcome.kind] += 1
    lines = ["# SBML semantic test suite", ""]
    lines += [f"{len(found)} files in {seconds:.0f} s: " + ", ".join(f"{total[k]} {k}" for k in kinds) + ".", ""]
    lines += ["| reason of not passing | files |", "|---|---|"]
    reasons = Counter(f"{o.kind}: {_kind_of_reason(o.reason)}" for o in found if o.kind != "passed")
    lines += [f"| {reason} | {count} |" for reason, count in reasons.most_common()]
    lines += ["", "| tag | " + " | ".join(kinds) + " |", "|---" * (len(kinds) + 1) + "|"]
    lines += [f"| {tag} | " + " | ".join(str(by_tag[tag][k]) for k in kinds) + " |" for tag in sorted(by_tag)]
    wrong = [o for o in found if o.kind in ("mismatch", "crashed")]
    lines += ["", "Silently wrong or crashed: " + (", ".join(f"{o.file} ({o.reason})" for o in wrong) or "none") + "."]
    return "\n".join(lines) + "\n"


def _cases(root: Path, only: list[str]) -> Iterator[str]:
    for folder in sorted(root.iterdir()):
        if folder.is_dir() and re.fullmatch(r"\d{5}", folder.name) and (not only or folder.name in only):
            yield str(folder)


def main() -> int:
    """Run the suite; exit code 1 if any case is silently wrong or crashes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("path", type=Path, help="folder cases/semantic of the suite")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=[], help="case numbers; prints, writes nothing")
    parser.add_argument("--every-level", action="store_true", help="all files of a case, not the highest level alone")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args()
    jobs = [(folder, options.every_level) for folder in _cases(options.path, options.only)]
    if not jobs:
        parser.error(f"no case in {options.path}: give the folder cases/semantic of the suite")
    began = time.perf_counter()
    found: list[Outcome] = []
    with multiprocessing.get_context("spawn").Pool(options.jobs, maxtasksperchild=200) as pool:
        for outcomes in pool.imap_unordered(run_case, jobs, chunksize=10):
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
