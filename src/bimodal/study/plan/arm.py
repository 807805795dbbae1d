"""One arm of a study, laid out: its molecule, its doses, and how much of each a patient gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.dosing import DoseSchedule, ScheduledDose, Start, expand, parse_regimen
from bimodal.drugs import Molecule, load_molecule
from bimodal.errors import BimodalError, StudyError
from bimodal.study.plan.amounts import dose_amounts
from bimodal.study.plan.refuse_courses import refuse_courses
from bimodal.study.plan.table import SubjectDoses, read_subject_doses
from bimodal.study.rules.read import read_rules
from bimodal.study.rules.rules import ArmRules
from bimodal.study.solver.events import DoseInput, Events, build_events
from bimodal.study.spec.spec import ArmSpec

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ArmPlan:
    """One arm, laid out.

    Parameters
    ----------
    molecule
        What is given; None where the arm names nothing.
    regimen
        Its regimen in canonical words.
    set
        Parameters held at a value in this arm.
    scale
        Parameters multiplied by a factor in this arm.
    unit
        Unit of amount in which the model takes doses.
    rules
        Visit rules; None where doses are given as planned.
    partners
        What is given beside the molecule, each laid out as an arm of the same name.
    courses
        What visit rules begin, laid out in the same way; its schedule counts from then.
    course
        Name that rules begin it by.
    cohort
        Its own cohort, where it has one.
    subjects
        Doses by subject of a table; None where everybody has those of `schedule`.
    place
        Which of the arm's partner drugs it is, from 0: each has a place of its own in a model.
    conditions
        Named causes that hold in it, and the parameters each sets.

    Examples
    --------
    >>> lay_out_arm(ArmSpec(name="a", drug="aldesleukin", regimen="1 MIU SC once"), None).regimen
    '1 MIU SC'
    """

    name: str
    molecule: Molecule | None
    regimen: str
    schedule: DoseSchedule
    set: Mapping[str, float] = field(default_factory=dict[str, float])
    scale: Mapping[str, float] = field(default_factory=dict[str, float])
    unit: str = "nmol"
    rules: ArmRules | None = None
    partners: tuple[ArmPlan, ...] = ()
    courses: tuple[ArmPlan, ...] = ()
    course: str = ""
    cohort: str | None = None
    subjects: SubjectDoses | None = None
    place: int = 0
    conditions: Mapping[str, Mapping[str, float]] = field(default_factory=dict[str, Mapping[str, float]])

    @property
    def drugs(self) -> tuple[ArmPlan, ...]:
        """Itself and its partners: everything that is planned, the first drug first."""
        return (self, *self.partners)

    @property
    def molecule_id(self) -> str:
        """Name of what is given; empty for an arm that names nothing."""
        return "" if self.molecule is None else self.molecule.id

    @property
    def everything(self) -> tuple[ArmPlan, ...]:
        """What is planned, and what visit rules begin."""
        return (*self.drugs, *self.courses)

    @property
    def unplanned_doses(self) -> int:
        """How many doses rules can give a patient at most, beside those that are planned."""
        size = {course.course: len(course.schedule.doses) for course in self.courses}
        rules = self.rules.rules if self.rules is not None else ()
        return sum(rule.times * size[rule.name] for rule in rules if isinstance(rule, Start))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know of its regimens."""
        own = self.schedule.warnings if self.subjects is None else self.subjects.warnings
        if (
            self.rules is not None
            and not self.schedule.doses
            and not all(isinstance(r, Start) for r in self.rules.rules)
        ):
            own = (*own, "its visit rules have no dose to decide about")
        return own + tuple(
            f"partner '{partner.molecule.id if partner.molecule else ''}': {text}"
            for partner in (*self.partners, *self.courses)
            for text in partner.schedule.warnings
        )

    @property
    def extras(self) -> dict[str, Any]:
        """What a summary says of its own cohort, factors, rules and partners; nothing for an arm that has none."""
        found: dict[str, Any] = {}
        if self.subjects is not None:
            found["table"] = self.subjects.summary
        if self.scale:
            found["scale"] = dict(self.scale)
        if self.cohort is not None:
            found["cohort"] = self.cohort
        if self.conditions:
            found["conditions"] = list(self.conditions)
        if self.rules is not None and (self.rules.rules or self.rules.era is not None):
            found["rules"] = list(self.rules.texts)
            found["thresholds"] = {name: level.value for name, level in self.rules.thresholds.items()}
            if self.rules.era is not None:
                found["era"] = self.rules.era
        if self.partners:
            found["partner"] = [
                {"drug": partner.molecule.id, "regimen": partner.regimen, "doses": len(partner.schedule.doses)}
                for partner in self.partners
                if partner.molecule is not None
            ]
        if self.courses:
            found["courses"] = [
                {
                    "name": course.course,
                    "drug": course.molecule.id,
                    "regimen": course.regimen,
                    "doses": len(course.schedule.doses),
                }
                for course in self.courses
                if course.molecule is not None
            ]
        return found

    def given(
        self, start: int, covariates: Mapping[str, Any], patients: int, ports: Mapping[str, DoseInput]
    ) -> tuple[Events, Array]:
        """Build the events of people from `start` on, and say how much of each dose of `schedule` they get.

        Parameters
        ----------
        covariates
            ``weight_kg`` and ``bsa_m2``, each (N,).

        Returns
        -------
        events, amounts
            Amounts (N, D), of no doses for an arm with a table: no visit rule decides about those.
        """
        if self.subjects is not None:
            own = self.subjects.events(start, covariates, patients, ports=ports, amounts=self._amounts)
            return own, np.zeros((patients, 0))
        amounts = self._amounts(self.schedule.doses, covariates, patients)
        return build_events(self.schedule.doses, amounts, ports), amounts

    def amounts(self, covariates: Mapping[str, Any], patients: int) -> Array:
        """Say how much of each dose each patient gets.

        Parameters
        ----------
        covariates
            ``weight_kg`` and ``bsa_m2``, each (N,).

        Returns
        -------
        ndarray (N, D)
            In the model's unit of amount: nmol of IL-2, or what the study says for a model file.
        """
        return self._amounts(self.schedule.doses, covariates, patients)

    def _amounts(self, doses: Sequence[ScheduledDose], covariates: Mapping[str, Any], patients: int) -> Array:
        out = np.empty((patients, len(doses)))
        known: dict[tuple[float, str], Any] = {}
        for k, dose in enumerate(doses):
            key = (dose.amount, str(dose.unit))
            if key not in known:
                known[key] = dose_amounts(dose, self.unit, self.molecule, covariates)
            out[:, k] = known[key]
        return out


