"""What is in the dish beside the molecule, and when it is looked at."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bimodal.drugs import USUAL_SPECIES
from bimodal.drugs.partner import PartnerActions
from bimodal.errors import StudyError
from bimodal.files.suggest import suggest_names
from bimodal.model import Assay, Subset
from bimodal.response.partner import PartnerDose
from bimodal.study.endpoints import load_registry

MOST_MINUTES = 24 * 60
_MOST_TIMES = 48
_MOST_TCR = 1e6
AFFINITY = ("kd_alpha", "kd_betagamma", "k2", "efficacy")
"""What native IL-2's binding and signal are called in the human table, after ``il2_``."""

_OF_A_SUBSET = ("alpha_rest", "beta_rest")
# rows of the table that have an option of their own
_OPTIONS = {
    "alpha_masked": "--alpha-masked",
    "tcr_engaged": "--tcr",
    **{f"partner_{name}": "--partner" for name in PartnerActions().partner_parameters()},
}


@dataclass(frozen=True)
class Dish:
    """Conditions of the assay.

    Parameters
    ----------
    minutes
        Times with the ligand, more than 0 and at most a day, ascending.
    partner
        A partner drug, there before the ligand.
    tcr_engaged
        Engaged T-cell receptors per T cell, from the moment the ligand is there; natural killer cells have none.
    alpha_masked
        Share of CD25 that something else occupies, 0 to 1.
    parameters
        Rows of the table with other values than it has; ``<subset>_alpha_rest`` and ``<subset>_beta_rest`` are
        the receptors per cell of one subset.
    species
        Whose cells: ``human`` or ``mouse``.

    Examples
    --------
    >>> Dish(minutes=(30.0, 60.0)).plain
    True
    """

    minutes: tuple[float, ...] = (30.0,)
    partner: PartnerDose | None = None
    tcr_engaged: float = 0.0
    alpha_masked: float = 0.0
    parameters: Mapping[str, float] = field(default_factory=dict)
    species: str = USUAL_SPECIES

    def __post_init__(self) -> None:
        for minutes in self.minutes:
            if not 0 < minutes <= MOST_MINUTES:
                raise StudyError(
                    f"{minutes:g} minutes is out of range", fix="give more than 0 and at most 1440 minutes"
                )
        if not 0 < len(self.minutes) <= _MOST_TIMES or list(self.minutes) != sorted(set(self.minutes)):
            raise StudyError(
                f"times must ascend without repeats, at most {_MOST_TIMES}", fix="for example 30,60,120,240"
            )
        if not 0 <= self.alpha_masked <= 1:
            raise StudyError(f"{self.alpha_masked:g} is not a share of CD25", fix="give 0 (none) to 1 (all), e.g. 0.95")
        if not 0 <= self.tcr_engaged <= _MOST_TCR:
            raise StudyError(
                f"{self.tcr_engaged:g} engaged T-cell receptors per cell is out of range", fix="give 0 to a million"
            )
        if self.partner and self.partner.species != self.species and self.partner.of_one_species:
            raise StudyError(
                f"'{self.partner.id}' binds CD25 of a {self.partner.species}, and the cells are of a {self.species}",
                where="--partner",
                fix="leave it out",
            )
        for name, value in self.parameters.items():
            if not (math.isfinite(value) and value >= 0):
                raise StudyError(f"'{name}' cannot be {value:g}", fix="give a number that is not negative")

    @property
    def plain(self) -> bool:
        """Whether nothing is in the dish but cells and the molecule."""
        other = self.species != USUAL_SPECIES
        return not (self.partner or self.tcr_engaged or self.alpha_masked or self.parameters or other)

    @property
    def constants(self) -> dict[str, float]:
        """Constants of the assay that differ from the shipped ones, apart from the receptors of single subsets."""
        own = {"alpha_masked": self.alpha_masked, **(self.partner.constants if self.partner else {})}
        return {**self.parameters, **own}

    @property
    def sentence(self) -> str:
        """What is in the dish beside the molecule, to be put after a title; empty for a plain dish."""
        parts: list[str] = []
        if self.partner:
            parts.append(f"{self.partner.concentration_nM:g} nM {self.partner.id}")
        if self.alpha_masked:
            parts.append(f"{100 * self.alpha_masked:g} % of CD25 masked")
        if self.tcr_engaged:
            parts.append(f"{self.tcr_engaged:g} T-cell receptors engaged per cell")
        parts += [f"{name} = {value:g}" for name, value in self.parameters.items()]
        whose = "" if self.species == USUAL_SPECIES else f", cells of a {self.species}"
        return whose + (f", with {', '.join(parts)}" if parts else "")

    def tcr_of(self, subset: Subset) -> float:
        """Engaged T-cell receptors of a subset."""
        registry = load_registry()
        return self.tcr_engaged if registry.cell_kinds[registry.cells[subset.cell].kind].tcr else 0.0

    def to_json(self) -> dict[str, object]:
        """Return what ``bimodal response --json`` says of the conditions."""
        partner = {"drug": self.partner.id, "concentration_nM": self.partner.concentration_nM} if self.partner else None
        return {
            **({} if self.species == USUAL_SPECIES else {"species": self.species}),
            "partner": partner,
            "tcr_engaged": self.tcr_engaged,
            "alpha_masked": self.alpha_masked,
            "set": dict(self.parameters),
        }

    def subsets(self, assay: Assay) -> tuple[Subset, ...]:
        """Return the subsets of the assay with their receptors as `parameters` says."""
        settable = _settable(assay)
        for name in self.parameters:
            if name in settable:
                continue
            listed = name in assay.table.ids
            option = next((option for row, option in _OPTIONS.items() if name.endswith(row)), None)
            raise StudyError(
                f"'{name}' has no part in the dish" if listed else f"the model has no parameter '{name}'",
                where="--set",
                fix=f"use {option}" if listed and option else suggest_names(name, settable),
            )

        def own(subset: Subset) -> Subset:
            given = {row: self.parameters.get(f"{subset.id}_{row}") for row in _OF_A_SUBSET}
            return replace(subset, **{row: value for row, value in given.items() if value is not None})

        return tuple(own(subset) for subset in assay.subsets)


