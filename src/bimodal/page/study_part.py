"""The live panel of a report: the arms of a study as scenarios of a page."""

from __future__ import annotations

from typing import Any

from bimodal.drugs import Molecule, load_molecule
from bimodal.errors import StudyError
from bimodal.page.bundle import make_bundle
from bimodal.page.explore import MOST_PATIENTS
from bimodal.study.plan.arm import ArmPlan
from bimodal.study.plan.plan import Plan
from bimodal.study.plan.targets import target_days
from bimodal.study.solver.engine_solver import EngineSolver

#: Virtual patients of a panel: enough for a band, few enough for a small file.
PATIENTS = 60
_UNTREATED = "aldesleukin"


def study_bundle(plan: Plan, *, patients: int = PATIENTS) -> dict[str, Any] | None:
    """Lay out the arms of a planned study as scenarios; rules stay on the desk, so doses are as planned.

    Returns
    -------
    dict or None
        None for a study of a model file or of given subjects, and where no arm can be shown.

    Raises
    ------
    StudyError
        The patients of the study are weighted, which a page cannot do.

    Examples
    --------
    >>> from bimodal.study import RunOptions, load_study
    >>> from bimodal.study.plan.make_plan import make_plan
    >>> from bimodal.study.solver.engine_solver import load_solver
    >>> found = study_bundle(make_plan(load_study("hartemann-2013"), RunOptions(), load_solver("human")), patients=2)
    >>> found["scenarios"][0]["regimen"], found["study"]["left_out"]
    ('0.33 MIU SC daily for 5 days', [])
    """
    spec, solver = plan.spec, plan.solver
    if spec.population.match:
        raise StudyError("its patients would not be weighted", where=f"study '{spec.name}'")
    if spec.model_is_file or spec.population.cohort is None or not isinstance(solver, EngineSolver):
        return None
    molecules: dict[str, Molecule] = {}
    scenarios: list[dict[str, Any]] = []
    left_out: list[str] = []
    for arm in plan.arms:
        why = _why_not(plan, arm, molecules)
        if why:
            left_out.append(f"arm '{arm.name}' {why}")
            continue
        for drug in arm.drugs:
            if drug.molecule is not None:
                molecules[drug.molecule.id] = drug.molecule
        scenarios.append(_scenario(plan, arm, spec.population.cohort))
    if not scenarios:
        return None
    scenarios.sort(key=lambda one: one["regimen"] == "none")  # one that has a dose to move comes first
    if any(one["drug"] == _UNTREATED for one in scenarios):
        molecules.setdefault(_UNTREATED, load_molecule(_UNTREATED))
    cohorts = list(dict.fromkeys(one["cohort"] for one in scenarios))
    return make_bundle(
        [(solver, cohorts)],
        list(molecules.values()),
        scenarios,
        patients=min(patients, plan.population.count, MOST_PATIENTS),
        seed=plan.options.seed,
        title=spec.name,
        study={
            "name": spec.name,
            "title": spec.name,
            "report_days": sorted({*spec.report_days, *target_days(plan.targets)}),
            "left_out": left_out,
        },
    )


def _why_not(plan: Plan, arm: ArmPlan, molecules: dict[str, Molecule]) -> str:
    """Say what of an arm a page cannot do; empty where it can."""
    if arm.subjects is not None:
        return "gives each subject doses of their own"
    if arm.scale:
        return "multiplies parameters"
    if arm.courses:
        return "has courses that rules begin"
    if sum(drug.molecule is not None and drug.molecule.ligand == "partner" for drug in arm.drugs) > 1:
        return "has more than one drug with no IL-2 in it"
    if any(drug.molecule and molecules.get(drug.molecule.id, drug.molecule) != drug.molecule for drug in arm.drugs):
        return "has a molecule of the same name as another arm's"
    senses = sorted(set(_values(plan, arm)) & plan.solver.perturbing)
    return f"changes what a body senses ({', '.join(senses)})" if senses else ""


def _values(plan: Plan, arm: ArmPlan) -> dict[str, float]:
    held = {name: value for values in arm.conditions.values() for name, value in values.items()}
    return {**held, **plan.spec.set, **arm.set}


def _scenario(plan: Plan, arm: ArmPlan, cohort: str) -> dict[str, Any]:
    spec, values = plan.spec, _values(plan, arm)
    found: dict[str, Any] = {
        "name": arm.name,
        "model": plan.solver.name,
        "cohort": arm.cohort or cohort,
        "drug": arm.molecule.id if arm.molecule is not None else _UNTREATED,
        "regimen": arm.regimen,
    }
    if arm.partners:
        found["partner"] = [{"drug": one.molecule.id, "regimen": one.regimen} for one in arm.partners if one.molecule]
    if values:
        found["set"] = values
    if spec.horizon is not None:
        found["horizon_days"] = spec.horizon
    elif spec.follow_up_days is not None:
        found["follow_up_days"] = spec.follow_up_days
    if arm.rules is not None and arm.rules.rules:
        found["note"] = "as planned: its rules hold, change or stop doses on the desk only"
    return found
