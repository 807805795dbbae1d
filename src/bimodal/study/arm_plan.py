"""One arm of a study, laid out: its molecule, its doses, and how much of each a patient gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.dosing import Schedule, expand, parse_regimen
from bimodal.drugs import Molecule, load_molecule
from bimodal.errors import BimodalError
from bimodal.study.amounts import dose_amounts
from bimodal.study.spec import ArmSpec

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ArmPlan:
    """One arm, laid out.

    Parameters
    ----------
    name
        As in the study.
    molecule
        What is given; None where the arm names nothing.
    regimen
        Its regimen in canonical words.
    schedule
        Every dose.
    set
        Parameters held at a value in this arm.
    unit
        Unit of amount in which the model takes doses.

    Examples
    --------
    >>> lay_out_arm(ArmSpec(name="a", drug="aldesleukin", regimen="1 MIU SC once"), None).regimen
    '1 MIU SC'
    """

    name: str
    molecule: Molecule | None
    regimen: str
    schedule: Schedule
    set: Mapping[str, float] = field(default_factory=dict[str, float])
    unit: str = "nmol"

    def amounts(self, covariates: Mapping[str, Any], patients: int) -> Array:
        """Say how much of each dose each patient gets.

        Parameters
        ----------
        covariates
            ``weight_kg`` and ``bsa_m2``, each (N,).
        patients
            N.

        Returns
        -------
        ndarray (N, D)
            In the model's unit of amount: nmol of IL-2, or what the study says for a model file.

        Raises
        ------
        UnitError
            The unit does not fit the molecule, or a body size is not known.
        """
        out = np.empty((patients, len(self.schedule.doses)))
        known: dict[tuple[float, str], Any] = {}
        for k, dose in enumerate(self.schedule.doses):
            key = (dose.amount, str(dose.unit))
            if key not in known:
                known[key] = dose_amounts(dose, self.unit, self.molecule, covariates)
            out[:, k] = known[key]
        return out


def lay_out_arm(arm: ArmSpec, horizon: float | None, unit: str = "nmol") -> ArmPlan:
    """Open the molecule and read the regimen of an arm.

    Parameters
    ----------
    arm
        As in the study.
    horizon
        Last day, or None; later doses are left out with a warning.
    unit
        Unit of amount in which the model takes doses.

    Returns
    -------
    ArmPlan
        Laid out.

    Raises
    ------
    BimodalError
        Unknown molecule, wrong regimen.

    Examples
    --------
    >>> len(lay_out_arm(ArmSpec(name="a", drug="aldesleukin", regimen="none"), None).schedule.doses)
    0
    """
    with ArmNamed(arm.name):
        molecule = load_molecule(arm.drug) if arm.drug else None
        regimen = parse_regimen(arm.regimen)
        return ArmPlan(arm.name, molecule, str(regimen), expand(regimen, horizon), arm.set, unit)


class ArmNamed:
    """Adds the name of the arm to an error that does not say where it is.

    Parameters
    ----------
    arm
        Its name.

    Examples
    --------
    >>> with ArmNamed("low"):
    ...     pass
    """

    def __init__(self, arm: str) -> None:
        self.arm = arm

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(fault, BimodalError) and fault.where is None:
            fault.where = f"arm '{self.arm}'"
