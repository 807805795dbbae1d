"""Mass balance: what was given, against what is in the body and what left it, for every ligand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from bimodal.engine import System
from bimodal.model import Model, load_model
from bimodal.qualify.course import course
from bimodal.qualify.figure import Figure, within
from bimodal.qualify.request import Work
from bimodal.qualify.section import Section

#: Of what was ever in the body: sums that the solver keeps up to rounding, times the steps of a course.
_MOST = 1e-9
_MODELS = ("human", "human_oncology", "human_partners", "human_mass_action", "mouse", "mouse_disease")
_QUICK = ("human",)
_DOSES = 14


def compute(work: Work) -> Section:
    """Give every ligand of each model daily doses by every route that adds an amount, and count all of it."""
    models = _QUICK if work.quick else _MODELS
    figures: list[Figure] = []
    for name in work.each(models, str):
        figures += _of_model(load_model(name))
    worst = max(float(row.value or 0.0) for row in figures)
    said = (
        f"{len(figures)} balances of {len(models)} {'model' if len(models) == 1 else 'models'}: what was given, made "
        f"and lost adds up to what is in the body within {worst:.1e} of what was ever there."
    )
    notes = ["Every flow in or out of the body is integrated beside the amounts, as a state of its own."]
    if work.quick:
        notes.append(f"Quick: only {', '.join(models)}; the full run has {', '.join(_MODELS)}.")
    return Section.judged("mass-balance", "Mass balance", said, figures, notes)


def _of_model(model: Model) -> list[Figure]:
    network = model.network
    pools = _pools(network.stoichiometry)
    flows = {
        name: [(one, gain) for one in network.reactions if (gain := _gain(network.stoichiometry, pool, one))]
        for name, pool in pools.items()
    }
    system = _with_flows(model, sorted({reaction for rows in flows.values() for reaction, _ in rows}))
    doses = [(24.0 * day, "add", pool[0], 5.0) for day in range(_DOSES) for pool in pools.values()]
    times = np.linspace(0.0, 24.0 * 2 * _DOSES, 57)
    run = dict(zip(system.output_ids, course(network, system, doses, times).T, strict=True))
    found: list[Figure] = []
    for name, pool in pools.items():
        inside = np.sum([run[species] for species in pool], axis=0)
        given = 5.0 * np.sum(times[:, None] > 24.0 * np.arange(_DOSES), axis=1)
        moved = sum((gain * run[f"flow {reaction}"] for reaction, gain in flows[name]), np.zeros_like(times))
        gap = np.abs(inside - inside[0] - given - moved) / max(float(np.max(inside[0] + given)), 1e-300)
        found.append(
            within(
                float(gap.max()),
                _MOST,
                id=f"{model.name}-{name}",
                group=model.name,
                what=f"{' + '.join(pool)}: largest gap over {times[-1] / 24:g} days, of all that was given",
            )
        )
    return found


def _pools(stoichiometry: Mapping[str, Mapping[str, float]]) -> dict[str, list[str]]:
    """Group the species that reactions turn into each other, by the name of the first."""
    pools: list[tuple[set[str], list[str]]] = []
    for species, changes in stoichiometry.items():
        mine = {reaction for reaction, gain in changes.items() if gain}
        joined = [pool for pool in pools if pool[0] & mine]
        pools = [pool for pool in pools if pool not in joined]
        reactions = mine.union(*(pool[0] for pool in joined))
        pools.append((reactions, [name for pool in joined for name in pool[1]] + [species]))
    return {members[0]: members for _, members in pools}


def _gain(stoichiometry: Mapping[str, Mapping[str, float]], pool: Sequence[str], reaction: str) -> float:
    """Return by how much a reaction changes the sum of a pool."""
    return float(sum(stoichiometry[species].get(reaction, 0.0) for species in pool))


def _with_flows(model: Model, reactions: Sequence[str]) -> System:
    """Return the system with the integral of some reactions as further states, and all amounts as outputs."""
    network = model.network
    species = list(network.stoichiometry)
    system = network.system([(name, network.amount(name)) for name in species])
    g = system.graph
    nothing = g.const(0.0)
    ids = [f"flow {reaction}" for reaction in reactions]
    symbols = tuple((name, g.symbol(name)) for name in ids)
    return replace(
        system,
        state_ids=(*system.state_ids, *ids),
        initial=(*system.initial, *[nothing] * len(ids)),
        rates=(*system.rates, *(network.expression(reaction) for reaction in reactions)),
        outputs=(*system.outputs, *symbols),
        scales=(*system.scales, *[1.0] * len(ids)),
    )
