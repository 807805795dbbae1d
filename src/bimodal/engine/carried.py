"""What the events a system causes itself remember from one run to the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Pending:
    """A triggered event that waits for its time; ``values`` only if they were fixed when it was triggered.

    ``late`` is one whose condition came true just after an instant, as ``24 < time`` does: it happens after it too.
    """

    trigger: int
    due: float
    values: npt.NDArray[np.float64] | None
    late: bool


@dataclass(frozen=True, eq=False)
class Carried:
    """Where the triggers of N patients stood when a run ended, for the run that goes on from there.

    Parameters
    ----------
    truths
        (N, C) conditions as they last were.
    waiting
        By patient: events that were triggered and have not happened yet.

    Examples
    --------
    >>> both = Carried(np.array([[0], [1]], np.int8), ((), ()))
    >>> both.of([1]).truths.tolist()
    [[1]]
    """

    truths: npt.NDArray[np.int8]
    waiting: tuple[tuple[Pending, ...], ...]

    def of(self, patients: npt.ArrayLike) -> Carried:
        """Return the same of some of the patients, by index."""
        places = np.asarray(patients, np.int64)
        return Carried(self.truths[places], tuple(self.waiting[place] for place in places.tolist()))
