"""Mutation testing of dosing, units, endpoints and timing: the wrong programs that the tests let through.

Run ``python benchmarks/mutation.py --folder FOLDER`` on Linux or macOS; it needs mutmut (``pip install mutmut``, not
among the extras) and writes ``benchmarks/results/mutation.json`` and ``.md``. mutmut works in a copy of this checkout
in FOLDER, where it makes the mutants, learns which tests reach which function, and runs those on each mutant in a
process of its own. What it found stays there, and a mutant with a result is not run again; ``--survivors`` runs
those again that were not killed. Mutants that change only words (texts, and the wording of errors) are left out,
and of the others ``--most`` a room are drawn with ``--seed``. Why one may live stands in ``mutation_survivors.toml``.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import shutil
import subprocess
import sys
import textwrap
import tomllib
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bimodal.files.write import write_text
from engine.machine import commit, line, machine

HERE = Path(__file__).parent
ROOT = HERE.parent
#: The rooms, what is changed in each, and the tests that are to notice: the files that reach it and are quick.
ROOMS: dict[str, tuple[list[str], list[str]]] = {
    "units": (["units/*"], ["tests/test_units.py"]),
    "dosing": (["dosing/*"], ["tests/dosing"]),
    "endpoints": (
        ["study/endpoints/*"],
        [
            "tests/study/test_study_endpoints.py",
            "tests/study/test_study_phases.py",
            "tests/study/test_trial_outcomes.py",
            "tests/study/test_trial_response.py",
            "tests/study/test_trial_statistics.py",
            "tests/study/test_weighted_statistics.py",
            "tests/study/test_study_cells.py",
            "tests/study/test_study_reduced.py",
            "tests/results/test_results_endpoints.py",
        ],
    ),
    "timing": (["timing/*"], ["tests/timing"]),
}
#: Tests that see mutmut's own code, since they start another process or read the imports, and one that is slow.
APART = (
    "tests/test_units.py::test_import_is_cheap",
    "tests/timing/test_timing_house.py",
    "tests/timing/test_timing_reading.py::test_a_hundred_thousand_rows",
    "tests/timing/test_timing_assess.py::test_the_answer_is_the_same_bytes_again_in_another_process_and_with_other_threads",
)
SETTINGS = """[mutmut]
source_paths=src
only_mutate=
{mutated}
pytest_add_cli_args_test_selection=
{tests}
pytest_add_cli_args=
    -n0
    -p
    no:cacheprovider
    --hypothesis-profile=unshrunk
{apart}
also_copy=
    benchmarks
    docs
    examples
    README.md
timeout_multiplier=8
timeout_constant=8
"""
#: What the table says of a room, and its head.
COLUMNS = {
    "made": "made",
    "looked_at": "looked at",
    "of_words": "of words",
    "drawn": "drawn",
    "killed": "killed",
    "timed_out": "out of time",
    "killed_only_by_new_tests": "only by new tests",
    "survived": "survived",
    "equivalent": "equivalent",
}
LIVED = ("survived", "no test")
WORDS = {0: "survived", 1: "killed", 3: "killed", 5: "no test", 33: "no test"}


def copy(room: str, folder: Path) -> Path:
    """Copy what git has of this checkout, changes included, to where mutmut works, or bring the copy up to date."""
    here = folder / room
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in listed.stdout.splitlines():
        source, target = ROOT / name, here / name
        if source.is_file() and (not target.exists() or target.read_bytes() != source.read_bytes()):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    mutated, tests = ROOMS[room]
    write_text(
        here / "setup.cfg",
        SETTINGS.format(
            mutated="\n".join(f"    src/bimodal/{name}.py" for name in mutated),
            tests="\n".join(f"    {name}" for name in tests),
            apart="\n".join(f"    --deselect={name}" for name in APART),
        ),
    )
    return here


def mutmut(here: Path, *names: str) -> str:
    """Run mutmut on mutants by name, on one core."""
    paths = [str(here / "mutants" / "src"), str(here / "mutants"), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", "run", "--max-children", "1", *names],
        cwd=here,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        check=False,
        capture_output=True,
        text=True,
    )
    return done.stdout + done.stderr


def results(here: Path) -> dict[str, int | None]:
    """Return the exit code of each mutant; None where it was not run."""
    codes: dict[str, int | None] = {}
    for path in sorted(here.glob("mutants/src/**/*.meta")):
        codes |= json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
    return codes


def functions(here: Path, name: str) -> dict[str, ast.FunctionDef]:
    """Return the functions and methods of a mutated module, by mutmut's names."""
    module = name.rpartition(".")[0].replace(".", "/")
    path = here / "mutants" / "src" / f"{module}.py"
    path = path if path.exists() else path.with_suffix("") / "__init__.py"
    found: dict[str, ast.FunctionDef] = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        inside = node.body if isinstance(node, ast.ClassDef) else [node]
        found |= {part.name: part for part in inside if isinstance(part, ast.FunctionDef)}
    return found


