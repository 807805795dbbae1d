"""What the calibration studies gave to whom: the ground on which the model stands, computed from their regimens."""

from __future__ import annotations

import math
import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from functools import cache
from itertools import pairwise

import numpy as np

from bimodal.cohort import Cohort, load_cohort
from bimodal.dosing import DoseSchedule, expand, parse_regimen
from bimodal.drugs import USUAL_SPECIES, Molecule, load_molecule
from bimodal.evidence import Target, list_studies, load_targets, study_text
from bimodal.evidence.roles import not_yet_fitted, study_roles
from bimodal.study.endpoints import load_registry
from bimodal.study.plan.amounts import dose_amounts
from bimodal.study.plan.targets import target_days
from bimodal.units import bsa_m2

_DAY_H = 24.0
_LASTING_H = 12.0  # shorter infusions come and go between doses
_POOLED = 5.0  # a target on arms whose daily doses lie further apart tells of no single one of them
_MOSTLY = 0.8  # a target on a sum of cells tells of the cell type that is so much of it in healthy people


@dataclass(frozen=True)
class Extent:
    """How much of native IL-2 an arm gives its median person, and for how long.

    Parameters
    ----------
    daily, course
        nmol by route: most in any 24 hours, and in all.
    days
        From the first dose to the end of the last.
    rest_h
        Longest time from one dose to the next, hours.
    nmol_per_kg
        Least and most of any one dose; None where no weight is known.
    infusion_h
        Longest infusion, hours.

    Examples
    --------
    >>> Extent({"sc": 4.0}, {"sc": 20.0}, 4.0, 5, 24.0, None).daily_total
    4.0
    """

    daily: Mapping[str, float]
    course: Mapping[str, float]
    days: float
    doses: int
    rest_h: float
    nmol_per_kg: tuple[float, float] | None
    infusion_h: float = 0.0

    @property
    def lasts(self) -> bool:
        """Whether it is infused for hours or days."""
        return self.infusion_h >= _LASTING_H

    def is_given_like(self, other: Extent) -> bool:
        """Tell whether both are given by the same routes, and both infused for long or neither."""
        return self.daily.keys() == other.daily.keys() and self.lasts == other.lasts

    @property
    def daily_total(self) -> float:
        """Most in any 24 hours by all routes together, nmol; routes are rarely mixed, so their maxima are added."""
        return sum(self.daily.values())


@dataclass(frozen=True)
class Calibrated:
    """An arm of a calibration study.

    Parameters
    ----------
    read_until
        Last day with a target, elapsed days.
    """

    study: str
    cohort: str
    species: str
    extent: Extent
    read_until: float


@dataclass(frozen=True)
class CellReading:
    """Up to which daily dose a cohort tells the count of a cell type.

    Parameters
    ----------
    cell
        Id of the cell type in the registry.
    nmol
        Largest daily dose of the arms of a target.
    """

    cell: str
    cohort: str
    nmol: float


@dataclass(frozen=True)
class CalibratedRanges:
    """All arms of the calibration studies, and at which daily doses they tell cells.

    Parameters
    ----------
    cells
        By target on cell counts and cohort; none where the daily doses of its arms lie more than fivefold apart.
    delivered
        Numbers of doses that were published as given, ascending.
    """

    arms: tuple[Calibrated, ...]
    cells: tuple[CellReading, ...]
    delivered: tuple[float, ...]

    @property
    def cohorts(self) -> frozenset[str]:
        """Who was treated."""
        return frozenset(arm.cohort for arm in self.arms)


def extent(schedule: DoseSchedule, molecule: Molecule, body: Mapping[str, float]) -> Extent:
    """Measure what a schedule gives a person.

    Parameters
    ----------
    body
        ``weight_kg`` and ``bsa_m2`` where they are known.

    Returns
    -------
    Extent
        An infusion counts where it runs.

    Examples
    --------
    >>> twice = expand(parse_regimen("1 MIU SC q12h x2"))
    >>> extent(twice, load_molecule("aldesleukin"), {}).doses
    2
    """
    covariates = {name: np.array([value]) for name, value in body.items()}
    given = [(dose, float(np.ravel(dose_amounts(dose, "nmol", molecule, covariates))[0])) for dose in schedule.doses]
    by_route: dict[str, list[tuple[float, float, float]]] = {}
    for dose, nmol in given:
        by_route.setdefault(dose.route, []).append((dose.time_h, dose.duration_h, nmol))
    weight = body.get("weight_kg")
    each = [nmol / weight for _, nmol in given] if weight else []
    return Extent(
        daily={route: _most_in_a_day(doses) for route, doses in by_route.items()},
        course={route: math.fsum(nmol for _, _, nmol in doses) for route, doses in by_route.items()},
        days=max((dose.end_h for dose in schedule.doses), default=0.0) / _DAY_H,
        doses=len(schedule.doses),
        rest_h=max((later.time_h - dose.time_h for dose, later in pairwise(schedule.doses)), default=0.0),
        nmol_per_kg=(min(each), max(each)) if each else None,
        infusion_h=max((dose.duration_h for dose in schedule.doses), default=0.0),
    )


def _most_in_a_day(doses: Sequence[tuple[float, float, float]]) -> float:
    start, length, nmol = (np.array(column) for column in zip(*sorted(doses), strict=True))
    end = start + length
    # the fullest window begins with a dose or ends with an infusion
    windows = np.unique(np.concatenate([start, (end - _DAY_H)[length > 0.0]]))
    first = np.searchsorted(np.maximum.accumulate(end), windows)
    last = np.searchsorted(start, windows + _DAY_H)
    most = 0.0
    for begin, low, high in zip(windows, first, last, strict=True):
        starts, ends, lengths = start[low:high], end[low:high], length[low:high]
        inside = np.minimum(ends, begin + _DAY_H) - np.maximum(starts, begin)
        share = np.where(
            lengths > 0.0,
            np.clip(inside, 0.0, None) / np.where(lengths > 0.0, lengths, 1.0),
            (starts >= begin) & (starts < begin + _DAY_H - 1e-6),
        )
        most = max(most, float((share * nmol[low:high]).sum()))
    return most


