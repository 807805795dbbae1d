"""Bars B1 to B12 of the cycle question: false alarms, power, phase, calibration, likelihood, trial arithmetic, cost.

    python benchmarks/timing.py [--series 1000] [--out benchmarks/results]

The same run as ``bimodal timing selftest --full``, with commit, machine and command in the results. Every number of
series is printed; below 1,000 per cell the limits on rates allow two Monte-Carlo standard errors.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import platform
import subprocess
import sys
import time
from pathlib import Path

from bimodal.timing.selftest import run_selftest
from bimodal.timing.selftest_text import selftest_markdown

SOURCES = Path(__file__).parents[1] / "src" / "bimodal" / "timing"
#: What the rates hang on; the hash of these files says whether the results are stale.
COUNTED = (
    "assess.py", "components.py", "decide.py", "grid.py", "hypotheses.py", "kernels.py", "likelihood.py",
    "operating.py", "phase.py", "posterior.py", "selftest_bars.py", "selftest_cells.py", "simulate_series.py",
    "streams.py", "weigh.py",
)  # fmt: skip


def sources_sha256(folder: Path = SOURCES) -> str:
    """Hash the code that the rates hang on; comments, layout and documentation do not count."""
    code = hashlib.sha256()
    for name in COUNTED:
        tree = ast.parse((folder / name).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                node.body = [part for part in node.body if not _is_text(part)] or [ast.Pass()]
        code.update(ast.dump(tree).encode())
    return code.hexdigest()


def _is_text(part: ast.stmt) -> bool:
    return isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant) and isinstance(part.value.value, str)


def main() -> None:
    """Run every bar and write both files."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--series", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="the fast subset")
    options = parser.parse_args()
    hashed, start = sources_sha256(), time.process_time()

    def say(done: int, total: int, what: str) -> None:
        print(f"{done} of {total} series ({what}), {time.process_time() - start:.0f} s of processor", flush=True)

    answer = run_selftest(options.series, full=not options.quick, seed=options.seed, progress=say)
    commit = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=False)
    about = {
        "commit": commit.stdout.strip(),
        "sources_sha256": hashed,
        "command": f"python benchmarks/timing.py --series {options.series} --seed {options.seed}",
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "processor_seconds": round(time.process_time() - start),
    }
    options.out.mkdir(parents=True, exist_ok=True)
    made = {"about": about} | answer.to_dict()
    (options.out / "timing.json").write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    line = (
        f"Commit {about['commit']}, sources {hashed[:12]}, {about['machine']}, `{about['command']}`, "
        f"{about['processor_seconds']:,} s of processor time. Cells of 42 daily samples have half as many series."
    )
    (options.out / "timing.md").write_text(selftest_markdown(answer, line), encoding="utf-8")
    print(f"{sum(bar.met for bar in answer.bars)} of {len(answer.bars)} bars met", file=sys.stderr)


if __name__ == "__main__":
    main()