def lay_out_arm(
    arm: ArmSpec,
    horizon: float | None,
    unit: str = "nmol",
    conditions: Mapping[str, Mapping[str, float]] | None = None,
) -> ArmPlan:
    """Open the molecule and read the regimen of an arm.

    Parameters
    ----------
    horizon
        Last day, or None; later doses are left out with a warning.
    conditions
        Those that hold in it, and the parameters each sets.

    Examples
    --------
    >>> len(lay_out_arm(ArmSpec(name="a", drug="aldesleukin", regimen="none"), None).schedule.doses)
    0
    """
    with ArmNamed(arm.name):
        main = _first(arm, horizon, unit)
        partners = tuple(
            replace(_drug(arm.name, row.drug, row.regimen, horizon=horizon, unit=unit), course=row.name or "")
            for row in arm.partner
        )
        main, *others = _refuse_doubles((main, *partners))
        rules = read_rules(arm)
        refuse_courses([one for one in others if one.course], rules, main.schedule)
        return replace(
            main,
            set=arm.set,
            scale=arm.scale,
            rules=rules,
            partners=tuple(one for one in others if not one.course),
            courses=tuple(one for one in others if one.course),
            cohort=arm.cohort,
            conditions=conditions or {},
        )


def _first(arm: ArmSpec, horizon: float | None, unit: str) -> ArmPlan:
    if arm.table is None:
        return _drug(arm.name, arm.drug, arm.regimen, horizon=horizon, unit=unit)
    subjects = read_subject_doses(arm.table, horizon)
    molecule = load_molecule(arm.drug) if arm.drug else None
    return ArmPlan(arm.name, molecule, str(subjects), subjects.schedule, unit=unit, subjects=subjects)


def _drug(arm: str, drug: str, text: str, *, horizon: float | None, unit: str) -> ArmPlan:
    molecule = load_molecule(drug) if drug else None
    regimen = parse_regimen(text)
    return ArmPlan(arm, molecule, str(regimen), expand(regimen, horizon), unit=unit)


def _refuse_doubles(drugs: tuple[ArmPlan, ...]) -> tuple[ArmPlan, ...]:
    """Refuse two drugs of one sort, and give partners with no IL-2 in them a place each: the model says how many.

    What a rule begins may be a drug the arm gives anyway.
    """
    taken: dict[str, str] = {}
    partners: list[str] = []
    found: list[ArmPlan] = []
    for drug in drugs:
        if drug.molecule is None:
            found.append(drug)
            continue
        own, sort = drug.molecule.id, drug.molecule.ligand
        same = next((one for one in found if drug.course and one.molecule and one.molecule.id == own), None)
        if same is not None:
            found.append(replace(drug, place=same.place))
            continue
        if sort == "partner":
            if own in partners:
                raise StudyError(f"'{own}' is given twice", fix="write one regimen that holds all doses of it")
            found.append(replace(drug, place=len(partners)))
            partners.append(own)
            continue
        if sort in taken:
            raise StudyError(
                f"'{taken[sort]}' and '{own}' are both of the sort '{sort}', and an arm has one of each: native IL-2 "
                "and an engineered IL-2, beside its partners with no IL-2 in them",
                fix="give one of them, or one regimen that holds all doses of it",
            )
        taken[sort] = own
        found.append(drug)
    return tuple(found)


class ArmNamed:
    """Adds the name of the arm to an error that does not say where it is.

    Examples
    --------
    >>> with ArmNamed("low"):
    ...     raise StudyError("no dose is given")
    Traceback (most recent call last):
    ...
    bimodal.errors.StudyError: no dose is given
      where: arm 'low'
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
