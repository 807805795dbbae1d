"""How many patients had an adverse event of at least some grade."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.errors import StudyError
from bimodal.evidence import wilson

#: Observables with a grade at every time, by term.
TERMS = {
    "hypotension": "ae_grade_hypotension",
    "cls": "ae_grade_cls",
    "creatinine": "ae_grade_creatinine",
    "platelets": "ae_grade_platelets",
    "constitutional": "ae_grade_constitutional",
}
LABEL = "illustrative: cut-points on one latent index, calibrated to incidence"


@dataclass(frozen=True)
class Incidence:
    """Patients with an event, of those with a result.

    Parameters
    ----------
    events, patients
        How many had it, and of how many.
    lower, upper
        Wilson's 95 % interval: what a trial of that many patients leaves open.
    """

    events: int
    patients: int
    share: float
    lower: float
    upper: float
    label: str = LABEL


def incidence(worst: npt.NDArray[np.float64], at_least: int) -> Incidence:
    """Count the patients whose worst grade is at least some grade, as trials count an event.

    Parameters
    ----------
    worst
        (N,) largest grade of one term over the whole course; NaN for a failed patient.
    at_least
        1 to 4.

    Examples
    --------
    >>> incidence(np.array([3.0, 1.0]), 3).share
    0.5
    """
    if at_least not in (1, 2, 3, 4):
        raise StudyError(f"there is no grade {at_least} to count", fix="give 1, 2, 3 or 4")
    known = worst[~np.isnan(worst)]
    if len(known) == 0:
        raise StudyError("nobody has a result, so no share can be given")
    events = int((known >= at_least).sum())
    lower, upper = wilson(events, len(known))
    return Incidence(events, len(known), events / len(known), lower, upper)
