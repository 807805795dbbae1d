"""What a page needs to change molecules: files, rules and laws of their numbers, and a dish for their EC50."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from bimodal.drugs import USUAL_SPECIES, Molecule, list_molecules, load_molecule
from bimodal.engine import Settings
from bimodal.model import LIGAND, load_assay
from bimodal.page.models import kernel_data
from bimodal.page.molecule_laws import binding_laws, dose_laws
from bimodal.page.molecule_rules import key_data, rule_data
from bimodal.page.molecules import MINUTES
from bimodal.page.packed import pack_bytes, pack_floats
from bimodal.response.dish import Dish
from bimodal.response.reading import FLAT, NO_SIGNAL
from bimodal.response.response import CONCENTRATIONS_PM
from bimodal.study.verdict.outside import potency_warning

_BOUND = ("native", "engineered")


def workbench_data(molecules: Sequence[Molecule], species: str) -> dict[str, Any]:
    """Lay out what a page needs to change molecules of IL-2.

    Parameters
    ----------
    molecules
        Of the page; those of the package stand beside them, as what a file can be based on.
    species
        Of the models of the page: a dish is known of human cells alone.

    Examples
    --------
    >>> found = workbench_data([load_molecule("aldesleukin")], "human")
    >>> sorted(found), len(found["packed"]) < 20_000
    (['dish', 'packed'], True)
    """
    own = {molecule.id: molecule for molecule in molecules}
    every = [own.get(name) or load_molecule(name) for name in list_molecules()]
    known = {one.id: one for one in [*every, *molecules] if one.ligand in _BOUND and one.species == species}
    rules = {
        "files": {name: file_content(one) for name, one in known.items()},
        "keys": key_data(),
        "rules": rule_data(),
        "doses": dose_laws(),
        "potency_words": potency_warning() if species == USUAL_SPECIES else "",
    }
    return {
        "packed": pack_bytes(json.dumps(rules).encode()),
        "dish": dish_data() if species == USUAL_SPECIES else None,
    }


def file_content(molecule: Molecule) -> dict[str, Any]:
    """Give the tables of a drug file that says all of a molecule by itself.

    Examples
    --------
    >>> file_content(load_molecule("aldesleukin"))["potency"]["activity_unit"]
    'MIU'
    """
    return molecule.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True, exclude={"base"})


def dish_data() -> dict[str, Any]:
    """Lay out the pSTAT5 assay of `bimodal response`: its kernel, a row of inputs for each subset, and what is read.

    Examples
    --------
    >>> [len(found["cells"]) for found in [dish_data()]]
    [10]
    """
    assay, dish = load_assay(), Dish(minutes=(MINUTES,))
    system, subsets = assay.system, assay.subsets
    rows = [assay.parameters(subset, changed=dish.constants) for subset in subsets]
    place = system.parameter_index
    return {
        "kernel": kernel_data(system),
        "cells": [subset.id for subset in subsets],
        "inputs": pack_floats([[row[name] for name in system.parameter_ids] for row in rows]),
        "concentrations": pack_floats(CONCENTRATIONS_PM),
        "hours": MINUTES / 60.0,
        "rtol": Settings().rtol,
        "slot": system.slot_set(LIGAND),
        "output": system.output_ids.index("pstat5"),
        "flat": FLAT,
        "no_signal": NO_SIGNAL,
        "laws": [
            {"parameter": name, "place": place[f"ligand_{name}"], "cases": cases}
            for name, cases in binding_laws(assay.table.values()).items()
        ],
    }
