"""What a Jacobian says about how well parameters are known."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

#: Singular value of the column-normalised Jacobian, relative to the largest, taken for zero.
RANK = 1e-6
_NULL = 1e-4  # squared share of a zero direction from which on a parameter counts as not identified


def covariance_of(jacobian: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return standard errors and correlations of a linearised least-squares fit with unit residual variance.

    ``(J' J)^-1`` through the singular values of the column-normalised ``J``. A parameter that takes part in a direction
    no residual notices has an infinite error and no correlation.

    Parameters
    ----------
    jacobian
        (R, P) on the fitting scale, prior rows included.

    Returns
    -------
    tuple of ndarray
        (P,) standard errors, ``inf`` where not identified, and (P, P) correlations, NaN there.

    Examples
    --------
    >>> errors, _ = covariance_of(np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 2.0]]))
    >>> errors.tolist()
    [inf, inf, 0.5]
    """
    norms = np.linalg.norm(jacobian, axis=0)
    size = jacobian.shape[1]
    scaled = jacobian / np.where(norms > 0.0, norms, 1.0)
    _, singular, rows = np.linalg.svd(scaled, full_matrices=False)
    kept = singular > RANK * max(float(singular.max(initial=0.0)), np.finfo(float).tiny)
    seen = rows[kept]
    unknown = (1.0 - (seen**2).sum(axis=0) > _NULL) | (norms == 0.0)
    scaled_covariance = (seen.T / singular[kept] ** 2) @ seen
    deviations = np.sqrt(np.diag(scaled_covariance))
    with np.errstate(divide="ignore", invalid="ignore"):
        errors = np.where(unknown, np.inf, deviations / norms)
        correlation = scaled_covariance / np.outer(deviations, deviations)
    correlation[unknown] = np.nan
    correlation[:, unknown] = np.nan
    correlation[np.arange(size), np.arange(size)] = 1.0
    return errors, correlation
