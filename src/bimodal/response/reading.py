"""What is read off one dose-response curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

NO_SIGNAL = 1e-4
"""Share of full signal, a hundred times the solver's tolerance, below which a curve has nothing to read."""

FLAT = 0.05
"""Share of its maximum by which the last doubling of the concentration may still raise a curve on its plateau."""


@dataclass(frozen=True)
class Reading:
    """The figures of one curve.

    Parameters
    ----------
    ec10, ec20, ec50
        pM, shares of the curve's own maximum; None where there is no signal or no plateau, as the maximum is then not
        known. An EC50 is not a threshold of response.
    hill
        ``log 81 / log(EC90 / EC10)``: the slope of the Hill curve with the same EC10 and EC90.
    emax
        Highest value, as a share of the full signal of the cell.
    plateau
        Whether the curve has reached its maximum: the last doubling of the concentration raises it by at most 5 % of
        its maximum. A curve that falls again has reached it before.
    """

    ec10: float | None
    ec20: float | None
    ec50: float | None
    hill: float | None
    emax: float
    plateau: bool


def crossing(concentrations: FloatArray, curve: FloatArray, share: float) -> float:
    """Return the lowest concentration at which a curve reaches a share of its way from bottom to top.

    Read by linear interpolation against the logarithm of the concentration, as the published EC50 were.

    Parameters
    ----------
    concentrations, curve
        (C,) ascending, and the signal.
    share
        Between 0 and 1.

    Examples
    --------
    >>> round(crossing(np.array([1.0, 10.0, 100.0]), np.array([0.0, 0.5, 1.0]), 0.5), 6)
    10.0
    """
    bottom, top = float(curve.min()), float(curve.max())
    level = bottom + share * (top - bottom)
    return level_crossing(concentrations, curve, level)


def level_crossing(concentrations: FloatArray, curve: FloatArray, level: float) -> float:
    """Return the lowest concentration at which a curve reaches a level that it does reach, as :func:`crossing`.

    Examples
    --------
    >>> round(level_crossing(np.array([1.0, 10.0, 100.0]), np.array([0.0, 0.2, 0.4]), 0.2), 6)
    10.0
    """
    i = int(np.argmax(curve >= level))
    if i == 0:
        return float(concentrations[0])
    x0, x1 = np.log(concentrations[i - 1 : i + 1])
    return float(np.exp(x0 + (level - curve[i - 1]) / (curve[i] - curve[i - 1]) * (x1 - x0)))


def read_curve(concentrations: FloatArray, curve: FloatArray) -> Reading:
    """Read EC10, EC20, EC50, slope and maximum off a curve.

    Parameters
    ----------
    concentrations
        (C,) pM, ascending.
    curve
        (C,) share of full signal.

    Examples
    --------
    >>> dose = np.logspace(-2, 5, 141)
    >>> found = read_curve(dose, dose**2 / (dose**2 + 30.0**2))
    >>> round(found.ec50, 1), round(found.hill, 1), found.plateau
    (30.0, 2.0, True)
    """
    top = float(curve.max())
    last = curve[concentrations >= concentrations[-1] / 2.0]
    plateau = bool(last.max() - last[0] <= FLAT * top)
    if top < NO_SIGNAL or not plateau:
        return Reading(None, None, None, None, top, plateau)
    ec10, ec20, ec50, ec90 = (crossing(concentrations, curve, share) for share in (0.1, 0.2, 0.5, 0.9))
    hill = float(np.log(81.0) / np.log(ec90 / ec10)) if ec90 > ec10 else None
    return Reading(ec10, ec20, ec50, hill, top, plateau)
