"""The race on the shipped models: each solver at its fastest setting within the limit, in turn, round after round."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bimodal import __version__
from bimodal.engine import Settings
from engine.accuracy import LIMIT, worst_error
from engine.cases import CASES, Case, FloatArray, Job, lay_out
from engine.peer import Run, Setting, UnavailableError, timed_run
from engine.roadrunner_peer import CODES
from engine.shipped_amici import ShippedAmici
from engine.shipped_cvode import ShippedCvode
from engine.shipped_roadrunner import TIGHT, ShippedRoadRunner

#: How many times as long the other is to take.
GOALS = {"libRoadRunner": 100.0, "AMICI": 75.0}
DEFAULT = Setting(1e-6, method="rodas5p")
EXACT = Settings(rtol=1e-11)
_USUAL = "bimodal, default setting"
_METHODS: tuple[Literal["rodas5p", "rodas4"], ...] = ("rodas5p", "rodas4")
_OURS = tuple(
    Setting(rtol, method=method)
    for method in _METHODS
    for rtol in (1e-6, 3e-6, 1e-5, 2e-5, 3e-5, 5e-5, 7e-5, 1e-4, 2e-4, 5e-4)
)  # fmt: skip


@dataclass(frozen=True)
class Racer:
    """A solver of one case: ``work`` solves ``timed`` patients at a setting, ``settings`` are worth trying."""

    label: str
    version: str
    settings: tuple[Setting, ...]
    timed: int
    work: Callable[[Setting], Run]
    #: (T,) saves that count for its error, all if None.
    kept: npt.NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Terms:
    """How the race is run.

    ``batch`` patients are bimodal's, the first ``patients`` everybody's; ``amici_python`` is an interpreter with AMICI,
    ``sundials`` the folder of a SUNDIALS; limits are seconds to load an export and, of processor time, to import it.
    """

    patients: int
    batch: int
    rounds: int
    seed: int
    load_limit_s: float
    amici_python: str
    import_limit_s: float
    sundials: Path | None


def race(models: Sequence[str], terms: Terms, say: Callable[[str], None]) -> Iterator[dict[str, Any]]:
    """Run the cases of these models one after the other."""
    for case in (case for case in CASES if case.model in models):
        yield one_case(case, terms, say)


def one_case(case: Case, terms: Terms, say: Callable[[str], None]) -> dict[str, Any]:
    """Race on one model, and say what could not be had."""
    patients, batch = terms.patients, max(terms.batch, terms.patients)
    job = lay_out(case, batch, terms.seed)
    exact = job.solve(EXACT, patients)
    if exact.failed:
        raise RuntimeError(f"{case.words}: the reference failed for {exact.failed} patients")
    reference = exact.values
    missing: list[str] = []
    found: dict[str, Any] = {
        "model": case.model, "regimen": case.regimen, "days": case.days, "drug": case.drug,
        "cohort": case.cohort or "the mice of the model", "states": len(job.system.state_ids), "export_load": None,
        "second_opinion_error": None, "load_cpu_s": None, "import_cpu_s": None,
        "amici_solver_share": {},
    }  # fmt: skip
    with ExitStack() as ends:
        racers = [Racer("bimodal", __version__, _OURS, batch, partial(_ours, job, batch))]
        racers += _others(job, reference, terms, found, missing, ends, say)
        trials = [trial for racer in racers for trial in _try(racer, reference, say)]
        entries = _entries(trials)
        laps: list[dict[str, float]] = []
        load = []
        for number in range(terms.rounds):
            load.append(os.getloadavg()[0])
            laps.append({key: _lap(racers, trial) for key, trial in entries.items()})
            say(f"{case.model}: round {number + 1} of {terms.rounds} done")
    shares = found["amici_solver_share"]
    found["amici_solver_share"] = shares[entries["AMICI"]["setting"]] if "AMICI" in entries else None
    failed = sorted({racer.label.partition(",")[0] for racer in racers} - set(entries))
    return found | {
        "rows": _rows(entries, laps, racers, patients), "never_passed": failed, "unavailable": missing,
        "load": [min(load), max(load)], "trials": [t | {"setting": t["setting"].words} for t in trials], "laps": laps,
    }  # fmt: skip


def _others(
    job: Job, reference: FloatArray, terms: Terms, found: dict[str, Any], missing: list[str], ends: ExitStack,
    say: Callable[[str], None],
) -> Iterator[Racer]:  # fmt: skip
    """Give the other solvers that are here, note what is known of them, and name the rest as missing."""
    name, patients, sizes = job.case.model, len(reference), np.abs(reference).max(axis=(0, 1))
    if find_spec("roadrunner") is None:
        missing.append("libRoadRunner (pip install libroadrunner)")
    else:
        found["export_load"] = _export_load(name, terms.load_limit_s)
        say(f"{name}: the export as it is: {found['export_load']}")
        theirs = [ShippedRoadRunner(job, sizes, code) for code in CODES]
        found["load_cpu_s"] = {each.code: each.load_cpu_s for each in theirs}
        apart = worst_error(theirs[0].run(TIGHT, 1).values, reference[:1])
        found["second_opinion_error"] = apart
        say(f"{name}: CVODE at rtol {TIGHT.rtol:g} differs from the reference by {apart:.1e}")
        for each in theirs:
            work = partial(each.run, count=patients)
            yield Racer(f"libRoadRunner, {each.code}", each.version, each.settings, patients, work)
    try:
        amici = ShippedAmici(job, terms.amici_python, patients, terms.import_limit_s)
    except UnavailableError as reason:
        missing.append(str(reason))
    else:
        ends.callback(amici.close)
        found["import_cpu_s"], found["amici_solver_share"] = amici.build_s, amici.solver_share
        say(f"{name}: AMICI has imported it in {amici.build_s:.0f} s of processor time")
        work = partial(amici.run, count=patients)
        yield Racer(amici.name, amici.version, amici.settings, patients, work, amici.kept)
    try:
        cvode = ShippedCvode(job, sizes, terms.sundials)
    except UnavailableError as reason:
        missing.append(str(reason))
    else:
        yield Racer(cvode.name, cvode.version, cvode.settings, patients, partial(cvode.run, count=patients))


def _ours(job: Job, batch: int, setting: Setting) -> Run:
    settings = Settings(rtol=setting.rtol, method=setting.method or "rodas5p")
    return timed_run(lambda: job.solve(settings, batch).values)


def _try(racer: Racer, reference: FloatArray, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Run every setting once, after a run of each method that is not counted: it compiles."""
    for first in {setting.method: setting for setting in racer.settings}.values():
        with suppress(RuntimeError):
            racer.work(first)
    trials = []
    for setting in racer.settings:
        try:
            run = racer.work(setting)
        except RuntimeError as fault:  # a solver gave a patient up
            say(f"  {racer.label}, {setting.words}: {' '.join(str(fault).split())}")
            trials.append({"solver": racer.label, "setting": setting, "error": None, "ms": None})
            continue
        kept = slice(None) if racer.kept is None else racer.kept
        error = worst_error(run.values[: len(reference), kept], reference[:, kept])
        trials.append({"solver": racer.label, "setting": setting, "error": error, "ms": 1e3 * run.cpu_s / racer.timed})
        say(f"  {racer.label}, {setting.words}: {trials[-1]['ms']:.2f} ms, error {error:.1e}")
    return trials


