"""Models out as SBML: flattened Level 3 Version 2 core, with the table's values and a map of ids."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from bimodal.errors import ModelError
from bimodal.exchange.sbml_annotations import annotate
from bimodal.exchange.sbml_functions import with_functions
from bimodal.exchange.sbml_species import with_species
from bimodal.exchange.sbml_units import merge_units
from bimodal.files.write import write_text
from bimodal.model import Model


def to_sbml(model: Model) -> str:
    """Return a model as SBML that other tools simulate to the same trajectories, with names, sources and terms of SBO.

    Raises
    ------
    ModelError
        libSBML has anything to say about the document, units included.

    Examples
    --------
    >>> from bimodal.model import load_model
    >>> to_sbml(load_model("human")).startswith("<?xml")
    True
    """
    import libsbml

    document = libsbml.readSBMLFromString(model.network.sbml)
    inside = document.getModel()
    users: dict[str, list[str]] = {}
    if not model.gaps:
        # a file of somebody else keeps the form it has
        merge_units(inside)
        with_species(inside)
        users = with_functions(inside)
    annotate(model, inside, users)
    for row in model.table.rows:
        inside.getParameter(row.id).setValue(row.value)
    # a level whose resting state is solved, not written in closed form, has it as starting values
    row = np.array([[model.table.values().get(name, 0.0) for name in model.parameter_ids]])
    for name, value in zip(model.system.parameter_ids, model.rest(row)[0].tolist(), strict=True):
        inside.getParameter(name).setValue(value)
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, True)
    document.checkConsistency()
    if document.getNumErrors():
        message = " ".join(document.getError(0).getMessage().split())
        raise ModelError(f"the exported model is not consistent: {message}", where=f"model '{model.name}'")
    return libsbml.writeSBMLToString(document)


def id_map(model: Model) -> dict[str, Any]:
    """Return what each id of the exported document is: state, parameter with its source, observable."""
    network = model.network
    observables = {quantity: name for name, quantity in model.observables.items()}
    states = {name: {"kind": "state"} for name in network.state_ids}
    parameters = {
        row.id: {"kind": "parameter", "unit": row.unit, "status": row.status, "source": row.source}
        for row in model.table.rows
    }
    derived = {name: {"kind": "fixed at the start"} for name, _ in network.derived}
    rules = {
        name: {"kind": "rule", **({"observable": observables[name]} if name in observables else {})}
        for name in network.rules
    }
    doses = {
        ligand: {
            "sc": p.sc,
            **({} if p.ip is None else {"ip": p.ip}),
            "iv_bolus": p.iv_bolus,
            "iv_infusion": p.iv_infusion,
        }
        for ligand, p in model.ports.items()
    }
    return {
        "model": model.name,
        "time_unit": "hour",
        "amount_unit": "nmol",
        "doses_enter": doses,
        "ids": {**states, **parameters, **derived, **rules},
    }


def export_sbml(model: Model, path: Path) -> list[Path]:
    """Write ``path`` and, beside it, the id map as JSON; return both paths."""
    text = to_sbml(model)
    ids = path.with_suffix(".ids.json")
    write_text(path, text)
    write_text(ids, json.dumps(id_map(model), indent=2) + "\n")
    return [path, ids]
