"""What a start costs: processor time of commands and of their parts, side by side with an earlier version.

Run ``python benchmarks/start_up.py [--before PATH_OF_SRC] [--rounds 7]``; writes ``benchmarks/results/start_up.json``
and ``.md``. The versions take turns in every round, so a busy moment falls on both; everything was run once before, so
that compiled code is found in its cache.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bimodal.files.write import write_text

HERE = Path(__file__).parent
SIMULATE = ("simulate", "--regimen", "1 MIU SC daily for 5 days", "-n", "1", "--quiet", "--out")
MAIN = "import sys; from bimodal.cli import main; sys.exit(main(sys.argv[1:]))"
#: Seconds of one call inside a process that has made it before.
AGAIN = """
import time, bimodal as bm
for _ in range(2):
    start = time.process_time()
    bm.simulate("1 MIU SC daily for 5 days", patients=1, workers=1)
    took = time.process_time() - start
print(took)
"""
#: name -> (program, arguments, most seconds the issue allows); a name with "part" is no command.
ROWS: dict[str, tuple[str, tuple[str, ...], float | None]] = {
    "`bimodal list models`": (MAIN, ("list", "models"), 0.5),
    "`bimodal show human`": (MAIN, ("show", "human"), 1.0),
    "a fault in a drug file": (MAIN, (*SIMULATE, "OUT", "--drug", "DRUG"), None),
    "`bimodal simulate -n 1 --no-report`": (MAIN, (*SIMULATE, "OUT", "--no-report"), 1.5),
    "`bimodal simulate -n 1` with report": (MAIN, (*SIMULATE, "OUT"), 3.0),
    "`bm.simulate` again in one process": (AGAIN, (), 0.06),
    "part: Python alone": ("", (), None),
    "part: the command line": ("import bimodal.cli", (), None),
    "part: the model `human`": ("from bimodal.model import load_model; load_model('human')", (), None),
    "part: NumPy": ("import numpy", (), None),
    "part: Numba, only to compile a loop": ("import numba", (), None),
    "part: SciPy's special functions": ("import scipy.special", (), None),
    "part: DuckDB": ("import duckdb", (), None),
    "part: Matplotlib": ("import matplotlib.figure, matplotlib.backends.backend_agg", (), None),
}


def seconds(source: Path, program: str, arguments: tuple[str, ...], folder: Path) -> float:
    """Return the processor time of one start, user and system, or what the program itself printed."""
    out = tempfile.mkdtemp(dir=folder)
    words = [{"OUT": f"{out}/run", "DRUG": str(folder / "drug.toml")}.get(word, word) for word in arguments]
    # a cache of its own: other runs on this computer would push the code out of the usual one
    environment = {**os.environ, "PYTHONPATH": str(source), "BIMODAL_CACHE": str(folder / source.parent.name)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ran = subprocess.run(
        [sys.executable, "-c", program, *words],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    expected = 2 if "DRUG" in arguments else 0
    if ran.returncode != expected:
        raise RuntimeError(f"{words} ended with {ran.returncode}: {ran.stderr}")
    if program == AGAIN:
        return float(ran.stdout)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(sources: dict[str, Path], rounds: int) -> dict[str, dict[str, list[float]]]:
    """Return the seconds of every row and version, one for each round."""
    found: dict[str, dict[str, list[float]]] = {row: {name: [] for name in sources} for row in ROWS}
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        (folder / "drug.toml").write_text('id = "mine"\nnmae = "a typing error"\n')
        for number in range(rounds + 1):
            for row, (program, arguments, _) in ROWS.items():
                for name, source in sources.items():
                    took = seconds(source, program, arguments, folder)
                    if number:  # the first round fills the caches
                        found[row][name].append(took)
    return found


def table(found: dict[str, dict[str, list[float]]], about: str) -> str:
    """Return the medians as Markdown."""
    names = list(next(iter(found.values())))
    head = ["what", *(f"{name}, s" for name in names), "goal, s"]
    lines = [
        "# What a start costs",
        "",
        about,
        "",
        f"| {' | '.join(head)} |",
        "|---" + "|---:" * (len(names) + 1) + "|",
    ]
    for row, versions in found.items():
        goal = ROWS[row][2]
        cells = [
            f"{statistics.median(took):.3f} ({min(took):.3f} to {max(took):.3f})" for took in versions.values() if took
        ]
        lines.append(f"| {row} | {' | '.join(cells)} | {'' if goal is None else f'{goal:g}'} |")
    return "\n".join([*lines, ""])


def main() -> None:
    """Measure and write."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--before", type=Path, help="the folder src of an earlier version")
    words.add_argument("--rounds", type=int, default=7)
    words.add_argument("--out", type=Path, default=HERE / "results" / "start_up.json")
    given = words.parse_args()
    sources = {"before": given.before} if given.before else {}
    sources["now"] = HERE.parent / "src"
    found = measure(sources, given.rounds)
    load = os.getloadavg()[1]
    about = (
        f"`python benchmarks/start_up.py{' --before SRC' if given.before else ''} --rounds {given.rounds}`, "
        f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, "
        f"load {load:.1f}: processor time (user and system), median (lowest to highest)."
    )
    write_text(given.out, json.dumps({"about": about, "seconds": found}, indent=1) + "\n")
    write_text(given.out.with_suffix(".md"), table(found, about))
    print(table(found, about))


if __name__ == "__main__":
    main()
