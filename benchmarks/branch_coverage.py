"""Branch coverage of the whole test suite, room by room, run in parts that can be resumed.

Run ``python benchmarks/branch_coverage.py --folder FOLDER``; it needs coverage.py (``pip install coverage``, not among
the extras) and writes ``benchmarks/results/coverage.json`` and ``.md``. A folder of ``tests/``, or twelve files of it,
is a part, run in one process of pytest on one core; processes that the tests start are measured too. What a part
measured stays in FOLDER, and a part that is there is not run again. coverage.py does not see into compiled functions
(Numba): their lines are counted apart.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import resource
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bimodal.files.write import write_text
from engine.machine import commit, line, machine

HERE = Path(__file__).parent
ROOT = HERE.parent
SOURCE = ROOT / "src" / "bimodal"
#: What a room is: a folder of the package, and of study, which is as large as all others, each of its own folders.
SPLIT = ("study",)
#: The decorator of `bimodal.engine.jit`, after which the body of a function is machine code.
COMPILED = "jit"
#: Most files of tests in one part: a part that is cut short is lost.
FILES = 12
_CLOSING = re.compile(r"\d+ (?:passed|failed|error)")
CONFIG = """[run]
branch = true
source = {source}
parallel = true
data_file = {data}
concurrency = multiprocessing, thread
patch = subprocess, _exit
disable_warnings = no-data-collected, module-not-measured, module-not-imported, couldnt-parse
"""


def parts() -> dict[str, list[str]]:
    """Name of each part and what pytest is given for it."""
    tests = ROOT / "tests"
    found: dict[str, list[str]] = {}
    for folder in sorted(path for path in tests.iterdir() if any(path.glob("test_*.py"))):
        files = sorted(f"tests/{folder.name}/{path.name}" for path in folder.glob("test_*.py"))
        pieces = [files[at : at + FILES] for at in range(0, len(files), FILES)]
        found |= {f"{folder.name}{f'-{n}' if len(pieces) > 1 else ''}": piece for n, piece in enumerate(pieces, 1)}
    return found | {path.stem: [f"tests/{path.name}"] for path in sorted(tests.glob("test_*.py"))}


def measure(name: str, given: list[str], folder: Path, limit: float) -> dict[str, Any]:
    """Run one part under coverage.py; what it measured stays in a folder of its own."""
    here = folder / name
    here.mkdir(parents=True, exist_ok=True)
    config = here / "rc"
    write_text(config, CONFIG.format(source=SOURCE, data=here / "data"))
    words = [sys.executable, "-m", "coverage", "run", f"--rcfile={config}", "-m", "pytest", "-q", "-n", "0", *given]
    began, before = time.time(), resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        said, _ = run.communicate(timeout=limit)
    except subprocess.TimeoutExpired:  # as Ctrl-C does it: pytest says how far it came, and the data are kept
        run.send_signal(signal.SIGINT)
        said, _ = run.communicate()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    write_text(here / "said.txt", said)
    failed = sorted({row.split()[1] for row in said.splitlines() if row.startswith(("FAILED ", "ERROR "))})
    return {
        "code": run.returncode,
        "closing": next((row for row in reversed(said.splitlines()) if _CLOSING.search(row)), ""),
        "failed": failed,
        "seconds": round(time.time() - began, 1),
        "cpu_s": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
    }


def compiled_lines(path: Path) -> set[int]:
    """Lines of a file inside functions that Numba compiles."""
    found: set[int] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and any(
            ast.unparse(decorator) == COMPILED for decorator in node.decorator_list
        ):
            found |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return found


def room_of(path: Path) -> str:
    """Return the room of a file: its folder, as the table names it."""
    inside = path.relative_to(SOURCE).parts
    if len(inside) == 1:
        return "(the package itself)"
    return "/".join(inside[:2]) if inside[0] in SPLIT and len(inside) > 2 else inside[0]


def sums(files: dict[str, Any]) -> dict[str, dict[str, int]]:
    """Add up statements and branches by room; compiled ones are left out and counted apart."""
    rooms: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for name, file in files.items():
        path = ROOT / name if not Path(name).is_absolute() else Path(name)
        apart = compiled_lines(path)
        room = rooms[room_of(path)]
        seen = [row for row in file["executed_lines"] if row not in apart]
        missed = [row for row in file["missing_lines"] if row not in apart]
        taken = [pair for pair in file["executed_branches"] if pair[0] not in apart]
        not_taken = [pair for pair in file["missing_branches"] if pair[0] not in apart]
        room["statements"] += len(seen) + len(missed)
        room["statements_seen"] += len(seen)
        room["branches"] += len(taken) + len(not_taken)
        room["branches_seen"] += len(taken)
        room["compiled_lines"] += sum(row in apart for row in (*file["executed_lines"], *file["missing_lines"]))
    return {name: dict(rooms[name]) for name in sorted(rooms)}


def unreached(files: dict[str, Any]) -> list[str]:
    """Functions of which no line ran, compiled ones left out."""
    found = []
    for name, file in files.items():
        path = ROOT / name if not Path(name).is_absolute() else Path(name)
        apart = compiled_lines(path)
        for function, row in file.get("functions", {}).items():
            lines = row["missing_lines"]
            if function and lines and not row["executed_lines"] and lines[0] not in apart:
                found.append(f"{path.relative_to(SOURCE).as_posix()}: {function}")
    return sorted(found)


def share(seen: int, all_: int) -> str:
    """Return a share in per cent, or a dash where there is nothing to share."""
    return f"{100 * seen / all_:.1f} %" if all_ else "-"


def page(data: dict[str, Any]) -> str:
    """Return the Markdown page of a measured suite."""
    rooms, total = data["rooms"], data["total"]
    rows = [
        f"| {name} | {room['statements']} | {share(room['statements_seen'], room['statements'])} | {room['branches']} "
        f"| {share(room['branches_seen'], room['branches'])} | {room['compiled_lines']} |"
        for name, room in sorted(rooms.items(), key=lambda item: item[1]["branches_seen"] / (item[1]["branches"] or 1))
    ]
    left_out = ", ".join(f"`{name}`" for name in data["left_out"]) or "none"
    run = "\n".join(
        f"| {name} | {part['closing'].strip('= ')} | {part['cpu_s'] or '-'} |" for name, part in data["parts"].items()
    )
    failed = "\n".join(f"- `{name}`" for part in data["parts"].values() for name in part["failed"]) or "- none"
    return f"""# Branch coverage

