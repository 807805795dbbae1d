"""One number somebody measured, as a fit reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from bimodal.fit.likelihoods import band_residual, log_normal_residual, normal_residual

FloatArray = npt.NDArray[np.float64]
Statistic = Literal["median", "mean", "sd_log", "p5", "p25", "p75", "p95"]

STATISTICS: tuple[str, ...] = ("median", "mean", "sd_log", "p5", "p25", "p75", "p95")
_PERCENT = {"median": 50.0, "p5": 5.0, "p25": 25.0, "p75": 75.0, "p95": 95.0}


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """A measured value of one arm with its error.

    Parameters
    ----------
    arm, observable
        Names as in the study and in the registry.
    day
        Elapsed days since the first scheduled dose; None for an observable with one value per patient.
    statistic
        What the value is of the patients of the arm: median, mean, spread of the logarithm, or a percentile.
    value
        In the unit of the registry.
    sd_log, sd, lower, upper
        One of: standard deviation of the logarithm, standard deviation, or a band with one or two ends.
    group
        What it is reported and left out with.
    line
        Where it stands in its file, 0 for none.

    Examples
    --------
    >>> seen = Measurement(
    ...     arm="a", observable="treg_fold", day=7.0, statistic="median", value=2.0, sd_log=0.1, group="a")
    >>> seen.residual(np.array([2.0, 4.0])).round(3)
    array([0.   , 6.931])
    """

    arm: str
    observable: str
    day: float | None
    statistic: str
    value: float
    sd_log: float | None = None
    sd: float | None = None
    lower: float | None = None
    upper: float | None = None
    group: str
    line: int = 0

    def summary(self, patients: FloatArray) -> FloatArray:
        """Give the statistic over patients, (K, N) -> (K,); a single patient is the statistic itself."""
        if patients.shape[1] == 1 and self.statistic != "sd_log":
            return patients[:, 0]
        if self.statistic == "mean":
            return patients.mean(axis=1)
        if self.statistic == "sd_log":
            return np.log(np.where(patients > 0.0, patients, np.nan)).std(axis=1, ddof=1)
        return np.percentile(patients, _PERCENT[self.statistic], axis=1)

    def residual(self, simulated: FloatArray) -> FloatArray:
        """Give the weighted residual of simulated values in the unit of the registry."""
        if self.sd_log is not None:
            return log_normal_residual(simulated, self.value, self.sd_log)
        if self.sd is not None:
            return normal_residual(simulated, self.value, self.sd)
        return band_residual(simulated, self.lower, self.upper, EDGE_SD_LOG)


#: Standard deviation of the logarithm with which the end of a band is held.
EDGE_SD_LOG = 0.05
