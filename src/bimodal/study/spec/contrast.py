"""Two arms set against each other, as a study file asks for it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, field_validator, model_serializer

from bimodal.errors import StudyError, UnitError
from bimodal.files.number_text import NUMBER
from bimodal.files.suggest import suggest_names

if TYPE_CHECKING:
    from bimodal.study.endpoints import Observable, Registry
    from bimodal.study.spec.spec import StudySpec

SurvivalTime = Literal["os_months", "pfs_months", "ttr_months", "dor_months", "pr_dor_months", "cr_dor_months"]
_THRESHOLD = re.compile(rf"\s*+([+-]?{NUMBER})\s*+(\S*+)\s*+")
_NO_UNIT = ("1", "not given")
_PERCENT = "%"
Place = tuple[str | int, ...]


class ContrastSpec(BaseModel):
    """Two arms set against each other; a study of two arms that asks for none has one of all its endpoints.

    Parameters
    ----------
    arms
        First and second: what is given is first minus second, and first over second.
    endpoints
        Which endpoints of the study; all if nothing is said.
    measure
        ``difference`` or ``ratio``: which of the two is shown and judged. If nothing is said: the ratio where every
        value is above 0, the difference elsewhere and for rates.
    above
        Threshold, such as ``"2"`` or ``"30 pM"``, for the share of people above it: of their value in each arm, or of
        their ratio or difference where `measure` names one.
    survival
        Times to an event (``os_months``, ``pfs_months``, ``dor_months`` …) whose curves are compared by log-rank test,
        Cox hazard ratio and restricted mean.
    rmst_months
        Up to when restricted means are taken; the shorter follow-up of the two arms if nothing is said.

    Examples
    --------
    >>> ContrastSpec(arms=("high", "low"), above=2).above
    '2'
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    arms: tuple[str, str]
    endpoints: tuple[str, ...] | None = Field(default=None, min_length=1)
    measure: Literal["difference", "ratio"] | None = None
    above: str | None = Field(default=None, min_length=1, max_length=60)
    survival: tuple[SurvivalTime, ...] = Field(default=(), max_length=10)
    rmst_months: float | None = Field(default=None, gt=0.0, le=1200.0, allow_inf_nan=False)

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # newer keys appear only where they are used, so that what was written before stays as it was
        return {key: value for key, value in handler(self).items() if value or key not in ("survival", "rmst_months")}

    @field_validator("above", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return f"{value:.17g}" if isinstance(value, int | float) and not isinstance(value, bool) else value


def threshold(above: str, unit: str) -> float:
    """Read a threshold in a unit.

    Raises
    ------
    StudyError
        It is no number, or has no unit or one of another kind.

    Examples
    --------
    >>> round(threshold("0.5 nM", "pM"), 9), threshold("2", "1")
    (500.0, 2.0)
    """
    match = _THRESHOLD.fullmatch(above)
    if match is None or not math.isfinite(float(match[1])):
        raise StudyError(f"'{above}' is no threshold", fix='write a number and a unit, for example "2" or "30 pM"')
    value, given = float(match[1]), match[2]
    if given == unit or (unit in _NO_UNIT and given in ("", "1")):
        return value
    if unit == "1" and given == _PERCENT:
        return value / 100.0
    wanted = "without a unit" if unit in _NO_UNIT else f"in {unit}"
    try:
        if not given or unit in _NO_UNIT:
            raise UnitError("a threshold has the unit of what it is held against")
        from bimodal.units.conversion import convert

        return convert(value, given, unit)
    except UnitError:
        fix = f'write above = "{match[1]}{"" if unit in _NO_UNIT else f" {unit}"}"'
        raise StudyError(f"the threshold '{above}' must be {wanted}", fix=fix) from None


def contrast_faults(spec: StudySpec, registry: Registry | None) -> Iterator[tuple[Place, str]]:
    """Find what is wrong with the contrasts of a study: key, and what is said of it.

    Parameters
    ----------
    registry
        What the endpoints are, for the unit of a threshold; None while a model file is not read yet.
    """
    arms, ids = {arm.name: arm for arm in spec.arm}, [endpoint.id for endpoint in spec.endpoint]
    for place, asked in enumerate(spec.contrast):
        path: Place = ("contrast", place)
        for side, arm in enumerate(asked.arms):
            if arm not in arms:
                yield (*path, "arms", side), f"there is no arm '{arm}'; {suggest_names(arm, arms)}"
                return
        if asked.arms[0] == asked.arms[1]:
            yield (*path, "arms"), "an arm cannot be set against itself: name two arms"
        for number, name in enumerate(asked.endpoints or ()):
            if name not in ids:
                other = registry is not None and name in registry
                fix = f"add an [[endpoint]], or name one of: {', '.join(ids)}" if other else suggest_names(name, ids)
                yield (*path, "endpoints", number), f"'{name}' is no endpoint of this study; {fix}"
                return
        if asked.above is not None and asked.measure and len({arms[name].cohort for name in asked.arms}) > 1:
            yield (
                (*path, "above"),
                f"the two arms have different people, so nobody has a {asked.measure}: leave 'measure' out",
            )
        if asked.rmst_months is not None and not asked.survival:
            yield (*path, "rmst_months"), 'there is no curve to take a mean of: add survival = ["os_months"]'
        if asked.survival and not any("tumour_cells" in _of(registry, name) for name in ids):
            yield (*path, "survival"), "the study reads no trial: add an [[endpoint]] such as os_months"
        if registry is not None:
            yield from _threshold_faults(asked, [registry[name] for name in asked.endpoints or ids], path)


def _threshold_faults(asked: ContrastSpec, entries: Sequence[Observable], path: Place) -> Iterator[tuple[Place, str]]:
    if asked.above is None:
        return
    said = [entry for entry in entries if entry.per != "trial"]
    if not said or (asked.endpoints and len(said) < len(entries)):
        none = next((entry.id for entry in entries if entry.per == "trial"), "")
        yield (*path, "above"), f"'{none}' has one value per arm, so nobody is above a threshold: leave 'above' out"
        return
    for entry in said:
        try:
            threshold(asked.above, "1" if asked.measure == "ratio" else entry.unit)
        except StudyError as fault:
            named = "" if asked.endpoints else "; or say which 'endpoints' it is for"
            what = "a ratio" if asked.measure == "ratio" else f"'{entry.id}'"
            yield (*path, "above"), f"{fault.what} for {what}; {fault.fix}{named}"
            return


def _of(registry: Registry | None, name: str) -> tuple[str, ...]:
    entry = None if registry is None else registry.get(name)
    return () if entry is None else entry.of
