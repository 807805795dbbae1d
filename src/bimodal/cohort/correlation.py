"""How two numbers of a patient go together."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Correlation(BaseModel):
    """The correlation of a parameter or covariate with another, with its source.

    It changes who has which value, and neither the median nor the spread over patients, so a cohort can carry it
    without repeating numbers of the model's table.

    Attributes
    ----------
    follows
        Parameter of the model or covariate of the cohort that leads.
    log_correlation
        Correlation of the normal scores: of the logarithms of log-normal numbers, of the logits of fractions.
    source, where_in_source, status, note
        Provenance; ``where_in_source`` may be blank only when ``status`` is ``assumed``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, str_strip_whitespace=True)

    follows: str = Field(min_length=1)
    log_correlation: float = Field(gt=-1.0, lt=1.0, allow_inf_nan=False)
    source: str = Field(min_length=1)
    where_in_source: str = ""
    status: Literal["measured", "fitted", "assumed"]
    note: str = ""

    @model_validator(mode="after")
    def _has_a_place(self) -> Self:
        if self.status != "assumed" and not self.where_in_source:
            raise ValueError("where_in_source may be blank only for status 'assumed'")
        return self
