"""A published number that the weighted patients of a study are to have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from bimodal.errors import StudyError
from bimodal.files.suggest import suggest_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bimodal.study.endpoints import Registry
    from bimodal.study.spec.spec import StudySpec

Finite = Annotated[float, Field(allow_inf_nan=False)]
Path = tuple[str | int, ...]
_MAX_DAYS = 36_525.0
_SHARES = ("above", "below")
_UNWEIGHTED_DESIGNS = ("crossover", "adaptive", "phase-randomised")


class MatchSpec(BaseModel):
    """One published number the weighted patients are to have: of a covariate, or of an observable in an arm on a day.

    Parameters
    ----------
    id
        A covariate of the cohort (such as ``age_years``) or a parameter that varies between its patients; with `arm` or
        `day` an observable (``bimodal list endpoints``).
    statistic
        ``above`` and ``below`` are the share of patients whose value is larger, or smaller, than `level`; ``sd`` needs
        the mean of the same quantity beside it.
    value
        In the unit of the quantity; a share is from 0 to 1.
    arm
        In which it is read; may be left out for day 0, and in a study of one arm.
    day
        Elapsed days; left out for an observable with one value per patient.
    level, quantile
        Of a share: the threshold. Of ``quantile``: which one, 0 to 1.
    unit
        May be given to be checked against that of the quantity.
    source
        Where the number stands.

    Examples
    --------
    >>> MatchSpec(id="treg_fold", arm="a", day=7, statistic="median", value=2.0, source="x").said
    "median of 'treg_fold' on day 7 in arm 'a'"
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    id: str = Field(min_length=1)
    statistic: Literal["mean", "sd", "median", "quantile", "above", "below"]
    value: Finite
    source: str = Field(min_length=1)
    arm: str | None = Field(default=None, min_length=1)
    day: Annotated[float, Field(ge=0.0, le=_MAX_DAYS, allow_inf_nan=False)] | None = None
    level: Finite | None = None
    quantile: Annotated[float, Field(gt=0.0, lt=1.0, allow_inf_nan=False)] | None = None
    unit: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _fits_the_statistic(self) -> MatchSpec:
        share = self.statistic in _SHARES
        if share != (self.level is not None):
            raise ValueError(
                f"'{self.statistic}' needs 'level', the threshold" if share else f"'{self.statistic}' has no 'level'"
            )
        if (self.statistic == "quantile") != (self.quantile is not None):
            raise ValueError(
                "'quantile' needs the key 'quantile', such as 0.25"
                if self.statistic == "quantile"
                else f"'{self.statistic}' has no 'quantile'"
            )
        if share and not 0.0 < self.value < 1.0:
            raise ValueError(
                f"a share of {self.value:g} would leave somebody out altogether or is none: give one between 0 and 1"
            )
        if self.statistic == "sd" and self.value <= 0.0:
            raise ValueError(f"a standard deviation is above 0, not {self.value:g}")
        return self

    @model_serializer(mode="wrap")
    def _only_what_is_said(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {key: value for key, value in handler(self).items() if value is not None}

    @property
    def is_observable(self) -> bool:
        """Whether it is read off trajectories, and not of who the patients are."""
        return self.arm is not None or self.day is not None

    @property
    def of(self) -> tuple[str, str | None, float | None]:
        """What it is of: id, arm and day."""
        return self.id, self.arm, self.day

    @property
    def said(self) -> str:
        """Say in words which number it is."""
        what = {
            "quantile": f"{self.quantile:g} quantile" if self.quantile is not None else "",
            "above": "share above",
            "below": "share below",
        }.get(self.statistic, self.statistic)
        when = "" if self.day is None else f" on day {self.day:g}"
        where = "" if self.arm is None else f" in arm '{self.arm}'"
        level = "" if self.level is None else f" {self.level:g}"
        return f"{what}{level} of '{self.id}'{when}{where}"


def match_faults(spec: StudySpec, registry: Registry | None) -> Iterator[tuple[Path, str]]:
    """Find what does not fit the study in the numbers its patients are to have; where, and what.

    Parameters
    ----------
    registry
        The observables; None for a model file, whose quantities are not known yet.
    """
    match, arms = spec.population.match, [arm.name for arm in spec.arm]
    if match and any(arm.cohort is not None for arm in spec.arm):
        yield (
            ("population", "match"),
            "arms with a cohort of their own have other patients, and a weight belongs to a patient of every arm: "
            "leave 'match' or the cohorts of the arms out",
        )
    if match and spec.design is not None and spec.design.kind in _UNWEIGHTED_DESIGNS:
        yield (
            ("design", "kind"),
            f"a '{spec.design.kind}' design takes every virtual patient as one and cannot draw them by weight yet: "
            "leave 'match' or the design out, or take 'parallel', 'group-sequential' or 'factorial'",
        )
    seen: set[tuple[Any, ...]] = set()
    for place, row in enumerate(match):
        path: Path = ("population", "match", place)
        key = (*row.of, row.statistic, row.level, row.quantile)
        if key in seen:
            yield path, f"the {row.said} is there twice"
        seen.add(key)
        if row.arm is not None and row.arm not in arms:
            yield (*path, "arm"), f"there is no arm '{row.arm}'; {suggest_names(row.arm, arms)}"
        if row.statistic == "sd" and not any(one.of == row.of and one.statistic == "mean" for one in match):
            yield (*path, "statistic"), f"the {row.said} needs the mean of the same beside it: add one with 'mean'"
        if row.is_observable and registry is not None:
            yield from (((*path, end), what) for end, what in observable_faults(row, registry, arms))


def observable_faults(row: MatchSpec, registry: Registry, arms: list[str]) -> Iterator[tuple[str, str]]:
    """Find what is wrong with a number that is read off trajectories; key, and what."""
    try:
        entry = registry[row.id]
    except StudyError as fault:
        yield "id", f"{fault.what}; {fault.fix}. A covariate takes neither 'arm' nor 'day'"
        return
    if entry.per in ("trial", "scan"):
        yield "id", f"'{row.id}' is read from scans and survival: patients are not weighted by it"
    elif entry.per == "time" and row.day is None:
        yield "day", f"'{row.id}' has a value at every time: say on which day, e.g. day = 0"
    elif entry.per == "course" and row.day is not None:
        yield "day", f"'{row.id}' has one value per patient: leave 'day' out"
    if row.arm is None and row.day != 0.0 and len(arms) > 1:
        yield "arm", f"say in which arm the {row.said} is read"
    if row.unit is not None and row.unit != entry.unit:
        yield "unit", f"'{row.id}' has the unit '{entry.unit}', not '{row.unit}': convert the number"
