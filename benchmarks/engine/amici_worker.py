"""Runs AMICI for the benchmark under an interpreter that has it; speaks one JSON object per line.

It imports nothing of this package, so that AMICI may live in an environment of its own.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np


def build(order: dict[str, Any], models: dict[str, Any]) -> dict[str, Any]:
    """Import and compile a document, in a process of its own that may be given up."""
    import amici
    import amici.sim.sundials

    began, folder = _children(), Path(order["folder"])
    if (child := os.fork()) == 0:
        os._exit(_import(order))
    _, status = os.waitpid(child, 0)
    if status != 0:
        error = folder.with_suffix(".txt")
        told = error.read_text("utf-8") if error.exists() else f"more than {order['limit_s']:.0f} s of processor time"
        raise RuntimeError(told)
    models[order["name"]] = amici.import_model_module(order["name"], str(folder)).get_model()
    return {"version": amici.__version__, "cpu_s": _children() - began}


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _import(order: dict[str, Any]) -> int:
    from amici import MeasurementChannel
    from amici.importers.sbml import SbmlImporter

    limit = int(order["limit_s"])
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
    try:
        # every observable costs time, and states are returned in any case; totals that are conserved would take
        # the place of states, whose starting values are set here
        SbmlImporter(order["sbml"]).sbml2amici(
            order["name"],
            output_dir=order["folder"],
            verbose=logging.ERROR,
            generate_sensitivity_code=False,
            compute_conservation_laws=False,
            observation_model=[MeasurementChannel("seen", formula=order["seen"])],
        )
    except Exception as fault:  # whatever AMICI raises is an answer too
        words = " ".join(f"{type(fault).__name__}: {fault}".split())
        Path(order["folder"]).with_suffix(".txt").write_text(words[:300], "utf-8")
        return 1
    return 0


def run(order: dict[str, Any], models: dict[str, Any]) -> dict[str, Any]:
    """Solve every patient; starting values are given, or follow from the constants as the SBML says."""
    from amici.sim.sundials import run_simulation

    model = models[order["name"]]
    constants = np.load(order["constants"])
    names = list(model.get_free_parameter_ids())
    columns = [(i, names.index(name)) for i, name in enumerate(order["ids"]) if name in set(names)]
    theirs, ours = [place for _, place in columns], [i for i, _ in columns]
    model.set_timepoints(order["times"])
    solver = model.create_solver()
    solver.set_relative_tolerance(order["rtol"])
    solver.set_absolute_tolerance(order["atol"])
    solver.set_max_steps(1_000_000)
    states = list(model.get_state_ids())
    place = [states.index(name) for name in order["states"]]
    begin = None if order["start"] is None else np.load(order["start"])
    set_at = [states.index(name) for name in order["start_ids"]]
    values = np.empty((len(constants), len(order["times"]), len(place)))
    usual, first = np.array(model.get_free_parameters()), np.array(model.get_initial_state())
    solver_ms = 0.0
    cpu, wall = time.process_time(), time.perf_counter()
    for patient, own in enumerate(constants):
        usual[theirs] = own[ours]
        model.set_free_parameters(usual)
        if begin is not None:
            first[set_at] = begin[patient]
            model.set_initial_state(first)
        found = run_simulation(model, solver)
        if found["status"] != 0:
            raise RuntimeError(f"patient {patient} was given up: status {found['status']}")
        solver_ms += found["cpu_time"]
        values[patient] = np.asarray(found["x"])[:, place]
    spent = {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}
    np.save(order["values"], values)
    return spent | {"solver_s": 1e-3 * solver_ms}


def main() -> None:
    """Answer orders until the input ends."""
    # what libraries print must not mix with the answers
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    models: dict[str, Any] = {}
    for line in sys.stdin:
        order = json.loads(line)
        try:
            answer = {"build": build, "run": run}[order["do"]](order, models)
        except Exception as fault:  # whatever AMICI raises is an answer too
            answer = {"error": f"{type(fault).__name__}: {fault}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