def median_body(cohort: Cohort) -> dict[str, float]:
    """Give the body of the median person of a cohort, the sexes averaged geometrically.

    Returns
    -------
    dict
        ``weight_kg`` and ``bsa_m2``.

    Examples
    --------
    >>> 60 < median_body(load_cohort("healthy"))["weight_kg"] < 90
    True
    """
    weight = math.sqrt(cohort.male.weight_kg.median * cohort.female.weight_kg.median)
    height = math.sqrt(cohort.male.height_cm.median * cohort.female.height_cm.median)
    return {"weight_kg": weight, "bsa_m2": float(bsa_m2(weight, height))}


@cache
def blood_calibration() -> CalibratedRanges:
    """Read the regimens of the calibration studies of blood levels and blood cells.

    Examples
    --------
    >>> "cgvhd" in blood_calibration().cohorts
    True
    """
    return _calibration(oncology=False)


@cache
def oncology_calibration() -> CalibratedRanges:
    """Read the regimens of the calibration studies of response, survival and toxicity.

    Examples
    --------
    >>> sorted(oncology_calibration().cohorts)
    ['melanoma', 'renal']
    """
    return _calibration(oncology=True)


@cache
def toxicity_calibration() -> CalibratedRanges:
    """Take of the calibration studies of response those that say something of grades, deaths or doses delivered.

    Examples
    --------
    >>> any(arm.extent.lasts for arm in toxicity_calibration().arms)
    False
    """
    whole = oncology_calibration()
    studies = {target.study for target in load_targets() if target.role == "calibration" and _of_toxicity(target)}
    return replace(whole, arms=tuple(arm for arm in whole.arms if arm.study in studies))


def _of_toxicity(target: Target) -> bool:
    name = target.endpoint or ""
    return name.startswith(("ae_", "treatment_death", "dlt_")) or _counts_doses(target)


def _calibration(*, oncology: bool) -> CalibratedRanges:
    arms: list[Calibrated] = []
    cells: set[CellReading] = set()
    delivered: list[float] = []
    roles, waiting = study_roles(), not_yet_fitted()
    # every study shares these files, and each is read once
    molecule, cohort_of, known = cache(load_molecule), cache(load_cohort), defaultdict[str, list[Target]](list)
    for target in load_targets():
        if target.role != "context" and target.endpoint is not None:
            known[target.study].append(target)
    for name in list_studies():
        targets = known[name]
        if roles.get(name) != "calibration" or name in waiting or _is_oncology(targets) is not oncology:
            continue
        study = tomllib.loads(study_text(name))
        if study["publication"]["species"] != USUAL_SPECIES:
            continue  # what holds for another species calibrates nothing here
        last = max(target_days(targets), default=0.0)
        found: dict[str, Calibrated] = {}
        for arm in study["arm"]:
            cohort = arm.get("cohort", study["population"]["cohort"])
            given = expand(parse_regimen(arm["regimen"]), study.get("horizon"))
            if given.doses and molecule(arm["drug"]).ligand == "native":
                had = extent(given, molecule(arm["drug"]), median_body(cohort_of(cohort)))
                found[arm["name"]] = Calibrated(name, cohort, study["publication"]["species"], had, last)
        arms += found.values()
        for target in targets:
            cells.update(_told_by(target, [found[arm] for arm in target.arms if arm in found], cohort_of("healthy")))
        delivered += [target.published for target in targets if _counts_doses(target)]
    return CalibratedRanges(tuple(arms), tuple(sorted(cells, key=astuple)), tuple(sorted(delivered)))


def _is_oncology(targets: Sequence[Target]) -> bool:
    entries = [load_registry().get(target.endpoint or "") for target in targets]
    return any(entry is not None and entry.per not in ("time", "course") for entry in entries)


def _counts_doses(target: Target) -> bool:
    name = target.endpoint or ""
    return name.startswith("doses_given") and not name.endswith("fraction")


def _counts_cells(target: Target) -> bool:
    name = target.endpoint or ""
    names = load_registry().primitives([name]) if name in load_registry() else ()
    return bool(names) and all(part.endswith("_count") for part in names)


def _told_by(target: Target, arms: Sequence[Calibrated], healthy: Cohort) -> list[CellReading]:
    doses = [arm.extent.daily_total for arm in arms]
    if not _counts_cells(target) or not doses or max(doses) > _POOLED * min(doses):
        return []
    cells = _cells_of(target.endpoint or "", healthy)
    return [CellReading(cell, cohort, max(doses)) for cell in cells for cohort in {arm.cohort for arm in arms}]


def _cells_of(name: str, healthy: Cohort) -> list[str]:
    """Name the cell types that a number of cells tells: what is counted, not what it is a share of."""
    registry = load_registry()
    while registry[name].kind not in ("model", "sum"):
        (name,) = registry[name].of
    parts = [part.removesuffix("_count") for part in registry.primitives([name])]
    rest = healthy.parameters
    size = {cell: rest[f"{cell}_count_rest"].median for cell in parts if f"{cell}_count_rest" in rest}
    return parts if len(parts) == 1 else [cell for cell in size if size[cell] > _MOSTLY * sum(size.values())]
