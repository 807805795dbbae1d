"""A fitting problem: parameters, weighted residuals, and what they were computed from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bimodal.errors import BimodalError
from bimodal.fit.parameter import FitParameter

FloatArray = npt.NDArray[np.float64]
Residuals = Callable[[Mapping[str, float]], FloatArray]
BatchResiduals = Callable[[FloatArray], FloatArray]

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, eq=False, kw_only=True)
class Problem:
    """What is fitted to what: P parameters, R weighted residuals in named groups, and the data behind them.

    A residual is (simulated - observed) over its standard deviation, so that half the sum of squares is the negative
    logarithm of the likelihood up to a constant; :mod:`bimodal.fit.likelihoods` has the usual forms. Priors are
    added by the fit.

    Parameters
    ----------
    name
        Name of the fit, for reports and source columns.
    groups
        (R,) label of each residual, such as the study or cell type it belongs to.
    data
        Id of each data set and the SHA-256 of its content, 64 hexadecimal digits.
    residuals
        Values by id in natural units -> (R,).
    batch_residuals
        (K, P) values in natural units, in the order of ``parameters`` -> (K, R). Used for everything when given, and
        derivatives hand over all changed parameter sets in one call, which an engine of many lanes likes. At
        least one of the two forms is needed. With several workers the functions are called from several threads.
    jacobian
        Values by id -> (R, P) derivatives of the residuals by the parameters in natural units; None takes differences.
    step
        Change for differences: absolute on the log scale, else relative to the value or, if larger, to a thousandth
        of the range. Raise it where an adaptive solver leaves noise: about the cube root of the noise two-sided.
    two_sided
        Central differences (2 P sets) or forward ones (P sets).

    Examples
    --------
    >>> line = Problem(
    ...     name="line", parameters=(FitParameter("slope", start=1.0, lower=0.1, upper=10.0),), groups=("a", "a"),
    ...     data={"two points": "0" * 64}, residuals=lambda v: v["slope"] * np.array([1.0, 2.0]) - [2.0, 4.0])
    >>> line.evaluate(np.array([[2.0]]))
    array([[0., 0.]])
    """

    name: str
    parameters: tuple[FitParameter, ...]
    groups: tuple[str, ...]
    data: Mapping[str, str]
    residuals: Residuals | None = None
    batch_residuals: BatchResiduals | None = None
    jacobian: Callable[[Mapping[str, float]], FloatArray] | None = None
    step: float = 1e-4
    two_sided: bool = True

    def __post_init__(self) -> None:
        where = f"fit '{self.name}'"
        if not self.name.strip():
            raise BimodalError("a fitting problem has no name")
        if not self.parameters:
            raise BimodalError("there is nothing to fit: no parameter is named", where=where)
        if not self.groups:
            raise BimodalError("there is nothing to fit to: no residual has a group", where=where)
        if twice := [name for name, count in Counter(self.ids).items() if count > 1]:
            raise BimodalError(f"'{twice[0]}' is to be fitted twice", where=where, fix="name each parameter once")
        if not self.data:
            raise BimodalError("the fit names no data", where=where, fix="data={'id': sha256 of the content}")
        for name, digest in self.data.items():
            if not _SHA256.fullmatch(digest):
                raise BimodalError(f"'{digest}' is no SHA-256", where=f"{where}, data '{name}'", fix="64 hex digits")
        if self.residuals is None and self.batch_residuals is None:
            raise BimodalError("the problem has no residuals", where=where, fix="give residuals or batch_residuals")
        if not 0.0 < self.step <= 0.1:
            raise BimodalError(f"a step of {self.step} for differences", where=where, fix="above 0, at most 0.1")

    @property
    def ids(self) -> tuple[str, ...]:
        """Names of the parameters in order."""
        return tuple(parameter.id for parameter in self.parameters)

    @cached_property
    def group_index(self) -> Mapping[str, npt.NDArray[np.intp]]:
        """Places of the residuals of each group, groups in order of appearance."""
        labels = np.array(self.groups)
        return {name: np.flatnonzero(labels == name) for name in dict.fromkeys(self.groups)}

    def evaluate(self, values: FloatArray) -> FloatArray:
        """Return the residuals of K parameter sets, (K, P) natural units -> (K, R); they may be NaN."""
        expected = (len(values), len(self.groups))
        with np.errstate(all="ignore"):
            if self.batch_residuals is not None:
                found = np.asarray(self.batch_residuals(values), np.float64)
            else:
                assert self.residuals is not None  # __post_init__
                rows = [self.residuals(dict(zip(self.ids, row.tolist(), strict=True))) for row in values]
                if any(np.shape(row) != expected[1:] for row in rows):
                    self._refuse_shape(next(np.shape(row) for row in rows if np.shape(row) != expected[1:]), expected)
                found = np.array(rows, np.float64)
        if found.shape != expected:
            self._refuse_shape(found.shape, expected)
        return found

    def without(self, groups: Collection[str]) -> Problem:
        """Return the same problem with the residuals of some groups left out."""
        keep = np.array([group not in groups for group in self.groups])
        single, batch, slopes = self.residuals, self.batch_residuals, self.jacobian
        return replace(
            self,
            name=f"{self.name} without {', '.join(sorted(groups))}",
            groups=tuple(group for group in self.groups if group not in groups),
            residuals=None if single is None else lambda values: np.asarray(single(values))[keep],
            batch_residuals=None if batch is None else lambda values: np.asarray(batch(values))[:, keep],
            jacobian=None if slopes is None else lambda values: np.asarray(slopes(values))[keep],
        )

    def _refuse_shape(self, found: tuple[int, ...], expected: tuple[int, ...]) -> None:
        raise BimodalError(
            f"the residuals have shape {found}, the groups say {expected[len(expected) - len(found) :]}",
            where=f"fit '{self.name}'",
            fix="one residual for each entry of groups",
        )
