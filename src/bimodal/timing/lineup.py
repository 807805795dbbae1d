"""A line-up: one real series among twenty of noise, to show how well noise imitates a cycle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bimodal.errors import TimingError
from bimodal.timing.fitted import noise_like
from bimodal.timing.result import Assessment
from bimodal.timing.streams import stream

NOISE_SERIES = 20


@dataclass(frozen=True, eq=False)
class LineUp:
    """Series in the order of the panels.

    ``logs`` are ln CRP, shape (21, n). ``real``, which panel from 1 holds the real series, is the key, to be kept apart
    from the picture.
    """

    days: NDArray[np.float64]
    logs: NDArray[np.float64]
    real: int

    @property
    def key(self) -> str:
        """The answer in words."""
        return f"panel {self.real} is the real series; the other {len(self.logs) - 1} are noise"


def line_up(assessment: Assessment, *, seed: int = 1) -> LineUp:
    """Hide the real series among noise from its own null.

    If a person who has not seen it cannot find it, what the eye sees in it is what noise shows too.

    Twenty-one series at the same times; the same seed and series give the same line-up.

    References
    ----------
    A. Buja et al., "Statistical inference for exploratory data analysis and model diagnostics", Phil. Trans. R. Soc. A
    367, 4361 (2009): the line-up protocol.
    """
    if assessment.posterior is None:
        raise TimingError("a line-up needs a series that suffices to be asked", where=assessment.series.label)
    series = assessment.series
    noise = noise_like(assessment, NOISE_SERIES, seed=seed)
    total = float(np.round(series.log_values.sum(), 6))  # another series hides at another place
    place = int(stream(seed, "place in the line-up", total).integers(NOISE_SERIES + 1))
    return LineUp(series.days, np.insert(noise, place, series.log_values, axis=0), place + 1)
