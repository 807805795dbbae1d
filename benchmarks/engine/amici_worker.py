"""Runs AMICI for the benchmark under an interpreter that has it; speaks one JSON object per line.

It imports nothing of this package, so that AMICI may live in an environment of its own.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np


def build(order: dict[str, Any], models: dict[str, Any]) -> dict[str, Any]:
    """Compile the SBML of one regimen."""
    import amici
    from amici.importers.sbml import SbmlImporter

    began, folder = time.perf_counter(), Path(order["folder"])
    SbmlImporter(order["sbml"]).sbml2amici(
        order["name"], output_dir=str(folder), verbose=logging.ERROR, generate_sensitivity_code=False
    )
    models[order["name"]] = amici.import_model_module(order["name"], str(folder)).get_model()
    return {"version": amici.__version__, "seconds": time.perf_counter() - began}


def run(order: dict[str, Any], models: dict[str, Any]) -> dict[str, Any]:
    """Solve every patient; starting values follow from the constants, as the SBML says."""
    from amici.sim.sundials import run_simulation

    model = models[order["name"]]
    parameters, ids = np.load(order["parameters"]), order["ids"]
    known = set(model.get_free_parameter_ids())
    columns = [(i, name) for i, name in enumerate(ids) if name in known]
    model.set_timepoints(order["times"])
    solver = model.create_solver()
    solver.set_relative_tolerance(order["rtol"])
    solver.set_absolute_tolerance(order["atol"])
    solver.set_max_steps(10_000_000)
    states = list(model.get_state_ids())
    place = [states.index(name) for name in order["states"]]
    values = np.empty((len(parameters), len(order["times"]), len(place)))
    cpu, wall = time.process_time(), time.perf_counter()
    for patient, own in enumerate(parameters):
        for i, name in columns:
            model.set_free_parameter_by_id(name, float(own[i]))
        values[patient] = np.asarray(run_simulation(model, solver)["x"])[:, place]
    spent = {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}
    np.save(order["values"], values)
    return spent


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
