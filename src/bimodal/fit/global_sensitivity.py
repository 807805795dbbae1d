"""Which parameter moves which group of data over its whole range: screening (Morris) and shares of variance (Sobol)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from bimodal.errors import BimodalError
from bimodal.fit.extras import need
from bimodal.fit.problem import Problem
from bimodal.fit.surface import Surface

FloatArray = npt.NDArray[np.float64]
Method = Literal["morris", "sobol"]
Progress = Callable[[int, int, str], None]

_PART = 256
_LEVELS = 4


@dataclass(frozen=True, eq=False)
class GlobalSensitivity:
    """Effect of every parameter on the mean residual of every group.

    Attributes
    ----------
    method
        ``morris`` or ``sobol``.
    ids, groups
        (P,) parameters and (G,) groups.
    effect
        (G, P): Morris, mean absolute elementary effect (residuals per range of the parameter); Sobol, total share of
        the variance.
    other
        (G, P): Morris, standard deviation of the effects (curvature and interplay); Sobol, first-order share.
    evaluations, failed
        Parameter sets computed, and those left out because a simulation failed.
    """

    method: Method
    ids: tuple[str, ...]
    groups: tuple[str, ...]
    effect: FloatArray
    other: FloatArray
    evaluations: int
    failed: int

    def report(self) -> dict[str, Any]:
        """Give the figures as plain data."""
        first, second = ("mean_absolute_effect", "sd") if self.method == "morris" else ("total", "first_order")
        return {
            "method": self.method,
            "evaluations": self.evaluations,
            "failed": self.failed,
            "groups": {
                group: {
                    name: {first: float(self.effect[g, c]), second: float(self.other[g, c])}
                    for c, name in enumerate(self.ids)
                }
                for g, group in enumerate(self.groups)
            },
        }

    def text(self) -> str:
        """Give, for every group, the parameters in the order of their effect."""
        words = "mean absolute effect (sd)" if self.method == "morris" else "total share of variance (first order)"
        lines = [f"global sensitivity, {self.method}: {words}; {self.evaluations} sets, {self.failed} failed"]
        for g, group in enumerate(self.groups):
            order = np.argsort(-self.effect[g], kind="stable")[:6].tolist()
            named = ", ".join(f"{self.ids[c]} {self.effect[g, c]:.2g} ({self.other[g, c]:.2g})" for c in order)
            lines.append(f"{group}: {named}")
        return "\n".join(lines) + "\n"


def global_sensitivity(
    problem: Problem,
    *,
    method: Method = "morris",
    samples: int = 16,
    seed: int = 1,
    progress: Progress | None = None,
) -> GlobalSensitivity:
    """Vary all parameters over their ranges at once; a range is the middle 95 % of the prior within the bounds.

    Parameters
    ----------
    method
        ``morris``: samples x (P + 1) sets; ``sobol``: samples x (P + 2) sets, a power of 2.
    samples
        Trajectories or base points.
    progress
        Called with (sets done, sets in all, what happened).

    Notes
    -----
    Morris, Technometrics 33 (1991) 161; Campolongo 2007; Saltelli, Comp. Phys. Comm. 181 (2010) 259; SALib: Herman and
    Usher, JOSS 2 (2017) 97.
    """
    if samples < 4 or (method == "sobol" and samples & (samples - 1)):
        raise BimodalError(f"{samples} samples", fix="4 or more; a power of 2 for sobol")
    surface = Surface(problem)
    low, high = _ranges(surface)
    spec = {
        "num_vars": len(problem.ids),
        "names": list(problem.ids),
        "bounds": np.stack([low, high], axis=1).tolist(),
    }
    design, block = _design(method, spec, samples, seed)
    parts: list[FloatArray] = []
    for start in range(0, len(design), _PART):
        parts.append(_by_group(problem, surface.data_residuals(design[start : start + _PART])))
        if progress is not None:
            progress(min(start + _PART, len(design)), len(design), "")
    outputs = np.concatenate(parts)
    good: npt.NDArray[np.bool_] = np.asarray(np.isfinite(outputs).all(axis=1))
    whole: npt.NDArray[np.bool_] = np.asarray(good.reshape(-1, block).all(axis=1))
    if whole.sum() < max(2, len(whole) // 2):
        raise BimodalError(
            f"{int((~whole).sum())} of {len(whole)} samples could not be computed",
            where=f"fit '{problem.name}'",
            fix="narrow the bounds",
        )
    rows = np.repeat(whole, block)
    effect, other = _analyse(method, spec, design[rows], outputs[rows], seed)
    failed = int((~good).sum())
    return GlobalSensitivity(
        method, problem.ids, tuple(problem.group_index), effect, other, evaluations=len(design), failed=failed
    )


def _ranges(surface: Surface) -> tuple[FloatArray, FloatArray]:
    priors = [parameter.prior for parameter in surface.problem.parameters]
    low = [-np.inf if prior is None else prior.mean - 1.96 * prior.sd for prior in priors]
    high = [np.inf if prior is None else prior.mean + 1.96 * prior.sd for prior in priors]
    return np.maximum(surface.lower, low), np.minimum(surface.upper, high)


def _by_group(problem: Problem, residuals: FloatArray) -> FloatArray:
    return np.stack([residuals[:, places].mean(axis=1) for places in problem.group_index.values()], axis=1)


def _design(method: Method, spec: dict[str, Any], samples: int, seed: int) -> tuple[FloatArray, int]:
    size = len(spec["names"])
    if method == "morris":
        module = need("SALib.sample.morris", "global sensitivity")
        return np.asarray(module.sample(spec, samples, num_levels=_LEVELS, seed=seed)), size + 1
    module = need("SALib.sample.sobol", "global sensitivity")
    return np.asarray(module.sample(spec, samples, calc_second_order=False, seed=seed)), size + 2


def _analyse(
    method: Method, spec: dict[str, Any], design: FloatArray, outputs: FloatArray, seed: int
) -> tuple[FloatArray, FloatArray]:
    module = need(f"SALib.analyze.{method}", "global sensitivity")
    effect, other = [], []
    for column in outputs.T:
        if np.ptp(column) == 0.0:
            effect.append(np.zeros(len(spec["names"])))
            other.append(np.zeros(len(spec["names"])))
        elif method == "morris":
            found = module.analyze(spec, design, column, num_levels=_LEVELS, seed=seed)
            effect.append(np.asarray(found["mu_star"], float))
            other.append(np.asarray(found["sigma"], float))
        else:
            found = module.analyze(spec, column, calc_second_order=False, seed=seed)
            effect.append(np.asarray(found["ST"], float))
            other.append(np.asarray(found["S1"], float))
    return np.array(effect), np.array(other)
