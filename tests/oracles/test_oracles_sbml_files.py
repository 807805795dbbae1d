"""Published SBML models against libRoadRunner; the folder of files is given by BIMODAL_SBML_FILES."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from bimodal.engine import Settings, SolverStatus, solve
from bimodal.model import load_model

pytestmark = pytest.mark.external

FOLDER = Path(os.environ.get("BIMODAL_SBML_FILES", "the folder BIMODAL_SBML_FILES should name"))
FILES = sorted(FOLDER.glob("*.xml")) or [FOLDER]
END, POINTS = 100.0, 101


def by_roadrunner(path: Path, names: list[str], rtol: float, atol: float) -> np.ndarray | None:
    """Return (T, O), or ``None`` if the run breaks down."""
    import roadrunner

    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_FATAL)
    runner = roadrunner.RoadRunner(str(path))
    runner.integrator.relative_tolerance, runner.integrator.absolute_tolerance = rtol, atol
    runner.integrator.maximum_num_steps = 1_000_000
    runner.timeCourseSelections = ["time", *names]
    try:
        found = np.array(runner.simulate(0, END, POINTS))[:, 1:]
    except RuntimeError:
        return None
    return found if np.isfinite(found).all() else None


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_published_model_agrees_with_libroadrunner(path: Path) -> None:
    network = load_model(path).network
    names = list(network.quantities)
    system = network.system([(q, network.amount(q) if q in network.species else q) for q in names])
    values = [[constant.value for constant in network.constants]]
    times = np.linspace(0.0, END, POINTS)
    ours = solve(system, values, None, times, settings=Settings(rtol=1e-9))
    # where a power of a state has no slope at zero it may break down at its tightest settings only
    tries = (by_roadrunner(path, names, *tolerances) for tolerances in ((1e-10, 1e-14), (1e-8, 1e-10)))
    reference = next((found for found in tries if found is not None), None)
    if reference is None:  # it blows up: so must ours, and say where; or stay the same at a hundredth of the tolerance
        if SolverStatus(int(ours.status[0])).failed:
            assert ours.reasons[0]
            return
        reference = solve(system, values, None, times, settings=Settings(rtol=1e-11)).values[0]
    assert ours.status[0] <= SolverStatus.DONE_BY_FALLBACK
    size = np.maximum(np.abs(reference).max(axis=0), 1e-300)
    assert (np.abs(ours.values[0] - reference) / size).max() < 1e-5
