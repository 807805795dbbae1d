"""Which directions of parameter space the data see, and which group of data sees which parameter."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.errors import BimodalError
from bimodal.fit.covariance import RANK, covariance_of
from bimodal.fit.derivatives import jacobian_at
from bimodal.fit.problem import Problem
from bimodal.fit.surface import Surface

FloatArray = npt.NDArray[np.float64]

PRIORS = "priors"


@dataclass(frozen=True, eq=False)
class Sloppiness:
    """Fisher information of a fit, by direction, by parameter and by group of data.

    A log-scale parameter counts in e-folds; a linear one in widths of its range, so that directions can be compared.

    Attributes
    ----------
    eigenvalues, eigenvectors
        (P,) of the Fisher information ``J' J`` of the data alone, largest (stiffest) first, and (P, P) unit directions,
        one per column.
    posterior_sd
        (P,) standard deviation with data and priors; ``inf`` where neither identifies the parameter.
    prior_sd
        (P,) standard deviation of the prior; ``inf`` without one.
    groups
        The G groups of residuals, then ``"priors"``.
    share
        (G + 1, P) share of each group in the information on a parameter when all others are held; columns sum to 1,
        or are NaN where there is none.
    loss
        (G + 1, P) factor by which the posterior sd grows when the group is left out; 1 is no loss, ``inf`` means that
        only this group identifies the parameter.
    """

    ids: tuple[str, ...]
    eigenvalues: FloatArray
    eigenvectors: FloatArray
    posterior_sd: FloatArray
    prior_sd: FloatArray
    groups: tuple[str, ...]
    share: FloatArray
    loss: FloatArray

    @property
    def data_over_prior(self) -> FloatArray:
        """(P,) posterior sd over prior sd: near 1 the data say nothing new, near 0 the prior says nothing."""
        with np.errstate(invalid="ignore"):
            return np.where(np.isfinite(self.prior_sd), self.posterior_sd / self.prior_sd, np.nan)

    @property
    def unseen(self) -> int:
        """How many directions the data do not see."""
        return int((self.eigenvalues <= RANK**2 * self.eigenvalues.max(initial=0.0)).sum())

    def direction(self, place: int) -> dict[str, float]:
        """Return the parameters of one eigenvector that carry more than 0.1 of it, largest first."""
        parts = self.eigenvectors[:, place]
        order = np.argsort(-np.abs(parts), kind="stable")
        return {self.ids[c]: float(parts[c]) for c in order.tolist() if abs(parts[c]) > 0.1}

    def text(self) -> str:
        """Return what is identified by what, for people."""
        wide = max(map(len, self.ids))
        lines = [f"{'parameter':<{wide}}  posterior sd  over prior sd  identified by (growth of the sd without it)"]
        for c, name in enumerate(self.ids):
            over = self.data_over_prior[c]
            order = np.argsort(-self.loss[:, c], kind="stable").tolist()
            by = [f"{self.groups[g]} ({_growth(self.loss[g, c])})" for g in order[:3] if self.loss[g, c] > 1.01]
            sd = "none" if math.isinf(self.posterior_sd[c]) else f"{self.posterior_sd[c]:.3g}"
            no = "nothing: not identified" if sd == "none" else "several groups, none alone"
            lines.append(
                f"{name:<{wide}}  {sd:<12}  {'-' if math.isnan(over) else f'{over:.2g}':<13}  {', '.join(by) or no}"
            )
        lines += ["", f"directions the data do not see: {self.unseen}", "eigenvalue   direction"]
        for place, value in enumerate(self.eigenvalues.tolist()):
            parts = " ".join(f"{part:+.2f} {name}" for name, part in list(self.direction(place).items())[:4])
            lines.append(f"{value:<11.3g}  {parts}")
        return "\n".join(lines) + "\n"


def measure_sloppiness(problem: Problem, values: Mapping[str, float]) -> Sloppiness:
    """Linearise a problem and say what each group of data knows about each parameter.

    Parameters
    ----------
    values
        Where, in natural units by id, usually ``result.values``.

    Returns
    -------
    Sloppiness
        All of it presumes residuals of unit variance.

    Examples
    --------
    >>> from bimodal.fit import FitParameter
    >>> total = Problem(name="sum", parameters=tuple(FitParameter(n, start=1.0, lower=0.1, upper=9.0) for n in "ab"),
    ...     groups=("total",), data={"made up": "0" * 64}, residuals=lambda v: np.array([v["a"] + v["b"] - 2.0]))
    >>> measure_sloppiness(total, {"a": 1.0, "b": 1.0}).unseen
    1

    Notes
    -----
    Gutenkunst et al., PLoS Comput. Biol. 3 (2007) e189.
    """
    surface = Surface(problem)
    for parameter in problem.parameters:
        value = values.get(parameter.id)
        if value is None or not parameter.lower <= value <= parameter.upper:
            raise BimodalError(
                f"the value {value} of '{parameter.id}' is missing or out of bounds", where=f"fit '{problem.name}'"
            )
    x = surface.to_fit([values[name] for name in problem.ids])
    widths = np.where(surface.logarithmic, 1.0, surface.upper - surface.lower)
    slopes, priors = jacobian_at(surface, x, None) * widths, surface.prior_rows * widths
    if not np.isfinite(slopes).all():
        raise BimodalError("the derivatives of the residuals are not finite", where=f"fit '{problem.name}'")
    eigenvalues, eigenvectors = np.linalg.eigh(slopes.T @ slopes)
    parts = {**{name: slopes[rows] for name, rows in problem.group_index.items()}, PRIORS: priors}
    posterior, _ = covariance_of(np.concatenate(list(parts.values())))
    information = np.array([(part**2).sum(axis=0) for part in parts.values()])
    loss = np.ones(information.shape)
    for g, left_out in enumerate(parts):
        rest = [part for name, part in parts.items() if name != left_out]
        without, _ = covariance_of(np.concatenate(rest))
        with np.errstate(invalid="ignore"):
            loss[g] = np.where(np.isinf(posterior), 1.0, without / posterior)
    total = information.sum(axis=0)
    with np.errstate(divide="ignore"):
        prior_sd = 1.0 / np.sqrt((priors**2).sum(axis=0))
    return Sloppiness(
        ids=problem.ids,
        eigenvalues=np.maximum(eigenvalues[::-1], 0.0),
        eigenvectors=eigenvectors[:, ::-1],
        posterior_sd=posterior,
        prior_sd=prior_sd,
        groups=tuple(parts),
        share=information / np.where(total > 0.0, total, np.nan),
        loss=loss,
    )


def _growth(factor: float) -> str:
    return "lost" if math.isinf(factor) else f"x{factor:.3g}"
