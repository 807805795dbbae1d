"""How a course of doses turns the phase at which it falls into an effect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bimodal.errors import TimingError

#: What of a course counts, in one sentence each.
COURSE_MODELS: dict[str, str] = {
    "first": "the first dose decides",
    "any": "any one dose in the window is enough",
    "additive": "every dose in the window adds the same",
    "majority": "three quarters of the doses that fit into the window must fall into it",
    "net": "doses in the window less doses in a Treg window of equal width half a cycle away, never below zero",
}
_GRID = 16_800  # phases of one cycle; 36 s of a 7-day cycle


@dataclass(frozen=True)
class Course:
    """A course of equally spaced doses, and what of it counts.

    Five ways in which response might depend on the phase of the doses; nobody knows which, if any, is true. They
    are the ones of the project's timing note, section 3.3.

    A standard high-dose course has 14 doses, a pulse 1 to 3.

    Examples
    --------
    >>> Course("additive").span_h
    104.0
    """

    model: str = "first"
    doses: int = 14
    every_h: float = 8.0

    def __post_init__(self) -> None:
        if self.model not in COURSE_MODELS:
            raise TimingError(
                f"'{self.model}' is no course model", where="course", fix=f"one of {', '.join(COURSE_MODELS)}"
            )
        if not 1 <= self.doses <= 1000 or not 0 < self.every_h < 1e4:
            raise TimingError(
                "a course needs at least one dose and a positive interval",
                where=f"{self.doses} doses every {self.every_h:g} h",
                fix="for example 14 doses every 8 h",
            )

    @property
    def span_h(self) -> float:
        """Hours from the first dose to the last."""
        return (self.doses - 1) * self.every_h

    def effect(self, offset_d: ArrayLike, width_d: float, period_d: float = 7.0) -> NDArray[np.float64]:
        """Give the effect of a course whose aim point lies `offset_d` days after the middle of a window.

        The aim point is the first dose for ``first`` and the middle of the course for the other models.

        Offsets have any shape and whole cycles change nothing. The effect is in doses (``additive``, ``net``) or 0 and
        1 (the others).

        Examples
        --------
        >>> Course("additive").effect([0.1, 2.0], 2.0).tolist()
        [6.0, 4.0]
        """
        offset = np.asarray(offset_d, dtype=np.float64)
        if self.model == "first":
            return _inside(offset, width_d, period_d).astype(np.float64)
        inside = self._count(offset, width_d, period_d)
        if self.model == "any":
            return (inside > 0).astype(np.float64)
        if self.model == "majority":
            attainable = min(width_d * 24.0 / self.every_h, self.doses)
            return (inside >= 0.75 * attainable).astype(np.float64)
        if self.model == "net":
            return np.maximum(inside - self._count(offset + period_d / 2, width_d, period_d), 0.0)
        return inside

    def mean_effect(
        self,
        width_d: float,
        period_d: float = 7.0,
        *,
        error_d: float | None = None,
        misses_d: ArrayLike = 0.0,
    ) -> float:
        """Average the effect over a random phase, or over the errors of an aimed course.

        It is a fine grid over one cycle: no random numbers.

        Parameters
        ----------
        error_d
            Standard deviation of a normal error of aim in days; None for a uniform phase, as without timing.
        misses_d
            Further errors of aim that were seen, in days, any shape: averaged over.

        Examples
        --------
        >>> round(Course("any").mean_effect(1.0), 3)
        0.762
        """
        if error_d is None:
            return float(self.effect(_grid(period_d), width_d, period_d).mean())
        misses = np.ravel(np.asarray(misses_d, dtype=np.float64))
        if error_d == 0.0:
            # A hair off the middle: with an even number of doses the exact middle lies on the edges of two doses.
            return float(self.effect(np.concatenate([misses - 1e-6, misses + 1e-6]), width_d, period_d).mean())
        return float(np.interp(misses % period_d, *self._blurred(width_d, period_d, error_d), period=period_d).mean())

    def harmonic(self, width_d: float, period_d: float = 7.0) -> float:
        """Give the first Fourier coefficient of the effect over the cycle, as a share of the mean effect.

        It is the mean resultant length of the phases of responders, and what a cosinor sees.

        Examples
        --------
        >>> round(Course("first").harmonic(2.0), 3)  # sin(pi w / P) / (pi w / P)
        0.871
        """
        grid = _grid(period_d)
        effect = self.effect(grid, width_d, period_d)
        return float(abs((effect * np.exp(2j * np.pi * grid / period_d)).mean()) / effect.mean())

    def largest_effect(self, width_d: float, period_d: float = 7.0) -> float:
        """Give the largest effect that any phase has."""
        return float(self.effect(_grid(period_d), width_d, period_d).max())

    def ratio(self, width_d: float, period_d: float = 7.0, *, error_d: float = 0.0) -> float:
        """Give the response ratio of an aimed to an unaimed course, if nothing happens outside the window.

        Examples
        --------
        >>> [round(Course(model).ratio(2.0), 2) for model in COURSE_MODELS]
        [3.5, 1.11, 1.5, 1.91, 3.23]
        """
        return self.mean_effect(width_d, period_d, error_d=error_d) / self.mean_effect(width_d, period_d)

    def _blurred(
        self, width_d: float, period_d: float, error_d: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Smooth the effect over the cycle with a wrapped normal error."""
        grid = _grid(period_d)
        order = np.arange(_GRID // 2 + 1)
        fade = np.exp(-0.5 * (2 * np.pi * order * error_d / period_d) ** 2)
        return grid, np.asarray(
            np.fft.irfft(np.fft.rfft(self.effect(grid, width_d, period_d)) * fade, _GRID), dtype=np.float64
        )

    def _count(self, offset_d: NDArray[np.float64], width_d: float, period_d: float) -> NDArray[np.float64]:
        doses_d = (np.arange(self.doses) - (self.doses - 1) / 2) * (self.every_h / 24.0)
        total = np.zeros(offset_d.shape)
        for dose in doses_d:
            total += _inside(offset_d + dose, width_d, period_d)
        return total


def _grid(period_d: float) -> NDArray[np.float64]:
    return np.asarray((np.arange(_GRID) + 0.5) * (period_d / _GRID), dtype=np.float64)


def _inside(offset_d: NDArray[np.float64], width_d: float, period_d: float) -> NDArray[np.bool_]:
    """Say which times fall into the window [-w/2, w/2) of their cycle."""
    wrapped = (offset_d + width_d / 2) % period_d
    return wrapped < width_d