def chosen_cells(names: Sequence[str], assay: Assay) -> tuple[str, ...]:
    """Check a choice of subsets and put it in the order of the assay.

    Parameters
    ----------
    names
        Ids; none means all.
    """
    known = [subset.id for subset in assay.subsets]
    for name in names:
        if name not in known:
            raise StudyError(f"there is no subset '{name}'", where="--cells", fix=suggest_names(name, known))
    return tuple(name for name in known if not names or name in names)


def _settable(assay: Assay) -> set[str]:
    """Rows of the human table, and receptors of subsets, that what is read off the assay depends on."""
    known, live = set(assay.table.ids), _live(assay)
    cells = {subset.cell for subset in assay.subsets}
    own = {name.removeprefix("cell_") for name in live if name.startswith("cell_")} - {*_OF_A_SUBSET, "tcr_engaged"}
    rows = {f"{cell}_{name}" for cell in cells for name in own} | {f"il2_{name}" for name in AFFINITY} | live
    receptors = {f"{subset.id}_{row}" for subset in assay.subsets for row in _OF_A_SUBSET}
    return (rows & known - set(_OPTIONS)) | receptors


def _live(assay: Assay) -> set[str]:
    """Constants on which the outputs depend, directly or through states."""
    system = assay.system
    states = dict(zip(system.state_ids, zip(system.rates, system.initial, strict=True), strict=True))
    derived = dict(system.derived)
    found: set[str] = set()
    waiting = set(system.graph.symbols([node for _, node in system.outputs]))
    while waiting:
        name = waiting.pop()
        found.add(name)
        roots = states.get(name) or ((derived[name],) if name in derived else ())
        waiting |= system.graph.symbols(roots) - found
    return found - set(states) - set(derived)