`{data["command"]}`, {data["date"]}, commit {data["commit"]}, {data["machine"]}.

**{share(total["branches_seen"], total["branches"])} of {total["branches"]} branches** and
{share(total["statements_seen"], total["statements"])} of {total["statements"]} statements of `src/bimodal` ran.
Parts of the suite left out: {left_out}. {total["compiled_lines"]} statements stand in functions that Numba compiles,
where coverage.py sees nothing: they are in neither share. What is left out, or was stopped, makes both shares a lower
bound.{data["note"]}

Lowest first:

| room | statements | ran | branches | ran | lines compiled, not counted |
|---|---|---|---|---|---|
{chr(10).join(rows)}

The runs, with the tests that failed under coverage.py, which slows Python down:

| part of the suite | pytest's closing line | processor seconds |
|---|---|---|
{run}

{failed}

Functions of which no line ran: {len(data["unreached"])}, named in `coverage.json`.
"""


def combine(folder: Path, names: Iterable[str]) -> dict[str, Any]:
    """Join the data of all parts and read coverage.py's report of it."""
    config = folder / "rc"
    write_text(config, CONFIG.format(source=SOURCE, data=folder / "all"))
    (folder / "all").unlink(missing_ok=True)
    call = [sys.executable, "-m", "coverage"]
    data = [str(path) for name in names for path in (folder / name).glob("data.*")]
    subprocess.run([*call, "combine", f"--rcfile={config}", "--keep", "-q", *data], cwd=ROOT, check=True)
    report = folder / "report.json"
    subprocess.run([*call, "json", f"--rcfile={config}", "-q", "-o", str(report)], cwd=ROOT, check=True)
    return json.loads(report.read_text(encoding="utf-8"))["files"]


def main(arguments: list[str] | None = None) -> None:
    """Run what is asked for and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where the data of each part stays")
    parser.add_argument("--only", default="", help="parts to run now, with commas; the page has all that are there")
    parser.add_argument("--leave-out", default="", help="parts not to run, with commas")
    parser.add_argument("--limit", type=float, default=3600, help="seconds a part may take")
    parser.add_argument("--note", default="", help="a sentence for the page, such as why a test failed")
    parser.add_argument("--out", type=Path, default=HERE / "results")
    given = parser.parse_args(arguments)
    # a shell that starts this in the background lets it ignore Ctrl-C, and so would the tests
    signal.signal(signal.SIGINT, signal.default_int_handler)
    folder: Path = given.folder.resolve()
    all_parts = parts()
    wanted = [name for name in given.only.split(",") if name] or list(all_parts)
    kept = [name for name in wanted if name not in given.leave_out.split(",")]
    for name in kept:
        note = folder / name / "part.json"
        if not note.exists():
            result = measure(name, all_parts[name], folder, given.limit)
            write_text(note, json.dumps(result))
            print(f"{name}: {result['closing']} ({result['cpu_s']:.0f} s of processor time)", flush=True)
    there = {name: folder / name / "part.json" for name in all_parts}
    measured = {name: json.loads(note.read_text(encoding="utf-8")) for name, note in there.items() if note.exists()}
    files = combine(folder, measured)
    rooms = sums(files)
    total = {key: sum(room[key] for room in rooms.values()) for key in next(iter(rooms.values()))}
    data = {
        "command": "python benchmarks/branch_coverage.py --folder FOLDER",
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "commit": commit()["commit"][:12],
        "machine": line(machine()),
        "note": f" {given.note}" if given.note else "",
        "left_out": [name for name in all_parts if name not in measured],
        "total": total,
        "rooms": rooms,
        "parts": measured,
        "unreached": unreached(files),
    }
    write_text(given.out / "coverage.json", json.dumps(data, indent=1) + "\n")
    write_text(given.out / "coverage.md", page(data))


if __name__ == "__main__":
    main()
