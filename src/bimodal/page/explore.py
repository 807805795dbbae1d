"""The page of ``bimodal explore``: which models, people and molecules are in it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from bimodal.cohort.parameter_sets import list_parameter_sets
from bimodal.drugs import Molecule, load_molecule
from bimodal.drugs.load import list_molecules
from bimodal.errors import StudyError
from bimodal.files.suggest import suggest_names
from bimodal.model.manifest import list_models, read_manifest
from bimodal.page.bundle import bundle_with, file_bundle, make_bundle
from bimodal.page.evidence_data import evidence_data
from bimodal.page.molecules import drug_in_model
from bimodal.page.presets import opening_scenarios
from bimodal.study.solver.engine_solver import EngineSolver, load_solver

#: Most virtual patients a page carries; thousands are for the desk.
MOST_PATIENTS = 500
_FIRST = "aldesleukin"


def explore_bundle(
    models: Sequence[str],
    *,
    cohorts: Sequence[str] = (),
    drugs: Sequence[str] = (),
    patients: int = 100,
    seed: int = 1,
    values: Mapping[str, float] | None = None,
    notes: bool = False,
) -> dict[str, Any]:
    """Lay out a page.

    Parameters
    ----------
    models
        Names of built-in models that take doses, all of one species.
    cohorts
        Whom to treat in every model; the usual people of each if none.
    drugs
        Molecules and drug files; all that the first model can be given if none.
    patients
        Virtual patients of each cohort.
    values
        Parameters set in every scenario.
    notes
        Whether the published numbers stand with their notes.

    Raises
    ------
    StudyError
        A model takes no doses, models are of different species, or a value cannot be set in a page.

    Examples
    --------
    >>> found = explore_bundle(["human"], cohorts=["healthy"], drugs=["aldesleukin"], patients=2)
    >>> [one["name"] for one in found["scenarios"]]
    ['Low dose', 'Low dose, three times a week']
    """
    if not 1 <= patients <= MOST_PATIENTS:
        raise StudyError(
            f"a page of {patients} patients is not supported",
            where="--patients",
            fix=f"1 to {MOST_PATIENTS}; `bimodal simulate` runs more",
        )
    solvers = [_solver(name) for name in models]
    species = {solver.species for solver in solvers}
    if len(species) > 1:
        raise StudyError(f"models of {' and '.join(sorted(species))} do not share a page", where="--model")
    molecules = _molecules(drugs, solvers)
    laid_out = [(solver, _people(solver, cohorts)) for solver in solvers]
    evidence = evidence_data(notes=notes)
    bundle = make_bundle(laid_out, molecules, [], patients=patients, seed=seed, evidence=evidence)
    for name, value in (values or {}).items():
        if not math.isfinite(value):
            raise StudyError(f"'{name}' is set to {value:g}", where="--set", fix="a finite number")
    _check_values(bundle["models"], values or {})
    own = [(solver.name, people[0]) for solver, people in laid_out]
    chosen = next(row for row in bundle["drugs"] if row["id"] == molecules[0].id)
    return bundle_with(bundle, opening_scenarios(own, [chosen], values or {}))


def export_bundle(model: str, *, until: float = 100.0) -> dict[str, Any]:
    """Lay out the page of a model: as :func:`explore_bundle` where it takes doses, else of its numbers alone.

    Parameters
    ----------
    model
        A built-in model, or the path of an SBML or Antimony file.
    until
        Length of a run at first, in the unit of the model, where it takes no doses.

    Examples
    --------
    >>> export_bundle("tumour_alone")["models"][0]["source"]
    'file'
    """
    if not 0.0 < until < math.inf:
        raise StudyError(f"a run of {until:g} has no length", where="--until", fix="a number above 0")
    if model in list_models() and read_manifest(model).ports:
        return explore_bundle([model])
    return file_bundle(model, until=until)


def _solver(name: str) -> EngineSolver:
    if name not in list_models():
        raise StudyError(
            f"there is no model '{name}'",
            where="--model",
            fix=suggest_names(name, list_models(), "bimodal list models"),
        )
    if not read_manifest(name).ports:
        raise StudyError(
            f"the model '{name}' takes no doses", where="--model", fix=f"`bimodal export {name} --to html` makes a page"
        )
    return load_solver(name)


def _people(solver: EngineSolver, cohorts: Sequence[str]) -> list[str]:
    """Name whom a model treats: as asked, or its usual people."""
    if cohorts:
        return list(cohorts)
    if solver.species != "human":
        return [name for name in list_parameter_sets() if name.startswith(f"{solver.species}-")]
    return ["melanoma", "renal"] if "tumour_cells" in solver.observables else ["healthy"]


def _molecules(drugs: Sequence[str], solvers: Sequence[EngineSolver]) -> list[Molecule]:
    """Open the molecules of a page, the one that is given first; those a model cannot be given are refused if named."""
    first = solvers[0]
    if drugs:
        found = list({molecule.id: molecule for molecule in map(load_molecule, drugs)}.values())
        for molecule in found:
            if not any(drug_in_model(molecule, solver, 1, 1) for solver in solvers):
                first.ports(molecule)  # says why
                first.molecule_parameters(molecule, frozenset({"iv_bolus"}))
                raise StudyError(f"'{molecule.id}' cannot be given in the model '{first.name}'")
        if not any(molecule.ligand in ("native", "engineered") for molecule in found):
            given = " ".join(f"--drug {name}" for name in drugs)
            usual = _FIRST if first.species == "human" else f"{first.species}-il-2"
            raise StudyError(
                f"a page with no IL-2 in it has nothing to give '{found[0].id}' beside",
                where="--drug",
                fix=f"name a molecule of IL-2 first: --drug {usual} {given}",
            )
        return found
    every = [load_molecule(name) for name in list_molecules()]
    own = [one for one in every if one.species == first.species or one.id == _FIRST]
    given = [one for one in own if drug_in_model(one, first, 1, 1) is not None]
    order = {"native": 0, "engineered": 1, "partner": 2, "cells": 3}
    return sorted(given, key=lambda one: (one.id != _FIRST, order[one.ligand], one.id))


def _check_values(models: Sequence[Mapping[str, Any]], values: Mapping[str, float]) -> None:
    for name in values:
        for model in models:
            free = [row["id"] for row in model["parameters"] if row["settable"]]
            if name not in free:
                raise StudyError(
                    f"'{name}' cannot be set in a page of the model '{model['id']}'",
                    where="--set",
                    fix=suggest_names(name, free, f"bimodal show {model['id']}"),
                )
