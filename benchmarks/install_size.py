"""What an installation costs: size of the core and of each extra, by package, and the time of an import.

Run ``python benchmarks/install_size.py [--rounds 7] [--core-only]``; writes ``benchmarks/results/install_size.json``
and ``.md``. It needs hatchling (extra ``test``) and what pip installs from. From a clone of the last commit it builds a
source package, from that a wheel, and installs the wheel alone into a new environment with no compiler on the path;
there `bimodal doctor` and a small study are run. Sizes are of files in ``site-packages``, compiled Python included.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bimodal.files.write import write_text
from clean_environment import run_clean
from engine.machine import commit, line, machine

HERE = Path(__file__).parent
ROOT = HERE.parent
GOAL_MB, GOAL_S = 450.0, 0.3
#: What is run in the new environment: first everything is compiled, which is kept.
TRIED = {
    "`bimodal doctor`, the first of all": ("doctor",),
    "`bimodal doctor` again": ("doctor",),
    "`bimodal run koreth-2011 --patients 5`": ("run", "koreth-2011", "--patients", "5", "--quiet", "--out", "run"),
}
#: Sets of packages that a smaller core could do without, or not: what they come to says what a goal would take.
SETS = {
    "figures, tables and survival statistics (matplotlib, pandas, xarray, lifelines, and what only they bring)": (
        *("matplotlib", "pandas", "xarray", "lifelines"),
    ),
    "the engine, its arithmetic, storage and SBML (llvmlite, NumPy, SciPy, DuckDB, libSBML), which every run needs": (
        *("llvmlite", "numpy", "scipy", "duckdb", "python-libsbml"),
    ),
}
STARTS = {
    "Python alone": ("-c", ""),
    "`import bimodal`": ("-c", "import bimodal"),
    "`bimodal --help`": ("-m", "bimodal", "--help"),
}
_SHOWN = 0.5  # MB: smaller packages are one row together


def run(words: Iterable[str | Path], folder: Path, path: str) -> float:
    """Run a program that must end well, with nothing else of ours in its environment; give its processor seconds."""
    words = list(words)
    ran = run_clean(words, folder, path)
    if ran.code:
        raise RuntimeError(f"{' '.join(map(str, words))} ended with {ran.code}: {ran.output}")
    return ran.cpu_s


def build(folder: Path) -> tuple[Path, Path]:
    """Build source package and wheel as one would from a clean tree."""
    run(["git", "clone", "--quiet", ROOT, folder / "tree"], folder, os.environ["PATH"])
    make = (sys.executable, "-m", "hatchling", "build", "-d", folder / "dist", "-t")
    for kind, tree in (("sdist", folder / "tree"), ("wheel", folder / "unpacked")):
        subprocess.run([*make, kind], cwd=tree, check=True, capture_output=True)
        if kind == "sdist":
            source = next((folder / "dist").glob("*.tar.gz"))
            with tarfile.open(source) as packed:
                packed.extractall(folder, filter="data")
            (folder / source.name.removesuffix(".tar.gz")).rename(folder / "unpacked")
    return source, next((folder / "dist").glob("*.whl"))


def install(what: str, place: Path) -> Path:
    """Install into a new environment without pip and without a compiler; give its ``site-packages``."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    python = place / "bin" / "python"
    nowhere = place / "no-programs"
    nowhere.mkdir()
    run([sys.executable, "-m", "pip", "--python", python, "install", "--quiet", what], place, str(nowhere))
    return next(place.glob("lib/python*/site-packages"))


def sizes(site: Path) -> dict[str, float]:
    """Give the size of every distribution in MB (1e6 bytes), by its canonical name."""
    found = {}
    for one in distributions(path=[str(site)]):
        files = [Path(str(one.locate_file(file))) for file in one.files or ()]
        found[canonicalize_name(one.name)] = sum(file.stat().st_size for file in files if file.is_file()) / 1e6
    return found


def needed(site: Path, start: Iterable[str]) -> set[str]:
    """Name all distributions that requirements bring, themselves included."""
    there: dict[str, Distribution] = {canonicalize_name(one.name): one for one in distributions(path=[str(site)])}
    seen: set[tuple[str, str]] = set()
    queue = [Requirement(one) for one in start]
    while queue:
        asked = queue.pop()
        name = canonicalize_name(asked.name)
        for extra in ("", *asked.extras):
            if (name, extra) in seen or name not in there:
                continue
            seen.add((name, extra))
            for text in there[name].requires or ():
                further = Requirement(text)
                if further.marker is None or further.marker.evaluate({"extra": extra}):
                    queue.append(further)
    return {name for name, _ in seen}


def core_parts(site: Path, asked: list[str]) -> list[dict[str, Any]]:
    """Say of every package what it holds, and what would go if nothing of ours asked for it."""
    found = sizes(site)
    own = {canonicalize_name(Requirement(one).name): one for one in asked}
    whole = needed(site, asked) | {"bimodal"}
    parts = []
    for name, size in sorted(found.items(), key=lambda item: -item[1]):
        spared = None
        if name in own:
            left = needed(site, [one for other, one in own.items() if other != name]) | {"bimodal"}
            spared = sum(found[one] for one in whole - left)
        parts.append({"package": name, "mb": size, "spared_mb": spared})
    return parts


def together(site: Path, asked: list[str], names: Iterable[str]) -> float:
    """Give the size of packages and of all that nothing else in the core brings."""
    found, gone = sizes(site), set(names)
    left = [one for one in asked if canonicalize_name(Requirement(one).name) not in gone]
    return sum(found[one] for one in (needed(site, asked) - needed(site, left)) | gone)


