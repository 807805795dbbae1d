"""The 3+3 design."""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt

from bimodal.study.design.clock import Clock
from bimodal.study.design.escalated import Escalated
from bimodal.study.design.ward import Ward

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
_SIX = 6


def three_plus_three(luck: Array, truth: Array, *, six_at_mtd: bool = True, clock: Clock | None = None) -> Escalated:
    """Escalate in cohorts of three: on after 0 of 3 or at most 1 of 6, never again to a dose with 2 or more.

    Parameters
    ----------
    luck
        (T, N) uniform numbers of the patients, at least 6 for each dose.
    truth
        (D,) true probabilities.
    six_at_mtd
        Whether the selected dose must have been given to six, of whom at most one had a dose-limiting toxicity; else
        the dose below the first that is too toxic is selected as it is.
    clock
        When toxicities are seen; None: time is not counted.

    Examples
    --------
    >>> found = three_plus_three(np.full((1, 18), 0.5), np.array([0.0, 0.0, 1.0]))
    >>> found.selected.tolist(), found.patients.tolist()
    ([1], [[3, 6, 3]])

    References
    ----------
    B. E. Storer, Biometrics 1989;45:925; E. L. Korn et al., Stat Med 1994;13:1799.
    """
    ward = Ward(luck, truth, clock)
    trials, top = len(luck), len(truth) - 1
    dose, ceiling = np.zeros(trials, np.int64), np.full(trials, top)
    selected, going = np.full(trials, -1), np.ones(trials, np.bool_)
    while going.any():
        active, given = going.copy(), dose
        ward.treat(dose, np.where(going, 3, 0))
        n, y = ward.at(dose)
        toxic = going & (y >= 2)
        good = going & ~toxic & ((y == 0) | (n >= 6))
        # down: the dose below is now the highest there is
        ceiling = np.where(toxic, dose - 1, ceiling)
        below = np.maximum(dose - 1, 0)
        known = toxic & (dose > 0) & ((ward.at(below)[0] >= 6) | (not six_at_mtd))
        # up, or the end at the highest dose there is
        done = good & (dose >= ceiling) & ((n >= 6) | (not six_at_mtd))
        selected = np.where(known, dose - 1, np.where(done, dose, selected))
        up = good & (dose < ceiling)
        going = going & ~(known | done | (toxic & (dose == 0)))
        dose = np.where(toxic, below, np.where(up, dose + 1, dose))
        ward.decided(
            active, given, dose, going, partial(_why, n, y, lowest=given == 0, highest=given >= ceiling, going=going)
        )
    return ward.ended(selected)


def _why(n: Counts, y: Counts, k: int, *, lowest: Flags, highest: Flags, going: Flags) -> str:
    seen = f"{y[k]} of {n[k]}"
    if y[k] >= 2:
        if lowest[k]:
            return f"{seen}: the lowest dose is too toxic"
        return f"{seen}: too toxic, not given again" + ("" if going[k] else "; the dose below is selected")
    if y[k] == 1 and n[k] < _SIX:
        return f"{seen}: three more"
    if not highest[k]:
        return f"{seen}: up"
    return f"{seen} at the highest dose that is left: " + ("three more" if going[k] else "selected")
