"""A PEtab problem as one of least squares with the same posterior, and derivatives of the computed trajectories."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bimodal.errors import BimodalError, PetabError
from bimodal.exchange.petab.course import Course
from bimodal.exchange.petab.likelihood import Compared, Likelihood
from bimodal.exchange.petab.parameters import PetabParameter
from bimodal.exchange.petab.prior_residual import prior_residual
from bimodal.exchange.petab.problem import PetabProblem
from bimodal.exchange.petab.reach import reached
from bimodal.fit import FitParameter, ParameterPrior, Problem

FloatArray = npt.NDArray[np.float64]
#: A width may shrink to this share of what it is at the start.
LEAST_WIDTH = 1e-10
#: Change of a parameter on the fitting scale for sets that march together.
_TOGETHER = 1e-6
#: Bounds at least so far apart, both above 0, are searched on the logarithmic scale where the table names no scale.
_DECADE = 10.0
#: Half the sum of squares of a row of a width at the start.
_OFFSET = -math.log(LEAST_WIDTH)


@dataclass(frozen=True, eq=False)
class PetabFit:
    """How a problem is fitted.

    Half the sum of squared residuals is the negative logarithm of the posterior, up to a constant. A measurement has a
    residual and, where its width depends on what is fitted, a second one, the root of twice the logarithm of the width.

    Parameters
    ----------
    problem
        The problem.
    before
        Values by id where an earlier round of the fit came to; the search begins there.
    workers
        Threads.

    Raises
    ------
    PetabError
        Nothing is estimated, a bound or starting value cannot be used, or a distribution cannot be fitted.
    """

    problem: PetabProblem
    before: Mapping[str, float] | None = None
    workers: int = 1

    def __post_init__(self) -> None:
        if not self.estimated:
            raise PetabError("no parameter is to be estimated", where=str(self.problem.files.path))
        used = {measurement.observable for measurement in self.problem.measurements}
        for observable in self.problem.observables:
            if observable.id in used and observable.distribution == "laplace":
                raise PetabError(
                    f"'{observable.id}' has Laplace noise, which a fit of least squares does not support",
                    where=str(self.problem.files.path),
                    fix="evaluate it with --starts 0, or take normal noise",
                )

    @cached_property
    def likelihood(self) -> Likelihood:
        """What compares it with its measurements."""
        return Likelihood(Course(self.problem))

    @cached_property
    def estimated(self) -> tuple[PetabParameter, ...]:
        """What is fitted."""
        return tuple(parameter for parameter in self.problem.parameters if parameter.estimate)

    @cached_property
    def fit_parameters(self) -> tuple[FitParameter, ...]:
        """The same with a scale, a start and a normal prior, for the search."""
        return tuple(self._fit_parameter(parameter) for parameter in self.estimated)

    def _fit_parameter(self, parameter: PetabParameter) -> FitParameter:
        lower, upper, place = parameter.lower, parameter.upper, parameter.place
        for column, bound in (("lowerBound", lower), ("upperBound", upper)):
            if not math.isfinite(bound):
                place.fail(column, f"a fit needs finite bounds of '{parameter.id}'")
        free = self.problem.version == 2
        log = parameter.scale != "lin" or (free and lower > 0.0 and upper >= _DECADE * lower)
        start = parameter.nominal if self.before is None else self.before[parameter.id]
        if math.isnan(start):
            start = math.sqrt(lower * upper) if log and lower > 0.0 else 0.5 * (lower + upper)
        try:
            return FitParameter(
                parameter.id, start, lower, upper, "log" if log else "linear", _normal_prior(parameter, log=log)
            )
        except BimodalError as fault:
            place.fail(None, fault.what, fault.fix)

    @cached_property
    def _places(self) -> npt.NDArray[np.intp]:
        return np.array([i for i, parameter in enumerate(self.problem.parameters) if parameter.estimate])

    @cached_property
    def _fixed(self) -> FloatArray:
        return np.array([parameter.nominal for parameter in self.problem.parameters])

    def whole(self, values: npt.ArrayLike) -> FloatArray:
        """Return values of all parameters of the table for (K, P) of the estimated ones."""
        estimated = np.atleast_2d(np.asarray(values, np.float64))
        found = np.tile(self._fixed, (len(estimated), 1))
        found[:, self._places] = estimated
        return found

    @cached_property
    def _at_start(self) -> Compared:
        return self.likelihood.compare(
            self.whole([parameter.start for parameter in self.fit_parameters]), workers=self.workers
        )

    @cached_property
    def _wide(self) -> npt.NDArray[np.intp]:
        """Measurements whose width depends on what is fitted."""
        network, estimated = self.problem.network, {parameter.id for parameter in self.estimated}
        moving = {*network.state_ids, *(name for name, _ in network.derived), *estimated, *self._set_by_conditions}
        noise: dict[str, frozenset[str]] = {
            observable.id: network.graph.symbols([observable.noise]) for observable in self.problem.observables
        }
        found = [
            row
            for row, measurement in enumerate(self.problem.measurements)
            if noise[measurement.observable] & moving or estimated & set(map(str, self._noise_ids(row)))
        ]
        return np.array(found, np.intp)

    @cached_property
    def _set_by_conditions(self) -> frozenset[str]:
        return frozenset(
            target
            for experiment in self.problem.experiments.values()
            for period in experiment.periods
            for target, _ in period.changes
        )

    def _noise_ids(self, row: int) -> tuple[float | str, ...]:
        return self.problem.measurements[row].overrides

    @cached_property
    def _prior_rows(self) -> tuple[tuple[int, PetabParameter], ...]:
        """Priors that are no normal distribution on the fitting scale, by place among the estimated."""
        return tuple(
            (place, parameter)
            for place, (parameter, fitted) in enumerate(zip(self.estimated, self.fit_parameters, strict=True))
            if parameter.prior is not None and fitted.prior is None and parameter.prior.distribution != "uniform"
        )

    def residuals(self, values: FloatArray, *, together: bool = False) -> FloatArray:
        """Return the residuals of K sets, (K, P) natural values -> (K, R); NaN where a simulation fails."""
        found = self.likelihood.compare(self.whole(values), together=together, workers=self.workers)
        start = self._at_start.noise[0, self._wide]
        with np.errstate(all="ignore"):
            widths = np.sqrt(2.0 * (np.log(found.noise[:, self._wide] / start) + _OFFSET))
        columns = [
            np.array([prior_residual(parameter, value) for value in values[:, place]])
            for place, parameter in self._prior_rows
        ]
        return np.concatenate([found.residuals, widths, *(column[:, None] for column in columns)], axis=1)

    def jacobian(self, values: Mapping[str, float]) -> FloatArray:
        """Return the derivatives of the residuals by the estimated parameters, (R, P)."""
        middle = np.array([values[parameter.id] for parameter in self.estimated])
        sizes = np.array(
            [
                _TOGETHER * (value if fitted.scale == "log" else max(abs(value), 1e-3 * fitted.width))
                for value, fitted in zip(middle.tolist(), self.fit_parameters, strict=True)
            ]
        )
        changed = middle + np.diag(sizes)
        sizes = np.diag(changed) - middle  # what rounding left of them
        found = self.residuals(np.concatenate([middle[None], changed]), together=True)
        return ((found[1:] - found[0]) / sizes[:, None]).T

    @property
    def has_widths(self) -> bool:
        """Whether the width of any noise depends on what is fitted."""
        return len(self._wide) > 0

    @cached_property
    def in_step(self) -> bool:
        """Whether derivatives are those of the computed trajectories.

        Sets that march together have the events of the first: the model must not cause any itself, and no parameter may
        decide when a rate jumps.
        """
        model = self.likelihood.course.model
        moved = reached(self.problem, [parameter.id for parameter in self.estimated]) | {*model.network.state_ids}
        return not (model.system.triggers or model.jumping & moved)

    @cached_property
    def as_problem(self) -> Problem:
        """The problem for `run_fit`."""
        rows = self.problem.measurements
        return Problem(
            name=self.problem.files.path.stem,
            parameters=self.fit_parameters,
            groups=(
                *(row.observable for row in rows),
                *(f"width of {rows[place].observable}" for place in self._wide.tolist()),
                *(f"prior of {parameter.id}" for _, parameter in self._prior_rows),
            ),
            data=self.problem.digests,
            batch_residuals=self.residuals,
            jacobian=self.jacobian if self.in_step else None,
        )


def _normal_prior(parameter: PetabParameter, *, log: bool) -> ParameterPrior | None:
    """Return the prior as a normal distribution on the fitting scale, where it is one.

    The density of a log-normal value is one of the value: by the logarithm it is a normal one, moved by its variance.
    """
    prior = parameter.prior
    if prior is None:
        return None
    if log and prior.distribution == "log-normal":
        mean, sd = prior.parameters
        return ParameterPrior(mean - sd**2, sd, f"{parameter.place}")
    if prior.distribution != "normal" or (prior.scale == "lin") == log:
        return None
    unit = math.log(10.0) if prior.scale == "log10" else 1.0
    mean, sd = prior.parameters
    return ParameterPrior(unit * mean, unit * sd, f"{parameter.place}")