def _entries(trials: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the fastest trial of each solver within the limit, and ours at its default, which need not be."""
    entries: dict[str, dict[str, Any]] = {}
    for trial in trials:
        name = trial["solver"].partition(",")[0]
        if (
            trial["error"] is not None
            and trial["error"] < LIMIT
            and (name not in entries or trial["ms"] < entries[name]["ms"])
        ):
            entries[name] = trial
    usual = [t for t in trials if t["solver"] == "bimodal" and t["setting"] == DEFAULT]
    return entries | {_USUAL: usual[0]}


def _lap(racers: list[Racer], trial: dict[str, Any]) -> float:
    racer = next(r for r in racers if r.label == trial["solver"])
    return 1e3 * racer.work(trial["setting"]).cpu_s / racer.timed


def _rows(
    entries: dict[str, dict[str, Any]], laps: list[dict[str, float]], racers: list[Racer], patients: int
) -> list[dict[str, Any]]:
    rows = []
    for key, trial in entries.items():
        racer = next(r for r in racers if r.label == trial["solver"])
        times = np.array([lap[key] for lap in laps])
        base, usual = (np.array([lap.get(name, np.nan) for lap in laps]) for name in ("bimodal", _USUAL))
        theirs = not key.startswith("bimodal")
        rows.append(
            {
                "solver": racer.label if theirs else key, "version": racer.version, "setting": trial["setting"].words,
                "error": trial["error"], "patients": patients, "timed_patients": racer.timed,
                "cpu_ms": _spread(times), "ratio": None if key == "bimodal" else _spread(times / base),
                "ratio_default": _spread(times / usual) if theirs else None, "goal": GOALS.get(key),
            }
        )  # fmt: skip
    return rows


def _spread(values: FloatArray) -> list[float]:
    return [float(np.median(values)), float(values.min()), float(values.max())]


def _export_load(model: str, limit_s: float) -> dict[str, Any]:
    """Load the export as `bimodal export` writes it, in a process of its own."""
    command = [sys.executable, "-m", "engine.probe", "load", model]
    try:
        done = subprocess.run(
            command, cwd=Path(__file__).parents[1], capture_output=True, text=True, check=True, timeout=limit_s
        )
    except subprocess.TimeoutExpired:
        return {"loaded": False, "limit_s": limit_s, "cpu_s": None}
    return {"loaded": True, "limit_s": limit_s, **json.loads(done.stdout.splitlines()[-1])}
