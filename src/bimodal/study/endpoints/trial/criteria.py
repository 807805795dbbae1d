"""What one scan shows, by the rules of WHO and of RECIST 1.1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from bimodal.study.endpoints.trial.scan_plan import Criterion

Array = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
States = npt.NDArray[np.int8]
_ROUNDING = 1e-9


class Response(IntEnum):
    """What a scan shows, or the best of a course; larger is better, and `NE` is not evaluable."""

    NE = 0
    PD = 1
    SD = 2
    PR = 3
    CR = 4


@dataclass(frozen=True)
class Rules:
    """The numbers of a criterion.

    Attributes
    ----------
    measure
        ``sld`` (sum of longest diameters) or ``spd`` (sum of products of diameters).
    partial
        Least fall from baseline of a partial response, as a fraction.
    progression
        Least rise above the smallest sum so far (baseline included) of progression, as a fraction.
    least_rise
        And the least rise in the unit of the measure.
    """

    measure: str
    partial: float
    progression: float
    least_rise: float
    source: str


RULES: Mapping[Criterion, Rules] = MappingProxyType(
    {
        "WHO": Rules(
            "spd",
            0.50,
            0.25,
            0.0,
            "WHO Handbook for Reporting Results of Cancer Treatment, Offset Publication 48, Geneva 1979; "
            "Miller 1981, Cancer 47:207",
        ),
        "RECIST 1.1": Rules("sld", 0.30, 0.20, 5.0, "Eisenhauer 2009, Eur J Cancer 45:228"),
    }
)


def judge_scans(sums: Array, *, evaluable: Flags, new_lesion: Flags, rules: Rules) -> States:
    """Judge every scan of every patient.

    Progression comes before response, and is judged against the smallest sum on any scan before, baseline included.
    A lesion that comes back after all were gone is progression. Progression of one lesion while the sum holds (a
    reading of WHO) cannot happen here, because all lesions of a patient shrink and grow together; lymph nodes, which
    RECIST 1.1 measures across, are not modelled.

    Parameters
    ----------
    sums
        (N, V) measure of the rules, baseline first.
    evaluable
        (N, V) whether there was a scan.
    new_lesion
        (N, V) whether a lesion that was not there at baseline is seen.

    Returns
    -------
    ndarray (N, V)
        :class:`Response` of every scan; `NE` at baseline, for a missed scan, and for a patient without measurable
        lesions at baseline.

    Examples
    --------
    >>> yes, no = np.ones((1, 4), bool), np.zeros((1, 4), bool)
    >>> scans = np.array([[100.0, 69.0, 40.0, 48.5]])
    >>> [Response(x).name for x in judge_scans(scans, evaluable=yes, new_lesion=no, rules=RULES["RECIST 1.1"])[0]]
    ['NE', 'PR', 'PR', 'PD']
    """
    states = np.zeros(sums.shape, np.int8)
    base = sums[:, 0]
    known = (base > 0.0) & evaluable[:, 0]
    nadir = base.copy()
    for visit in range(1, sums.shape[1]):
        now, seen = sums[:, visit], evaluable[:, visit] & known
        slack = _ROUNDING * (base + nadir)
        grown = (now >= (1.0 + rules.progression) * nadir - slack) & (now - nadir >= rules.least_rise - slack)
        worse = new_lesion[:, visit] | np.where(nadir > 0.0, grown, now > 0.0)
        state = np.where(now <= (1.0 - rules.partial) * base + slack, Response.PR, Response.SD)
        state = np.where(now == 0.0, Response.CR, state)
        states[:, visit] = np.where(seen, np.where(worse, Response.PD, state), Response.NE)
        nadir = np.where(seen, np.minimum(nadir, now), nadir)
    return states
