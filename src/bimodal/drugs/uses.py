"""What a molecule can be used for, and what is lacking where it cannot."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bimodal.drugs.molecule import USUAL_SPECIES, Molecule

ROUTES = ("sc", "ip", "iv_bolus", "iv_infusion")
"""Routes of a dose, as regimens name them."""

_ALWAYS = ("v_plasma", "clearance")
_UNDER_THE_SKIN = ("sc_transfer", "sc_bioavailability")


@dataclass(frozen=True)
class Use:
    """One thing a molecule may be used for.

    ``why`` says why not, or what to know where it can.
    """

    what: str
    ready: bool
    why: str = ""


def lacking(molecule: Molecule, routes: Collection[str] = ROUTES) -> list[str]:
    """List the pharmacokinetic numbers that a regimen would need and the molecule's file does not give.

    Keys of ``[pk]``; the ``sc_`` numbers are needed only where ``"sc"`` or ``"ip"`` is a route. A native molecule
    lacks nothing: its pharmacokinetics are the model's own.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> lacking(load_molecule("basiliximab"), ["iv_infusion"])
    []
    >>> lacking(load_molecule("basiliximab"), ["sc"])
    ['sc_transfer', 'sc_bioavailability']
    """
    if molecule.ligand in ("native", "cells"):
        return []
    needed = _ALWAYS + (_UNDER_THE_SKIN if {"sc", "ip"} & set(routes) else ())
    return [name for name in needed if getattr(molecule.pk, name) is None]


def uses(molecule: Molecule, *, species: str = USUAL_SPECIES) -> tuple[Use, ...]:
    """Say what a molecule can be used for on a model of a species: dish, vein, under the skin, IU.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> [use.what for use in uses(load_molecule("h9-super-2")) if use.ready]
    ['response']
    """
    foreign = (
        ""
        if molecule.species == species or molecule.ligand == "native"
        else f"it binds {molecule.species} IL-2: refused on the {species} model"
    )
    without = molecule.ligand in ("partner", "cells")
    dish = "there is no IL-2 in it; give it beside one" if without else foreign
    in_iu = "" if molecule.potency else "no declared potency: dose it by mass or moles"
    return (
        Use("response", not dish, dish or ("of the released form" if molecule.release else "")),
        _regimen("simulate, IV", molecule, ("iv_bolus",), foreign),
        _regimen("simulate, SC", molecule, ("sc",), foreign),
        Use("doses in IU", not in_iu, in_iu),
    )


def _regimen(what: str, molecule: Molecule, routes: Collection[str], foreign: str) -> Use:
    why = foreign
    missing = lacking(molecule, routes)
    if not why and missing:
        gap = molecule.pk.human or f"{' and '.join(missing)} not given"
        why = f"human pharmacokinetics: {gap}"
    return Use(what, not why, why)
