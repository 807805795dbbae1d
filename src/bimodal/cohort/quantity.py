"""A number of a cohort file, with where it comes from."""

from __future__ import annotations

from typing import Any, Literal, Self, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bimodal.cohort.variability import LARGEST_CV
from bimodal.files.share import Share


class Quantity(BaseModel):
    """A value over patients with its spread, unit and source.

    A cohort decides how far a simulated trial reaches, so each of its numbers must say whether it was measured,
    fitted or assumed.

    Attributes
    ----------
    cv
        Coefficient of variation between patients, 0 for a fixed value.
    distribution
        ``"lognormal"``, ``"logitnormal"`` (fractions) or ``"fixed"`` (cv must be 0; the value may have any sign).
    source, where_in_source, status, note
        Provenance of the median; ``where_in_source`` may be blank only when ``status`` is ``assumed``.
    cv_source, cv_status
        Provenance of the cv where it differs from that of the median; both or neither.
    follows, log_correlation
        Another parameter of the same cohort and the correlation of their logarithms; both or neither.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, str_strip_whitespace=True)

    median: float = Field(allow_inf_nan=False)
    cv: Share = Field(default=0.0, ge=0.0, le=LARGEST_CV, allow_inf_nan=False)
    unit: str = Field(min_length=1)
    distribution: Literal["lognormal", "logitnormal", "fixed"] = "lognormal"
    source: str = Field(min_length=1)
    where_in_source: str = ""
    status: Literal["measured", "fitted", "assumed"]
    note: str = ""
    cv_source: str = ""
    cv_status: Literal["measured", "fitted", "assumed"] | None = None
    follows: str = ""
    log_correlation: float = Field(default=0.0, gt=-1.0, lt=1.0, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _share(cls, data: Any) -> Any:
        """Read a median in percent as the fraction it is."""
        if isinstance(data, dict) and cast(dict[str, Any], data).get("unit") in ("%", "percent"):
            given = cast(dict[str, Any], data)
            median = given.get("median")
            if isinstance(median, int | float) and not isinstance(median, bool):
                return {**given, "median": median / 100.0, "unit": "1"}
        return cast(Any, data)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.distribution == "fixed":
            if self.cv:
                raise ValueError("a fixed value has a cv of 0")
        elif self.median <= 0:
            raise ValueError("median must be above 0")
        if self.distribution == "logitnormal" and self.median >= 1:
            raise ValueError("the median of a fraction must be below 1")
        if self.status != "assumed" and not self.where_in_source:
            raise ValueError("where_in_source may be blank only for status 'assumed'")
        if bool(self.cv_source) != (self.cv_status is not None):
            raise ValueError("cv_source and cv_status are given together or not at all")
        if bool(self.follows) != bool(self.log_correlation):
            raise ValueError("follows and log_correlation are given together or not at all")
        if self.follows and self.distribution != "lognormal":
            raise ValueError("only a log-normal quantity can follow another")
        return self
