"""What a molecule file means for the parameters of a model."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bimodal.drugs import USUAL_SPECIES, Kd, Molecule, Quantity, lacking, list_molecules, load_molecule
from bimodal.drugs.partner import NO_BINDING_NM
from bimodal.drugs.uses import ROUTES
from bimodal.errors import ModelError, StudyError

#: Pharmacokinetic numbers of a molecule file, and their units in a model.
PK_UNITS = {
    "v_plasma": "L",
    "clearance": "L/h",
    "k_out": "1/h",
    "k_back": "1/h",
    "sc_transfer": "1/h",
    "sc_bioavailability": "1",
}
#: Port of each of the partner drugs of an arm, and the beginning of their parameters.
PARTNER_PORTS = ("partner", "second", "third")
#: Of human IL-2 on the receptors of a model of another species.
_POTENCY = "human_il2_potency"
_BINDING = ("kd_alpha", "kd_betagamma", "k2", "efficacy")


def refuse_species(molecule: Molecule, species: str, *, foreign: bool = True) -> None:
    """Refuse a molecule on a model of another species, whose receptors or body its numbers do not describe.

    Parameters
    ----------
    foreign
        Whether the model has a place for native IL-2 of another species, such as human IL-2 in a mouse.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> refuse_species(load_molecule("jes6-1-complex"), "mouse")
    """
    # human IL-2 is given to animals, and a warning says that they are none of ours; that of an animal to no one else
    passes = molecule.ligand == "native" and (foreign or molecule.species == USUAL_SPECIES)
    if molecule.species == species or passes:
        return
    what = "has the numbers of a" if molecule.ligand == "partner" else "is a molecule of"
    of = f"{molecule.species}" if molecule.ligand == "partner" else f"{molecule.species} IL-2 or its receptors"
    named = [f"'{name}'" for name in _relatives(molecule, species)]
    own = f"use {' or '.join(named)}, or" if named else "use"
    raise StudyError(
        f"'{molecule.id}' {what} {of} and the model is of {species}: its numbers do not hold there",
        where=f"molecule '{molecule.id}'",
        fix=f'{own} a model of the {molecule.species}, or a molecule with species = "{species}"',
    )


def _relatives(molecule: Molecule, species: str) -> list[str]:
    """Name the shipped forms of a drug that are of a species."""
    shipped = [load_molecule(name) for name in list_molecules()]
    base = molecule.base or molecule.id
    if molecule.ligand == "native":
        return [other.id for other in shipped if other.ligand == "native" and other.species == species]
    return [other.id for other in shipped if other.species == species and base in (other.id, other.base)]


def port_name(molecule: Molecule, species: str = USUAL_SPECIES, *, place: int = 0) -> str:
    """Say through which port of a model of a species a molecule enters.

    Parameters
    ----------
    place
        Which of the arm's partners it is, from 0.

    Returns
    -------
    str
        ``"native"``, ``"foreign"`` (native of another species), ``"engineered"``, ``"prodrug"`` (engineered, and
        inactive as injected), ``"cells"``, or for partners one of ``PARTNER_PORTS``.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> port_name(load_molecule("bempegaldesleukin"))
    'prodrug'
    """
    if molecule.ligand == "native" and molecule.species != species:
        return "foreign"
    if molecule.ligand == "partner":
        return PARTNER_PORTS[place]
    return "prodrug" if molecule.release is not None else molecule.ligand


def molecule_parameters(
    molecule: Molecule, defaults: Mapping[str, float], routes: Collection[str] = ROUTES, *, place: int = 0
) -> dict[str, float]:
    """Turn a molecule into parameter values.

    Native IL-2, whether made by the body or given, is one ligand, whose numbers are the model's own with their spread
    between patients. An engineered molecule is the model's second ligand and brings its numbers (``drug_...``); a drug
    with no IL-2 in it is the partner (``partner_...``), or the second or third one (``second_...``, ``third_...``).

    Parameters
    ----------
    defaults
        Value of every parameter of the model.
    routes
        Routes of the regimen; without ``"sc"`` and ``"ip"`` the numbers of absorption may be missing, and the model's
        own then stand unused.
    place
        Which of the arm's partners it is, from 0.

    Returns
    -------
    dict
        Parameter id to value; empty for a native molecule and for cells.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> molecule_parameters(load_molecule("aldesleukin"), {})
    {}
    """
    if molecule.ligand in ("native", "cells"):
        return {}
    prefix = "drug" if molecule.ligand != "partner" else PARTNER_PORTS[place]
    actions = molecule.partner_parameters() if molecule.ligand == "partner" else _bound(molecule, defaults)
    # what a drug does not do needs no place in a model that does not know of it
    idle = {f"{prefix}_{name}" for name, value in actions.items() if value == NO_BINDING_NM} - defaults.keys()
    out = {f"{prefix}_{name}": value for name, value in actions.items() if f"{prefix}_{name}" not in idle}
    if molecule.release is not None:
        out["drug_release"] = molecule.release.rate.to("1/h")
        out["drug_inactive_clearance"] = molecule.release.inactive_clearance.to("L/h")
    _refuse_gaps(molecule, routes)
    for name, unit in PK_UNITS.items():
        quantity: Quantity | None = getattr(molecule.pk, name)
        if quantity is not None:
            out[f"{prefix}_{name}"] = quantity.to(unit)
    if molecule.pk.k_out is None:
        out[f"{prefix}_k_out"] = 0.0
    for name in out:
        _known(name, defaults, molecule)
    return out


def binding(
    molecule: Molecule, native: Mapping[str, float] | None = None, *, species: str = USUAL_SPECIES
) -> dict[str, float]:
    """Give how a molecule binds, where that is not as the model's own IL-2 does.

    Where the file has a dissociation constant and that of native IL-2 in the same assay, the ratio counts and is
    applied to native IL-2 here. A second-step constant that the file leaves out is native's in proportion to the
    constant for beta-gamma (see `bimodal.drugs.Affinity`).

    Parameters
    ----------
    native
        Parameters of native IL-2 (``il2_kd_alpha``, ``il2_kd_betagamma``, ``il2_k2``); default: the human model's.

    Returns
    -------
    dict
        ``kd_alpha`` and ``kd_betagamma`` in nM, ``k2`` in molecules per cell, ``efficacy``; empty for the native IL-2
        of the species.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> binding(load_molecule("aldesleukin"))
    {}
    >>> binding(load_molecule("nara1-complex"))["kd_alpha"]
    1000000000.0
    """
    known = _human() if native is None else native
    if molecule.ligand == "native":
        refuse_species(molecule, species, foreign=_POTENCY in known)
        if molecule.species == species:
            return {}
        # so many times the concentration is so many times the affinity
        weaker = {name: known[f"il2_{name}"] / known[_POTENCY] for name in ("kd_alpha", "kd_betagamma")}
        return {**weaker, "k2": known["il2_k2"], "efficacy": known["il2_efficacy"]}
    if molecule.ligand in ("partner", "cells"):
        raise StudyError(
            f"'{molecule.id}' has no IL-2 in it, so it has no dose-response of its own",
            where=f"molecule '{molecule.id}'",
            fix="name a molecule of IL-2",
        )
    refuse_species(molecule, species)
    return _bound(molecule, known)


def _human() -> Mapping[str, float]:
    from bimodal.model.files import read_data
    from bimodal.model.parameters import ParameterTable

    return ParameterTable.read(read_data("human.csv"), "human.csv").values()


def _bound(molecule: Molecule, native: Mapping[str, float]) -> dict[str, float]:
    """Give the four numbers by which an engineered molecule binds and signals."""
    affinity, efficacy = molecule.affinity, molecule.efficacy
    if affinity is None or efficacy is None:
        raise StudyError(f"'{molecule.id}' does not say how it binds", where=f"molecule '{molecule.id}'")

    def of_native(name: str) -> float:
        return native[_known(f"il2_{name}", native, molecule)]

    def constant(given: Kd | None, name: str, unit: str, absent: float) -> float:
        if given is None:
            return absent
        return given.to(unit) if given.native is None else given.value / given.native * of_native(name)

    alpha = constant(affinity.ka_nM, "kd_alpha", "nM", NO_BINDING_NM)
    betagamma = constant(affinity.kbg_nM, "kd_betagamma", "nM", NO_BINDING_NM)
    if molecule.exchange is not None:
        alpha = molecule.exchange.kd_nM.to("nM")
    if affinity.k2_per_cell is not None:
        second = constant(affinity.k2_per_cell, "k2", "molecule/cell", 0.0)
    elif affinity.kbg_nM is None or affinity.alpha is not None:
        # handed over to CD25 it is native IL-2; without CD25 the value is never used
        second = of_native("k2")
    else:
        second = of_native("k2") * betagamma / of_native("kd_betagamma")
    if molecule.avidity is not None:
        heads = molecule.avidity
        alpha = alpha if affinity.alpha or heads.alpha is None else alpha / heads.alpha.to("1")
        betagamma = betagamma if heads.betagamma is None else betagamma / heads.betagamma.to("1")
        second = second if heads.k2 is None else second / heads.k2.to("1")
    return dict(zip(_BINDING, (alpha, betagamma, second, efficacy.to("1")), strict=True))


def _refuse_gaps(molecule: Molecule, routes: Collection[str]) -> None:
    missing = lacking(molecule, routes)
    if not missing:
        return
    where = f"molecule '{molecule.id}', table [pk]"
    if molecule.pk.human is not None:
        raise StudyError(
            f"'{molecule.id}' cannot be given as a regimen: human pharmacokinetics: {molecule.pk.human}",
            where=where,
            fix=f'in a file of your own write base = "{molecule.base or molecule.id}" and give [pk] with its numbers; '
            f"`bimodal response --drug {molecule.id}` works without",
        )
    raise StudyError(
        f"'{molecule.id}' is {'a partner' if molecule.ligand == 'partner' else 'an engineered'} molecule and needs its "
        f"{missing[0]}",
        where=where,
        fix=f"give pk.{missing[0]} in {PK_UNITS[missing[0]]}, with its source",
    )


def _known(name: str, known: Mapping[str, float], molecule: Molecule) -> str:
    if name not in known:
        raise ModelError(f"the model has no parameter '{name}', which '{molecule.id}' needs")
    return name
