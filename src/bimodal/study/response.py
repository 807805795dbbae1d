"""Dose-response of pSTAT5 in a dish, per cell subset: what a concentration means to each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.drugs import Molecule
from bimodal.engine import Schedule, solve
from bimodal.errors import StudyError
from bimodal.model import LIGAND, load_assay
from bimodal.study.molecule import binding

FloatArray = npt.NDArray[np.float64]

#: Tested concentrations in pM, from far below any response to past the top of the published assay (84 nM).
CONCENTRATIONS_PM: FloatArray = np.logspace(-2, 5, 141)
_REFERENCE = "treg"


@dataclass(frozen=True, eq=False)
class Response:
    """Curves of every subset and what is read off them.

    Parameters
    ----------
    drug
        The molecule's id.
    minutes
        Time with the ligand.
    concentrations
        (C,) in pM.
    pstat5, occupancy
        By subset: (C,) share of the subset's own maximum pSTAT5, and of CD122 in complexes.
    """

    drug: str
    minutes: float
    concentrations: FloatArray
    pstat5: dict[str, FloatArray]
    occupancy: dict[str, FloatArray]

    def to_json(self) -> dict[str, Any]:
        """Return the figures of ``bimodal response --json``."""
        top = max(float(curve.max()) for curve in self.pstat5.values())
        cells = []
        for cell, curve in self.pstat5.items():
            ec10, ec20, ec50, ec90 = (crossing(self.concentrations, curve, share) for share in (0.1, 0.2, 0.5, 0.9))
            cells.append(
                {
                    "cell": cell,
                    "ec50_pM": ec50,
                    "hill": float(np.log(81.0) / np.log(ec90 / ec10)),
                    "emax_relative": float(curve.max()) / top,
                    "ec10_pM": ec10,
                    "ec20_pM": ec20,
                    "occupancy_at_ec50": float(
                        np.interp(np.log(ec50), np.log(self.concentrations), self.occupancy[cell])
                    ),
                }
            )
        reference = next(c["ec50_pM"] for c in cells if c["cell"] == _REFERENCE)
        selectivity = [
            {"cell": c["cell"], "ratio_to_treg": c["ec50_pM"] / reference} for c in cells if c["cell"] != _REFERENCE
        ]
        return {"drug": self.drug, "minutes": self.minutes, "cells": cells, "selectivity": selectivity}


def crossing(concentrations: FloatArray, curve: FloatArray, share: float) -> float:
    """Return the lowest concentration at which a curve reaches a share of its way from bottom to top.

    Read by linear interpolation against the logarithm of the concentration, as the published EC50 were.
    """
    bottom, top = float(curve.min()), float(curve.max())
    level = bottom + share * (top - bottom)
    i = int(np.argmax(curve >= level))
    if i == 0:
        return float(concentrations[0])
    x0, x1 = np.log(concentrations[i - 1 : i + 1])
    return float(np.exp(x0 + (level - curve[i - 1]) / (curve[i] - curve[i - 1]) * (x1 - x0)))


def simulate_response(molecule: Molecule, *, minutes: float = 30.0) -> Response:
    """Simulate the pSTAT5 assay with one molecule on every stained subset.

    Parameters
    ----------
    molecule
        The drug; a native one binds as the human parameter table says.
    minutes
        Time with the ligand, more than 0 and at most a day.

    Raises
    ------
    StudyError
        The time is out of range.
    """
    if not 0 < minutes <= 24 * 60:
        raise StudyError(f"{minutes:g} minutes is out of range", fix="give more than 0 and at most 1440 minutes")
    assay = load_assay()
    system = assay.system
    bound = binding(molecule)
    count = len(CONCENTRATIONS_PM)
    rows = [[assay.parameters(subset, bound)[name] for name in system.parameter_ids] for subset in assay.subsets]
    parameters = np.repeat(np.array(rows), count, axis=0)
    doses = np.tile(CONCENTRATIONS_PM / 1000.0, len(assay.subsets))[:, None]
    schedule = Schedule.shared([0.0], [system.slot_set(LIGAND)], doses)
    run = solve(system, parameters, schedule, [minutes / 60.0])
    if run.failed:
        raise StudyError(f"{run.failed} of {len(parameters)} assay wells could not be computed")
    shape = (len(assay.subsets), count)
    names = [subset.id for subset in assay.subsets]
    pstat5 = run["pstat5"].reshape(shape)
    occupancy = run["occupancy"].reshape(shape)
    return Response(
        molecule.id,
        float(minutes),
        CONCENTRATIONS_PM,
        dict(zip(names, pstat5, strict=True)),
        dict(zip(names, occupancy, strict=True)),
    )
