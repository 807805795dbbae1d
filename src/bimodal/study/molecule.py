"""What a molecule file means for the parameters of a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bimodal.drugs import Molecule, Quantity
from bimodal.errors import ModelError, StudyError


def molecule_parameters(molecule: Molecule, defaults: Mapping[str, float]) -> dict[str, float]:
    """Turn a molecule into parameter values.

    Native IL-2, whether made by the body or given, is one ligand, whose numbers are the model's own with their spread
    between patients. An engineered molecule is the model's second ligand and brings all its numbers (``drug_...``).

    Parameters
    ----------
    molecule
        As its file says.
    defaults
        Value of every parameter of the model.

    Returns
    -------
    dict
        Parameter id to value; empty for a native molecule.

    Raises
    ------
    StudyError
        An engineered molecule lacks a number.
    ModelError
        The model has no second ligand.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> molecule_parameters(load_molecule("aldesleukin"), {})
    {}
    """
    if molecule.ligand == "native":
        return {}
    out: dict[str, float] = {}
    for name, quantity, unit in _numbers(molecule):
        if f"drug_{name}" not in defaults:
            raise ModelError(f"the model has no parameter 'drug_{name}', which '{molecule.id}' needs")
        if quantity is None:
            raise StudyError(
                f"'{molecule.id}' is an engineered molecule and needs its {name}",
                where=f"molecule '{molecule.id}'",
                fix=f"give {name} in {unit}, with its source",
            )
        out[f"drug_{name}"] = quantity.to(unit)
    return out


def binding(molecule: Molecule) -> dict[str, float]:
    """Give how a molecule binds, where that is not as the model's own IL-2 does.

    Parameters
    ----------
    molecule
        As its file says.

    Returns
    -------
    dict
        ``kd_alpha`` and ``kd_betagamma`` in nM, ``k2`` in molecules per cell, ``efficacy``; empty for a native one.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> binding(load_molecule("aldesleukin"))
    {}
    """
    if molecule.ligand == "native":
        return {}
    own = ("kd_alpha", "kd_betagamma", "k2", "efficacy")
    return {name: quantity.to(unit) for name, quantity, unit in _numbers(molecule) if quantity and name in own}


def _numbers(molecule: Molecule) -> Iterator[tuple[str, Quantity | None, str]]:
    binding, pk = molecule.affinity, molecule.pk
    yield "kd_alpha", binding and binding.ka_nM, "nM"
    yield "kd_betagamma", binding and binding.kbg_nM, "nM"
    yield "k2", binding and binding.k2_per_cell, "molecule/cell"
    yield "efficacy", molecule.efficacy, "1"
    yield "v_plasma", pk.v_plasma, "L"
    yield "clearance", pk.clearance, "L/h"
    yield "k_out", pk.k_out, "1/h"
    yield "k_back", pk.k_back, "1/h"
    yield "sc_transfer", pk.sc_transfer, "1/h"
    yield "sc_bioavailability", pk.sc_bioavailability, "1"
