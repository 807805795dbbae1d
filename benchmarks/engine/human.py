"""The shipped human model: microseconds per step and state, and how libRoadRunner does on the same SBML."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from bimodal.cohort import load_cohort, sample
from bimodal.drugs import load_molecule
from bimodal.engine import solve
from bimodal.engine.compiled import compiled
from bimodal.model import load_model
from bimodal.units import dose_nmol, parse_dose_unit
from engine.accuracy import LIMIT, worst_error
from engine.peer import Setting, timed_run
from engine.regimens import DAYS, TIMES, Regimen
from engine.roadrunner_peer import TIGHT, RoadRunner

_DOSE_MIU = 1.85  # 1 MIU/m2 at 1.85 m2


@dataclass(frozen=True)
class HumanTimes:
    """Medians over rounds; the ratio is of rounds run in turn, each solver at its fastest setting that passes."""

    states: int
    outputs: int
    regimen: str
    patients: int
    steps_per_patient: float
    ms_per_patient: float
    us_per_step_and_state: float
    error: float | None
    roadrunner: str | None
    roadrunner_ms: float | None
    roadrunner_error: float | None
    ratio: float | None


def human_times(*, patients: int, rounds: int, seed: int, with_roadrunner: bool) -> dict[str, Any]:
    """Measure the shipped model on daily subcutaneous IL-2, all states saved 200 times in 90 days."""
    model = load_model("human")
    network, depot = model.network, model.ports["native"].sc
    system = network.system([(s, s) for s in network.state_ids], settable=model.settable)
    table = model.table.values()
    population = sample(load_cohort("healthy"), np.arange(8 * patients), seed, model.table)
    parameters = population.matrix(system.parameter_ids, table)
    amount = float(dose_nmol(_DOSE_MIU, parse_dose_unit("MIU"), load_molecule("aldesleukin").substance))
    doses = tuple((24.0 * day, amount) for day in range(56))
    regimen = Regimen("human", f"{_DOSE_MIU} MIU SC daily x 56, {DAYS} days", boluses=doses, depot=depot)
    schedule = regimen.schedule(system, len(parameters))
    solve(system, parameters[:8], regimen.schedule(system, 8), TIMES)  # compiles
    runner, chosen, reference = None, None, None
    if with_roadrunner:
        start = np.abs(compiled(system).start(parameters[:1])[1][0])
        scales = {s: float(v) or 1.0 for s, v in zip(system.state_ids, start, strict=True)}
        runner = RoadRunner(network, system, patients, scales)
        reference = runner.run(TIGHT, regimen, parameters[:patients]).values
        chosen = _fastest(runner, regimen, parameters[:patients], reference)
    ours, theirs = [], []
    for _ in range(rounds):
        run = timed_run(lambda: solve(system, parameters, schedule, TIMES).values)
        ours.append(run.cpu_s / len(parameters))
        if runner is not None and chosen is not None:
            theirs.append(runner.run(chosen[0], regimen, parameters[: runner.timed]).cpu_s / runner.timed)
    found = solve(system, parameters, schedule, TIMES)
    each = float(np.median(ours))
    steps = float(found.steps.mean())
    return asdict(
        HumanTimes(
            states=len(system.state_ids),
            outputs=len(system.output_ids),
            regimen=regimen.words,
            patients=len(parameters),
            steps_per_patient=steps,
            ms_per_patient=1e3 * each,
            us_per_step_and_state=1e6 * each / steps / len(system.state_ids),
            error=None if reference is None else worst_error(found.values[:patients], reference),
            roadrunner=chosen[0].words if chosen else None,
            roadrunner_ms=1e3 * float(np.median(theirs)) if theirs else None,
            roadrunner_error=chosen[1] if chosen else None,
            ratio=float(np.median(np.array(theirs) / np.array(ours))) if theirs else None,
        )
    )


def _fastest(runner: RoadRunner, regimen: Regimen, parameters: Any, reference: Any) -> tuple[Setting, float] | None:
    """Return the fastest setting within the limit, and its error."""
    best: tuple[float, Setting, float] | None = None
    for setting in runner.settings:
        run = runner.run(setting, regimen, parameters)
        error = worst_error(run.values, reference)
        if error < LIMIT and (best is None or run.cpu_s < best[0]):
            best = (run.cpu_s, setting, error)
    return None if best is None else best[1:]
