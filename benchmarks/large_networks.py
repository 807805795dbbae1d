"""What large networks cost: reading, compiling, memory and one solution, beside libRoadRunner on the same SBML.

    python benchmarks/large_networks.py [--sizes 50,100,200] [--files A.xml,B.xml] [--out benchmarks/results]

Two kinds of network: reversible reactions a + b <-> c of partners drawn at random, whose Jacobian fills when it is
eliminated, and a chain, whose does not. Each case runs in a process of its own without a cache of compiled code; times
are of the processor, as others may work on the machine. The solution is that of one patient to t = 1 at a relative
tolerance of 1e-6, in its second run, so that nothing is compiled in it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from provenance import provenance

KINDS = ("random", "chain")
SIZES = "50,100,200,500,1000,2000"
MOST_S = 900


def antimony(kind: str, size: int) -> str:
    """Write a network; partners are the same in every run."""
    drawn = random.Random(size)
    lines = [f"species x{i} = {1 + i % 7 / 10}; k{i} = {0.5 + i % 5 / 10};" for i in range(size)]
    for i in range(size):
        if kind == "chain":
            lines.append(f"x{i} -> x{(i + 1) % size}; k{i} * x{i};")
        else:
            b, c = drawn.randrange(size), drawn.randrange(size)
            lines.append(f"x{i} + x{b} -> x{c}; k{i} * x{i} * x{b} - 0.5 * k{i} * x{c};")
    return "model network()\n" + "\n".join(lines) + "\nend\n"


def ours(file: str) -> dict[str, Any]:
    """Read, compile and solve a file with the engine."""
    from bimodal.engine import solve
    from bimodal.engine.compiled import compiled
    from bimodal.engine.program import build_program
    from bimodal.model.sbml_reader import read_sbml

    began = time.process_time()
    network = read_sbml(Path(file).read_text("utf-8"), file=file)
    system = network.system([(name, name) for name in network.state_ids])
    read = time.process_time()
    kernel = compiled(system, "narrow")
    compiled_at = time.process_time()
    compiled(system, "wide")
    wide_at = time.process_time()
    parameters = np.array([[constant.value for constant in network.constants]])
    times = np.array([0.0, 1.0])
    for _ in range(2):
        begun = time.process_time()
        found = solve(system, parameters, None, times)
    solved = time.process_time() - begun
    program = build_program(system)
    return {
        "states": kernel.size,
        "factors": kernel.factor_size,
        "products": program.elimination.products,
        "read_s": read - began,
        "compile_s": compiled_at - read,
        "compile_wide_s": wide_at - compiled_at,
        "solve_s": solved,
        "status": found.sentence(0),
        "values": dict(zip(network.state_ids, found.values[0, -1].tolist(), strict=True)),
    }


def theirs(file: str) -> dict[str, Any]:
    """Read, compile and solve a file with libRoadRunner."""
    import roadrunner

    began = time.process_time()
    runner = roadrunner.RoadRunner(file)
    loaded = time.process_time()
    integrator = runner.getIntegrator()
    integrator.setValue("stiff", True)
    integrator.setValue("relative_tolerance", 1e-6)
    ids = [f"[{name}]" for name in runner.model.getFloatingSpeciesIds()]
    runner.timeCourseSelections = ["time", *ids]
    for _ in range(2):
        runner.resetToOrigin()
        begun = time.process_time()
        found = runner.simulate(0, 1, 2)
    return {
        "load_s": loaded - began,
        "solve_s": time.process_time() - begun,
        "version": roadrunner.__version__,
        "values": dict(zip(runner.model.getFloatingSpeciesIds(), np.array(found)[-1, 1:].tolist(), strict=True)),
    }


def in_a_process(what: str, file: Path) -> dict[str, Any]:
    """Run one solver on one file by itself, and add the memory it took."""
    command = [sys.executable, __file__, "--one", what, str(file)]
    environment = os.environ | {"BIMODAL_CACHE": "off"}
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=MOST_S, env=environment, check=False)
    except subprocess.TimeoutExpired:
        return {"error": f"more than {MOST_S} s"}
    if done.returncode:
        return {"error": (done.stderr.strip().splitlines() or ["no word"])[-1][:200]}
    return json.loads(done.stdout.splitlines()[-1])


def compare(label: str, file: Path) -> dict[str, Any]:
    """Measure both solvers on a file."""
    row: dict[str, Any] = {"network": label}
    for what in ("ours", "theirs"):
        row[what] = in_a_process(what, file)
    mine, other = (row[what].pop("values", None) for what in ("ours", "theirs"))
    if mine and other and set(mine) == set(other):
        least = 1e-9 * max(map(abs, other.values()))
        row["difference"] = max(abs(mine[name] - value) / max(abs(value), least) for name, value in other.items())
    print(json.dumps(row), flush=True)
    return row


def table(rows: list[dict[str, Any]], about: dict[str, Any]) -> str:
    """Write the results as Markdown."""
    lines = [
        "# Large networks",
        "",
        f"Commit {about['commit']}, `{about['command']}`, {about['machine']}. Seconds of the processor.",
        "",
        "| network | states | multiply-adds of an elimination | read | compile for one patient | for a cohort | memory "
        "| one patient | libRoadRunner: load | memory | one patient | largest difference |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        us, them = row["ours"], row["theirs"]
        mine = f"| {us['error']} | | | | | " if "error" in us else (
            f"| {us['states']} | {us['products']:,} | {us['read_s']:.1f} s | {us['compile_s']:.1f} s "
            f"| {us['compile_wide_s']:.1f} s "
            f"| {us['MB']:.0f} MB | {1000 * us['solve_s']:.3g} ms "
        )  # fmt: skip
        other = f"| {them['error']} | | " if "error" in them else (
            f"| {them['load_s']:.1f} s | {them['MB']:.0f} MB | {1000 * them['solve_s']:.3g} ms "
        )  # fmt: skip
        far = f"{row['difference']:.1e}" if "difference" in row else "-"
        lines.append(f"| {row['network']} {mine}{other}| {far} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run all cases and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", default=SIZES)
    parser.add_argument("--files", default="")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        found = {"ours": ours, "theirs": theirs}[options.one[0]](options.one[1])
        print(json.dumps(found | {"MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
        return
    import tempfile

    from bimodal.model.antimony_text import to_sbml

    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for kind in KINDS:
            for size in (int(word) for word in options.sizes.split(",") if word):
                file = Path(folder) / f"{kind}-{size}.xml"
                file.write_text(to_sbml(antimony(kind, size), "network", file=file.name), encoding="utf-8")
                rows.append(compare(f"{kind}, {size}", file))
        rows += [compare(Path(name).stem, Path(name)) for name in options.files.split(",") if name]
    asked = [f"--sizes {options.sizes}", *(["--files"] if options.files else [])]
    names = ",".join(Path(name).name for name in options.files.split(",") if name)
    about = provenance() | {"command": f"python benchmarks/large_networks.py {' '.join([*asked, names])}".rstrip()}
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "large_networks.json").write_text(json.dumps(about | {"rows": rows}, indent=1) + "\n", "utf-8")
    (options.out / "large_networks.md").write_text(table(rows, about), "utf-8")


if __name__ == "__main__":
    main()
