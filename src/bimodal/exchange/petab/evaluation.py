"""A PEtab problem at one parameter set: what its measurements say of it."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from bimodal.errors import PetabError
from bimodal.exchange.petab.course import Course
from bimodal.exchange.petab.likelihood import Compared, Likelihood
from bimodal.exchange.petab.problem import PetabProblem
from bimodal.files.suggest import suggest_names

#: Failures that are printed.
_SHOWN = 20


@dataclass(frozen=True, eq=False)
class PetabEvaluation:
    """Simulations, residuals and likelihood at one parameter set.

    Parameters
    ----------
    problem
        The problem.
    values
        Of all parameters of the table, by id.
    compared
        Simulated values beside the measured ones.
    log_priors
        Logarithm of the prior density of each parameter that has one.
    """

    problem: PetabProblem
    values: Mapping[str, float]
    compared: Compared
    log_priors: Mapping[str, float]

    @property
    def log_likelihood(self) -> float:
        """Logarithm of the likelihood; NaN where a simulation failed."""
        return float(self.compared.log_likelihood[0])

    @property
    def chi2(self) -> float:
        """Sum of the squared residuals."""
        return float(self.compared.chi2[0])

    @property
    def log_prior(self) -> float:
        """Sum of the logarithms of the prior densities."""
        return math.fsum(self.log_priors.values())

    @property
    def log_posterior(self) -> float:
        """Logarithm of the posterior density, up to a constant."""
        return self.log_likelihood + self.log_prior

    @cached_property
    def failures(self) -> tuple[str, ...]:
        """Which experiments failed, and why."""
        return tuple(f"{name or 'the model'}: {sentence}" for name, _, sentence in self.compared.failures)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know of the model."""
        return self.problem.network.warnings

    @cached_property
    def observables(self) -> dict[str, dict[str, Any]]:
        """By observable: number of measurements, root mean square of the residuals, logarithm of the likelihood."""
        found: dict[str, dict[str, Any]] = {}
        for observable in self.problem.observables:
            own = [i for i, one in enumerate(self.problem.measurements) if one.observable == observable.id]
            if own:
                residuals = self.compared.residuals[0, own]
                found[observable.id] = {
                    "measurements": len(own),
                    "rms": _number(float(np.sqrt(np.mean(residuals**2)))),
                    "log_likelihood": _number(float(self.compared.log_likelihoods[0, own].sum())),
                }
        return found

    def simulation_table(self) -> str:
        """Return the measurement table with simulated values in place of the measured ones, between tabs."""
        columns = list(self.problem.measurements[0].row)
        renamed = ["simulation" if name == "measurement" else name for name in columns]
        text = io.StringIO()
        rows = csv.writer(text, delimiter="\t", lineterminator="\n")
        rows.writerow(renamed)
        for measurement, value in zip(self.problem.measurements, self.compared.simulated[0].tolist(), strict=True):
            rows.writerow([repr(value) if name == "measurement" else measurement.row.get(name, "") for name in columns])
        return text.getvalue()

    def as_dict(self) -> dict[str, Any]:
        """Return everything but the simulations as plain data; what is no finite number is null."""
        return {
            "problem": self.problem.files.path.name,
            "version": self.problem.version,
            "measurements": len(self.problem.measurements),
            "log_likelihood": _number(self.log_likelihood),
            "chi2": _number(self.chi2),
            "log_prior": _number(self.log_prior),
            "log_posterior": _number(self.log_posterior),
            "parameters": dict(self.values),
            "observables": self.observables,
            "failures": list(self.failures),
            "warnings": list(self.warnings),
        }

    def text(self) -> str:
        """Return it for people."""
        return evaluation_text(self.as_dict())


def evaluation_text(said: Mapping[str, Any]) -> str:
    """Return what `PetabEvaluation.as_dict` gives, for people."""

    def shown(value: float | None, digits: int) -> str:
        return "no number" if value is None else f"{value:.{digits}g}"

    names = ("log_likelihood", "chi2", "log_prior", "log_posterior")
    likelihood, chi2, prior, posterior = (shown(said[name], 8) for name in names)
    wide = max(map(len, [*said["observables"], "observable"]))
    lines = [
        f"{said['measurements']} measurements: log-likelihood {likelihood}, chi-square {chi2}",
        f"log-prior {prior}, log-posterior {posterior}",
        "",
        f"{'observable':<{wide}}  measurements  rms        log-likelihood",
    ]
    for name, facts in said["observables"].items():
        rms, own = shown(facts["rms"], 3), shown(facts["log_likelihood"], 6)
        lines.append(f"{name:<{wide}}  {facts['measurements']:<12}  {rms:<9}  {own}")
    lines += [f"failed: {failure}" for failure in said["failures"][:_SHOWN]]
    lines += [f"warning: {warning}" for warning in said["warnings"]]
    return "\n".join(lines) + "\n"


def evaluate_petab(
    problem: PetabProblem, values: Mapping[str, float] | None = None, *, workers: int = 1
) -> PetabEvaluation:
    """Simulate a problem and compare it with its measurements.

    Parameters
    ----------
    problem
        The problem.
    values
        Parameters of its table with another value than the nominal one, in natural units.
    workers
        Threads.

    Raises
    ------
    PetabError
        A parameter is unknown or has no value.
    """
    known = [parameter.id for parameter in problem.parameters]
    for name in values or {}:
        if name not in known:
            raise PetabError(f"there is no parameter '{name}'", fix=suggest_names(name, known))
    row = np.array([(values or {}).get(p.id, p.nominal) for p in problem.parameters])
    for parameter, value in zip(problem.parameters, row.tolist(), strict=True):
        if math.isnan(value):
            parameter.place.fail("nominalValue", f"'{parameter.id}' has no value")
    likelihood = Likelihood(Course(problem))
    return PetabEvaluation(
        problem,
        dict(zip(known, row.tolist(), strict=True)),
        likelihood.compare(row[None], workers=workers),
        likelihood.log_priors(row),
    )


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
