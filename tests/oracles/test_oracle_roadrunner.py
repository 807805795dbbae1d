"""The shipped model against libRoadRunner on the exported SBML: every state, 1e-4 of what is there."""

from __future__ import annotations

import numpy as np
import pytest
import roadrunner

from bimodal.engine import Schedule, Settings, System, solve
from bimodal.exchange import to_sbml
from bimodal.model import Model, load_model
from bimodal.model.changed_body import ChangedBody
from bimodal.qualify.roadrunner import by_roadrunner, load_roadrunner, settled


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model("human")


@pytest.fixture(scope="module")
def system(model: Model) -> System:
    states = model.network.state_ids
    return model.network.system([(name, name) for name in states], settable=model.settable)


@pytest.fixture(scope="module")
def runner(model: Model, system: System) -> roadrunner.RoadRunner:
    table = model.table.values()
    row = np.array([[table[name] for name in system.parameter_ids]])
    return load_roadrunner(settled(to_sbml(model), ChangedBody(system).solved(row)))


def judged(
    runner: roadrunner.RoadRunner,
    states: tuple[str, ...],
    events: list[tuple[float, str, float]],
    times: np.ndarray,
) -> np.ndarray:
    """Integrate with CVODE: a state is given to, a constant is set."""
    acts = [(when, "add" if to in states else "set", to, amount) for when, to, amount in events]
    return by_roadrunner(runner, states, acts, times)


SETTINGS = Settings(rtol=1e-8)
FIRST_DAYS = np.array([0.0, 0.1, 0.25, 0.5, 1, 2, 4, 6, 8, 12, 18, 24, 36, 48, 96])
CASES = {
    "one SC dose": ([(0.0, "il2_depot", 7.2)], FIRST_DAYS),
    "daily SC doses": ([(24.0 * d, "il2_depot", 7.2) for d in range(14)], np.arange(0, 21 * 24 + 1, 12.0)),
    "15 minutes IV": ([(0.0, "il2_infusion", 1100.0), (0.25, "il2_infusion", 0.0)], FIRST_DAYS),
    "an engineered ligand too": (
        [(0.0, "drug_depot", 50.0), (24.0, "il2_depot", 7.2), (30.0, "drug_amount", 5.0)],
        FIRST_DAYS,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_every_state(model: Model, system: System, runner: roadrunner.RoadRunner, case: str) -> None:
    events, times = CASES[case]
    states = system.state_ids
    listed = [(t, system.slot_add(to) if to in states else system.slot_set(to), v) for t, to, v in events]
    table = model.table.values()
    run = solve(system, [[table[n] for n in system.parameter_ids]], Schedule.build([listed]), times, settings=SETTINGS)
    assert run.status[0] == 0
    reference = judged(runner, states, events, times)
    assert np.isfinite(reference).all()
    assert reference[-1] != pytest.approx(reference[0])
    size = np.maximum(np.abs(reference), 1e-3 * np.abs(reference).max(axis=0))
    worst = (np.abs(run.values[0] - reference) / np.where(size > 0, size, 1.0)).max(axis=0)
    assert dict(zip(states, worst < 1e-4, strict=True)) == dict.fromkeys(states, True)
    at_usual_tolerance = solve(system, [[table[n] for n in system.parameter_ids]], Schedule.build([listed]), times)
    worst = np.abs(at_usual_tolerance.values[0] - reference) / np.where(size > 0, size, 1.0)
    assert worst.max() < 1e-3


def test_the_exported_document_rests(runner: roadrunner.RoadRunner, model: Model) -> None:
    times = np.array([0.0, 24.0 * 30])
    out = judged(runner, model.network.state_ids, [], times)
    np.testing.assert_allclose(out[1], out[0], rtol=1e-6, atol=1e-12)
