"""Everything a page shows, as one JSON object: the contract is ``data/bundle.schema.json``, schema 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bimodal import INTENDED_USE, __version__
from bimodal.drugs import Molecule
from bimodal.files.fingerprint import json_sha256
from bimodal.page.calibration import calibration_data
from bimodal.page.models import file_model_data, model_data
from bimodal.page.molecules import drug_data
from bimodal.page.observables import observable_data
from bimodal.page.workbench import workbench_data
from bimodal.study.endpoints import load_registry
from bimodal.study.solver.engine_solver import EngineSolver

SCHEMA = 1
#: Relative tolerances: while something is dragged, of virtual patients, and of the person shown at rest.
RTOL = {"drag": 1e-3, "patients": 1e-4, "rest": 1e-6}


def make_bundle(
    models: Sequence[tuple[EngineSolver, Sequence[str]]],
    molecules: Sequence[Molecule],
    scenarios: Sequence[Mapping[str, Any]],
    *,
    patients: int,
    seed: int = 1,
    title: str = "bimodal explore",
    study: Mapping[str, Any] | None = None,
    evidence: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Lay out models, people and molecules with the scenarios a page opens with.

    Parameters
    ----------
    models
        Each with the cohorts it treats, the usual one first.
    scenarios
        As the contract has them; the first is shown.
    study
        Name, title and report days, in a report.
    evidence
        What :func:`~bimodal.page.evidence_data.evidence_data` gives, for a page that shows it.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> from bimodal.study.solver.engine_solver import load_solver
    >>> found = make_bundle([(load_solver("human"), ["healthy"])], [load_molecule("aldesleukin")], [], patients=2)
    >>> found["schema"], [model["id"] for model in found["models"]], "treg_fold" in found["observables"]
    (1, ['human'], True)
    """
    workbench = study is None  # a report shows the molecules of its study as they are
    laid_out = [
        model_data(solver, cohorts, molecules, patients=patients, seed=seed, workbench=workbench)
        for solver, cohorts in models
    ]
    taken = {name for model in laid_out for name in model["drugs"]}
    registry, species = load_registry(), laid_out[0]["species"]
    names = dict.fromkeys(name for model in laid_out for name in model["observables"])
    return _signed(
        {
            "title": title,
            "rtol": RTOL,
            "models": laid_out,
            "drugs": drug_data([molecule for molecule in molecules if molecule.id in taken], species),
            "observables": observable_data(registry, names),
            "cells": [
                {
                    "id": cell,
                    "label": about.label,
                    "short": about.short,
                    "kind": about.kind,
                    "colour": about.colour,
                    "marked": about.marked,
                }
                for cell, about in registry.cells.items()
                if cell in registry.cells_of(species)
            ],
            "calibration": calibration_data(),
            "scenarios": [dict(one) for one in scenarios],
            "study": None if study is None else dict(study),
            **({"workbench": workbench_data(molecules, species)} if workbench else {}),
            **({} if evidence is None else {"evidence": dict(evidence)}),
        }
    )


def file_bundle(name: str, *, until: float = 100.0) -> dict[str, Any]:
    """Lay out a model that takes no doses, such as one of a file: a page moves its numbers and shows its quantities.

    Parameters
    ----------
    name
        Path of an SBML or Antimony file, or a built-in model.
    until
        Length of a run at first, in the unit of the model.

    Raises
    ------
    ModelError, EngineError
        It cannot be read, or has events of its own.

    Examples
    --------
    >>> file_bundle("tumour_alone")["scenarios"][0]["until"]
    100.0
    """
    model, observables = file_model_data(name, until)
    scenario = {"name": model["title"], "model": model["id"], "cohort": "none", "until": until}
    return _signed(
        {
            "title": model["title"],
            "rtol": {"drag": 1e-4, "patients": 1e-4, "rest": 1e-8},
            "models": [model],
            "drugs": [],
            "observables": observables,
            "cells": [],
            "calibration": None,
            "scenarios": [scenario],
            "study": None,
        }
    )


def bundle_with(bundle: Mapping[str, Any], scenarios: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Give a bundle other scenarios, and the fingerprint that goes with them.

    Examples
    --------
    >>> bundle_with({"scenarios": [], "sha256": ""}, [{"name": "a"}])["scenarios"]
    [{'name': 'a'}]
    """
    return _signed(
        {key: value for key, value in bundle.items() if key != "sha256"} | {"scenarios": [*map(dict, scenarios)]}
    )


def _signed(content: dict[str, Any]) -> dict[str, Any]:
    """Put version and intended use before, and the fingerprint of all of it behind."""
    whole = {"schema": SCHEMA, "bimodal": __version__, "intended_use": INTENDED_USE, **content}
    return {**whole, "sha256": json_sha256(whole)}
