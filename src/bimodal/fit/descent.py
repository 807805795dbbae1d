"""One bounded least-squares descent on the fitting scale, of all parameters or of some."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.fit.derivatives import jacobian_at
from bimodal.fit.surface import Surface

FloatArray = npt.NDArray[np.float64]
OnStep = Callable[[float], None]


@dataclass(frozen=True)
class Descent:
    """Where a descent ended; ``cost`` is half the sum of all squared residuals, NaN if there is no answer."""

    x: tuple[float, ...]
    cost: float
    evaluations: int
    message: str


class _NoSlopeError(Exception):
    """The derivatives are not finite at an accepted point."""


@dataclass(frozen=True, kw_only=True)
class Descender:
    """How descents are run: tolerance and limit of evaluations, shared by fit, profiles and cross-validation.

    Parameters
    ----------
    tolerance
        Relative change of cost and of parameters, and size of the gradient, below which a descent is done.
    """

    tolerance: float = 1e-8
    max_evaluations: int = 200

    def descend(
        self,
        surface: Surface,
        x: FloatArray,
        free: npt.NDArray[np.bool_] | None = None,
        *,
        on_step: OnStep | None = None,
    ) -> Descent:
        """Minimise half the sum of squares from a point.

        Parameters
        ----------
        x
            (P,) where to begin, inside the bounds.
        free
            (P,) which parameters move; None moves all.
        on_step
            Called with the cost at the start and after every accepted step; what it raises ends the descent.

        Returns
        -------
        Descent
            Its ``cost`` is NaN when the residuals are not finite where it began or wherever it could go.

        Examples
        --------
        >>> Descender(tolerance=1e-6).max_evaluations
        200

        Notes
        -----
        SciPy's trust-region reflective method: Branch, Coleman and Li, SIAM J. Sci. Comput. 21 (1999) 1-23.
        """
        from scipy import optimize

        least_squares: Any = optimize.least_squares  # its types do not know of functions as Jacobians

        moves = np.flatnonzero(np.ones(len(x), np.bool_) if free is None else free)
        rows = len(surface.problem.groups)
        cache: dict[bytes, FloatArray] = {}
        evaluations = 0

        def whole(part: FloatArray) -> FloatArray:
            point = x.copy()
            point[moves] = part
            return point

        def residuals(part: FloatArray) -> FloatArray:
            nonlocal evaluations
            if (key := part.tobytes()) not in cache:
                evaluations += 1
                cache[key] = surface.residuals(whole(part))
            return cache[key]

        def jacobian(part: FloatArray) -> FloatArray:
            middle = residuals(part)
            cache.clear()
            cache[part.tobytes()] = middle
            if on_step:
                on_step(_half_square(middle))
            slopes = np.concatenate([jacobian_at(surface, whole(part), middle[:rows]), surface.prior_rows])[:, moves]
            if not np.isfinite(slopes).all():
                raise _NoSlopeError
            return slopes

        first = residuals(x[moves])
        if not np.isfinite(first).all():
            return Descent(tuple(x.tolist()), float("nan"), evaluations, "the residuals are not finite where it began")
        if len(moves) == 0:
            return Descent(tuple(x.tolist()), _half_square(first), evaluations, "nothing moves")
        try:
            found: Any = least_squares(
                residuals,
                x[moves],
                jac=jacobian,
                bounds=(surface.lower[moves], surface.upper[moves]),
                method="trf",
                x_scale="jac",
                ftol=self.tolerance,
                xtol=self.tolerance,
                gtol=self.tolerance,
                max_nfev=self.max_evaluations,
            )
        except _NoSlopeError:
            return Descent(tuple(x.tolist()), float("nan"), evaluations, "the derivatives are not finite on the way")
        end, words = (
            (x[moves], "already there") if found.cost > _half_square(first) else (found.x, _words(found.status))
        )
        cost = min(float(found.cost), _half_square(first))
        return Descent(tuple(whole(end).tolist()), cost, evaluations, words)


def _half_square(residuals: FloatArray) -> float:
    return 0.5 * float(residuals @ residuals)


def _words(status: int) -> str:
    return {
        0: "the limit of evaluations was reached",
        1: "the gradient vanishes",
        2: "the cost no longer falls",
        3: "the parameters no longer move",
        4: "neither cost nor parameters move",
    }.get(status, f"SciPy's status {status}")
