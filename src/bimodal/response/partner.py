"""A partner drug in the dish: there before the IL-2 and held constant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bimodal.drugs import USUAL_SPECIES, load_molecule
from bimodal.errors import StudyError
from bimodal.units import concentration

_SHAPE = re.compile(r"(?P<name>.+?)=\s*(?P<value>[-+]?[0-9][0-9.]*(?:[eE][-+]?[0-9]+)?)\s*(?P<unit>[^\s\d.+-].*)")
_EXAMPLE = "for example --partner tofacitinib=100nM or --partner daclizumab=10nM"


@dataclass(frozen=True)
class PartnerDose:
    """A partner drug and its concentration.

    Parameters
    ----------
    concentration_nM
        Free in the medium, at equilibrium with the cells when the IL-2 comes.
    actions
        What it does, as `bimodal.drugs.partner.PartnerActions` says it in parameters of the model.
    of_one_species
        Whether it acts on cells of its own `species` alone, as an antibody does.
    """

    id: str
    concentration_nM: float  # noqa: N815
    actions: Mapping[str, float]
    species: str = USUAL_SPECIES
    of_one_species: bool = False

    @property
    def constants(self) -> dict[str, float]:
        """Constants of the assay."""
        return {"partner": self.concentration_nM, **{f"partner_{name}": v for name, v in self.actions.items()}}


def parse_partner(text: str) -> PartnerDose:
    """Read ``NAME=CONCENTRATION``.

    Parameters
    ----------
    text
        A molecule or the path of a drug file, ``=``, and a concentration in molar or mass units.

    Returns
    -------
    PartnerDose
        With the concentration in nM.

    Examples
    --------
    >>> parse_partner("tofacitinib=0.1 uM").concentration_nM
    100.0
    """
    match = _SHAPE.fullmatch(text.strip())
    if match is None:
        raise StudyError(f"'{text[:60]}' is not a partner drug and its concentration", where="--partner", fix=_EXAMPLE)
    molecule = load_molecule(match["name"].strip())
    if molecule.ligand != "partner":
        kinds = " or ".join(molecule.kinds().values())
        raise StudyError(
            f"'{molecule.id}' is a molecule of IL-2, not a partner of one",
            where="--partner",
            fix=f"compare it with --drug {molecule.id}; a partner is an {kinds}",
        )
    try:
        value = float(match["value"])
    except ValueError:
        raise StudyError(f"'{match['value']}' is not a number", where="--partner", fix=_EXAMPLE) from None
    return PartnerDose(
        id=molecule.id,
        concentration_nM=float(concentration(value, match["unit"].strip(), "nM", molecule.substance)),
        actions=molecule.partner_parameters(),
        species=molecule.species,
        of_one_species=molecule.block is not None,
    )
