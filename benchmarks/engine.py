"""Measures the engine beside libRoadRunner, AMICI, CVODE, SciPy and its own algorithm in C, errors next to times.

Run ``python benchmarks/engine.py``; ``--quick`` for a look. ``--only comparison`` or ``--only shipped`` measures the
comparison model or the shipped ones and keeps what is known of the others. Results go to
``benchmarks/results/engine.json`` and ``engine.md``.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from bimodal.engine import solve
from bimodal.engine.compiled import compiled
from engine import model, patients
from engine.accuracy import worst_error
from engine.amici_peer import Amici
from engine.c_peer import FLAGS, CStep
from engine.cases import CASES
from engine.cvode_peer import CvodePeer
from engine.human import human_times
from engine.machine import commit, line, machine, without_paths
from engine.ours import Ours
from engine.peer import FloatArray, Peer, Setting, UnavailableError
from engine.race import Entry, Trial, fastest, run_rounds, try_settings
from engine.regimens import DAILY, REGIMENS, TIMES
from engine.roadrunner_peer import TIGHT, RoadRunner
from engine.scipy_peer import SciPy
from engine.shipped import Terms, race
from engine.table import markdown

_HERE = Path(__file__).parent
_PEERS = ("roadrunner", "amici", "cvode", "scipy", "c")
_DEFAULT = Setting(1e-6, method="rodas5p")
_RADAU = Setting(1e-9)


def say(text: str) -> None:
    """Tell the terminal."""
    print(text, file=sys.stderr, flush=True)


def options(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--patients", type=int, default=32, help="patients compared with the reference")
    parser.add_argument("--peers", default=",".join(_PEERS), help=f"of {', '.join(_PEERS)}")
    parser.add_argument("--amici-python", default=sys.executable, help="interpreter of an environment with AMICI")
    parser.add_argument("--import-limit", type=float, default=900.0, help="seconds AMICI may take to import a model")
    parser.add_argument("--sundials", type=Path, help="folder of a SUNDIALS with KLU built for this computer")
    parser.add_argument("--cohort", type=int, default=10_000, help="patients of the large run")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=("comparison", "shipped"), help="of the two parts, keep the other as it is")
    names = [case.model for case in CASES]
    parser.add_argument("--models", default=",".join(names), help="shipped models to race on")
    parser.add_argument("--few", type=int, default=4, help="patients of a shipped model that other solvers are given")
    parser.add_argument("--batch", type=int, default=64, help="patients of a shipped model that bimodal is given")
    parser.add_argument("--load-limit", type=float, default=300.0, help="seconds libRoadRunner may take to load")
    parser.add_argument("--quick", action="store_true", help="2 rounds, 8 patients, a cohort of 500")
    parser.add_argument("--out", type=Path, default=_HERE / "results")
    given = parser.parse_args(arguments)
    given.peers = [name for name in given.peers.split(",") if name]
    if unknown := sorted(set(given.peers) - set(_PEERS)):
        parser.error(f"there is no peer '{unknown[0]}': {', '.join(_PEERS)}")
    given.models = [name for name in given.models.split(",") if name]
    if unknown := sorted(set(given.models) - set(names)):
        parser.error(f"there is no shipped model '{unknown[0]}' in the race: {', '.join(names)}")
    if given.quick:
        given.rounds, given.patients, given.cohort, given.few, given.batch = 2, 8, 500, 2, 8
    if min(given.rounds, given.patients, given.cohort, given.workers, given.few, given.batch) < 1:
        parser.error("rounds, patients, cohort, workers, few and batch are at least 1")
    return given


def reference_of(
    runner: RoadRunner | None, scipy: SciPy, parameters: FloatArray
) -> tuple[dict[str, FloatArray], dict[str, Any]]:
    """Return the reference of each regimen and what another family of methods thinks of it."""
    if runner is None:
        words = f"SciPy's Radau at rtol {_RADAU.rtol:g}"
        references = {r.name: scipy.radau(_RADAU, r, parameters) for r in REGIMENS}
        return references, {"words": words, "second": "No second opinion.", "second_opinion_error": None}
    references = {r.name: runner.run(TIGHT, r, parameters).values for r in REGIMENS}
    apart = max(worst_error(scipy.radau(_RADAU, r, parameters[:2]), references[r.name][:2]) for r in REGIMENS)
    words = f"CVODE of libRoadRunner {runner.version} at rtol {TIGHT.rtol:g}, atol 1e-12 x size of the state"
    second = f"SciPy's Radau at rtol {_RADAU.rtol:g} differs from it by {apart:.1e} (2 patients)."
    return references, {"words": words, "second": second, "second_opinion_error": apart}


def opponents(given: argparse.Namespace, parts: dict[str, Callable[[], Peer]]) -> tuple[dict[str, Peer], list[str]]:
    """Return the solvers that are asked for and installed, and the names of those that are not."""
    found: dict[str, Peer] = {}
    missing: list[str] = []
    for name in given.peers:
        try:
            found[name] = parts[name]()
        except UnavailableError as reason:
            missing.append(str(reason))
            say(f"not available: {reason}")
    return found, missing


def summarise(entries: list[Entry], laps: list[Any], ours: str) -> list[dict[str, Any]]:
    """Return median, smallest and largest time and ratio of each entry and regimen."""
    rows = []
    for regimen in REGIMENS:
        base = np.array([lap.cpu_ms for lap in laps if (lap.label, lap.regimen) == (ours, regimen.name)])
        for entry in entries:
            if (trial := entry.trials.get(regimen.name)) is None:
                continue
            own = [lap for lap in laps if (lap.label, lap.regimen) == (entry.label, regimen.name)]
            cpu = np.array([lap.cpu_ms for lap in own])
            rows.append(
                {
                    "label": entry.label, "version": entry.peer.version, "regimen": regimen.name,
                    "setting": trial.setting.words, "error": trial.error, "patients": trial.patients,
                    "timed_patients": entry.peer.timed, "cpu_ms": _spread(cpu),
                    "wall_ms": _spread(np.array([lap.wall_ms for lap in own])),
                    "ratio": None if entry.label == ours or len(base) != len(cpu) else _spread(cpu / base),
                }
            )  # fmt: skip
    return rows


def _spread(values: FloatArray) -> list[float]:
    return [float(np.median(values)), float(values.min()), float(values.max())]


def one_patient(system: Any, parameters: FloatArray, repeats: int) -> dict[str, list[float]]:
    """Return wall milliseconds of a single patient, warm, with the engine's own settings."""
    found = {}
    for regimen in REGIMENS:
        schedule, times = regimen.schedule(system, 1), []
        for _ in range(repeats + 2):
            began = time.perf_counter()
            solve(system, parameters[:1], schedule, TIMES)
            times.append(1e3 * (time.perf_counter() - began))
        found[regimen.name] = _spread(np.array(times[2:]))
    return found


