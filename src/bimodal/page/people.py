"""The people of a page: the median person, virtual patients of a seed, and equally good parameter sets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.engine import Schedule
from bimodal.engine.clock import STOP, with_stops
from bimodal.engine.kernel import compile_system
from bimodal.fit.median_person import median_person
from bimodal.fit.oncology.ensemble import oncology_ensemble
from bimodal.page.molecules_in_model import drug_normals
from bimodal.page.packed import pack_floats
from bimodal.study import RunOptions, simulate_spec
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.plan.plan import Plan
from bimodal.study.run.ensemble import Ensemble, with_set
from bimodal.study.solver.engine_solver import EngineSolver

Array = npt.NDArray[np.float64]

#: What trials of the tumour are read from; the parameter sets of its fit go with models that give it.
_TUMOUR = "tumour_cells"
#: Until when inputs of a model that turn by themselves are looked up, hours.
_STOPS_H = 24.0 * 730.0


def population_data(
    solver: EngineSolver, cohort: str, patients: int, seed: int, *, drugs: bool = False
) -> dict[str, Any]:
    """Lay out who is treated, as columns of what differs between them; with `drugs` also in how they clear a molecule.

    The virtual patients are those of ``bimodal simulate`` with the same seed, so that a page and the desk treat the
    same people.

    Examples
    --------
    >>> from bimodal.study.solver.engine_solver import load_solver
    >>> found = population_data(load_solver("human"), "healthy", 2, 1)
    >>> found["kind"], found["patients"], 60 < found["typical_body"]["weight_kg"] < 90
    ('patients', 2, True)
    """
    spec = simulate_spec(["aldesleukin"], ["none"], cohort=cohort, patients=patients, model=solver.name)
    plan = make_plan(spec, RunOptions(seed=seed, patients=patients), solver)
    everyone = plan.population.part(0, plan.population.count)
    inputs = _inputs(plan, plan.population.count)
    if plan.population.cohort is not None:
        typical, body = _typical(plan)
        title = plan.population.cohort.title
    else:
        row = np.array([[solver.defaults[name] for name in solver.parameter_ids]])
        typical, body = solver.model.rest(row)[0], _middle(everyone.covariates)
        title = plan.population.name
    varied = np.flatnonzero((inputs != typical).any(axis=0))
    people = plan.population.cohort is not None
    return {
        "cohort": cohort,
        "label": title,
        "patients": len(inputs),
        "seed": seed,
        "kind": "patients" if people else "parameter sets",
        "typical": typical.tolist(),
        "typical_body": body,
        "varied": varied.tolist(),
        "values": pack_floats(inputs[:, varied]),
        "body": {name: [float(x) for x in everyone.covariates.get(name, np.ones(0))] for name in body},
        "sets": _sets(plan, typical, solver),
        **({"drug_normals": drug_normals(len(inputs), seed)} if drugs and people else {}),
        **_stops(solver, typical, inputs),
    }


def _inputs(plan: Plan, count: int) -> Array:
    """Return what the kernel takes (N, P) for the people of the only arm."""
    parameters, _ = plan.inputs(0, 0, count)
    solver = plan.solver
    assert isinstance(solver, EngineSolver)
    return solver.model.rest(parameters)


def _typical(plan: Plan) -> tuple[Array, dict[str, float]]:
    one = median_person(plan)
    covariates = one.population.part(0, 1).covariates
    return _inputs(one, 1)[0], _middle(covariates)


def _middle(covariates: Any) -> dict[str, float]:
    return {name: float(np.median(covariates[name])) for name in ("weight_kg", "bsa_m2") if name in covariates}


def _sets(plan: Plan, typical: Array, solver: EngineSolver) -> dict[str, Any] | None:
    """Lay out the median person under each of the equally good sets of the oncology fit, where there are any."""
    if _TUMOUR not in solver.observables or plan.population.cohort is None:
        return None
    ensemble = _of_medians(oncology_ensemble())
    if plan.population.name not in ensemble.sets:
        return None
    rows = np.array([_typical(with_set(plan, ensemble, index))[0] for index in range(ensemble.size)])
    varied = np.flatnonzero((rows != typical).any(axis=0))
    return {
        "words": ensemble.words,
        "source": ensemble.source,
        "count": len(rows),
        "varied": varied.tolist(),
        "values": pack_floats(rows[:, varied]),
    }


def _of_medians(ensemble: Ensemble) -> Ensemble:
    """Leave out how far patients spread in each set: here only the median person is shown."""
    sets = {
        cohort: tuple(replace(one, values={id_: (value, 0.0) for id_, (value, _) in one.values.items()}) for one in own)
        for cohort, own in ensemble.sets.items()
    }
    return replace(ensemble, sets=sets)


def _stops(solver: EngineSolver, typical: Array, inputs: Array) -> dict[str, Any]:
    """Say where inputs of the model that follow time alone turn: there the solver stops."""
    system = solver.model.system
    if not (system.clocks.passing or system.clocks.turning):
        return {}
    rows = np.concatenate([typical[None, :], inputs])
    full, _ = compile_system(replace(system), width=1).start(rows)
    found = with_stops(system, Schedule.none(len(rows)), full, 0.0, _STOPS_H)
    own = [found.part(i, i + 1) for i in range(len(rows))]
    times = [one.times[one.slots == STOP].tolist() for one in own]
    return {"stops": {"until": _STOPS_H, "typical": times[0], "patients": times[1:]}}
