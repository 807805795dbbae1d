"""Says where a run lies outside what the model was calibrated on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from bimodal.drugs import USUAL_SPECIES, Molecule
from bimodal.evidence.mutein_skill import MuteinSkill, load_mutein_skill
from bimodal.study.endpoints import load_registry
from bimodal.study.plan.arm import ArmPlan
from bimodal.study.plan.plan import Plan
from bimodal.study.plan.population import StudyPopulation
from bimodal.study.plan.targets import target_days
from bimodal.study.verdict.another_species import of_another_species
from bimodal.study.verdict.calibrated import (
    CalibratedRanges,
    Extent,
    blood_calibration,
    extent,
    median_body,
    oncology_calibration,
    toxicity_calibration,
)

#: Bodies of cohorts differ by so much, so a dose this near the edge is not outside.
SAME = 1.1
#: Sentences about one arm.
SHOWN = 4
#: Routes in words.
ROUTES = {
    "sc": "under the skin",
    "ip": "into the peritoneum",
    "iv_bolus": "by intravenous push",
    "iv_infusion": "by infusion",
}
_TUMOUR = "tumour_cells"  # what a model with a tumour gives
#: What is said of toxicity where no calibration study gave IL-2 like this.
TOXICITY = (
    "grades, doses held and deaths of treatment were calibrated on short infusions of high doses alone; for IL-2 given "
    "as here they are extrapolated: of it the fit knows only what was tolerated and what was not (docs/toxicity.md)"
)
#: What is said of every tumour.
ERA = (
    "tumour, response and survival figures are of the years before checkpoint inhibitors, whose trials the model was "
    "calibrated on: people treated today differ"
)


def outside_calibration(molecule: Molecule) -> tuple[str, ...]:
    """Give the warnings every figure of a molecule must carry; none for native IL-2 given as it is.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> outside_calibration(load_molecule("aldesleukin"))
    ()
    """
    if molecule.ligand in ("native", "cells"):
        return ()
    numbers = [number for _, number in molecule.quantities()]
    assumed = sum(number.status == "assumed" for number in numbers)
    texts = [
        f"'{molecule.id}' is outside what the model was calibrated on, which is native IL-2: no trial of its class was "
        f"fitted, and {assumed} of the {len(numbers)} numbers of its file are assumed"
    ]
    # the muteins are of man, and were measured on human cells
    if molecule.ligand == "engineered" and molecule.species == USUAL_SPECIES:
        texts.append(potency_warning())
    if molecule.release is not None:
        texts.append(f"'{molecule.id}' is given inactive: concentrations are of the released, active form")
    return tuple(texts)


def potency_warning() -> str:
    """Say on which cells the potency of engineered molecules was predicted, and on which a constant does as well.

    Examples
    --------
    >>> potency_warning().split(" (")[0]
    'potency of engineered molecules, EC50 of six muteins: predicted better than by a constant on Treg'
    """
    registry = load_registry()
    names = {key: kind.short.split(",")[0] for key, kind in registry.cell_kinds.items()}
    names |= {key: cell.label for key, cell in registry.cells.items()}

    def said(one: MuteinSkill) -> str:
        return (
            f"{names[one.cell]} (n = {one.curves}, rank correlation {one.rank_correlation:.2f}, off "
            f"{one.error:.1f}-fold, a constant {one.constant:.1f}-fold)"
        )

    found = load_mutein_skill()
    good, poor = ([one for one in found if one.has_skill == skilled] for skilled in (True, False))
    return (
        "potency of engineered molecules, EC50 of six muteins: predicted better than by a constant on "
        f"{', '.join(map(said, good)) or 'no cell'}; no better on {', '.join(map(said, poor)) or 'no cell'}"
    )


def outside_warnings(plan: Plan) -> tuple[str, ...]:
    """Give the warnings of a planned run: dose, duration, species, drug class, cohort and era.

    The ranges come from the regimens of the calibration studies, for their median person, and move with the studies.

    Returns
    -------
    tuple of str
        Sentences, each once; none for a model file, of which nothing was calibrated here.

    Examples
    --------
    >>> from bimodal.study import RunOptions, load_study
    >>> from bimodal.study.solver.engine_solver import load_solver
    >>> from bimodal.study.plan.make_plan import make_plan
    >>> outside_warnings(make_plan(load_study("hartemann-2013"), RunOptions(), load_solver("human")))
    ()
    """
    if plan.spec.model_is_file:
        return ()
    if plan.solver.species != USUAL_SPECIES:
        return tuple(dict.fromkeys([*_of_molecules(plan), *of_another_species(plan)]))
    oncology = _TUMOUR in plan.solver.observables
    blood, site = blood_calibration(), oncology_calibration() if oncology else None
    texts = [ERA] if oncology else []
    texts += _of_molecules(plan)
    texts += _of_the_people(plan, blood, site)
    found: dict[str, list[str]] = {}
    for place, arm in enumerate(plan.arms):
        own = [replace(arm, schedule=one) for one in arm.subjects.schedules] if arm.subjects is not None else [arm]
        texts_of = [text for one in own for text in _of_an_arm(one, plan.treated(place), blood, site)]
        for course in arm.courses:
            said = _of_an_arm(course, plan.treated(place), blood, site)
            texts_of += [f"the course '{course.course}' is {text}" for text in said if text.startswith("outside")]
        for text in _first_of(texts_of):
            found.setdefault(text, []).append(arm.name)
    texts += [f"{_named(names, len(plan.arms))}: {text}" for text, names in found.items()]
    return tuple(dict.fromkeys(texts))


def _of_molecules(plan: Plan) -> list[str]:
    return [
        text
        for arm in plan.arms
        for drug in arm.everything
        if drug.molecule
        for text in outside_calibration(drug.molecule)
    ]


def _first_of(texts: Sequence[str]) -> list[str]:
    """Keep what is said of the first subjects of a dose table, and say how much more there is."""
    different = list(dict.fromkeys(texts))
    if len(different) <= SHOWN:
        return different
    return [*different[:SHOWN], f"{len(different) - SHOWN} more sentences of this kind about subjects of its table"]


def _of_the_people(plan: Plan, blood: CalibratedRanges, site: CalibratedRanges | None) -> list[str]:
    cohorts = blood.cohorts if site is None else site.cohorts
    texts = [
        f"cohort '{population.name}' is outside what was calibrated: {', '.join(sorted(cohorts))}"
        for population in (plan.population, *plan.others.values())
        if population.cohort is not None and population.name not in cohorts
    ]
    until = max(arm.read_until for arm in blood.arms)
    last = max([*plan.spec.report_days, *target_days(plan.targets)], default=0.0)
    if site is None and last > SAME * until:
        texts.append(f"figures are read until day {last:g}; calibration studies were read until day {until:g}")
    return texts


def _of_an_arm(
    arm: ArmPlan, population: StudyPopulation, blood: CalibratedRanges, site: CalibratedRanges | None
) -> list[str]:
    molecule = arm.molecule
    if molecule is None or molecule.ligand != "native" or not arm.schedule.doses:
        return []
    body = _body(population)
    given = extent(arm.schedule, molecule, body)
    texts: list[str] = []
    outside = [*_doses(given, blood, molecule), *_duration(given, blood)]
    if outside:
        texts.append(f"outside what blood levels and cells were calibrated on: {'; '.join(outside)}")
    untold = _untold_cells(given.daily_total, blood, molecule)
    if untold:
        texts.append(untold)
    if site is not None:
        beyond = _courses(arm, given, site, molecule, body)
        if beyond:
            texts.append(f"outside the dose-response that tumour figures were calibrated on: {'; '.join(beyond)}")
        if not any(one.extent.is_given_like(given) for one in toxicity_calibration().arms):
            texts.append(TOXICITY)
    return texts


def _doses(given: Extent, blood: CalibratedRanges, molecule: Molecule) -> list[str]:
    texts: list[str] = []
    for route, daily in given.daily.items():
        known = [arm.extent for arm in blood.arms if route in arm.extent.daily]
        if not known:
            texts.append(f"no calibration study gave IL-2 {ROUTES[route]}")
            continue
        least, most = min(one.daily[route] for one in known), max(one.daily[route] for one in known)
        course = max(one.course[route] for one in known)
        if not least / SAME <= daily <= most * SAME:
            span = " to ".join(dict.fromkeys(_amount(edge, molecule) for edge in (least, most)))
            texts.append(f"{_amount(daily, molecule)} in a day {ROUTES[route]} (calibrated: {span})")
        if given.course[route] > course * SAME:
            texts.append(
                f"{_amount(given.course[route], molecule)} in all {ROUTES[route]} "
                f"(calibrated: up to {_amount(course, molecule)})"
            )
    return texts


def _duration(given: Extent, blood: CalibratedRanges) -> list[str]:
    longest = max(arm.extent.days for arm in blood.arms)
    if given.days <= longest * SAME:
        return []
    return [f"dosing for {given.days:.3g} days (calibrated: up to {longest:.3g})"]


def _untold_cells(daily: float, blood: CalibratedRanges, molecule: Molecule) -> str:
    """Say which cells no calibration study tells at a dose inside of what blood levels are known of."""
    if daily >= SAME * max(arm.extent.daily_total for arm in blood.arms):
        return ""
    up_to: dict[str, list[str]] = {}
    told: list[str] = []
    cohorts: set[str] = set()
    registry = load_registry()
    for cell in registry.cells_of("human"):  # whom all of these studies treated
        named = registry.cells[cell]
        read = [one for one in blood.cells if one.cell == cell]
        most = max((one.nmol for one in read), default=0.0)
        if daily > most * SAME:
            up_to.setdefault(f"read up to {_amount(most, molecule)}" if read else "never read", []).append(named.label)
        else:
            told.append(named.label)
            cohorts |= {one.cohort for one in read if one.nmol * SAME >= daily}
    if not up_to:
        return ""
    unknown = ", ".join(f"{_listed(labels)} ({read})" for read, labels in up_to.items())
    text = (
        f"cell counts at {_amount(daily, molecule)} a day are not identified for {unknown}: no calibration study "
        "reports them at one dose so large, or at doses so large within a factor of five"
    )
    return f"{text}; {_listed(told)} were read there only in {_listed(sorted(cohorts))}" if told else text


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _courses(
    arm: ArmPlan, given: Extent, site: CalibratedRanges, molecule: Molecule, body: Mapping[str, float]
) -> list[str]:
    texts: list[str] = []
    known = [one.extent for one in site.arms if one.extent.is_given_like(given)]
    if not known:
        return [f"given {ROUTES[route]}" for route in given.daily]
    # doses were published as delivered of short infusions alone
    short = "iv_infusion" in given.daily and not given.lasts
    counts = [*(one.doses for one in known), *(site.delivered if short else ())]
    rest_h = max(one.rest_h for one in known)  # what is longer than the rest between cycles begins a new course
    planned = _doses_by_course([dose.time_h for dose in arm.schedule.doses], rest_h * SAME)
    odd = sorted({count for count in planned if not min(counts) <= count <= max(counts)})
    if odd:
        said = " or ".join(map(str, odd))
        noun = "dose" if odd == [1] else "doses"
        span = " to ".join(dict.fromkeys(f"{edge:g}" for edge in (min(counts), max(counts))))
        texts.append(f"{said} {noun} planned in a course (calibrated: {span})")
    sizes = [size for one in known if one.nmol_per_kg for size in one.nmol_per_kg]
    least, most = given.nmol_per_kg or (min(sizes), max(sizes))
    # what prints alike is alike: a dose is not said to be outside of itself
    if _digits(least, molecule) < _digits(min(sizes), molecule) or _digits(most, molecule) > _digits(
        max(sizes), molecule
    ):
        span = " to ".join(dict.fromkeys(_per_kg(size, molecule) for size in (least, most)))
        texts.append(
            f"doses of {span} (calibrated: {_per_kg(min(sizes), molecule)} to {_per_kg(max(sizes), molecule)})"
        )
    return texts


def _doses_by_course(times_h: Sequence[float], rest_h: float) -> list[int]:
    counts, last = [0], times_h[0]
    for time in times_h:
        if time - last > rest_h:
            counts.append(0)
        counts[-1] += 1
        last = time
    return counts


def _body(population: StudyPopulation) -> dict[str, float]:
    if population.cohort is not None:
        return median_body(population.cohort)
    sizes = population.subjects.covariates if population.subjects is not None else {}
    return {name: float(np.median(sizes[name])) for name in ("weight_kg", "bsa_m2") if name in sizes}


def _amount(nmol: float, molecule: Molecule) -> str:
    activity = _miu(nmol, molecule)
    return f"{_three(nmol)} nmol" if activity is None else f"{_three(activity)} MIU"


def _per_kg(nmol: float, molecule: Molecule) -> str:
    activity = _miu(nmol, molecule)
    return f"{_three(nmol)} nmol/kg" if activity is None else f"{_three(1e3 * activity)} kIU/kg"


def _three(value: float) -> str:
    return f"{float(f'{value:.3g}'):,g}"


def _digits(nmol: float, molecule: Molecule) -> float:
    """Give an amount as it is printed."""
    activity = _miu(nmol, molecule)
    return float(f"{nmol if activity is None else activity:.3g}")


def _miu(nmol: float, molecule: Molecule) -> float | None:
    substance = molecule.substance
    return None if substance.potency is None else nmol * 1e-6 * substance.molar_mass * substance.potency / 1e6


def _named(names: Sequence[str], arms: int) -> str:
    if len(names) == arms and arms > 1:
        return "every arm"
    return ("arms " if len(names) > 1 else "arm ") + ", ".join(f"'{name}'" for name in names)
