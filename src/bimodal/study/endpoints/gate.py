"""A gate of a flow cytometer on a marker: a fixed number of molecules per cell."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

FloatArray = npt.NDArray[np.float64]


class Gate(BaseModel):
    """A threshold of a marker, the same for everybody and at every visit, said by what lies above it at rest.

    Between the cells of one person the marker is log-normal, so the share above the threshold follows from the
    person's median and no cells are simulated.

    Parameters
    ----------
    id
        The name that observables give.
    share
        Of the cells of a typical healthy person at rest, how many lie above.
    median
        Molecules of the marker on the median cell of that person.
    log_sd
        Standard deviation of the marker's natural logarithm between the cells of one person.
    source, status, note
        Of the share, which is what the assay sets.

    Examples
    --------
    >>> gate = Gate(id="bright", share=0.25, median=3000.0, log_sd=0.8, source="made up", status="assumed")
    >>> [round(float(share), 3) for share in gate.above(np.array([1500.0, 3000.0, 30000.0]))]
    [0.062, 0.25, 0.986]
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    share: float = Field(gt=0.0, lt=1.0)
    median: float = Field(gt=0.0)
    log_sd: float = Field(gt=0.0)
    source: str = Field(min_length=1)
    status: Literal["measured", "fitted", "assumed"]
    note: str = ""

    @cached_property
    def threshold(self) -> float:
        """Molecules per cell from which on a cell lies within the gate."""
        from scipy.special import ndtri

        return self.median * math.exp(-self.log_sd * float(ndtri(self.share)))

    def above(self, marker: FloatArray) -> FloatArray:
        """Give the share of cells above the threshold for medians of the marker in molecules per cell."""
        from scipy.special import ndtr

        with np.errstate(divide="ignore"):
            return ndtr(np.log(marker / self.threshold) / self.log_sd)