def probe(*words: object) -> dict[str, Any]:
    """Run a measurement in a process of its own."""
    command = [sys.executable, "-m", "engine.probe", *map(str, words)]
    done = subprocess.run(command, cwd=_HERE, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def shipped(given: argparse.Namespace, arguments: list[str], before: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Race on the shipped models, and give what is known after each, the others as they were ``before``."""
    about = _about(given, arguments)
    terms = Terms(
        given.few, given.batch, given.rounds, given.seed, given.load_limit, given.amici_python, given.import_limit,
        given.sundials,
    )  # fmt: skip
    cases = {case["model"]: case for case in before}
    for case in race(given.models, terms, say):
        cases[case["model"]] = about | case
        yield {"cases": [cases[each.model] for each in CASES if each.model in cases]}


def main(arguments: list[str]) -> None:
    """Measure, print and write; what is not measured now is kept with its date and commit."""
    given = options(arguments)
    file = given.out / "engine.json"
    found: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.exists() else {"schema": 1}
    if given.only != "shipped":
        found = comparison(given, arguments) | {key: found[key] for key in ("shipped",) if key in found}
        write(given.out, found)
    if given.only != "comparison":
        for part in shipped(given, arguments, found.get("shipped", {}).get("cases", [])):
            found = found | {"shipped": part}
            write(given.out, found)
    print(markdown(found))


def write(folder: Path, found: dict[str, Any]) -> None:
    """Write figures and tables."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "engine.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    (folder / "engine.md").write_text(markdown(found), "utf-8")


def _about(given: argparse.Namespace, arguments: list[str]) -> dict[str, Any]:
    where = machine()
    say(line(where))
    command = shlex.join(["python", "benchmarks/engine.py", *without_paths(arguments)])
    return {
        "schema": 1, "date": datetime.now(UTC).date().isoformat(), **commit(), "command": command, "seed": given.seed,
        "rounds": given.rounds, "machine": where,
    }  # fmt: skip


def comparison(given: argparse.Namespace, arguments: list[str]) -> dict[str, Any]:
    """Measure the comparison model, large cohorts of it, and what a new model costs."""
    about = _about(given, arguments)
    network = model.network_of(model.sbml_of(model.text()))
    system = model.system_of(network)
    parameters = patients.sample(network, 8 * given.patients, given.seed)
    few = parameters[: given.patients]
    scipy = SciPy(system, given.patients)
    runner, missing = None, []
    try:
        runner = RoadRunner(network, system, given.patients)
    except UnavailableError as reason:
        missing.append(f"{reason}")
        given.peers = [name for name in given.peers if name != "roadrunner"]
    references, reference = reference_of(runner, scipy, few)
    say(f"reference: {reference['words']}; {reference['second']}")
    ours = Ours(system, given.patients)
    parts: dict[str, Callable[[], Peer]] = {
        **({"roadrunner": lambda: runner} if runner is not None else {}),
        "amici": lambda: Amici(network, given.patients, given.amici_python, given.import_limit),
        "cvode": lambda: CvodePeer(system, given.patients, given.sundials),
        "scipy": lambda: scipy,
        "c": lambda: CStep(system, given.patients),
    }
    others, absent = opponents(given, parts)
    missing += absent
    try:
        trials: list[Trial] = []
        entries: list[Entry] = []
        never: list[dict[str, str]] = []
        for peer in (ours, *others.values()):
            own = try_settings(peer, parameters, references, say)
            trials += own
            chosen = {r.name: best for r in REGIMENS if (best := fastest(own, r)) is not None}
            never += [{"peer": peer.name, "regimen": r.name} for r in REGIMENS if r.name not in chosen]
            entries.append(Entry(peer.name, peer, chosen))
            if peer is ours:
                usual = {t.regimen: t for t in own if t.setting == _DEFAULT}
                entries.append(Entry(f"{ours.name}, default setting", ours, usual))
        laps = run_rounds(entries, given.rounds, parameters, say)
        step = None
        if isinstance(yardstick := others.get("c"), CStep):
            lanes = compiled(system).width
            states = np.resize(references[DAILY.name][:, 40], (lanes, len(system.state_ids)))
            rows = np.resize(few, (lanes, few.shape[1]))
            step = asdict(yardstick.step_only(rows, states, 2 * given.rounds + 1))
            step["compiler"] = f"{yardstick.version} {' '.join(FLAGS[:2])}"
    finally:
        for peer in others.values():
            peer.close()
    say("one patient, large cohorts, a new model, the human model")
    return {
        **about, "reference": reference, "unavailable": missing,
        "results": summarise(entries, laps, ours.name), "never_passed": never, "step": step,
        "single": one_patient(system, few, 4 * given.rounds),
        "cohorts": [probe("cohort", n, given.workers, given.seed) for n in (max(given.cohort // 10, 1), given.cohort)],
        "fresh": probe("fresh", given.seed),
        "human": human_times(
            patients=min(given.patients, 16),
            rounds=given.rounds,
            seed=given.seed,
            with_roadrunner=False,  # it is in the race on the shipped models; this network as it is loads for minutes
        ),
        "trials": [asdict(t) | {"setting": t.setting.words} for t in trials],
        "laps": [asdict(lap) for lap in laps],
    }  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
