"""How long libRoadRunner takes to load the exported models, with its usual options, beside earlier exports.

    python benchmarks/sbml_load.py [--before FOLDER] [--rounds 3] [--out benchmarks/results]

Each load is a process of its own and is measured in processor time, so that other work on the machine counts
little. The documents take turns within a round. FOLDER holds NAME.xml as another commit wrote it. Needs libRoadRunner.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bimodal.exchange import to_sbml
from bimodal.files.write import write_text
from bimodal.model import load_model
from provenance import provenance

MODELS = ("human", "human_oncology", "mouse")
_GOAL_S = 5.0
_LOAD = """
import sys, time
import roadrunner
roadrunner.Logger.setLevel(roadrunner.Logger.LOG_ERROR)
begun = time.process_time()
roadrunner.RoadRunner(sys.argv[1])
print(time.process_time() - begun)
"""


def load_s(path: Path) -> float:
    """Measure one load in a process of its own."""
    done = subprocess.run([sys.executable, "-c", _LOAD, str(path)], capture_output=True, text=True, check=True)
    return float(done.stdout)


def measured(before: Path | None, rounds: int) -> list[dict[str, Any]]:
    """Load all documents in turn, several times."""
    with tempfile.TemporaryDirectory() as folder:
        documents: dict[tuple[str, str], Path] = {}
        for name in MODELS:
            documents[name, "now"] = path = Path(folder) / f"{name}.xml"
            write_text(path, to_sbml(load_model(name)))
            if before is not None:
                documents[name, "before"] = before / f"{name}.xml"
        took: dict[tuple[str, str], list[float]] = {key: [] for key in documents}
        for _ in range(rounds):
            for key, path in documents.items():
                took[key].append(load_s(path))
        rows = [{"model": name, "which": which, "seconds": took[name, which]} for name, which in documents]
    return [{**row, "median_s": statistics.median(row["seconds"])} for row in rows]


def page(record: dict[str, Any]) -> str:
    """Return the Markdown page."""
    found = {(row["model"], row["which"]): row["median_s"] for row in record["rows"]}
    lines = [
        "# Loading the exported models by libRoadRunner",
        "",
        f"`{record['command']}`, commit {record['commit']}, {record['machine']}, libRoadRunner {record['roadrunner']}. "
        f"Median processor time of {record['rounds']} loads with the usual options, in turn; goal {_GOAL_S:g} s.",
        "",
        "| model | before, s | now, s | times faster |",
        "|---|---:|---:|---:|",
    ]
    for name in MODELS:
        now, before = found[name, "now"], found.get((name, "before"))
        then = ("not measured", "") if before is None else (f"{before:.1f}", f"{before / now:.2f}")
        lines.append(f"| {name} | {then[0]} | {now:.1f} | {then[1]} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--before", type=Path, help="folder with the documents of an earlier commit")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("results"))
    given = parser.parse_args()
    import roadrunner

    rows = measured(given.before, given.rounds)
    record = provenance(roadrunner=roadrunner.__version__, rounds=given.rounds, goal_s=_GOAL_S, rows=rows)
    # the folder of the earlier documents is nobody else's
    record["command"] = "python benchmarks/sbml_load.py" + (" --before FOLDER" if given.before else "")
    write_text(given.out / "sbml_load.json", json.dumps(record, indent=2) + "\n")
    write_text(given.out / "sbml_load.md", page(record))
    print(page(record))


if __name__ == "__main__":
    main()
