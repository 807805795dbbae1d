"""The exported receptor model against libRoadRunner: every state within 1e-6 of its maximum."""

from __future__ import annotations

import numpy as np
import roadrunner

from bimodal.engine import Settings, solve
from bimodal.exchange import to_sbml
from bimodal.model import load_model
from bimodal.model.receptor_cell import load_receptor_cell


def test_two_ligands_on_a_treg() -> None:
    roadrunner.Config.setValue(roadrunner.Config.LLVM_BACKEND, roadrunner.Config.LLJIT)
    roadrunner.Config.setValue(roadrunner.Config.LLJIT_OPTIMIZATION_LEVEL, roadrunner.Config.NONE)
    runner = roadrunner.RoadRunner(to_sbml(load_model("receptor_cell")))
    cell = load_receptor_cell()
    states, ligands = cell.network.state_ids, {"il2": 0.7, "il15": 0.3, "ligand_recycling": 2.0}
    for name, value in ligands.items():
        runner[name] = value
    runner.setIntegrator("cvode")
    runner.integrator.relative_tolerance = 1e-10
    runner.integrator.absolute_tolerance = 1e-12
    runner.timeCourseSelections = ["time", *states]
    times = [0.0, 0.01, 0.1, 1.0, 6.0, 24.0]
    theirs = np.asarray(runner.simulate(times=times))[:, 1:]
    row = list(cell.parameters("treg", ligands).values())
    run = solve(cell.system, [row], None, np.array(times), settings=Settings(rtol=1e-9))
    ours = run.values[0, :, : len(states)]
    size = np.abs(theirs).max(axis=0)
    assert (np.abs(ours - theirs) <= 1e-6 * size).all()
