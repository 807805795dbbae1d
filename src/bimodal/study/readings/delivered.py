"""What a ledger comes to: doses delivered per cycle, and why the others were not given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bimodal.study.endpoints.spread import median_row
from bimodal.study.endpoints.weighted import Weights, mean, of_those, share
from bimodal.study.rules.ledger import Array, DoseLedger


@dataclass(frozen=True, eq=False)
class CycleDoses:
    """Doses of one cycle.

    Parameters
    ----------
    cycle
        Its number, from 1.
    planned
        How many doses it has.
    given
        (N,) doses given to each patient, reduced ones included; NaN for a patient without a result.
    """

    cycle: int
    planned: int
    given: Array


def cycle_doses(ledger: DoseLedger) -> tuple[CycleDoses, ...]:
    """Count the planned doses of every cycle.

    Examples
    --------
    >>> rows = np.ones((2, 2)), np.array([[1.0, 1.0], [1.0, 0.0]]), np.array([[0, 0], [0, 1]])
    >>> cycle_doses(DoseLedger(np.array([0.0, 8.0]), np.array([1, 1]), *rows, ("as planned", "held")))[0].given.tolist()
    [2.0, 1.0]
    """
    there = ~ledger.failed
    out: list[CycleDoses] = []
    planned = np.arange(ledger.factor.shape[1]) < ledger.planned_doses
    for cycle in np.unique(ledger.cycles[planned]).tolist():
        own = planned & (ledger.cycles == cycle)
        given = ledger.factor[:, own] > 0.0
        counts = np.where(there, given.sum(axis=1).astype(np.float64), np.nan)
        out.append(CycleDoses(int(cycle), int(own.sum()), counts))
    return tuple(out)


def delivered(ledger: DoseLedger, weights: Weights = None) -> dict[str, Any]:
    """Summarise what was given in an arm, for ``summary.json`` and the report.

    Parameters
    ----------
    weights
        (N,) for how many patients each stands; None counts all the same.

    Returns
    -------
    dict
        ``planned``: doses of the regimen; ``given``: middle and range over patients; ``cycles``: the same for each;
        ``doses_by_reason``: share of all doses of patients with a result, by what happened to them;
        ``patients_by_reason``: share of patients to whom it happened at least once. Where rules can begin courses,
        ``courses``: of each the share of patients in whom it began, and doses given (of these patients).

    Examples
    --------
    >>> rows = np.ones((2, 2)), np.array([[1.0, 1.0], [1.0, 0.0]]), np.array([[0, 0], [0, 1]])
    >>> found = delivered(DoseLedger(np.array([0.0, 8.0]), np.array([1, 1]), *rows, ("as planned", "held")))
    >>> found["given"]["value"], found["doses_by_reason"]
    (1.5, {'as planned': 0.75, 'held': 0.25})
    """
    there = ~ledger.failed
    reasons, by = ledger.reason[there, : ledger.planned_doses], of_those(weights, there)
    doses: dict[str, float] = {}
    patients: dict[str, float] = {}
    for code, why in enumerate(ledger.words):
        hit = reasons == code
        if hit.any():
            # two rules of the same words are one reason
            # every patient is planned as many doses, so the share of doses is the mean of the patients' shares
            every = float(hit.mean()) if by is None else mean(hit.mean(axis=1), by)
            doses[why] = doses.get(why, 0.0) + every
            patients[why] = patients.get(why, 0.0) + share(hit.any(axis=1), by)
    return {
        "planned": ledger.planned_doses,
        "given": median_row(ledger.doses_given, weights),
        "cycles": [
            {"cycle": row.cycle, "planned": row.planned, "given": median_row(row.given, weights)}
            for row in cycle_doses(ledger)
        ],
        "doses_by_reason": doses,
        "patients_by_reason": patients,
        **({"courses": _courses(ledger, weights)} if ledger.courses else {}),
    }


def _courses(ledger: DoseLedger, weights: Weights) -> list[dict[str, Any]]:
    """Say of each course that rules can begin in how many patients it did, and how many doses they were given."""
    there, first = ~ledger.failed, ledger.planned_doses
    found: list[dict[str, Any]] = []
    for name in dict.fromkeys(ledger.courses):
        own = np.array([first + k for k, one in enumerate(ledger.courses) if one == name])
        begun = there & ~np.isnan(ledger.due_h[:, own]).all(axis=1)
        part = share(begun[there], of_those(weights, there)) if there.any() else None
        doses = (ledger.factor[:, own] > 0.0).sum(axis=1).astype(np.float64)
        found.append({"name": name, "patients": part, "given": median_row(np.where(begun, doses, np.nan), weights)})
    return found
