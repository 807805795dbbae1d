"""Who is not there any more at a visit: patients who have died, and those who have left the study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.engine import Visit
from bimodal.study.endpoints.trial.death import death_levels
from bimodal.study.endpoints.trial.dropout import dropout_days
from bimodal.study.spec.visits import VisitsSpec

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

DIED = "the patient has died"
LEFT_STUDY = "the patient has left the study"
_HAZARDS = ("death_hazard_integral", "tox_hazard_integral")
_DAY_H = 24.0


@dataclass(frozen=True, eq=False)
class Departures:
    """When N patients die and leave: by the same numbers as a trial reads from their trajectories.

    Parameters
    ----------
    hazards
        Columns of the summed hazards of death among the outputs, and where each kills, (N,); none in a model
        without them.
    left_h
        (N,) hours after which a patient is not seen any more; None where nobody leaves.

    Examples
    --------
    >>> people = np.arange(2)
    >>> one = departures(["treg_count"], 1, people, VisitsSpec(dropout_percent_per_month=99.9))
    >>> one.codes(Visit(0, 0.0, people, np.ones((2, 1)), np.ones((2, 1)), np.zeros(2)), 24000.0).tolist()
    [2, 2]
    """

    hazards: tuple[tuple[int, Array], ...] = ()
    left_h: Array | None = None

    @property
    def words(self) -> tuple[str, ...]:
        """What codes 1 and 2 mean, as far as they can occur."""
        return (DIED, LEFT_STUDY) if self.left_h is not None else (DIED,) if self.hazards else ()

    def codes(self, visit: Visit, hours: float | Array) -> Codes:
        """Say who has died (1) or left (2) by a visit at some elapsed time (M,), (M,); 0 who is there."""
        found = np.zeros(len(visit.patients), np.int64)
        if self.left_h is not None:
            found[hours >= self.left_h[visit.patients]] = 2
        for column, level in self.hazards:
            found[visit.outputs[:, column] >= level[visit.patients]] = 1
        return found


NOBODY_LEAVES = Departures()
"""Everybody stays to the end."""


def departures(
    observables: Sequence[str],
    seed: int,
    patients: npt.NDArray[np.int64],
    conduct: VisitsSpec,
    *,
    diseased: bool = False,
) -> Departures:
    """Draw when patients die and leave.

    Parameters
    ----------
    observables
        What the model gives, in the order of its outputs.
    patients
        (N,) global indices.
    diseased
        Whether the patients have the tumour that the model follows, so that it kills them; treatment kills anybody.
    """
    hazards: tuple[tuple[int, Array], ...] = ()
    if all(name in observables for name in _HAZARDS):
        columns = [observables.index(name) for name in _HAZARDS]
        hazards = tuple(zip(columns, death_levels(seed, patients), strict=True))[0 if diseased else 1 :]
    left = dropout_days(seed, patients, conduct.dropout_percent_per_month)
    return Departures(hazards, None if left is None else _DAY_H * left)
