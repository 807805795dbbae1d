"""How far the pharmacokinetics of a molecule differ between patients, and where that comes from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bimodal.cohort.streams import normal
from bimodal.cohort.variability import vary
from bimodal.drugs import Molecule
from bimodal.drugs.varied import Varied
from bimodal.study.solver.molecule import PARTNER_PORTS, PK_UNITS

Array = npt.NDArray[np.float64]
_SHARE = "sc_bioavailability"


@dataclass(frozen=True)
class PkSpread:
    """The spread of one pharmacokinetic number of a molecule.

    Parameters
    ----------
    name
        Key of ``[pk]``.
    parameter
        Parameter of the model, whose random stream it has: the same people whatever the molecule.
    median
        In the unit of the model.
    cv
        Coefficient of variation; 0 where the number is the same in every patient.
    origin
        ``file``: its file says so; ``native``: that of the model's own IL-2; ``none``: nothing says how far it varies.
    source
        Where the cv comes from; blank where there is none.
    """

    name: str
    parameter: str
    median: float
    cv: float
    origin: Literal["file", "native", "none"]
    source: str

    @property
    def distribution(self) -> str:
        """``logitnormal`` for the share of a dose that arrives, ``lognormal`` for everything else."""
        return "logitnormal" if self.name == _SHARE else "lognormal"

    def drawn(self, seed: int, patients: npt.NDArray[np.int64]) -> Array:
        """Draw the number for patients by their global index, (N,)."""
        return vary(self.median, self.cv, self.distribution, normal(seed, patients, "parameter", self.parameter)[:, 0])


def pk_spread(
    molecule: Molecule, rows: Mapping[str, Any], routes: Collection[str], *, place: int = 0
) -> tuple[PkSpread, ...]:
    """Say how far each pharmacokinetic number of a molecule differs between patients.

    A ``cv`` of the file counts. Where the file of a user gives none, an engineered IL-2 has the cv of the same number
    of the model's own IL-2; molecules of the package and partner drugs do not vary unless their file says so.

    Parameters
    ----------
    rows
        Rows of the model's parameter table by id.
    routes
        Of the regimen; numbers of absorption count only with ``"sc"`` or ``"ip"``.
    place
        Which of the arm's partners it is, from 0: each has parameters of its own.

    Returns
    -------
    tuple of PkSpread
        Empty for native IL-2, whose numbers are the model's own with their spread.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> {one.name: one.origin for one in pk_spread(load_molecule("efavaleukin-alfa"), {}, ["iv_bolus"])}["clearance"]
    'none'
    """
    if molecule.ligand in ("native", "cells"):
        return ()
    prefix = PARTNER_PORTS[place] if molecule.ligand == "partner" else "drug"
    found: list[PkSpread] = []
    for name, unit in PK_UNITS.items():
        number: Varied | None = getattr(molecule.pk, name)
        if number is None or (name.startswith("sc_") and not {"sc", "ip"} & set(routes)):
            continue
        median = number.to(unit)
        cv, origin, source = _cv(number, name, median, molecule, rows)
        found.append(PkSpread(name, f"{prefix}_{name}", median, cv, origin, source))
    return tuple(found)


def _cv(
    number: Varied, name: str, median: float, molecule: Molecule, rows: Mapping[str, Any]
) -> tuple[float, Literal["file", "native", "none"], str]:
    if number.cv is not None:
        return number.cv, "file", number.cv_source or number.source
    native = rows.get(name)
    if not molecule.from_file or molecule.ligand != "engineered" or native is None or not native.cv:
        return 0.0, "none", ""
    cv = float(native.cv)
    if name == _SHARE:
        # as far as native IL-2's on the logit scale, so that a share near 1 stays near 1
        cv *= (1.0 - median) / (1.0 - native.value)
    return cv, "native", f"{native.source}: {native.id}, cv {native.cv:g}"


def spread_sentence(molecule: Molecule, spread: Collection[PkSpread]) -> str:
    """Say in one line what varies between patients, by how much and why, and what does not.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> drug = load_molecule("efavaleukin-alfa")
    >>> spread_sentence(drug, pk_spread(drug, {}, ["iv_bolus"]))
    "pharmacokinetics of 'efavaleukin-alfa' are not varied between patients: its file gives no cv"
    """
    of = f"pharmacokinetics of '{molecule.id}'"
    varied = [one for one in spread if one.cv > 0.0]
    still = [one.name for one in spread if not one.cv]
    if not varied:
        said = "its file gives no cv" if any(one.origin == "none" for one in spread) else "its file says a cv of 0"
        return f"{of} are not varied between patients: {said}"
    parts: list[str] = []
    for origin, why in (("file", "its file"), ("native", "as native IL-2 of the model, since its file gives no cv")):
        own = [one for one in varied if one.origin == origin]
        if own:
            parts.append(", ".join(f"{one.name} {100.0 * one.cv:.3g} %" for one in own) + f" ({why})")
    if still:
        parts.append(f"not varied: {', '.join(still)}")
    return f"{of} between patients, cv: {'; '.join(parts)}"
