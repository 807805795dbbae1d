"""When a comparison looks at the molecules: often after the doses whose pharmacokinetics are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.study.solver.events import Dose

Array = npt.NDArray[np.float64]

_SOON_H = (1e-3, 1 / 60, 5 / 60, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 18.0, 24.0)
_LATER_H = (1e-3, 0.5, 2.0)
_EVEN, _EVEN_BETWEEN, _EVEN_LATER = 48, 12, 6


@dataclass(frozen=True)
class Occasions:
    """The dosing occasions of an arm: distinct times of doses, and when the giving of each ends.

    Parameters
    ----------
    starts_h, ends_h
        Hours, ascending; an injection ends when it starts.

    Examples
    --------
    >>> Occasions((0.0, 24.0, 48.0), (0.0, 24.0, 48.0)).first_interval_h
    24.0
    """

    starts_h: tuple[float, ...]
    ends_h: tuple[float, ...]

    @classmethod
    def of(cls, doses: Sequence[Dose]) -> Occasions:
        """Find the occasions of a schedule."""
        ends: dict[float, float] = {}
        for dose in doses:
            ends[dose.time_h] = max(ends.get(dose.time_h, 0.0), dose.time_h + dose.duration_h)
        starts = sorted(ends)
        return cls(tuple(starts), tuple(ends[start] for start in starts))

    @property
    def first_interval_h(self) -> float | None:
        """Hours from the first dose to the second; None for a single dose."""
        return self.starts_h[1] - self.starts_h[0] if len(self.starts_h) > 1 else None

    @property
    def last_interval_h(self) -> float | None:
        """Hours between the last two doses; None for a single dose."""
        return self.starts_h[-1] - self.starts_h[-2] if len(self.starts_h) > 1 else None


def comparison_times(occasions: Occasions, window_h: float) -> Array:
    """Lay out the times at which the first and the last dosing interval and the window are read.

    Parameters
    ----------
    occasions
        When the arm is dosed.
    window_h
        End of the window over which exposure is compared, hours.

    Returns
    -------
    ndarray
        Hours, ascending; minutes after a dose or the end of an infusion, later evenly.

    Examples
    --------
    >>> times = comparison_times(Occasions((0.0, 24.0), (0.0, 24.0)), 24.0)
    >>> bool(times[0] == 0.0 and times[-1] == 48.0)
    True
    """
    starts = occasions.starts_h
    last = len(starts) - 1
    times: list[float] = [0.0, window_h]
    for k, (start, end) in enumerate(zip(starts, occasions.ends_h, strict=True)):
        length = starts[k + 1] - start if k < last else occasions.last_interval_h or max(window_h - start, 24.0)
        later = start > window_h and k != last
        even = _EVEN if k in (0, last) else _EVEN_LATER if later else _EVEN_BETWEEN
        times += np.linspace(start, start + length, even + 1).tolist()
        for moment in {start, end}:
            soon = _LATER_H if later else _SOON_H
            times += [moment, *(moment + after for after in soon if moment + after < start + length)]
    return np.unique(np.round(times, 9))
