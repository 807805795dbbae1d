"""Three tasks of a newcomer, by copy and paste from the pages: an own regimen, an own molecule, an own trial.

Run ``python benchmarks/newcomers.py``; writes ``benchmarks/results/newcomers.json`` and ``.md``. From a clone of the
last commit it makes a new environment, installs with the README's command, and does what the tour and three tutorials
say: every block that is a file is saved, every command is run with a cache of compiled code that is empty at first, and
what a page says is printed is looked for. Nothing is taken from a cache of pip, so the install waits for the network.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bimodal.files.write import write_text
from clean_environment import Ran, run_clean
from engine.machine import commit, line, machine

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "tests"))
from page_blocks import page_blocks  # noqa: E402 - found in the folder of tests

TASKS = {
    "the tour": "docs/tour.md",
    "own regimen": "docs/tutorials/low-dose-regimens.md",
    "own molecule": "docs/tutorials/my-mutein.md",
    "own trial": "docs/tutorials/high-dose-trial.md",
}
#: What README and tour begin with.
INSTALL = ("pip", "install", "--no-cache-dir", "--quiet", ".")
DOCTOR = ("bimodal", "doctor")
#: A terminal wide enough for the tables that the pages show.
WIDTH = "COLUMNS=110"
GOAL_MIN = 10.0  # of install and tour together


def step(what: str, ran: Ran, missing: list[str] | None = None) -> dict[str, Any]:
    """Return what a step took and how it ended."""
    took = {"exit": ran.code, "wall_s": round(ran.wall_s, 1), "cpu_s": round(ran.cpu_s, 1)}
    return {"what": what, **took, **({"not_printed": missing} if missing else {})}


def do(page: Path, folder: Path, path: str) -> list[dict[str, Any]]:
    """Follow a page, and return its commands one by one."""
    steps: list[dict[str, Any]] = []
    said = ""
    for block in page_blocks(page.read_text("utf-8")):
        if block.word:
            (folder / block.word).write_text(block.text, "utf-8")
        elif block.kind == "sh":
            said = ""
            for command in block.text.splitlines():
                ran = run_clean(["env", WIDTH, "bash", "-e", "-c", command], folder, path)
                said += ran.output
                steps.append(step(command, ran))
                print(f"  {ran.code}  {ran.wall_s:6.1f} s  {command}", flush=True)
        elif lost := block.missing_in(said):
            steps[-1]["not_printed"] = lost
    return steps


def measure() -> list[dict[str, Any]]:
    """Clone, install, and do every task in one folder, as one person would."""
    with tempfile.TemporaryDirectory() as place:
        folder, tree = Path(place), Path(place) / "bimodal"
        subprocess.run(["git", "clone", "--quiet", ROOT, tree], check=True)
        subprocess.run([sys.executable, "-m", "venv", folder / "new"], check=True)
        path = os.pathsep.join([str(folder / "new" / "bin"), "/usr/bin", "/bin"])
        began = [step(" ".join(INSTALL), run_clean(INSTALL, tree, path))]
        began.append(step(" ".join(DOCTOR), run_clean(DOCTOR, folder, path)))
        print(*(f"  {one['exit']}  {one['wall_s']:6.1f} s  {one['what']}" for one in began), sep="\n", flush=True)
        tasks = [{"task": "install and check", "page": "README.md", "steps": began}]
        for task, page in TASKS.items():
            tasks.append({"task": task, "page": page, "steps": do(tree / page, folder, path)})
    return tasks


def table(tasks: list[dict[str, Any]], about: dict[str, Any]) -> str:
    """Return the figures as Markdown."""
    lines = [
        "# Three tasks of a newcomer",
        "",
        f"`{about['command']}`, {about['date']}, commit {about['commit'][:12]}: {line(about['machine'])}.",
        "Install from a clone, without a cache of pip; then the commands of each page as they stand, in their order. "
        "The cache of compiled code is empty at first.",
        about.get("remark", ""),
        "",
        "| task | page | commands | ended well | by the clock, s | processor, s |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for one in tasks:
        steps = one["steps"]
        well = sum(step["exit"] == 0 and "not_printed" not in step for step in steps)
        wall, cpu = (sum(step[key] for step in steps) for key in ("wall_s", "cpu_s"))
        lines.append(f"| {one['task']} | `{one['page']}` | {len(steps)} | {well} | {wall:.0f} | {cpu:.0f} |")
    first = sum(step["wall_s"] for one in tasks[:2] for step in one["steps"]) / 60
    met = "met" if first <= GOAL_MIN else "missed"
    spent = sum(step["cpu_s"] for one in tasks[:2] for step in one["steps"]) / 60
    waited = f"Install, check and tour: {first:.1f} minutes of waiting (goal {GOAL_MIN:g}: {met}), without reading"
    lines += ["", f"{waited}; {spent:.1f} minutes of processor time.", ""]
    lines += ["| command | exit | by the clock, s | processor, s |", "|---|---:|---:|---:|"]
    for one in tasks:
        for each in one["steps"]:
            lost = ", lines not printed" if "not_printed" in each else ""
            what = each["what"].replace("|", "\\|")
            lines.append(f"| `{what}` | {each['exit']}{lost} | {each['wall_s']:.1f} | {each['cpu_s']:.1f} |")
    return "\n".join([*lines, ""])


def main() -> None:
    """Do the tasks, write and print."""
    words = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    words.add_argument("--remark", default="", help="what else is to be said of this run")
    words.add_argument("--out", type=Path, default=HERE / "results" / "newcomers.json")
    given = words.parse_args()
    date = datetime.now(UTC).date().isoformat()
    about = {"date": date, **commit(), "command": "python benchmarks/newcomers.py", "machine": machine()}
    about |= {"remark": given.remark} if given.remark else {}
    tasks = measure()
    write_text(given.out, json.dumps({"about": about, "tasks": tasks}, indent=1) + "\n")
    write_text(given.out.with_suffix(".md"), table(tasks, about))
    print(table(tasks, about))


if __name__ == "__main__":
    main()
