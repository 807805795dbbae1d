"""What the oncology fit is free to choose, each with a prior that was set before the fit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class OncologyParameter:
    """One free number of the virtual tumours.

    Attributes
    ----------
    id
        Its name; what ends in a cancer belongs to that cancer, everything else is shared.
    centre
        Centre of the prior in natural units.
    sd
        Standard deviation of the prior on the scale.
    scale
        ``log`` or ``logit``.
    source
        Of the prior; "assumed" where it is a judgement.
    off
        Value that takes its mechanism out of the model; None where the parameter is always free.
    """

    id: str
    centre: float
    sd: float
    scale: Literal["log", "logit"]
    unit: str
    source: str
    off: float | None = None

    def natural(self, x: FloatArray) -> FloatArray:
        """Turn prior standard deviations from the centre into natural values."""
        if self.scale == "log":
            return self.centre * np.exp(self.sd * x)
        return 1.0 / (1.0 + np.exp(-(math.log(self.centre / (1.0 - self.centre)) + self.sd * x)))

    def standard(self, value: float) -> float:
        """Turn a natural value into prior standard deviations from the centre."""
        if self.scale == "log":
            return math.log(value / self.centre) / self.sd
        return math.log(value * (1.0 - self.centre) / ((1.0 - value) * self.centre)) / self.sd


_MELANOMA = (
    "PMC2752490 (2009): lung metastases, median 61 d of 20; Carlson 2003 Am J Dermatopathol 25(4): metastases, range "
    "8-212 d; Ollila 1998 J Surg Oncol 69:206: 16 of 45 below 60 d"
)
_RENAL = "Observations on the growth rate of renal cell carcinoma: lung metastases of 12, 89.4 d, SD 43.0, range 20-154"
_CLASSES = (
    "Erdag 2012 Cancer Res 72:1070, immunotypes of melanoma metastases: 29 % without infiltrate, 63 % around vessels "
    "only, 8 % diffuse; that infiltration stands for recognition, and for renal cancer too, is assumed"
)
_SOFT = (
    "assumed, wide; Clin Cancer Res 2003 9:1721: in renal carcinoma antigen processing is lowered by regulation (TAP1 "
    "in 63 %) more often than HLA class I is lost (12 %), so what is not seen may be seen again"
)
_WIDE = "assumed: no measurement was found; wide"

_SPREAD = (
    "assumed: density of T cells differs about ten-fold between tumours, which alone is 1; antigenicity and quality of "
    "effectors differ besides"
)
_FASTEST = "assumed, wide: the feasibility study of this project took 1 per day"
_REMAINS = (
    "assumed, wide; tumours were seen to regress from 4 weeks after a first course to 12 months after its start "
    "(product label, recalled)"
)
_SLOWER = "assumed: renal tumours in the kidney double in 468 d, lung metastases in 81 d"
_SLOPE = (
    "growth slope of CD8 and NK cells in the human model, 2 (feasibility fit of this project, set E), which also "
    "starts from their remembered signal; 1 is no foot"
)

_ALL: tuple[OncologyParameter, ...] = (
    OncologyParameter("doubling_melanoma", 61.0, 0.25, "log", "d", _MELANOMA),
    OncologyParameter("doubling_renal", 81.0, 0.25, "log", "d", _RENAL),
    OncologyParameter("growth_spread_melanoma", 0.7, 0.25, "log", "1", _MELANOMA),
    OncologyParameter("growth_spread_renal", 0.455, 0.3, "log", "1", _RENAL),
    OncologyParameter("hazard_half", 1e12, 0.7, "log", "cell", "assumed: a kilogram of tumour"),
    OncologyParameter("kill", 60.0, 1.5, "log", "1/d", _WIDE),
    OncologyParameter("kill_spread", 1.4, 0.5, "log", "1", _SPREAD),
    OncologyParameter("clean", 0.113, 0.5, "logit", "1", _CLASSES),
    OncologyParameter("evasive_median", 0.5, 1.5, "logit", "1", _WIDE),
    OncologyParameter("evasive_spread", 2.0, 0.4, "log", "1", _WIDE),
    OncologyParameter("bystander_melanoma", 0.05, 1.5, "logit", "1", _WIDE),
    OncologyParameter("bystander_renal", 0.05, 1.5, "logit", "1", _SOFT),
    OncologyParameter(
        "persisting_fraction", 0.1, 0.7, "logit", "1", "Miller 2008 Immunity 28:710: contraction by more than 90 %"
    ),
    OncologyParameter("persistence_melanoma", 55.0, 1.0, "log", "d", "feasibility study of this project; wide"),
    OncologyParameter("persistence_renal", 55.0, 1.0, "log", "d", "feasibility study of this project; wide"),
    OncologyParameter("burden_half", 3.5e10, 1.5, "log", "cell", "feasibility study of this project; wide"),
    OncologyParameter("treg_half", 1.0, 1.0, "log", "1", "feasibility study of this project; wide"),
    OncologyParameter("signal_slope", 2.0, 0.35, "log", "1", _SLOPE, off=1.0),
    OncologyParameter("kill_max", 0.3, 1.0, "log", "1/d", _FASTEST, off=1.0),
    OncologyParameter("remains_time", 40.0, 0.7, "log", "d", _REMAINS, off=1.0),
    OncologyParameter("recognised", 0.71, 0.5, "logit", "1", _CLASSES, off=1.0),
    OncologyParameter("division_half", 0.03, 1.0, "log", "1", _WIDE, off=1.0),
    OncologyParameter("crowding", 1.0, 1.0, "log", "1", _WIDE, off=1.0),
    OncologyParameter("evasive_growth", 0.6, 0.4, "log", "1", _SLOWER, off=1.0),
)
#: What the shipped model has besides what every rival has; the rest is off.
SHIPPED = ("signal_slope", "kill_max", "remains_time")
_OFF = {parameter.id: parameter.off for parameter in _ALL if parameter.off is not None}


def free_parameters(extra: Iterable[str] = SHIPPED) -> tuple[OncologyParameter, ...]:
    """List what a fit chooses: what is always free, and of the rest what is named."""
    named = set(extra)
    return tuple(p for p in _ALL if p.off is None or p.id in named)


PARAMETERS = free_parameters()
IDS = tuple(parameter.id for parameter in PARAMETERS)


def completed(values: Mapping[str, float]) -> dict[str, float]:
    """Add the values that take a mechanism out where a set does not have it."""
    return _OFF | dict(values)


def natural_values(
    x: Sequence[float] | FloatArray, parameters: tuple[OncologyParameter, ...] = PARAMETERS
) -> dict[str, float]:
    """Give natural values by id from (P,) prior standard deviations.

    Examples
    --------
    >>> round(natural_values([0.0] * len(PARAMETERS))["clean"], 6)
    0.113
    """
    return {p.id: float(p.natural(np.float64(one))) for p, one in zip(parameters, x, strict=True)}  # type: ignore[arg-type]


def standard_values(values: Mapping[str, float], parameters: tuple[OncologyParameter, ...] = PARAMETERS) -> FloatArray:
    """Give (P,) prior standard deviations from natural values by id; 0 for what has no value."""
    return np.array([p.standard(values[p.id]) if p.id in values else 0.0 for p in parameters])
