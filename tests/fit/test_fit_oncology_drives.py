"""The tumour site alone, under interval means of the body's signals, does what it does in the composed model."""

from __future__ import annotations

import numpy as np
import pytest

from bimodal.errors import BimodalError
from bimodal.fit.oncology.drives import SiteDrives, drive_course
from bimodal.fit.oncology.population import simulate_site
from bimodal.model import load_model
from bimodal.study import RunOptions
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.solver.engine_solver import load_solver
from bimodal.study.spec.adhoc import simulate_spec

REGIMEN = "600000 IU/kg IV over 15 min q8h x5, rest 10 days then 600000 IU/kg IV over 15 min q8h x4"
#: Largest difference of ln(1 + cells), and relative one of the gathered hazard, between the two ways.
CELLS, HAZARD = 0.02, 0.01


def test_interval_means_stand_for_the_body_in_the_composed_model() -> None:
    kill, evasive = [0.0, 0.3, 3.0, 30.0], [0.0, 0.1, 0.01, 0.001]
    count = len(kill)
    solver = load_solver("human_oncology")
    spec = simulate_spec(["aldesleukin"], [REGIMEN], cohort="melanoma", patients=count, model="human_oncology")
    plan = make_plan(spec, RunOptions(patients=count), solver)
    parameters, events = plan.inputs(0, 0, count)
    column = solver.parameter_ids.index
    parameters[:, column("tumour_kill")] = kill
    parameters[:, column("tumour_evasive_fraction")] = evasive
    days = np.array([0.0, 28.0, 56.0, 200.0])
    whole = solver.solve(parameters, events, days * 24.0, 1).values
    outputs = solver.observables.index

    drives = drive_course(REGIMEN, cohort="melanoma", bodies=count, model="human_oncology")
    site = load_model("tumour_alone")
    rows = {name: parameters[:, column(name)] for name in site.table.ids if name.startswith("tumour_")}
    cells, hazard = simulate_site(site, rows, drives, days=days)
    apart = np.log1p(cells) - np.log1p(whole[:, :, outputs("tumour_cells")])
    assert np.abs(apart).max() < CELLS
    assert hazard == pytest.approx(whole[:, :, outputs("death_hazard_integral")], rel=HAZARD)


def test_signals_of_different_shape_are_refused() -> None:
    with pytest.raises(BimodalError, match="differ in shape"):
        SiteDrives(np.array([0.0]), np.zeros((2, 1)), np.zeros((1, 1)), np.zeros((2, 2)))
