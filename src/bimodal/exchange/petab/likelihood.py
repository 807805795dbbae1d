"""Simulated values of a PEtab problem beside the measured ones: residuals, chi-square, likelihood, posterior."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bimodal.exchange.petab.course import Course, Stretch
from bimodal.exchange.petab.problem import PetabProblem
from bimodal.expr import evaluate

FloatArray = npt.NDArray[np.float64]


class _Block(NamedTuple):
    """Measurements of one observable with the same ids for placeholders, of one experiment."""

    observable: int
    ids: tuple[str | None, ...]
    experiment: str
    rows: list[int]


@dataclass(frozen=True, eq=False)
class Compared:
    """K parameter sets beside R measurements.

    Parameters
    ----------
    simulated, noise
        (K, R) observables in their own unit, and the width of their distribution on its scale.
    residuals
        (K, R) (simulated - measured) over the width, on the scale of the distribution.
    log_likelihoods
        (K, R) of each measurement.
    failures
        Why simulations failed: experiment, parameter set, sentence.
    """

    simulated: FloatArray
    noise: FloatArray
    residuals: FloatArray
    log_likelihoods: FloatArray
    failures: tuple[tuple[str, int, str], ...]

    @cached_property
    def chi2(self) -> FloatArray:
        """(K,) sums of squared residuals."""
        return (self.residuals**2).sum(axis=1)

    @cached_property
    def log_likelihood(self) -> FloatArray:
        """(K,) logarithm of the likelihood, constants included."""
        return self.log_likelihoods.sum(axis=1)


@dataclass(frozen=True, eq=False)
class Likelihood:
    """Compares a problem with its measurements for any parameters; ``course`` runs its experiments."""

    course: Course

    @property
    def problem(self) -> PetabProblem:
        """What is compared."""
        return self.course.problem

    @cached_property
    def _blocks(self) -> tuple[_Block, ...]:
        place = {observable.id: number for number, observable in enumerate(self.problem.observables)}
        found: dict[tuple[int, tuple[str | None, ...], str], list[int]] = {}
        for row, measurement in enumerate(self.problem.measurements):
            ids = tuple(one if isinstance(one, str) else None for one in measurement.overrides)
            found.setdefault((place[measurement.observable], ids, measurement.experiment), []).append(row)
        return tuple(_Block(*key, rows) for key, rows in found.items())

    def compare(self, sets: FloatArray, *, together: bool = False, workers: int = 1) -> Compared:
        """Simulate and compare.

        Parameters
        ----------
        sets
            (K, P) values of all parameters of the table.
        together
            As in :meth:`Course.run`.
        workers
            Threads.
        """
        shape = (len(sets), len(self.problem.measurements))
        simulated, noise = np.full(shape, np.nan), np.full(shape, np.nan)
        runs = self.course.run(sets, together=together, workers=workers)
        given = {p.id: sets[:, place, None] for place, p in enumerate(self.problem.parameters)}
        for block in self._blocks:
            for stretch in runs[block.experiment].seen:
                self._fill(block, stretch, given, simulated, noise)
        measured = np.array([measurement.value for measurement in self.problem.measurements])
        residuals, found = np.empty(shape), np.empty(shape)
        for number, observable in enumerate(self.problem.observables):
            own = [row for block in self._blocks if block.observable == number for row in block.rows]
            with np.errstate(all="ignore"):
                residuals[:, own], found[:, own] = scattered(
                    simulated[:, own], measured[own], noise[:, own], observable.transformation, observable.distribution
                )
        failures = tuple(
            (name, number, sentence) for name, run in runs.items() for number, sentence in sorted(run.failures.items())
        )
        return Compared(simulated, noise, residuals, found, failures)

    def _fill(
        self,
        block: _Block,
        stretch: Stretch,
        given: Mapping[str, FloatArray],
        simulated: FloatArray,
        noise: FloatArray,
    ) -> None:
        """Compute the observables of a block that are seen in a stretch."""
        problem = self.problem
        places = {time: place for place, time in enumerate(stretch.times.tolist())}
        rows = [row for row in block.rows if problem.measurements[row].time in places]
        if not rows:
            return
        observable, graph = problem.observables[block.observable], problem.network.graph
        at = [places[problem.measurements[row].time] for row in rows]
        values: dict[str, npt.ArrayLike] = {**given}
        values.update((name, np.asarray(value)[..., None]) for name, value in stretch.values.items())
        values.update((name, stretch.states[:, at, i]) for i, name in enumerate(problem.network.state_ids))
        values["time"] = stretch.times[at]
        names = (*observable.placeholders, *observable.noise_placeholders)
        instead = {
            name: problem.entities.node(one) for name, one in zip(names, block.ids, strict=True) if one is not None
        }
        for number, name in enumerate(names):
            if block.ids[number] is None:
                values[name] = np.array([problem.measurements[row].overrides[number] for row in rows], np.float64)
        nodes = graph.substitute([observable.formula, observable.noise], instead)
        found = evaluate(graph, nodes, values)
        simulated[:, rows], noise[:, rows] = found[0], found[1]

    def log_priors(self, values: FloatArray) -> dict[str, float]:
        """Return the logarithm of the prior density of each parameter that has one; `values` is (P,)."""
        return {
            parameter.id: parameter.prior.log_density(float(value))
            for parameter, value in zip(self.problem.parameters, values, strict=True)
            if parameter.prior is not None
        }


def scattered(
    simulated: FloatArray, measured: FloatArray, width: FloatArray, transformation: str, distribution: str
) -> tuple[FloatArray, FloatArray]:
    """Return residuals and logarithms of the likelihood of measurements, each with its own width.

    Parameters
    ----------
    simulated, measured, width
        Arrays that broadcast.
    transformation
        ``lin``, ``log`` or ``log10``: where the distribution holds.
    distribution
        ``normal`` (width is the standard deviation) or ``laplace`` (width is the scale).

    Examples
    --------
    >>> residual, log_likelihood = scattered(1.0, 2.0, 0.5, "lin", "normal")
    >>> float(residual), round(float(log_likelihood), 4)
    (-2.0, -2.2258)
    """
    if transformation == "lin":
        residual, inner = (simulated - measured) / width, np.zeros_like(measured)
    else:
        base = math.log(10.0) if transformation == "log10" else 1.0
        residual = (np.log(simulated) - np.log(measured)) / base / width
        inner = np.log(measured) + math.log(base)
    usable = np.where(width > 0.0, width, np.nan)
    if distribution == "normal":
        return residual, -0.5 * residual**2 - 0.5 * math.log(2.0 * math.pi) - np.log(usable) - inner
    return residual, -np.abs(residual) - np.log(2.0 * usable) - inner
