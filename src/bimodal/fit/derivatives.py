"""Derivatives of residuals: all changed parameter sets in one call."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bimodal.errors import BimodalError
from bimodal.fit.problem import Problem
from bimodal.fit.surface import Surface

FloatArray = npt.NDArray[np.float64]


def residual_jacobian(problem: Problem, values: npt.ArrayLike) -> FloatArray:
    """Return the derivatives of the data residuals on the fitting scale.

    The problem's own ``jacobian`` is used if it has one, times the value of each log-scale parameter. Otherwise
    differences are taken, and every changed parameter set goes into a single batch. A side that is not finite or lies
    outside the bounds is replaced by the value in the middle.

    Parameters
    ----------
    values
        (P,) parameters in natural units, in the order of ``problem.parameters``.

    Returns
    -------
    ndarray
        (R, P); a column is NaN where neither side could be computed.

    Examples
    --------
    >>> from bimodal.fit import FitParameter
    >>> square = Problem(name="square", parameters=(FitParameter("a", start=1.0, lower=0.1, upper=10.0),),
    ...     groups=("all",), data={"none": "0" * 64}, residuals=lambda v: np.array([v["a"] ** 2]))
    >>> residual_jacobian(square, [3.0]).round(4)
    array([[18.]])
    """
    surface = Surface(problem)
    return jacobian_at(surface, surface.to_fit(values), None)


def jacobian_at(surface: Surface, x: FloatArray, middle: FloatArray | None) -> FloatArray:
    """Return the derivatives at a point of the fitting scale; ``middle`` are its data residuals if known already."""
    problem = surface.problem
    if problem.jacobian is not None:
        with np.errstate(all="ignore"):
            natural = np.asarray(problem.jacobian(surface.values(x)), np.float64)
        if natural.shape != (expected := (len(problem.groups), len(x))):
            raise BimodalError(
                f"the Jacobian has shape {natural.shape} instead of {expected}",
                where=f"fit '{problem.name}'",
                fix="one row for each residual, one column for each parameter",
            )
        return natural * np.where(surface.logarithmic, surface.to_natural(x), 1.0)
    found = _differences(surface, x, middle, two_sided=problem.two_sided)
    if problem.two_sided or np.isfinite(found).all():
        return found
    return _differences(surface, x, middle, two_sided=True)


def _differences(surface: Surface, x: FloatArray, middle: FloatArray | None, *, two_sided: bool) -> FloatArray:
    problem, size = surface.problem, len(x)
    natural_size = np.maximum(np.abs(x), 1e-3 * (surface.upper - surface.lower))
    change = problem.step * np.where(surface.logarithmic, 1.0, natural_size)
    change = np.minimum(change, (surface.upper - surface.lower) / 4.0)
    up, down = x + change, x - change
    fits_up, fits_down = up <= surface.upper, down >= surface.lower
    use_up = fits_up
    use_down = (fits_down & two_sided) | ~fits_up
    sets: list[FloatArray] = []
    places: list[tuple[int, int]] = []
    for which, (use, moved) in enumerate(((use_up, up), (use_down, down))):
        for c in np.flatnonzero(use).tolist():
            row = x.copy()
            row[c] = moved[c]
            sets.append(row)
            places.append((which, c))
    needs_middle = middle is None and not bool((use_up & use_down).all())
    found = surface.data_residuals(np.array([*sets, x] if needs_middle else sets))
    sides = np.full((2, size, len(problem.groups)), np.nan)
    for row, place in zip(found, places, strict=False):
        sides[place] = row
    if needs_middle:
        middle = found[-1]
    lost = np.asarray(~np.isfinite(sides).all(axis=2), np.bool_)  # (2, P)
    if lost.any():
        if middle is None:
            middle = surface.data_residuals(x[None])[0]
        sides[lost] = middle
    at = np.stack([np.where(lost[0], x, up), np.where(lost[1], x, down)])
    span = at[0] - at[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        return ((sides[0] - sides[1]) / np.where(span == 0.0, np.nan, span)[:, None]).T