class Wordless(ast.NodeTransformer):
    """Takes the texts out of a function, and from an error all but its class."""

    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        """Empty a text."""
        return ast.Constant("") if isinstance(node.value, str) else node

    def visit_Raise(self, node: ast.Raise) -> ast.Raise:
        """Keep the class of an error."""
        of = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        return ast.Raise(exc=of, cause=None)


def bare(function: ast.FunctionDef) -> ast.FunctionDef:
    """Return a copy of a function with one name for all its mutants."""
    tree = ast.parse(ast.unparse(function)).body[0]
    assert isinstance(tree, ast.FunctionDef)
    tree.name = "f"
    return tree


def only_words(before: ast.FunctionDef, after: ast.FunctionDef) -> bool:
    """Say whether a mutant differs in texts or in the wording of an error alone."""
    return ast.dump(Wordless().visit(bare(before))) == ast.dump(Wordless().visit(bare(after)))


def change(before: ast.FunctionDef, after: ast.FunctionDef) -> str:
    """Return the changed lines of a mutant, as `before -> after`."""
    old, new = (ast.unparse(bare(function)).splitlines() for function in (before, after))
    while old and new and old[0] == new[0]:
        del old[0], new[0]
    while old and new and old[-1] == new[-1]:
        del old[-1], new[-1]
    return " -> ".join(" ".join(part.strip() for part in lines) for lines in (old, new))


def described(here: Path, name: str, trees: dict[str, Any]) -> tuple[str, str, bool]:
    """Return where a mutant is, what it changes, and whether that is words alone."""
    module, _, own = name.rpartition(".")
    if module not in trees:
        trees[module] = functions(here, name)
    of, _, _ = own.rpartition("__mutmut_")
    before, after = trees[module][f"{of}__mutmut_orig"], trees[module][own]
    place = f"{module.removeprefix('bimodal.')}: {of.removeprefix('x_').removeprefix('xǁ').replace('ǁ', '.')}"
    return place, change(before, after), only_words(before, after)


def run_room(room: str, folder: Path, most: int, seed: int, again: bool) -> None:
    """Make the mutants of a room, draw some, and run those without a result."""
    here = copy(room, folder)
    note = here / "drawn.json"
    if not note.exists():
        said = mutmut(here, "none")  # makes all mutants and learns which test reaches which, then finds none so named
        codes = results(here)
        assert codes, said
        trees: dict[str, Any] = {}
        mutants: dict[str, Any] = {}
        looked_at = 0
        for name in random.Random(seed).sample(sorted(codes), len(codes)):
            if len(mutants) == most:
                break
            looked_at += 1
            place, what, words = described(here, name, trees)
            if not words:
                mutants[name] = {"place": place, "change": what, "runs": []}
        made = {"made": len(codes), "looked_at": looked_at, "of_words": looked_at - len(mutants)}
        write_text(note, json.dumps(made | {"mutants": mutants}, indent=1))
    drawn_rows = json.loads(note.read_text(encoding="utf-8"))
    waiting = [
        name
        for name, row in drawn_rows["mutants"].items()
        if not row["runs"] or (again and row["runs"][-1] != "killed")
    ]
    for at in range(0, len(waiting), 50):
        names = waiting[at : at + 50]
        said = mutmut(here, *names)
        codes = results(here)
        if "mutations/second" not in said:
            raise SystemExit(f"mutmut stopped in {room}:\n{said[-3000:]}")
        for name in names:
            code = codes[name]
            drawn_rows["mutants"][name]["runs"].append(WORDS.get(code, "timeout") if code is not None else "timeout")
        write_text(note, json.dumps(drawn_rows, indent=1))
        counts = Counter(row["runs"][-1] for row in drawn_rows["mutants"].values() if row["runs"])
        print(f"{room}: {dict(counts)} of {len(drawn_rows['mutants'])}", flush=True)


