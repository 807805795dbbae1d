"""The terminal half-life of a level that falls, patient by patient, by the rules of non-compartmental analysis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: Defaults of PKNCA (`min.hl.points`, `adj.r.squared.factor`): a fit on more points is taken where its adjusted R2 is
#: less than this below the best.
LEAST_POINTS = 3
_ALIKE = 1e-4


@dataclass(frozen=True, eq=False)
class TerminalPhase:
    """The straight line through the logarithm of the last points of each patient, all (N,); NaN where there is none.

    Parameters
    ----------
    half_life_h
        Hours.
    adjusted_r2
        How well the line fits, for the number of its points.
    points
        How many points it goes through.
    span
        Time from its first to its last point, in half-lives.
    """

    half_life_h: Array
    adjusted_r2: Array
    points: Array
    span: Array


def terminal_phase(hours: Array, level: Array, usable: npt.NDArray[np.bool_]) -> TerminalPhase:
    """Fit the terminal phase through the last usable points, as many as fit best.

    At least three points; of all numbers of points the one with the largest adjusted R2, and more points where it is
    within 0.0001 of that. A level that does not fall has no half-life.

    Parameters
    ----------
    hours
        (T,) ascending.
    level
        (N, T).
    usable
        (N, T) points that may be used: after the peak and the last input, and high enough.

    Examples
    --------
    >>> t = np.arange(6.0)
    >>> found = terminal_phase(t, 8.0 * 0.5 ** (t / 3.0)[None, :], np.ones((1, 6), bool))
    >>> round(float(found.half_life_h[0]), 9), int(found.points[0])
    (3.0, 6)

    References
    ----------
    The rules of the R package PKNCA (W. Denney et al., J Pharmacokinet Pharmacodyn 2015;42:11): the peak itself is left
    out, and so is (its issue 139) what was sampled while the drug was still being given.
    """
    patients, times = level.shape
    use = usable & (level > 0.0)
    x = np.where(use, hours[None, :], 0.0)
    y = np.where(use, np.log(np.where(use, level, 1.0)), 0.0)
    best = np.full(patients, -np.inf)
    out = TerminalPhase(*(np.full(patients, np.nan) for _ in range(4)))
    n, sx, sy = np.zeros(patients), np.zeros(patients), np.zeros(patients)
    sxx, sxy, syy = np.zeros(patients), np.zeros(patients), np.zeros(patients)
    latest = np.where(use, hours[None, :], -np.inf).max(axis=1, initial=-np.inf)
    fits: list[tuple[Array, Array, Array, Array]] = []
    for k in range(times - 1, -1, -1):  # one point more, and one patient's bits never depend on another
        own = use[:, k]
        xk, yk = np.where(own, x[:, k] - latest, 0.0), y[:, k]
        n, sx, sy = n + own, sx + xk, sy + yk
        sxx, sxy, syy = sxx + xk * xk, sxy + xk * yk, syy + yk * yk
        whole = own & (n >= LEAST_POINTS)
        many = np.where(whole, n, 3.0)
        dx, dy, both = sxx - sx * sx / many, syy - sy * sy / many, sxy - sx * sy / many
        good = whole & (dx > 0.0) & (dy > 0.0) & (both < 0.0)
        slope = np.where(good, both / np.where(good, dx, 1.0), np.nan)
        r2 = np.where(good, both * both / np.where(good, dx * dy, 1.0), np.nan)
        adjusted = np.where(good, 1.0 - (1.0 - r2) * (many - 1.0) / (many - 2.0), np.nan)
        fits.append((adjusted, slope, n.copy(), np.where(own, latest - hours[k], np.nan)))
        best = np.fmax(best, adjusted)
    for adjusted, slope, points, span in fits:  # later ones have more points
        take = adjusted >= best - _ALIKE
        half = np.log(2.0) / -slope
        for into, values in zip(
            (out.half_life_h, out.adjusted_r2, out.points, out.span), (half, adjusted, points, span / half), strict=True
        ):
            into[take] = values[take]
    return out