def start_times(site: Path, rounds: int) -> dict[str, list[float]]:
    """Give the processor seconds of starts, one for each round, after a first that fills caches."""
    place = site.parents[2]
    found: dict[str, list[float]] = {name: [] for name in STARTS}
    for number in range(rounds + 1):
        for name, words in STARTS.items():
            took = run([place / "bin" / "python", *words], place, str(place / "bin"))
            if number:
                found[name].append(took)
    return found


def measure(rounds: int, *, core_only: bool) -> dict[str, Any]:
    """Build, install, try and measure."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work)
        source, wheel = build(folder)
        site = install(str(wheel), folder / "core")
        tried = {}
        compiled = sum(file.stat().st_size for file in site.rglob("*.pyc")) / 1e6
        for what, words in TRIED.items():
            tried[what] = run([folder / "core/bin/bimodal", *words], folder, str(folder / "core/bin"))
        found = {
            "files": {one.name: {"mb": one.stat().st_size / 1e6, "entries": entries(one)} for one in (source, wheel)},
            "core": core_parts(site, project["dependencies"]),
            "compiled_python_mb": compiled,
            "sets_mb": {about: together(site, project["dependencies"], names) for about, names in SETS.items()},
            "tried_s": tried,
            "starts_s": start_times(site, rounds),
            "extras": [],
        }
        if not core_only:
            site = install(f"{wheel}[{','.join(extras)}]", folder / "all")
            size, core = sizes(site), needed(site, project["dependencies"])
            for name, asked in extras.items():
                more = sorted(needed(site, asked) - core, key=lambda one: -size[one])
                found["extras"].append(
                    {
                        "extra": name,
                        "mb": sum(size[one] for one in more),
                        "largest": {one: size[one] for one in more[:4]},
                    }
                )
            found["everything_mb"] = sum(size.values())
    return found


def entries(packed: Path) -> int:
    """Count the files in a package."""
    if packed.suffix == ".whl":
        with zipfile.ZipFile(packed) as wheel:
            return len(wheel.namelist())
    with tarfile.open(packed) as source:
        return len(source.getnames())


def page(found: dict[str, Any], about: dict[str, Any]) -> str:
    """Return the figures as Markdown."""
    core = sum(part["mb"] for part in found["core"])
    verdict = "met" if core < GOAL_MB else "missed"
    star = " (with changes)" if about["changed_since"] else ""
    lines = [
        "# What an installation costs",
        "",
        f"`{about['command']}`, {about['date']}, commit {about['commit'][:12]}{star}: {line(about['machine'])}. "
        "MB are 1e6 bytes, times are processor time (user and system).",
        "",
        *(f"- {name}: {one['mb']:.1f} MB, {one['entries']} entries" for name, one in found["files"].items()),
        f"- core, wheel alone, no compiler: **{core:.0f} MB** in {len(found['core'])} packages; "
        f"goal below {GOAL_MB:g} MB: {verdict}",
    ]
    if "everything_mb" in found:
        lines.append(f"- with every extra: {found['everything_mb']:.0f} MB")
    lines += [f"- of the core, Python that pip compiled: {found['compiled_python_mb']:.0f} MB"]
    lines += [f"- of the core, {about}: {mb:.0f} MB" for about, mb in found["sets_mb"].items()]
    lines += [f"- {what}, in that core: {seconds:.1f} s" for what, seconds in found["tried_s"].items()]
    lines += ["", "| start | median, s | lowest to highest |", "|---|---:|---:|"]
    lines += [
        f"| {name} | {statistics.median(took):.3f} | {min(took):.3f} to {max(took):.3f} |"
        for name, took in found["starts_s"].items()
    ]
    met = statistics.median(found["starts_s"]["`import bimodal`"]) < GOAL_S
    lines += ["", f"Goal for an import: below {GOAL_S:g} s: {'met' if met else 'missed'}.", "", "## The core", ""]
    lines += ["| package | MB | would go without it |", "|---|---:|---:|"]
    small = [part for part in found["core"] if part["mb"] < _SHOWN]
    for part in found["core"]:
        if part["mb"] >= _SHOWN:
            spared = "" if part["spared_mb"] is None else f"{part['spared_mb']:.0f}"
            lines.append(f"| {part['package']} | {part['mb']:.1f} | {spared} |")
    lines.append(f"| {len(small)} smaller ones | {sum(part['mb'] for part in small):.1f} | |")
    lines += ["", "The last column is of what bimodal itself asks for: what goes with it if nothing else needs that."]
    if found["extras"]:
        lines += ["", "## Extras", "", "| extra | MB beside the core | largest |", "|---|---:|---|"]
        for one in sorted(found["extras"], key=lambda one: -one["mb"]):
            largest = ", ".join(f"{name} {mb:.0f}" for name, mb in one["largest"].items())
            lines.append(f"| `{one['extra']}` | {one['mb']:.0f} | {largest} |")
        lines += ["", "Extras share packages, so they do not add up."]
    return "\n".join([*lines, ""])


def main() -> None:
    """Measure, write and print."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--rounds", type=int, default=7)
    words.add_argument("--core-only", action="store_true", help="leave the extras out")
    words.add_argument("--out", type=Path, default=HERE / "results" / "install_size.json")
    given = words.parse_args()
    command = f"python benchmarks/install_size.py --rounds {given.rounds}{' --core-only' if given.core_only else ''}"
    about = {"date": datetime.now(UTC).date().isoformat(), **commit(), "command": command, "machine": machine()}
    found = measure(given.rounds, core_only=given.core_only)
    write_text(given.out, json.dumps({"about": about, **found}, indent=1) + "\n")
    write_text(given.out.with_suffix(".md"), page(found, about))
    print(page(found, about))


if __name__ == "__main__":
    main()
