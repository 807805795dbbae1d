"""The mouse against libRoadRunner on the exported SBML: every state, 1e-4 of what is there."""

from __future__ import annotations

import numpy as np
import pytest
import roadrunner

from bimodal.drugs import load_molecule
from bimodal.engine import Schedule, Settings, solve
from bimodal.exchange import to_sbml
from bimodal.model import load_model
from bimodal.model.changed_body import ChangedBody
from bimodal.model.conditions import condition_values
from bimodal.qualify.roadrunner import settled
from bimodal.study.solver.molecule import molecule_parameters

TIMES = np.array([0.0, 0.5, 2, 6, 12, 24, 30, 48, 72, 96, 120, 168, 336, 504])


@pytest.mark.parametrize(
    ("name", "conditions", "events"),
    [
        ("mouse", (), [(0.0, "drug_depot", 0.058), (24.0, "drug_depot", 0.058), (30.0, "human_il2_depot", 0.1)]),
        pytest.param(
            "mouse_disease",
            ("immunised-day-3",),
            [(0.0, "drug_depot", 0.058), (24.0, "partner_depot", 27.0)],
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "mouse_chimera", (), [(0.0, "il2_depot", 0.058), (48.0, "drug_depot", 0.058)], marks=pytest.mark.slow
        ),
    ],
)
def test_every_state(name: str, conditions: tuple[str, ...], events: list[tuple[float, str, float]]) -> None:
    model = load_model(name)
    states = model.network.state_ids
    system = model.network.system([(state, state) for state in states], settable=model.settable)
    values = model.table.values() | condition_values(name, conditions)
    values |= molecule_parameters(load_molecule("jes6-1-complex"), values)
    values |= molecule_parameters(load_molecule("rapamycin-mouse"), values)
    listed = [(t, system.slot_add(state), amount) for t, state, amount in events]
    row = [[values[parameter] for parameter in system.parameter_ids]]
    run = solve(system, row, Schedule.build([listed]), TIMES, settings=Settings(rtol=1e-8))
    assert run.failed == 0
    runner = roadrunner.RoadRunner(settled(to_sbml(model), ChangedBody(system).solved(np.array(row))))
    for parameter in system.parameter_ids:
        runner.setGlobalParameterByName(parameter, values[parameter])
    runner.setIntegrator("cvode")
    runner.integrator.relative_tolerance, runner.integrator.absolute_tolerance = 1e-10, 1e-16
    runner.integrator.maximum_num_steps = 200_000
    out, now = np.zeros((len(TIMES), len(states))), 0.0
    for stop in sorted({*TIMES.tolist(), *(t for t, _, _ in events)}):
        if stop > now:
            runner.simulate(now, stop, 2)
            now = stop
        out[stop == TIMES] = [runner[state] for state in states]
        for t, state, amount in events:
            if t == stop:
                runner[state] = runner[state] + amount
    for place, state in enumerate(states):
        ours, theirs = run[state][0], out[:, place]
        assert np.abs(ours - theirs).max() <= 1e-4 * max(np.abs(theirs).max(), 1e-9), state
