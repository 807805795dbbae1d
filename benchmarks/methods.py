"""Compares methods at equal true error on the shipped models: steps, and processor time of those steps.

    python benchmarks/methods.py [--patients 8] [--rounds 3] [--out benchmarks/results]

Every method solves the same people at six tolerances. What counts is the largest true error, over all states and saved
times, against the default method at 1e-11; the tolerance a method needs for it does not. So steps are read off between
tolerances at the error that the default method has at its default tolerance. A step costs what it cost in these runs,
all methods in turn. For methods of other families, as SciPy has them, only steps, rates and factorisations are counted,
on ten days of daily doses: their Python takes time of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.integrate import BDF, DOP853, LSODA, Radau

from bimodal.engine import Settings, Trajectories, solve
from bimodal.engine.compiled import compiled, keep
from bimodal.engine.tableau import RODAS4, RODAS5P, Tableau
from engine.accuracy import worst_error
from engine.cases import CASES, HIGH, Case, Job, lay_out
from engine.judged import judged
from engine.rosenbrock import RODAS4P2, RODAS5, RODAS5PE, RODAS6P
from provenance import provenance

FloatArray = npt.NDArray[np.float64]

RACED = (CASES[0], Case("human", HIGH, 28.0, "melanoma"), CASES[1], CASES[2])
METHODS = (RODAS5P, RODAS5PE, RODAS5, RODAS6P, RODAS4, RODAS4P2)
#: Of a method of order 4 three times as much: it is more exact than it is told to be.
TOLERANCES = (1e-5, 3e-6, 1e-6, 3e-7, 1e-7, 3e-8)
_TIGHT, _DEFAULT = 1e-11, 1e-6
FAMILIES = {
    "LSODA (chose Adams)": (LSODA, (1e-7, 1e-8, 1e-9)),
    "BDF": (BDF, (1e-7, 1e-8, 1e-9)),
    "Radau IIA, order 5": (Radau, (3e-6, 1e-6, 1e-7)),
    "DOP853, explicit": (DOP853, (1e-6, 1e-7, 1e-8)),
}
_DAYS = 10.0


def solver(job: Job, tableau: Tableau, patients: int) -> Callable[[float], Trajectories]:
    """Return what solves the first patients with a method at a tolerance."""
    schedule, given = job.schedule(patients), job.parameters[:patients]
    own = replace(job.system)
    keep(own, judged(own, tableau, given, schedule))

    def run(rtol: float) -> Trajectories:
        return solve(own, given, schedule, job.times, settings=Settings(rtol=rtol, fallback=False), workers=1)

    return run


def race(case: Case, patients: int, rounds: int, seed: int) -> list[dict[str, Any]]:
    """Return one row per method and tolerance."""
    job = lay_out(case, patients, seed)
    runs = {tableau.name: solver(job, tableau, patients) for tableau in METHODS}
    reference = runs[RODAS5P.name](_TIGHT).values
    rows: list[dict[str, Any]] = []
    spent: dict[tuple[str, float], list[float]] = {}
    for turn in range(rounds + 1):
        for tableau in METHODS:
            for tolerance in TOLERANCES:
                rtol = 3.0 * tolerance if tableau.order == 4 else tolerance
                began = time.process_time()
                found = runs[tableau.name](rtol)
                spent.setdefault((tableau.name, rtol), []).append(1e3 * (time.process_time() - began) / patients)
                if turn == 0:
                    row = {
                        "case": case.words, "method": tableau.name, "order": tableau.order, "stages": tableau.stages,
                        "rtol": rtol, "steps": float(found.steps.mean()), "rejected": float(found.rejected.mean()),
                        "error": worst_error(found.values, reference), "failed": int((found.status > 0).sum()),
                    }  # fmt: skip
                    rows.append(row)
    for row in rows:
        row["ms"] = min(spent[row["method"], row["rtol"]][1:])  # what else the machine does only adds
    return rows


def at_error(errors: list[float], counts: list[float], wanted: float) -> float | None:
    """Return a count at an error between those of neighbouring tolerances, or None beyond them; errors fall."""
    points = list(zip(errors, counts, strict=True))
    for (high, few), (low, many) in pairwise(points):
        if high >= wanted >= low:
            share = 0.0 if high == low else np.log(high / wanted) / np.log(high / low)
            return float(few * (many / few) ** share)
    return None


def compared(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return each method of a case at the error of the default one; times are steps times what a step cost."""
    base = next(r for r in rows if r["method"] == RODAS5P.name and r["rtol"] == _DEFAULT)
    found: list[dict[str, Any]] = []
    for tableau in METHODS:
        mine = [r for r in rows if r["method"] == tableau.name]
        steps = at_error([r["error"] for r in mine], [r["steps"] for r in mine], base["error"])
        # saves and setting up cost the same at every tolerance: the slope is what a step costs
        step_us = 1e3 * float(np.polyfit([r["steps"] for r in mine], [r["ms"] for r in mine], 1)[0])
        ms = None if steps is None else steps * step_us / 1e3
        found.append({"case": base["case"], "method": tableau.name, "error": base["error"], "steps": steps,
                      "step_us": step_us, "ms_of_steps": ms})  # fmt: skip
    own = found[0]["ms_of_steps"]
    for row in found:
        row["times_faster"] = None if row["ms_of_steps"] is None else own / row["ms_of_steps"]
    return found