def gathered(folder: Path, reasons: dict[tuple[str, str], str]) -> dict[str, Any]:
    """Read what was found in each room, and set beside each survivor why it lives."""
    rooms: dict[str, Any] = {}
    for room in ROOMS:
        note = folder / room / "drawn.json"
        if not note.exists():
            continue
        drawn = json.loads(note.read_text(encoding="utf-8"))
        rows = [row for row in drawn["mutants"].values() if row["runs"]]
        if not rows:
            continue
        last = Counter(row["runs"][-1] for row in rows)
        alive = [
            {
                "place": row["place"],
                "change": row["change"],
                "why": reasons.get((row["place"], row["change"]), ""),
            }
            for row in rows
            if row["runs"][-1] in LIVED
        ]
        learned = sum(row["runs"][0] in LIVED and row["runs"][-1] not in LIVED for row in rows)
        equal = sum(row["why"].startswith("equivalent") for row in alive)
        rooms[room] = {
            "made": drawn["made"],
            "looked_at": drawn["looked_at"],
            "of_words": drawn["of_words"],
            "drawn": len(rows),
            "killed": last["killed"],
            "timed_out": last["timeout"],
            "killed_only_by_new_tests": learned,
            "survived": len(alive),
            "equivalent": equal,
            "survivors": alive,
        }
    return rooms


def page(data: dict[str, Any]) -> str:
    """Return the Markdown page."""
    table = []
    for room, row in data["rooms"].items():
        caught = row["killed"] + row["timed_out"]
        able = row["drawn"] - row["equivalent"]
        counts = [row[key] for key in COLUMNS]
        table.append(f"| {room} | {' | '.join(map(str, counts))} | {100 * caught / able:.1f} % |")
    lists = []
    for room, row in data["rooms"].items():
        lists.append(f"\n## Survivors in {room}\n")
        for alive in row["survivors"]:
            shown = textwrap.shorten(alive["change"].replace("|", "\\|"), 220, placeholder=" ...")
            lists.append(f"- `{alive['place']}`: `{shown}`. {alive['why'] or 'Not looked at.'}")
    return f"""# Mutation testing

`{data["command"]}`, {data["date"]}, commit {data["commit"]}, {data["machine"]}.

mutmut {data["mutmut"]} changes the program in one place and runs the tests that reach the function. Mutants are looked
at in the order of a draw (seed {data["seed"]}); those of words (texts, and the wording of errors) are left out, the
others are run, so many as the table says. What stands outside functions, and decorated functions (properties),
is not changed; examples in docstrings, which the suite runs too, are not among the tests here. The share is of the
drawn mutants that are no equivalents; one that ran out of time counts as noticed. "Only by new tests" are those that
lived until tests were written for them.

| room | {" | ".join(COLUMNS.values())} | noticed |
|{"---|" * (len(COLUMNS) + 2)}
{chr(10).join(table)}
{chr(10).join(lists)}
"""


def main(arguments: list[str] | None = None) -> None:
    """Run the rooms asked for, and write the results of all that are there."""
    from importlib.metadata import version

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where mutmut works and its findings stay")
    parser.add_argument("--only", default=",".join(ROOMS), help="rooms to run now, with commas")
    parser.add_argument("--most", type=int, default=300, help="mutants drawn in a room")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--survivors", action="store_true", help="run those that survived again")
    parser.add_argument("--out", type=Path, default=HERE / "results")
    given = parser.parse_args(arguments)
    folder: Path = given.folder.resolve()
    for room in (name for name in given.only.split(",") if name):
        run_room(room, folder, given.most, given.seed, given.survivors)
    listed = tomllib.loads((HERE / "mutation_survivors.toml").read_text(encoding="utf-8"))["survivor"]
    reasons = {(row["place"], row["change"]): row["why"] for row in listed}
    data = {
        "command": "python benchmarks/mutation.py --folder FOLDER",
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "commit": commit()["commit"][:12],
        "machine": line(machine()),
        "mutmut": version("mutmut"),
        "seed": given.seed,
        "rooms": gathered(folder, reasons),
    }
    write_text(given.out / "mutation.json", json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    write_text(given.out / "mutation.md", page(data))


if __name__ == "__main__":
    main()
