"""A study as a person writes it: who is treated, with what, and what is read off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    field_validator,
    model_serializer,
    model_validator,
)
from pydantic_core import PydanticCustomError

from bimodal.errors import StudyError
from bimodal.files.share import SHARE
from bimodal.files.spellings import spelling_key
from bimodal.study.endpoints.trial.scan_plan import ScanPlan
from bimodal.study.spec.consistency import inconsistencies
from bimodal.study.spec.contrast import ContrastSpec
from bimodal.study.spec.design import DesignSpec
from bimodal.study.spec.match import MatchSpec
from bimodal.study.spec.model_file import is_model_file
from bimodal.study.spec.ports import PortsSpec
from bimodal.study.spec.responder import ResponderRule, read_responder
from bimodal.study.spec.table import TableSpec, as_table
from bimodal.study.spec.visits import VisitsSpec

_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
_MAX_DAYS = 36_525.0
_MAX_PATIENTS = 10_000_000
_SHOWN = 6

Day = Annotated[float, Field(ge=0.0, le=_MAX_DAYS, allow_inf_nan=False)]
Spread = Annotated[float, Field(gt=0.0, le=10.0, allow_inf_nan=False), SHARE]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0.0, allow_inf_nan=False), SHARE]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PopulationSpec(_Part):
    """Who is treated: a cohort to sample from, a table of given subjects, or copies of a model file that vary.

    Parameters
    ----------
    cohort
        Name of a built-in cohort or path of a cohort file.
    patients
        How many virtual patients an arm has.
    subjects
        Path of a CSV file with one person per line, in place of `cohort` and `patients`.
    spread
        Constants of a model file that vary log-normally between patients: id to coefficient of variation.
    match
        Published numbers that the patients get weights for (docs/weights.md).
    """

    cohort: str | None = Field(default=None, min_length=1)
    patients: int = Field(default=1000, ge=1, le=_MAX_PATIENTS, strict=True)
    subjects: str | None = Field(default=None, min_length=1)
    spread: dict[str, Spread] = Field(default_factory=dict)
    match: tuple[MatchSpec, ...] = Field(default=(), max_length=50)

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {key: value for key, value in handler(self).items() if value or key != "match"}

    @property
    def match_days(self) -> tuple[float, ...]:
        """Days on which the patients are to have a published number."""
        return tuple(row.day for row in self.match if row.day is not None)

    @model_validator(mode="after")
    def _not_both(self) -> PopulationSpec:
        if self.cohort is not None and self.subjects is not None:
            raise ValueError("give either 'cohort' or 'subjects'")
        return self


class PartnerSpec(_Part):
    """A second drug of an arm: given beside the first from the same day 0 on, or begun by a visit rule.

    Parameters
    ----------
    name
        What a rule calls it that begins it ("start rescue if …"); without one it is given from day 0 on.
    drug
        Name of a built-in molecule or path of a drug file.
    """

    name: str | None = Field(default=None, min_length=1, max_length=64)
    drug: str = Field(min_length=1)
    regimen: str = Field(min_length=1)

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # a newer key appears only where it is used, so that what was written before stays as it was
        return {key: value for key, value in handler(self).items() if value is not None}


class ArmSpec(_Part):
    """One arm: a molecule, how it is given, and under which rules.

    Parameters
    ----------
    name
        As it appears in tables and plots.
    drug
        Name of a built-in molecule or path of a drug file; an untreated arm and a model file need none.
    regimen
        Text of the regimen language; ``none`` is untreated.
    table
        Path of a dose table, in place of `regimen`, or a table of its keys: person k of the arm, from 0, receives the
        doses of its subject k mod m, in the order of the file.
    set
        Parameters held at a value in every patient of this arm, by id; they come before those of the study.
    scale
        Parameters multiplied by a factor in every patient of this arm, whose differences stay.
    rules
        Visit rules, one line each, in the order in which they are tried (docs/rules.md).
    thresholds
        Levels that rules name, in the unit of their observable.
    era
        Name of a built-in set of rules and thresholds (``bimodal list eras``).
    partner
        Drugs given beside the first one; visit rules leave them alone, but begin those that have a name.
    cohort
        Who is in this arm, where that is not the population of the study: the same number of other people.
    conditions
        Named causes by which this arm differs, such as a gene, a disease or the state of the host; with those of the
        study (docs/mouse.md).
    """

    name: str = Field(min_length=1, max_length=120)
    drug: str = Field(default="", min_length=1)
    regimen: str = Field(default="", min_length=1)
    table: Annotated[TableSpec | None, BeforeValidator(as_table, json_schema_input_type=str | TableSpec)] = None
    set: dict[str, Finite] = Field(default_factory=dict)
    scale: dict[str, Positive] = Field(default_factory=dict)
    rules: tuple[str, ...] = Field(default=(), max_length=100)
    thresholds: dict[str, Finite] = Field(default_factory=dict)
    era: str | None = Field(default=None, min_length=1)
    partner: tuple[PartnerSpec, ...] = Field(default=(), max_length=4)
    cohort: str | None = Field(default=None, min_length=1)
    conditions: tuple[str, ...] = Field(default=(), max_length=20)

    @field_validator("name")
    @classmethod
    def _printable(cls, value: str) -> str:
        if not value.isprintable() or value != value.strip():
            raise ValueError("an arm name is one printable line without blanks at its ends")
        return value

    @model_validator(mode="after")
    def _one_of_both(self) -> ArmSpec:
        twice = sorted(set(self.set) & set(self.scale))
        if twice:
            raise ValueError(f"'{twice[0]}' cannot be both held at a value ('set') and multiplied ('scale')")
        return self

    @model_validator(mode="after")
    def _doses_once(self) -> ArmSpec:
        if self.regimen and self.table is not None:
            raise ValueError("the doses of an arm come from 'regimen' or from 'table', not from both")
        if not self.regimen and self.table is None:
            raise ValueError("key 'regimen' is missing: give it, or 'table' for doses subject by subject")
        if self.table is not None and (self.rules or self.era is not None):
            raise ValueError(
                "a dose table says what was given: visit rules ('rules', 'era') would hold doses of it again"
            )
        return self

    @property
    def untreated(self) -> bool:
        """Whether the arm gives nothing."""
        return self.table is None and self.regimen.strip().lower() == "none"


class EndpointSpec(_Part):
    """What is read off: an observable, and the days for one that has a value in time.

    Parameters
    ----------
    id
        Observable id (``bimodal list endpoints`` prints them); with a model file, the id of any quantity in it.
    days
        Elapsed days since the first scheduled dose.
    when
        Of ``responder_<name>``: who responds, such as ``"treg_fold >= 2 at day 28"`` (docs/queries.md).
    bootstrap
        So many resamples for a bootstrap interval of the median beside the range of the patients.

    Examples
    --------
    >>> EndpointSpec(id="treg_fold", days=(7, 28)).days
    (7.0, 28.0)
    >>> EndpointSpec(id="responder_treg", when="treg_fold >= 2 at day 28").read_days
    (28.0,)
    """

    id: str = Field(min_length=1)
    days: tuple[Day, ...] | None = None
    when: str | None = Field(default=None, min_length=1, max_length=1000)
    bootstrap: int | None = Field(default=None, ge=100, le=100_000, strict=True)

    @model_validator(mode="after")
    def _once(self) -> EndpointSpec:
        if self.days and len(set(self.days)) != len(self.days):
            raise ValueError(f"'{self.id}' names a day twice")
        try:
            late = max(self.read_days, default=0.0)
        except StudyError as fault:
            raise ValueError(f"{fault.what}; {fault.fix}" if fault.fix else fault.what) from None
        if late > _MAX_DAYS:
            raise ValueError(f"'{self.id}' is read on day {late:g}: at most {_MAX_DAYS:g}")
        return self

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # newer keys appear only where they are used, so that what was written before stays as it was
        return {key: value for key, value in handler(self).items() if value is not None or key in ("id", "days")}

    @property
    def rule(self) -> ResponderRule | None:
        """Who responds; None for every other endpoint."""
        return None if self.when is None else read_responder(self.when)

    @property
    def read_days(self) -> tuple[float, ...]:
        """Days it is read on, those of its rule included."""
        return (*(self.days or ()), *(() if self.rule is None else self.rule.days))

    @property
    def reads(self) -> tuple[str, ...]:
        """Ids it is made from: its own, and those of its rule."""
        return (self.id, *(() if self.rule is None else self.rule.observables))


class PublicationSpec(_Part):
    """Where a published study was published, and what role it has here.

    Parameters
    ----------
    role
        ``calibration``, ``validation`` or ``context``.
    notes
        What a reader must know before comparing.
    refused
        Why the study cannot be simulated, for one that is listed and shown but not run.
    rivals
        Causes that may explain what was seen: whether the model holds each. Said with the result.
    shows, does_not_show
        What a run of it shows, and what it does not.
    """

    citation: str = Field(min_length=1)
    role: str = Field(pattern="^(calibration|validation|context)$")
    species: str = Field(min_length=1)
    notes: str | tuple[str, ...] = ""
    refused: str = ""
    rivals: dict[str, bool] = Field(default_factory=dict)
    shows: str = ""
    does_not_show: str = ""


def _unsaid() -> Any:
    return None


class StudySpec(_Part):
    """A whole study file.

    Parameters
    ----------
    name
        Letters, digits, ``.``, ``_`` and ``-``; it becomes part of the folder name of the results.
    model
        ``human`` or the path of a model file.
    time_unit
        Unit of time of a model file, where the file itself declares none.
    population, arm, endpoint
        Who, which arms (at least one), what is read off.
    contrast
        Which arms are set against each other, and how; of a study of two arms they are if nothing is said.
    set
        Parameters held at a value in every patient, by id.
    conditions
        Named causes that hold in every arm.
    follow_up_days
        Days simulated after the end of dosing (28 if nothing is said).
    horizon
        Days simulated in all, in place of `follow_up_days`.
    save_every_days
        Days between saved times beside doses, report days and scans, in place of one: for trials of many patients
        over a long time, of which only responses are read. It changes no endpoint.
    scans
        How a trial reads response, progression and survival; the defaults of
        :class:`~bimodal.study.endpoints.trial.ScanPlan` if a trial endpoint is asked for without it.
    visits
        How visits go: measurement noise in what rules read, and patients who leave.
    rtol, atol
        Tolerances of the solver, in place of the usual ones; `atol` holds for every state in its own unit.
    design
        A trial that is tried many times on the simulated patients (docs/trials.md).

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
    time_unit: Literal["second", "minute", "hour", "day"] | None = None
    population: PopulationSpec = Field(default_factory=_unsaid, validate_default=True)
    arm: tuple[ArmSpec, ...] = Field(min_length=1, max_length=1000)
    endpoint: tuple[EndpointSpec, ...] = ()
    contrast: tuple[ContrastSpec, ...] = Field(default=(), max_length=100)
    ports: PortsSpec | None = None
    set: dict[str, Finite] = Field(default_factory=dict)
    conditions: tuple[str, ...] = Field(default=(), max_length=20)
    follow_up_days: Day | None = None
    horizon: Annotated[float, Field(gt=0.0, le=_MAX_DAYS, allow_inf_nan=False)] | None = None
    save_every_days: Annotated[float, Field(ge=0.25, le=_MAX_DAYS, allow_inf_nan=False)] | None = None
    scans: ScanPlan | None = None
    visits: VisitsSpec | None = None
    rtol: Annotated[float, Field(gt=0.0, lt=1.0, allow_inf_nan=False)] | None = None
    atol: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] | None = None
    design: DesignSpec | None = None
    publication: PublicationSpec | None = None

    @field_validator("population", mode="before")
    @classmethod
    def _for_the_model(cls, value: Any, info: ValidationInfo) -> Any:
        if is_model_file(info.data.get("model", "")):
            given = cast(Mapping[str, Any], {} if value is None else value)
            return {"patients": 1, **given} if isinstance(value, dict | None) else value
        if value is None:
            raise PydanticCustomError("missing", "Field required")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> StudySpec:
        names = [arm.name for arm in self.arm]
        for kind, items in (("arm", names), ("endpoint", [endpoint.id for endpoint in self.endpoint])):
            twice = next((item for item in items if items.count(item) > 1), None)
            if twice is not None:
                raise ValueError(f"{kind} '{twice}' is there twice")
        first: dict[str, str] = {}
        for name in names:
            other = first.setdefault(spelling_key(name), name)
            if other != name:
                raise ValueError(f"arms '{other}' and '{name}' differ by case, white space or zeros alone: one or two?")
        if self.horizon is not None and self.follow_up_days is not None:
            raise ValueError("give either 'horizon' or 'follow_up_days', not both")
        late = max(self.report_days, default=0.0)
        if self.horizon is not None and late > self.horizon:
            raise ValueError(f"an endpoint is read on day {late:g}, after the horizon of {self.horizon:g} days")
        late = max(self.population.match_days, default=0.0)
        if self.horizon is not None and late > self.horizon:
            raise ValueError(f"patients are matched on day {late:g}, after the horizon of {self.horizon:g} days")
        found = [vars(one) for one in inconsistencies(self)]
        if found:
            raise PydanticCustomError(found[0]["kind"], "{what}", {**found[0], "several": found})
        return self

    def __repr__(self) -> str:
        names = ", ".join(arm.name for arm in self.arm[:_SHOWN])
        more = f" and {len(self.arm) - _SHOWN} more" if len(self.arm) > _SHOWN else ""
        who = self.population.cohort or self.population.subjects or "copies of the model"
        return f"study {self.name}: model {self.model}, {who}, {len(self.endpoint)} endpoints; arms: {names}{more}"

    @property
    def model_is_file(self) -> bool:
        """Whether the model is a file a user brings."""
        return is_model_file(self.model)

    @property
    def contrasts(self) -> tuple[ContrastSpec, ...]:
        """Arms that are set against each other: as asked for, or the only two."""
        if self.contrast or len(self.arm) != 2:
            return self.contrast
        return (ContrastSpec(arms=(self.arm[0].name, self.arm[1].name)),)

    @property
    def report_days(self) -> tuple[float, ...]:
        """Every day an endpoint is read on, ascending."""
        return tuple(sorted({day for endpoint in self.endpoint for day in endpoint.read_days}))

    def canonical(self) -> dict[str, Any]:
        """Return the spec as plain data with every default filled in, for hashing and storing.

        Examples
        --------
        >>> StudySpec.model_validate(dict(name="m", population=dict(cohort="healthy"), arm=[
        ...     dict(name="a", drug="aldesleukin", regimen="none")])).canonical()["model"]
        'human'
        """
        plain = self.model_dump(mode="json")
        for key in ("save_every_days", "visits", "rtol", "atol"):
            if plain[key] is None:
                del plain[key]
        for key in ("contrast", "conditions"):
            if not plain[key]:
                del plain[key]
        if self.design is not None:
            plain["design"] = self.design.model_dump(mode="json", exclude_none=True)
        for arm in plain["arm"]:
            # newer keys appear only where they are used, so that what was written before stays as it was
            for key in ("regimen", "table", "scale", "thresholds", "era", "conditions"):
                if not arm[key]:
                    del arm[key]
        return plain
