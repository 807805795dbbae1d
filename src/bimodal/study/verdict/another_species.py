"""What a reader of a run on another species must know: on what it stands, and what its doses are in man."""

from __future__ import annotations

import numpy as np

from bimodal.drugs import Molecule
from bimodal.study.plan.arm import ArmPlan
from bimodal.study.plan.plan import Plan
from bimodal.units import KG_PER_M2

#: A man, where a dose is said as in man.
MAN_KG = 70.0


def of_another_species(plan: Plan) -> list[str]:
    """Give the warnings of a run on a species that is not man, with every size of dose by body surface in man.

    Examples
    --------
    >>> from bimodal.study import RunOptions, simulate_spec
    >>> from bimodal.study.plan.make_plan import make_plan
    >>> from bimodal.study.solver.engine_solver import load_solver
    >>> spec = simulate_spec(["aldesleukin"], ["25000 IU IP once"], model="mouse")
    >>> print(of_another_species(make_plan(spec, RunOptions(), load_solver("mouse")))[1])
    arm '25000 IU IP once': 25 kIU in 25 g is 1,000 kIU/kg; by body surface 81.1 kIU/kg in man, 5,680 kIU at 70 kg
    """
    species = plan.solver.species
    sets = "its parameter sets meet the few numbers there are, and " if plan.population.sets else ""
    texts = [f"the model is of the {species}: {sets}no trial of that species was fitted"]
    weights = plan.population.part(0, plan.population.count).covariates["weight_kg"]
    weight = float(np.median(weights))
    arms: dict[str, list[str]] = {}
    for arm in plan.arms:
        for drug in arm.everything:
            said = _equivalent(drug, weight, species) if _has_il2(drug.molecule) else ""
            if said:
                arms.setdefault(said, []).append(f"'{arm.name}'")
    return [*texts, *(f"arm{'s' * (len(names) > 1)} {', '.join(names)}: {said}" for said, names in arms.items())]


def _has_il2(molecule: Molecule | None) -> bool:
    return molecule is not None and molecule.ligand in ("native", "engineered")


def _equivalent(drug: ArmPlan, weight: float, species: str) -> str:
    molecule = drug.molecule
    assert molecule is not None
    body = {"weight_kg": np.array([weight]), "bsa_m2": np.array([weight / KG_PER_M2[species]])}
    sizes = sorted(set(drug.amounts(body, 1)[0].tolist()))
    if not sizes:
        return ""
    substance = molecule.substance
    ug = [size * 1e-3 * substance.molar_mass for size in sizes]
    if substance.potency is None:
        unit, amounts = "ug", ug
    else:
        unit, amounts = "kIU", [1e-6 * mass * substance.potency for mass in ug]
    in_man = [amount / weight * KG_PER_M2[species] / KG_PER_M2["human"] for amount in amounts]
    return (
        f"{_span(amounts)} {unit} in {1000.0 * weight:g} g is "
        f"{_span([amount / weight for amount in amounts])} {unit}/kg; by body surface {_span(in_man)} {unit}/kg "
        f"in man, {_span([MAN_KG * each for each in in_man])} {unit} at {MAN_KG:g} kg"
    )


def _span(values: list[float]) -> str:
    return " to ".join(dict.fromkeys(f"{float(f'{value:.3g}'):,g}" for value in (values[0], values[-1])))
