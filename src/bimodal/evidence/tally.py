"""How many published numbers a simulation meets, and by how much it is off."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from bimodal.evidence.row import EvidenceRow


@dataclass(frozen=True)
class Tally:
    """Counts of scored targets.

    Attributes
    ----------
    scored
        All of them: inside, outside, not evaluated and not run.
    fold_error
        Geometric mean of the factor between simulated and published over those with a band and two numbers above 0;
        None where there is none. A bound counts as the number itself, so a value beyond it in the allowed direction
        adds to the error.
    compared
        How many targets that mean is over.
    """

    scored: int
    inside: int
    outside: int
    not_evaluated: int
    not_run: int
    fold_error: float | None
    compared: int


def tally(rows: Iterable[EvidenceRow]) -> Tally:
    """Count the scored targets among rows; take those of one role, as a fit cannot be tested by what it was fitted to.

    Examples
    --------
    >>> from bimodal.study import load_evidence
    >>> tally(row for row in load_evidence("koreth-2011") if row.target.role == "validation").scored
    0
    """
    scored = [row for row in rows if row.scored]
    counts = Counter(row.verdict for row in scored)
    logs = [math.log(row.fold_error) for row in scored if row.fold_error is not None]
    return Tally(
        scored=len(scored),
        inside=counts["inside"],
        outside=counts["outside"],
        not_evaluated=counts["not evaluated"],
        not_run=counts["not run"],
        fold_error=math.exp(math.fsum(logs) / len(logs)) if logs else None,
        compared=len(logs),
    )
