"""What a fit found, in numbers a machine reads again and text a person reads."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from bimodal.errors import BimodalError
from bimodal.files.read import FileKind
from bimodal.files.write import write_text
from bimodal.notebook import as_html, cut

if TYPE_CHECKING:
    import pandas

_SHOWN = 12

_FILE = FileKind("the fit result", max_bytes=100_000_000)


class Estimate(BaseModel):
    """One fitted parameter.

    Attributes
    ----------
    value, lower, upper
        Estimate and bounds in natural units.
    scale
        ``"log"`` or ``"linear"``.
    standard_error
        On the fitting scale, from the linearised fit with priors, for residuals of unit variance; None if the data and
        priors do not identify it, or if it lies at a bound.
    at_bound
        The bound it lies at, within a thousandth of the range, or None.
    prior
        Source of its prior, or None.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    value: float
    lower: float
    upper: float
    scale: Literal["log", "linear"]
    standard_error: float | None
    at_bound: Literal["lower", "upper"] | None
    prior: str | None

    @property
    def error_text(self) -> str:
        """The standard error in words: per cent of the value on the log scale."""
        if self.at_bound:
            return f"at its {self.at_bound} bound"
        if self.standard_error is None:
            return "not identified"
        if self.scale == "linear":
            return f"se {self.standard_error:.2g}"
        if self.standard_error > math.log(100.0):
            return "se over 100-fold"
        return f"se {100.0 * math.expm1(self.standard_error):.2g} %"


class GroupFit(BaseModel):
    """Residuals of one group at the estimate."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    residuals: tuple[float, ...]

    @property
    def rms(self) -> float:
        """Root mean square; about 1 where the spreads were right."""
        return math.sqrt(sum(number * number for number in self.residuals) / len(self.residuals))


class StartFit(BaseModel):
    """How the descent from one start ended; ``cost`` is None if it failed."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    cost: float | None
    evaluations: int
    message: str


class FitResult(BaseModel):
    """Outcome of a fit.

    Attributes
    ----------
    name, problem_sha256, data, seed
        What was fitted to what: problem and settings, SHA-256 of each data set.
    estimates
        By parameter id, in the order of the problem.
    cost, cost_data, cost_priors
        Half sums of squared residuals; ``cost`` is their sum, the negative log posterior up to a constant.
    correlations
        (P, P) of the estimates; None where one of the two is not identified or at a bound.
    starts
        Every start, the declared one first.

    Examples
    --------
    >>> import numpy as np
    >>> from bimodal.fit import FitParameter, Problem, run_fit
    >>> problem = Problem(name="k", parameters=(FitParameter("k", start=1.0, lower=0.1, upper=9.0),), groups=("a",),
    ...     data={"made up": "0" * 64}, residuals=lambda v: np.array([v["k"] - 3.0]) / 0.3)
    >>> found = run_fit(problem)
    >>> round(found.values["k"], 6), found.estimates["k"].error_text
    (3.0, 'se 11 %')
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str
    problem_sha256: str
    data: dict[str, str]
    seed: int
    estimates: dict[str, Estimate]
    cost: float
    cost_data: float
    cost_priors: float
    correlations: tuple[tuple[float | None, ...], ...]
    groups: dict[str, GroupFit]
    starts: tuple[StartFit, ...]
    best_start: int

    @property
    def values(self) -> Mapping[str, float]:
        """Estimates in natural units by id."""
        return {name: estimate.value for name, estimate in self.estimates.items()}

    @property
    def message(self) -> str:
        """How the best descent ended and how many others came to the same cost."""
        same = [s for s in self.starts if s.cost is not None and s.cost <= self.cost + 1e-3 * max(self.cost, 1.0)]
        failed = sum(start.cost is None for start in self.starts)
        words = f"{self.starts[self.best_start].message}; {len(same)} of {len(self.starts)} starts came to this cost"
        return words + (f", {failed} failed" if failed else "")

    @property
    def at_bounds(self) -> tuple[str, ...]:
        """Ids of the parameters at a bound."""
        return tuple(name for name, estimate in self.estimates.items() if estimate.at_bound)

    def save(self, path: Path) -> Path:
        """Write the result as JSON."""
        content = self.model_dump(mode="json")
        return write_text(path, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")

    @staticmethod
    def load(path: Path) -> FitResult:
        """Read a result written by :meth:`save`."""
        try:
            return FitResult.model_validate_json(_FILE.content(path))
        except ValidationError as fault:
            first = fault.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise BimodalError(
                f"this is no fit result: {first['msg']}", where=f"{path}{', ' + where if where else ''}"
            ) from None

    def to_pandas(self) -> pandas.DataFrame:
        """Give one row per parameter: value, uncertainty in words, and what :class:`Estimate` says."""
        import pandas

        return pandas.DataFrame(
            [
                {"parameter": name, "value": e.value, "uncertainty": e.error_text, **e.model_dump(exclude={"value"})}
                for name, e in self.estimates.items()
            ]
        )

    def __repr__(self) -> str:
        found = list(self.estimates.items())
        lines = [f"  {cut(name, 40)} {e.value:.5g} ({e.error_text})" for name, e in found[:_SHOWN]]
        more = [f"  and {len(found) - _SHOWN} more parameters"] if len(found) > _SHOWN else []
        return "\n".join([self._title, *lines, *more])

    def _repr_html_(self) -> str:
        columns = ["parameter", "value", "uncertainty", "lower", "upper", "scale"]
        return as_html(self._title, self.to_pandas(), columns=columns, notes=[self.message], rows=60)

    @property
    def _title(self) -> str:
        starts = f"{len(self.starts)} start{'' if len(self.starts) == 1 else 's'}"
        costs = f"cost {self.cost:.6g} (data {self.cost_data:.6g}, priors {self.cost_priors:.6g})"
        return f"fit {cut(self.name, 60)}: {costs}, {starts}"

    def text(self) -> str:
        """Return the table of estimates, groups and starts for people."""
        wide = max(map(len, [*self.estimates, *self.groups]))
        lines = [f"fit {self.name}: cost {self.cost:.6g} (data {self.cost_data:.6g}, priors {self.cost_priors:.6g})"]
        lines += [f"{self.message}", "", f"{'parameter':<{wide}}  estimate      uncertainty"]
        lines += [f"{name:<{wide}}  {e.value:<12.5g}  {e.error_text}" for name, e in self.estimates.items()]
        lines += ["", f"{'group':<{wide}}  residuals  rms"]
        lines += [f"{name:<{wide}}  {len(g.residuals):<9}  {g.rms:.3g}" for name, g in self.groups.items()]
        costs = sorted(start.cost for start in self.starts if start.cost is not None)
        lines += ["", "costs of all starts: " + ", ".join(f"{cost:.6g}" for cost in costs)]
        return "\n".join(lines) + "\n"
