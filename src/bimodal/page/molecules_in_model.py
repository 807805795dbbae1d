"""What a molecule of IL-2 whose numbers are changed in a page does to a model: ports, laws, spread between patients."""

from __future__ import annotations

from typing import Any

import numpy as np

from bimodal.cohort.streams import normal
from bimodal.page.molecule_laws import engineered_laws
from bimodal.page.packed import pack_floats
from bimodal.study.solver.engine_solver import EngineSolver
from bimodal.study.solver.molecule import PK_UNITS

_SHARE = "sc_bioavailability"


def molecules_in_model(solver: EngineSolver) -> dict[str, Any]:
    """Say where molecules of each sort enter a model, what an engineered one sets there, and how far it varies.

    Examples
    --------
    >>> from bimodal.study.solver.engine_solver import load_solver
    >>> sorted(molecules_in_model(load_solver("human"))["ports"])
    ['engineered', 'native', 'prodrug']
    """
    system, place = solver.model.system, solver.model.system.parameter_index
    doors = {sort: port for sort, port in solver.model.ports.items() if sort in ("native", "engineered", "prodrug")}
    ports: dict[str, dict[str, Any]] = {}
    for sort, door in doors.items():
        added = {"sc": door.sc, "ip": door.ip, "iv_bolus": door.iv_bolus}
        ports[sort] = {
            **{route: {"action": "add", "slot": system.slot_add(state)} for route, state in added.items() if state},
            "iv_infusion": {"action": "set", "slot": system.slot_set(door.iv_infusion)},
        }
    laws = engineered_laws(solver.defaults) if "engineered" in ports else {}
    rows = {row.id: row for row in solver.table.rows}
    return {
        "ports": ports,
        "laws": [
            {"parameter": name, "place": place[name], "cases": cases} for name, cases in laws.items() if name in place
        ],
        "spread": [
            {
                "key": f"pk.{name}",
                "place": place[f"drug_{name}"],
                "cv": float(rows[name].cv or 0.0) if name in rows else 0.0,
                "share_of": float(rows[name].value) if name == _SHARE and name in rows else None,
            }
            for name in PK_UNITS
            if laws
        ],
    }


def drug_normals(patients: int, seed: int) -> str:
    """Pack the standard normal numbers by which the pharmacokinetics of a molecule differ between patients.

    A row a patient, in the order of the spread of :func:`molecules_in_model`: the streams of the desk.

    Examples
    --------
    >>> drug_normals(2, 1) == drug_normals(2, 1) != drug_normals(2, 2)
    True
    """
    people = np.arange(patients, dtype=np.int64)
    return pack_floats(np.column_stack([normal(seed, people, "parameter", f"drug_{name}")[:, 0] for name in PK_UNITS]))
