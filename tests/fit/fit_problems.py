"""Problems with known answers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bimodal.fit import FitParameter, ParameterPrior, Problem

DATA = {"made up": hashlib.sha256(b"made up").hexdigest()}
TIMES = np.linspace(0.0, 4.0, 9)


def decay(**changes: Any) -> Problem:
    """Return exponential decay from 3 at rate 0.5, seen without error in two groups."""
    seen = 3.0 * np.exp(-0.5 * TIMES)

    def residuals(values: Mapping[str, float]) -> NDArray[np.float64]:
        return (values["amount"] * np.exp(-values["rate"] * TIMES) - seen) / 0.1

    settings: dict[str, Any] = {
        "name": "decay",
        "parameters": (
            FitParameter("amount", start=1.0, lower=0.01, upper=100.0),
            FitParameter("rate", start=2.0, lower=0.01, upper=10.0),
        ),
        "groups": ("early",) * 4 + ("late",) * 5,
        "data": DATA,
        "residuals": residuals,
    }
    return Problem(**{**settings, **changes})


def rosenbrock(**changes: Any) -> Problem:
    """Return Rosenbrock's valley as residuals: minimum 0 at (1, 1)."""

    def batch(sets: NDArray[np.float64]) -> NDArray[np.float64]:
        x, y = sets.T
        return np.stack([10.0 * (y - x**2), 1.0 - x], axis=1)

    settings: dict[str, Any] = {
        "name": "rosenbrock",
        "parameters": tuple(FitParameter(n, s, -3.0, 3.0, "linear") for n, s in (("x", -1.2), ("y", 1.0))),
        "groups": ("valley", "wall"),
        "data": DATA,
        "batch_residuals": batch,
    }
    return Problem(**{**settings, **changes})


def total(prior: ParameterPrior | None = None) -> Problem:
    """Return data that see only the sum of ``a`` and ``b``, and ``c`` by itself."""

    def residuals(values: Mapping[str, float]) -> NDArray[np.float64]:
        both = (values["a"] + values["b"] - np.array([2.1, 1.9])) / 0.1
        return np.concatenate([both, (values["c"] - np.array([0.9, 1.1])) / 0.1])

    return Problem(
        name="total",
        parameters=(
            FitParameter("a", start=1.5, lower=0.01, upper=100.0, prior=prior),
            FitParameter("b", start=0.3, lower=0.01, upper=100.0),
            FitParameter("c", start=2.0, lower=0.01, upper=100.0),
        ),
        groups=("sum", "sum", "single", "single"),
        data=DATA,
        residuals=residuals,
    )


def linear(design: NDArray[np.float64], seen: NDArray[np.float64], **changes: Any) -> Problem:
    """Return a linear model with unit errors, whose answers have closed forms."""
    settings: dict[str, Any] = {
        "name": "linear",
        "parameters": tuple(FitParameter(f"b{c}", 0.0, -50.0, 50.0, "linear") for c in range(design.shape[1])),
        "groups": tuple(f"g{row % 3}" for row in range(len(seen))),
        "data": DATA,
        "batch_residuals": lambda sets: sets @ design.T - seen,
    }
    return Problem(**{**settings, **changes})
