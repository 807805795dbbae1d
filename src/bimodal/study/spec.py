"""A study as a person writes it: who is treated, with what, and what is read off."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from bimodal.errors import StudyError
from bimodal.study.endpoints import load_registry

_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
_MAX_DAYS = 36_525.0
_MAX_PATIENTS = 10_000_000

Day = Annotated[float, Field(ge=0.0, le=_MAX_DAYS, allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PopulationSpec(_Part):
    """Who is treated: a cohort to sample from, or a table of given subjects.

    Parameters
    ----------
    cohort
        Name of a built-in cohort or path of a cohort file.
    patients
        How many virtual patients an arm has.
    subjects
        Path of a CSV file with one person per line, in place of `cohort` and `patients`.

    Examples
    --------
    >>> PopulationSpec(cohort="healthy", patients=10).patients
    10
    """

    cohort: str | None = Field(default=None, min_length=1)
    patients: int = Field(default=1000, ge=1, le=_MAX_PATIENTS, strict=True)
    subjects: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _one_of_two(self) -> PopulationSpec:
        if (self.cohort is None) == (self.subjects is None):
            raise ValueError("give either 'cohort' or 'subjects'")
        return self


class PartnerSpec(_Part):
    """A partner drug of an arm and its regimen (read, but refused by this version)."""

    drug: str = Field(min_length=1)
    regimen: str = Field(min_length=1)


class ArmSpec(_Part):
    """One arm: a molecule, how it is given, and under which rules.

    Parameters
    ----------
    name
        As it appears in tables and plots.
    drug
        Name of a built-in molecule or path of a drug file.
    regimen
        Text of the regimen language; ``none`` is untreated.
    rules, partner
        Visit rules and partner drugs; this version refuses an arm that has any.

    Examples
    --------
    >>> ArmSpec(name="low", drug="aldesleukin", regimen="1 MIU SC daily for 5 days").rules
    ()
    """

    name: str = Field(min_length=1, max_length=120)
    drug: str = Field(min_length=1)
    regimen: str = Field(min_length=1)
    rules: tuple[str, ...] = ()
    partner: tuple[PartnerSpec, ...] = ()

    @field_validator("name")
    @classmethod
    def _printable(cls, value: str) -> str:
        if not value.isprintable() or value != value.strip():
            raise ValueError("an arm name is one printable line without blanks at its ends")
        return value


class EndpointSpec(_Part):
    """What is read off: an observable, and the days for one that has a value in time.

    Parameters
    ----------
    id
        Observable id (``bimodal list endpoints`` prints them).
    days
        Elapsed days since the first scheduled dose.

    Examples
    --------
    >>> EndpointSpec(id="treg_fold", days=(7, 28)).days
    (7.0, 28.0)
    """

    id: str = Field(min_length=1)
    days: tuple[Day, ...] | None = None

    @model_validator(mode="after")
    def _known(self) -> EndpointSpec:
        registry = load_registry()
        try:
            entry = registry[self.id]
        except StudyError as fault:
            raise ValueError(f"{fault.what}; {fault.fix}") from None
        if entry.per == "time" and not self.days:
            raise ValueError(f"'{self.id}' has a value at every time: say which days, e.g. days = [7, 28]")
        if entry.per == "course" and self.days is not None:
            raise ValueError(f"'{self.id}' has one value per patient: leave 'days' out")
        if self.days and len(set(self.days)) != len(self.days):
            raise ValueError(f"'{self.id}' names a day twice")
        return self


class DesignSpec(_Part):
    """A trial design (read, but refused by this version)."""

    kind: str = Field(min_length=1)
    doses: tuple[str, ...] = ()
    target_dlt: float | None = None
    cohort_size: int | None = None
    dlt_window_days: float | None = None
    dlt_model: str | None = None


class PublicationSpec(_Part):
    """Where a published study was published, and what role it has here.

    Parameters
    ----------
    citation
        Who published what, where and when.
    role
        ``calibration``, ``validation`` or ``context``.
    species
        Whom it studied.
    notes
        What a reader must know before comparing.

    Examples
    --------
    >>> PublicationSpec(citation="A et al., J 2011;1:1", role="validation", species="human").notes
    ''
    """

    citation: str = Field(min_length=1)
    role: str = Field(pattern="^(calibration|validation|context)$")
    species: str = Field(min_length=1)
    notes: str | tuple[str, ...] = ""


class StudySpec(_Part):
    """A whole study file.

    Parameters
    ----------
    name
        Letters, digits, ``.``, ``_`` and ``-``; it becomes part of the folder name of the results.
    model
        ``human`` or the path of a model file.
    population, arm, endpoint
        Who, which arms (at least one), what is read off.
    set
        Parameters held at a value in every patient, by id.
    follow_up_days
        Days simulated after the end of dosing (28 if nothing is said).
    horizon
        Days simulated in all, in place of `follow_up_days`.
    design
        A trial design; this version refuses a study that has one.
    publication
        For a published study.

    Examples
    --------
    >>> StudySpec(
    ...     name="mine",
    ...     population={"cohort": "healthy", "patients": 10},
    ...     arm=[{"name": "a", "drug": "aldesleukin", "regimen": "1 MIU SC daily for 5 days"}],
    ...     endpoint=[{"id": "treg_fold", "days": [7]}],
    ... ).report_days
    (7.0,)
    """

    name: str = Field(pattern=_NAME)
    model: str = Field(default="human", min_length=1)
    population: PopulationSpec
    arm: tuple[ArmSpec, ...] = Field(min_length=1, max_length=1000)
    endpoint: tuple[EndpointSpec, ...] = ()
    set: dict[str, float] = Field(default_factory=dict)
    follow_up_days: Day | None = None
    horizon: Annotated[float, Field(gt=0.0, le=_MAX_DAYS, allow_inf_nan=False)] | None = None
    design: DesignSpec | None = None
    publication: PublicationSpec | None = None

    @field_validator("set")
    @classmethod
    def _finite(cls, value: dict[str, float]) -> dict[str, float]:
        for name, number in value.items():
            if not math.isfinite(number):
                raise ValueError(f"'{name}' must be a finite number, not {number}")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> StudySpec:
        names = [arm.name for arm in self.arm]
        for kind, items in (("arm", names), ("endpoint", [endpoint.id for endpoint in self.endpoint])):
            twice = next((item for item in items if items.count(item) > 1), None)
            if twice is not None:
                raise ValueError(f"{kind} '{twice}' is there twice")
        if self.horizon is not None and self.follow_up_days is not None:
            raise ValueError("give either 'horizon' or 'follow_up_days', not both")
        late = max(self.report_days, default=0.0)
        if self.horizon is not None and late > self.horizon:
            raise ValueError(f"an endpoint is read on day {late:g}, after the horizon of {self.horizon:g} days")
        return self

    @property
    def report_days(self) -> tuple[float, ...]:
        """Every day an endpoint is read on, ascending."""
        return tuple(sorted({day for endpoint in self.endpoint for day in endpoint.days or ()}))

    def require_supported(self) -> StudySpec:
        """Refuse what a study file may say but this version cannot do, so that nothing is left out in silence.

        Returns
        -------
        StudySpec
            Itself.

        Raises
        ------
        StudyError
            For a design, visit rules or partner drugs.

        Examples
        --------
        >>> StudySpec.model_validate(dict(name="m", population=dict(cohort="healthy"), arm=[
        ...     dict(name="a", drug="aldesleukin", regimen="none")])).require_supported().name
        'm'
        """
        if self.design is not None:
            raise _unsupported("trial designs ([design])", f"study '{self.name}'", "remove the [design] table")
        for arm in self.arm:
            if arm.rules:
                raise _unsupported("visit rules", f"arm '{arm.name}', key 'rules'", "remove 'rules'")
            if arm.partner:
                raise _unsupported("partner drugs", f"arm '{arm.name}', key 'partner'", "remove 'partner'")
        return self

    def canonical(self) -> dict[str, Any]:
        """Return the spec as plain data with every default filled in, for hashing and storing.

        Returns
        -------
        dict
            JSON-ready.

        Examples
        --------
        >>> StudySpec.model_validate(dict(name="m", population=dict(cohort="healthy"), arm=[
        ...     dict(name="a", drug="aldesleukin", regimen="none")])).canonical()["model"]
        'human'
        """
        return self.model_dump(mode="json")


def _unsupported(what: str, where: str, fix: str) -> StudyError:
    return StudyError(f"{what} are not supported yet by this version", where=where, fix=fix)
