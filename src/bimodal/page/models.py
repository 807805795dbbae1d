"""A model as a page needs it: its code, its numbers, who is treated, and what it takes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bimodal import __version__
from bimodal.drugs import Molecule
from bimodal.engine import System
from bimodal.engine.webassembly import web_assembly
from bimodal.errors import BimodalError, EngineError
from bimodal.model import Model, load_model
from bimodal.page.molecules import drug_in_model
from bimodal.page.molecules_in_model import molecules_in_model
from bimodal.page.observables import readable, shown
from bimodal.page.packed import pack_bytes
from bimodal.page.people import population_data
from bimodal.study.endpoints import load_registry
from bimodal.study.solver.engine_solver import EngineSolver

#: What `bimodal simulate` must be asked for beside its standard observables, so that it runs this model.
_ALSO = ("tox_index", "tumour_cells")
_MOST_OUTPUTS = 400
_TIMES = {1.0: "s", 60.0: "min", 3600.0: "h", 86400.0: "day"}


def kernel_data(system: System) -> dict[str, Any]:
    """Translate a system and lay out what the loop in the page must know of it.

    Examples
    --------
    >>> found = kernel_data(load_model("tumour_alone").system)
    >>> found["states"], found["engine"].split()[-1]
    (7, 'Rodas5P')
    """
    module = web_assembly(system)
    return {
        "wasm": pack_bytes(module.code),
        "bytes": len(module.code),
        "sha256": module.sha256,
        "engine": f"bimodal {__version__} Rodas5P",
        **module.layout(),
    }


def model_data(
    solver: EngineSolver,
    cohorts: Sequence[str],
    molecules: Sequence[Molecule],
    *,
    patients: int,
    seed: int,
    workbench: bool = False,
) -> dict[str, Any]:
    """Lay out a built-in model with the people it treats and the molecules it takes.

    With `workbench` also what a page needs to change the numbers of a molecule.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> from bimodal.study.solver.engine_solver import load_solver
    >>> found = model_data(load_solver("human"), ["healthy"], [load_molecule("aldesleukin")], patients=2, seed=1)
    >>> found["source"], list(found["drugs"]), found["populations"][0]["cohort"]
    ('built-in', ['aldesleukin'], 'healthy')
    """
    model, registry = solver.model, load_registry()
    names = readable(registry, frozenset(model.system.output_ids), model.species)
    taken = {molecule.id: drug_in_model(molecule, solver, patients, seed) for molecule in molecules}
    standard = model.name in ("human", "mouse")
    return {
        "id": model.name,
        "title": model.title,
        "species": model.species,
        "source": "built-in",
        "model_sha256": model.sha256,
        "parameters_sha256": model.table.sha256,
        "time_unit": "h",
        "also": [] if standard else [name for name in _ALSO if name in names],
        "observables": list(names),
        "shown": shown(registry, names, model.species),
        "kernel": kernel_data(model.system),
        "parameters": _parameters(model),
        "populations": [population_data(solver, cohort, patients, seed, drugs=workbench) for cohort in cohorts],
        "drugs": {name: found for name, found in taken.items() if found is not None},
        **({"molecules": molecules_in_model(solver)} if workbench else {}),
    }


def file_model_data(name: str, until: float) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Lay out a model whose numbers are all it has: no people, no molecules.

    Parameters
    ----------
    name
        Path of a model file, or a built-in model without a way in for doses.
    until
        Length of a run at first, in the unit of the model.

    Returns
    -------
    model, observables
        Every quantity that changes is an observable of its own name.

    Raises
    ------
    ModelError, EngineError
        It cannot be read, or has events of its own.
    """
    model = load_model(name)
    system = model.system
    if not model.network.state_ids:
        raise EngineError("nothing in the model changes with time, so there is nothing for a page to run", where=name)
    if len(system.outputs) > _MOST_OUTPUTS:
        raise EngineError(f"the model has {len(system.outputs)} quantities that change, too many for a page")
    if system.clocks.passing or system.clocks.turning:
        where = next(iter(system.clocks.where.values()))
        raise EngineError(
            f"{where} has an input that follows time alone, which a page does not look ahead for",
            where=name,
            fix="run the model with `bimodal simulate --model`",
        )
    if model.network.delayed or model.network.lag:
        raise EngineError(
            f"the model has {'delays' if model.network.delayed else 'fast reactions'}, which a page does not know",
            where=name,
            fix="run the model with `bimodal simulate --model`",
        )
    is_file = Path(name).suffix != ""
    units = _units(model.network.sbml) if is_file else {}
    names = list(system.output_ids)
    about = {
        name: {
            "unit": units.get(name, "not given"),
            "label": name,
            "definition": f"quantity '{name}' of the model",
            "kind": "model",
            "of": [],
            "over": [],
            "weights": [],
            "scale": 1.0,
        }
        for name in names
    }
    values = model.table.values()
    found = {
        "id": model.name,
        **({"file": Path(name).name} if is_file else {}),
        "title": model.title,
        "species": model.species,
        "source": "file",
        "model_sha256": model.sha256,
        "parameters_sha256": model.table.sha256,
        "time_unit": units.get("", "not given"),
        "until": until,
        "also": [],
        "observables": names,
        "shown": {"cells": [], "signal": [], "ligand": [], "tissue": [], "other": names[:12]},
        "kernel": kernel_data(system),
        "parameters": [{**row, "settable": row["value"] is not None} for row in _parameters(model)],
        "populations": [
            {
                "cohort": "none",
                "label": "the model with the numbers of its table",
                "patients": 0,
                "seed": 1,
                "kind": "patients",
                "typical": [values[name] for name in system.parameter_ids],
                "typical_body": {},
                "varied": [],
                "values": "",
                "body": {},
                "sets": None,
            }
        ],
        "drugs": {},
    }
    return found, about


def _parameters(model: Model) -> list[dict[str, Any]]:
    """List what the kernel takes; what a body senses would find another rest, and is not set in a page."""
    rows = model.table.by_id
    found: list[dict[str, Any]] = []
    for name in model.system.parameter_ids:
        row = rows.get(name)
        can = row is not None and name not in model.perturbing and model.receptors_at_rest is None
        found.append(
            {
                "id": name,
                "unit": "1" if row is None else row.unit,
                "value": None if row is None else row.value,
                "status": "derived" if row is None else row.status,
                "settable": can and name not in model.settable,
            }
        )
    return found


def _units(text: str) -> dict[str, str]:
    """Give the units a file declares, its unit of time under the empty name."""
    from bimodal.study.solver.file_facts import read_facts

    try:
        facts = read_facts(text)
    except BimodalError:
        return {}
    if facts.second is None:
        return dict(facts.units)
    return {**facts.units, "": _TIMES.get(facts.second, f"{facts.second:g} s")}