def families(seed: int) -> list[dict[str, Any]]:
    """Count what methods of other families need for one patient between daily doses, and the error they have."""
    job = lay_out(CASES[0], 1, seed)
    kernel = compiled(job.system)
    full, states = kernel.start(job.parameters)
    schedule = job.schedule(1)
    end = 24.0 * _DAYS
    doses = [e for e in zip(schedule.times, schedule.slots, schedule.values, strict=True) if e[0] < end]
    saves = np.arange(3.5, end, 7.0)  # none at a dose
    exact = solve(job.system, job.parameters, schedule, saves, settings=Settings(rtol=_TIGHT)).values
    ours = solve(job.system, job.parameters, schedule, [*saves, end], settings=Settings())
    rows = [{"method": "Rodas5P", "rtol": _DEFAULT, "error": worst_error(ours.values[:, :-1], exact),
             "steps": int(ours.steps[0]), "rates": RODAS5P.stages * int(ours.steps[0]),
             "factorisations": int(ours.steps[0])}]  # fmt: skip
    for name, (method, tolerances) in FAMILIES.items():
        for rtol in tolerances:
            y, p, t, k = states[0].copy(), full[0], 0.0, 0
            counts = np.zeros(3, np.int64)
            seen: list[FloatArray] = []
            while t < end:
                while k < len(doses) and doses[k][0] <= t + 1e-9:
                    y[doses[k][1]] += doses[k][2]
                    k += 1
                stop = doses[k][0] if k < len(doses) else end
                more = {} if method is DOP853 else {"jac": lambda t, y: kernel.call("jacobian", t, y, p)}  # noqa: B023
                least = 1e-6 * rtol * np.abs(y) + 1e-30
                stepper = method(lambda t, y: kernel.call("rate", t, y, p), t, y, stop, rtol=rtol, atol=least, **more)  # noqa: B023
                while stepper.status == "running":
                    stepper.step()
                    counts[0] += 1
                    inside = stepper.dense_output()
                    while len(seen) < len(saves) and saves[len(seen)] <= stepper.t:
                        seen.append(inside(saves[len(seen)]))
                counts[1:] += stepper.nfev, stepper.nlu
                y, t = stepper.y.copy(), stop
            error = worst_error(np.array([seen]), exact)
            rows.append({"method": name, "rtol": rtol, "error": error, "steps": int(counts[0]),
                         "rates": int(counts[1]), "factorisations": int(counts[2])})  # fmt: skip
    return rows


def number(value: float | None, form: str) -> str:
    """Return a number as tables print it."""
    return "not reached" if value is None else format(value, form)


def markdown(found: dict[str, Any]) -> str:
    """Return the tables."""
    lines = [
        "# Methods at equal true error",
        "",
        f"Commit {found['commit']}, `{found['command']}` (seed {found['seed']}, load {found['load']:.1f}): "
        f"{found['patients']} patients of each case, one thread. Steps of every method at the largest true error that "
        "Rodas5P has at rtol 1e-6; a step costs what more of them cost in runs in turn, so saves are left out.",
        "",
        "| case | error | method | steps | us of a step, per patient | ms of the steps | times as fast as Rodas5P |",
        "|---|---|---|---|---|---|---|",
    ]
    for r in found["compared"]:
        cells = [
            r["case"],
            f"{r['error']:.1e}",
            r["method"],
            number(r["steps"], ".0f"),
            f"{r['step_us']:.2f}",
            number(r["ms_of_steps"], ".2f"),
            number(r["times_faster"], ".2f"),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    lines += [
        "",
        f"Other families, as SciPy has them: one patient of the human, {_DAYS:g} days of daily doses. A step of "
        "Rodas5P takes eight rates, eight solves and one factorisation; Newton methods take about a solve for every "
        "rate.",
        "",
        "| method | rtol | error | steps | rates | factorisations |",
        "|---|---|---|---|---|---|",
        *(
            f"| {r['method']} | {r['rtol']:.0e} | {r['error']:.1e} | {r['steps']} | {r['rates']} | "
            f"{r['factorisations']} |"
            for r in found["families"]
        ),
        "",
        "All runs: methods.json.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--patients", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    options = parser.parse_args()
    about = provenance(seed=options.seed, patients=options.patients, rounds=options.rounds, load=os.getloadavg()[0])
    runs = [race(case, options.patients, options.rounds, options.seed) for case in RACED]
    found = {**about, "compared": [row for rows in runs for row in compared(rows)],
             "families": families(options.seed), "runs": [row for rows in runs for row in rows]}  # fmt: skip
    (options.out / "methods.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    (options.out / "methods.md").write_text(markdown(found), "utf-8")


if __name__ == "__main__":
    main()
