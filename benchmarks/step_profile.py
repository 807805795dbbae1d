"""Measures where the time of a step goes: each part of it called alone, the whole step, and the loop around it.

Run ``python benchmarks/step_profile.py``; ``--quick`` for a look, ``--model human`` for the shipped human in place of
the comparison model. Results go to ``benchmarks/results/profile.json`` and ``profile.md``, those of the human to
``profile_human.*``. No sampling profiler and no counters are needed.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit

from bimodal.engine import Schedule, Settings, System, solve
from bimodal.engine.assemble import Assembly
from bimodal.engine.call import call
from bimodal.engine.compiled import keep
from bimodal.engine.kernel import Kernel, compile_system, has_fused, host_width, load_text
from bimodal.engine.march import aligned
from bimodal.engine.program import build_program
from bimodal.engine.shared import shared_by, still_of
from bimodal.engine.tableau import RODAS4, RODAS5P
from engine import model, patients
from engine.cases import CASES, lay_out
from engine.machine import commit, line, machine, without_paths
from engine.regimens import DAILY, TIMES

_HERE = Path(__file__).parent
_METHODS = {"rodas5p": RODAS5P, "rodas4": RODAS4}
_RTOL = {"rodas5p": 1e-6, "rodas4": 5e-5}
_STEP = 0.3  # hours, a usual length between two doses
_WHEN = 100.0  # hours at which the patients stand


@dataclass(frozen=True)
class Profile:
    """Microseconds, medians over rounds; ``parts`` of one step of ``width`` patients, the rest per patient."""

    method: str
    width: int
    step_us: float
    parts: dict[str, float]
    apart_us: float  # what the whole step takes beyond its parts: they share one small cache
    steps: float
    patient_ms: float
    in_steps: float  # share of a patient's time spent in steps, looks at saves included
    working_set_kb: float


@njit
def _repeat(address: int, times: int, arguments: Any) -> None:
    for _ in range(times):
        call(address, arguments)


@dataclass(frozen=True, eq=False)
class Subject:
    """What is profiled: patients (N, P) of a system, their doses, and when results are saved."""

    system: System
    parameters: np.ndarray
    schedule: Callable[[int], Schedule]
    times: np.ndarray
    regimen: str


def comparison_model(count: int, seed: int) -> Subject:
    """Return the comparison model on regimen A."""
    network = model.network_of(model.sbml_of(model.text()))
    system = model.system_of(network)
    population = patients.sample(network, count, seed)
    return Subject(system, population, lambda n: DAILY.schedule(system, n), TIMES, f"regimen A, {DAILY.words}")


def shipped_human(count: int, seed: int) -> Subject:
    """Return the shipped human on a dose a day."""
    job = lay_out(CASES[0], count, seed)
    return Subject(job.system, job.parameters, job.schedule, job.times, job.case.words)


_SUBJECTS = {"comparison": comparison_model, "human": shipped_human}


def step_text(subject: Subject, kernel: Kernel) -> str:
    """Return the code of a step as a run of these patients gets it: without what they all share."""
    program = build_program(subject.system)
    full, states = kernel.start(subject.parameters)
    shared = shared_by(kernel.foldable, full, states, subject.schedule(len(full)).slots)
    own = replace(shared, still=still_of(program, shared))
    return Assembly(program, kernel.tableau, kernel.width, fused=has_fused(), shared=own).step_text()


def check_arguments(text: str) -> None:
    """Raise if a function takes other arguments than it is given here: it would read memory that is not its own."""
    given = {"step": _STEP_ARGUMENTS} | {name: arguments for _, name, arguments, _ in _PARTS}
    for name, arguments in given.items():
        found = re.search(rf"^define (?:internal )?void @{name}\(([^)]*)\)", text, re.MULTILINE)
        takes = re.findall(r"%(\w+)", found.group(1)) if found else []
        if takes != [_NAMES.get(a, a) if name == "residual" else a for a in arguments.split()]:
            raise ValueError(f"the engine's '{name}' takes {', '.join(takes)}; step_profile.py gives it {arguments}")


def _pieces(text: str, width: int) -> tuple[Any, Any]:
    """Return the code with every part callable, and the step without its parts: only its sums and its error norm."""
    open_text = text.replace("define internal void", "define void")
    bare = re.sub(r"^ *call void @(factor|stage|solve|residual)\(.*$", "", open_text, flags=re.MULTILINE)
    # what the residual would have written must be some number, or the optimiser leaves the error norm out
    bare = re.sub(r"%(speed|noise) = alloca (.+), i64 \d+, align \d+", r"%\1 = getelementptr \2, ptr %k, i64 0", bare)
    return load_text(open_text, width), load_text(bare, width)


def _memory(system: System, kernel: Kernel, parameters: np.ndarray, states: np.ndarray) -> dict[str, np.ndarray]:
    n, w, s = kernel.size, kernel.width, kernel.tableau.stages
    program = build_program(system)
    entries = set(program.jacobian) | {(k, k) for k in range(n)}
    full, _ = kernel.start(parameters)
    shapes = {
        "t": (w,), "y": (n, w), "p": (full.shape[1], w), "h": (w,), "atol": (n, w), "rtol": (w,), "floor": (n, w),
        "lu": (kernel.factor_size, w), "k": (s * n, w), "u": (n, w), "err": (w,), "res": (w,),
        "gh": (w,), "w": (len(entries), w), "f": (n, w), "b": (n, w), "x": (n, w), "s": (n, w),
        "speed": (n, w), "noise": (n, w),
    }  # fmt: skip
    found = {name: aligned(shape) for name, shape in shapes.items()}
    found["y"][:], found["p"][:], found["h"][:], found["rtol"][:] = states.T, full.T, _STEP, _RTOL["rodas5p"]
    found["gh"][:] = 1.0 / (_STEP * kernel.tableau.gamma)
    found["atol"][:], found["floor"][:], found["b"][:] = 1e-9, -1.0, 1.0
    return found


#: Part of a step, function, arguments, and how often a step of s stages calls it.
_PARTS = (
    ("rates, Jacobian, factors", "factor", "t y p gh w lu f", lambda s: 1),
    ("first solve", "solve", "lu b x", lambda s: 1),
    ("residual check", "residual", "w lu x y b gh atol speed noise res", lambda s: 1),
    ("rates and solves of the other stages", "stage", "t y p s lu x", lambda s: s - 1),
)
#: What the residual calls its last argument.
_NAMES = {"res": "worst"}
_STEP_ARGUMENTS = "t y p h atol rtol floor lu k u err res"


def profile(subject: Subject, method: str, width: int, *, rounds: int, repeats: int) -> Profile:
    """Measure one method and width."""
    tableau, system, parameters = _METHODS[method], subject.system, subject.parameters
    kernel = compile_system(system, width=width, tableau=tableau)
    schedule = subject.schedule(len(parameters))
    twin = System(**{name: getattr(system, name) for name in system.__dataclass_fields__})
    keep(twin, kernel)
    settings = Settings(rtol=_RTOL[method], method=method)  # type: ignore[arg-type]
    states = solve(twin, parameters[:width], subject.schedule(width), [_WHEN], settings=settings).values[:, 0]
    memory = _memory(system, kernel, parameters[:width], states)
    text = step_text(subject, kernel)
    check_arguments(text)
    whole, bare = _pieces(text, width)
    jobs = [("step", whole, "step", _STEP_ARGUMENTS), ("sums of stages, error norm", bare, "step", _STEP_ARGUMENTS)]
    jobs += [(label, whole, name, arguments) for label, name, arguments, _ in _PARTS]
    times: dict[str, list[float]] = {label: [] for label, *_ in jobs}
    runs: list[float] = []
    steps = 0.0
    for _ in range(rounds + 1):
        for label, code, name, arguments in jobs:
            address = code.get_function_address(name)
            pointers = tuple(memory[a].ctypes.data for a in arguments.split())
            _repeat(address, repeats // 10, pointers)
            began = time.process_time()
            _repeat(address, repeats, pointers)
            times[label].append((time.process_time() - began) / repeats * 1e6)
        began = time.process_time()
        run = solve(twin, parameters, schedule, subject.times, settings=settings)
        runs.append((time.process_time() - began) / len(parameters) * 1e3)
        steps = float(run.steps.mean())
    middle = {label: float(np.median(values[1:])) for label, values in times.items()}
    parts = {"sums of stages, error norm": middle["sums of stages, error norm"]}
    parts |= {label: middle[label] * count(tableau.stages) for label, _, _, count in _PARTS}
    each = float(np.median(runs[1:]))
    on_stops = np.isin(np.round(subject.times, 6), np.round(schedule.times, 6))
    attempts = steps + len(subject.times) - int(on_stops.sum()) - 1  # a save inside a step takes a look of one step
    used = ("y", "p", "atol", "floor", "lu", "k", "u", "s", "w")
    return Profile(
        method, width, middle["step"], parts, middle["step"] - sum(parts.values()), steps, each,
        attempts * middle["step"] / width / 1e3 / each, sum(memory[name].nbytes for name in used) / 1024,
    )  # fmt: skip


def markdown(found: dict[str, Any]) -> str:
    """Return the tables of a finished profile."""
    changed = ", with changes" if found["changed_since"] else ""
    profiles = found["profiles"]
    heads = [f"{p['method']}, {p['width']} lane{'s' * (p['width'] > 1)}" for p in profiles]
    lines = ["| microseconds of one step, all lanes | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    for label in profiles[0]["parts"]:
        cells = [f"{p['parts'][label]:.3f} ({100 * p['parts'][label] / p['step_us']:.0f} %)" for p in profiles]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    rows = {
        "what the parts lose side by side (cache)": lambda p: f"{p['apart_us']:.3f}",
        "**the whole step**": lambda p: f"**{p['step_us']:.3f}**",
        "the whole step, per patient": lambda p: f"{p['step_us'] / p['width']:.3f}",
        "working set of a step, kB": lambda p: f"{p['working_set_kb']:.0f}",
        "steps of a patient": lambda p: f"{p['steps']:.0f}",
        "ms of a patient on one core": lambda p: f"{p['patient_ms']:.2f}",
        "share of it in steps": lambda p: f"{100 * p['in_steps']:.0f} %",
    }
    lines += [f"| {label} | " + " | ".join(map(cell, profiles)) + " |" for label, cell in rows.items()]
    return "\n".join(
        [
            f"Measured {found['date']} at commit {found['commit'][:12]}{changed} with `{found['command']}` (seed "
            f"{found['seed']}): every part called alone, again and again, on the same numbers; medians. "
            f"{found['regimen']}.",
            "",
            f"Machine: {line(found['machine'])}.",
            "",
            *lines,
            "",
            "What is not in steps: the loop around them, events, outputs, and lanes that wait for the last patients.",
            "",
        ]
    )


def main(arguments: list[str]) -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=tuple(_SUBJECTS), default="comparison")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--repeats", type=int, default=10_000, help="calls of a part in a round")
    parser.add_argument("--patients", type=int, default=128)
    parser.add_argument("--widths", default="", help="lanes, such as 1,4,8; default: the widest of this computer and 1")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="3 rounds of 1,000 calls, 16 patients")
    parser.add_argument("--out", type=Path, default=_HERE / "results")
    given = parser.parse_args(arguments)
    if given.quick:
        given.rounds, given.repeats, given.patients = 3, 1000, 16
    widths = [int(w) for w in given.widths.split(",")] if given.widths else [host_width(), 1]
    where = machine()
    print(line(where), file=sys.stderr)
    subject = _SUBJECTS[given.model](max(given.patients, *widths), given.seed)
    profiles = [
        asdict(profile(subject, method, width, rounds=given.rounds, repeats=given.repeats))
        for width in widths
        for method in _METHODS
    ]
    found = {
        "schema": 1, "date": datetime.now(UTC).date().isoformat(), **commit(),
        "command": shlex.join(["python", "benchmarks/step_profile.py", *without_paths(arguments)]),
        "seed": given.seed, "machine": where, "rounds": given.rounds, "repeats": given.repeats, "profiles": profiles,
        "regimen": subject.regimen,
    }  # fmt: skip
    name = "profile" if given.model == "comparison" else f"profile_{given.model}"
    given.out.mkdir(parents=True, exist_ok=True)
    (given.out / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    (given.out / f"{name}.md").write_text(markdown(found), "utf-8")
    print(markdown(found))


if __name__ == "__main__":
    main(sys.argv[1:])
