"""How the visits of a study go: what a reader of a protocol expects of people, as options."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class VisitsSpec(BaseModel):
    """What happens at and between the visits of a study; all of it is off unless it is said.

    Parameters
    ----------
    noise
        Whether visit rules read with measurement noise: that of the assay and of the day, as the table of measurement
        noise has it, which belongs to the patient, the observable and the day.
    jitter_days
        So many whole days early or late people come at most, each as likely as the others: what they are given and
        what is read of them moves with them.
    dropout_percent_per_month
        Share of the patients still there that leaves within a month, at a constant rate, for reasons the model does not
        have: nothing is given to them or read of them after that.

    Examples
    --------
    >>> VisitsSpec(noise=True).said
    {'noise': True}
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    noise: bool = False
    jitter_days: Annotated[int, Field(ge=0, le=30, strict=True)] = 0
    dropout_percent_per_month: Annotated[float, Field(ge=0.0, lt=100.0, allow_inf_nan=False)] = 0.0

    @property
    def said(self) -> dict[str, float | bool]:
        """The options that are on, as plain data."""
        return self.model_dump(mode="json", exclude_defaults=True)
