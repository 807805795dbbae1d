"""Doses per patient: amounts in nmol of IL-2, and the body surface area that some are given by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bimodal.errors import UnitError
from bimodal.units.amounts import nmol_per_unit
from bimodal.units.dose_unit import DoseUnit
from bimodal.units.substance import Substance

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def dose_nmol(
    amount: ArrayLike,
    unit: DoseUnit,
    substance: Substance,
    *,
    weight_kg: ArrayLike | None = None,
    bsa_m2: ArrayLike | None = None,
) -> Any:
    """Turn a dose into nmol of IL-2, for one patient or for many at once.

    Arrays are of shape (N,), weights in kg, areas in m2; a dose of zero is one that was held. A body size is needed
    only where the unit asks for it.

    Examples
    --------
    >>> drug = Substance("aldesleukin", 15300.0, 18e6 / 1.1, "label")
    >>> round(dose_nmol(1.0, DoseUnit("MIU", "m2"), drug, bsa_m2=1.85), 2)
    7.39
    """
    return checked(amount, "the dose", allow_zero=True) * _per_patient(unit, substance, weight_kg, bsa_m2)


def dose_amount(
    nmol: ArrayLike,
    unit: DoseUnit,
    substance: Substance,
    *,
    weight_kg: ArrayLike | None = None,
    bsa_m2: ArrayLike | None = None,
) -> Any:
    """Turn nmol of IL-2 back into a dose in ``unit``, the inverse of :func:`dose_nmol`.

    Examples
    --------
    >>> dose_amount(2.0, DoseUnit("nmol", "kg"), Substance("IL-2", 15300.0), weight_kg=4.0)
    0.5
    """
    return checked(nmol, "the amount", allow_zero=True) / _per_patient(unit, substance, weight_kg, bsa_m2)


def _per_patient(unit: DoseUnit, substance: Substance, weight_kg: ArrayLike | None, bsa: ArrayLike | None) -> Any:
    """Nmol in one ``unit`` for each patient."""
    factor = nmol_per_unit(unit.symbol, substance)
    if unit.per == "flat":
        return factor
    size, name = (weight_kg, "the body weight") if unit.per == "kg" else (bsa, "the body surface area")
    if size is None:
        raise UnitError(f"a dose in {unit} needs {name}", fix="give it, or a flat dose")
    return factor * checked(size, name)


def checked(value: ArrayLike, name: str, *, allow_zero: bool = False) -> Any:
    """Return a float or float64 array after refusing what no quantity can be."""
    array: NDArray[np.float64] = np.asarray(value, dtype=np.float64)
    if not np.all(np.isfinite(array)) or np.any(array < 0) or (not allow_zero and np.any(array == 0)):
        kind = "a finite number, zero or more" if allow_zero else "a positive finite number"
        raise UnitError(f"{name} must be {kind}")
    return float(array) if array.ndim == 0 else array


def bsa_m2(weight_kg: ArrayLike, height_cm: ArrayLike) -> Any:
    """Compute body surface area by Mosteller's formula, on which doses per m2 are based.

    Examples
    --------
    >>> bsa_m2(72.0, 180.0) == 3.6 ** 0.5
    True

    Notes
    -----
    Source: Mosteller RD, N Engl J Med 1987;317:1098.
    """
    area = np.sqrt(checked(weight_kg, "the body weight") * checked(height_cm, "the height") / 3600.0)
    return float(area) if np.ndim(area) == 0 else area
