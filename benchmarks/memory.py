"""Peak memory of ``bimodal run`` against the number of patients, each run a process of its own.

Run ``python benchmarks/memory.py [--study saadoun-2011] [--patients 500 2000 8000]``; writes ``memory.json`` and
``memory.md`` to ``benchmarks/results``. The same folder is run twice: first computed and summarised (``--no-report``),
then taken up again, which computes nothing, summarises and draws the report.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bimodal.files.write import write_text

MB = 1_000_000


def peak(words: list[str]) -> tuple[float, float]:
    """Return the peak resident memory of a process in MB, and its seconds."""
    start = time.perf_counter()
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    _, ended, usage = os.wait4(child.pid, 0)
    if os.waitstatus_to_exitcode(ended) != 0:
        raise SystemExit(f"{' '.join(words)} ended with {os.waitstatus_to_exitcode(ended)}")
    unit = 1 if platform.system() == "Darwin" else 1024
    return usage.ru_maxrss * unit / MB, time.perf_counter() - start


def measure(study: str, patients: int, workers: int, place: Path) -> dict[str, float | int]:
    """Run a study with so many patients and return what it took."""
    folder = place / str(patients)
    words = [
        sys.executable, "-c", "from bimodal.cli.main import main; main()",
        "run", study, "--patients", str(patients), "--workers", str(workers), "--out", str(folder), "--quiet",
    ]  # fmt: skip
    computed, seconds = peak([*words, "--no-report"])
    drawn, more = peak(words)
    files = list((folder / "trajectories").glob("*.parquet"))
    card = json.loads((folder / "run.json").read_text("utf-8"))
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    import duckdb

    rows = sum(
        row[0]
        for file in files
        if (row := duckdb.execute("SELECT num_rows FROM parquet_file_metadata(?)", [str(file)]).fetchone())
    )
    return {
        "patients": patients,
        "arms": len(summary["arms"]),
        "rows": rows,
        "observables": len(card["observables"]),
        "trajectories_mb": rows * len(card["observables"]) * 8 / MB,
        "files_mb": sum(file.stat().st_size for file in files) / MB,
        "peak_run_mb": computed,
        "peak_report_mb": drawn,
        "run_s": seconds,
        "report_s": more,
        "failed": summary["failed"],
    }


def table(record: dict[str, object], rows: list[dict[str, float | int]]) -> str:
    """Return the Markdown page."""
    first, last = rows[0], rows[-1]
    lines = [
        "# Peak memory of a run",
        "",
        f"`{record['command']}`, commit {str(record['commit'])[:7]}, {record['machine']}.",
        "",
        "| patients per arm | all trajectories, MB | files, MB | peak, compute and summarise, MB | peak, summarise and "
        "draw, MB | seconds |",
        "|---:|---:|---:|---:|---:|---:|",
        *(
            f"| {r['patients']:,} | {r['trajectories_mb']:,.0f} | {r['files_mb']:,.0f} | {r['peak_run_mb']:,.0f} | "
            f"{r['peak_report_mb']:,.0f} | {r['run_s']:,.0f} + {r['report_s']:,.0f} |"
            for r in rows
        ),
        "",
    ]
    more = last["patients"] - first["patients"]
    for key, what in (("peak_run_mb", "computing and summarising"), ("peak_report_mb", "the report")):
        growth = (last[key] - first[key]) * MB / more
        lines.append(
            f"From {first['patients']:,} to {last['patients']:,} patients {what} took "
            f"{last[key] - first[key]:+,.0f} MB ({growth:,.0f} bytes per patient); the trajectories grew by "
            f"{last['trajectories_mb'] - first['trajectories_mb']:,.0f} MB."
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write both files."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--study", default="saadoun-2011")
    words.add_argument("--patients", type=int, nargs="+", default=[500, 2000, 8000])
    words.add_argument("--workers", type=int, default=2)
    words.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    given = words.parse_args()
    with tempfile.TemporaryDirectory() as place:
        measure(given.study, 10, given.workers, Path(place))  # compiles and keeps the machine code
        rows = []
        for patients in sorted(given.patients):
            rows.append(measure(given.study, patients, given.workers, Path(place)))
            print(rows[-1], flush=True)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False).stdout.strip()
    record: dict[str, object] = {
        "command": f"python benchmarks/memory.py --study {given.study} --patients {' '.join(map(str, given.patients))}"
        f" --workers {given.workers}",
        "commit": commit,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "seed": 1,
        "study": given.study,
        "runs": rows,
    }
    write_text(given.out / "memory.json", json.dumps(record, indent=2) + "\n")
    write_text(given.out / "memory.md", table(record, rows))


if __name__ == "__main__":
    main()
