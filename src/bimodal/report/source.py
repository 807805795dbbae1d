"""What the report room asks of a study result, and nothing more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bimodal.errors import BimodalError

FloatArray = NDArray[np.float64]
MOST_ARMS = 12


class ResultSource(Protocol):
    """A finished study as the report room sees it; `bimodal.study.StudyResult` satisfies it."""

    @property
    def spec(self) -> Any:
        """The study as it was asked for."""
        ...

    @property
    def registry(self) -> Any:
        """Observables by id, each with `label` and `unit`."""
        ...

    @property
    def summary(self) -> Mapping[str, Any]:
        """The content of `summary.json`."""
        ...

    @property
    def days(self) -> FloatArray:
        """Saved times, shape (T,), elapsed days."""
        ...

    @property
    def arms(self) -> Sequence[str]:
        """Arm names in the order of the study file."""
        ...

    @property
    def doses_h(self) -> Mapping[str, Sequence[float]]:
        """Start of every dose of each arm, hours."""
        ...

    def blocks(self, arm: str, observable: str, times: Sequence[int] | None = None) -> Iterator[FloatArray]:
        """Trajectories in blocks of saved times, shape (N, t) each; `times` are the positions wanted, None is all."""
        ...

    def envelope(
        self, arm: str, observable: str, table: str
    ) -> tuple[FloatArray, Iterator[tuple[FloatArray, FloatArray, FloatArray]]]:
        """Lowest, mean and highest value of every patient within the pixels of a figure, in blocks of pixels.

        The (S + 1,) edges of the pixels are in days; `table` is ``pixels`` or ``days``.
        """
        ...

    def n(self, arm: str) -> int:
        """Patients of one arm, failed ones included."""
        ...

    def failed(self, arm: str) -> int:
        """Patients of one arm whose trajectory failed."""
        ...


def drawn_arms(result: ResultSource) -> list[str]:
    """Give the arms that figures show: all, or the first twelve of a study too wide for a page.

    Examples
    --------
    >>> class Wide:
    ...     arms = [f"arm {index}" for index in range(40)]
    >>> len(drawn_arms(Wide()))
    12
    """
    return list(result.arms)[:MOST_ARMS]


def offers(result: ResultSource, arm: str, observable: str) -> bool:
    """Tell whether an observable of an arm can be read, without reading it."""
    try:
        result.blocks(arm, observable)
    except (KeyError, BimodalError):
        return False
    return True


def has_any(result: ResultSource, observables: Sequence[str]) -> bool:
    """Tell whether any arm saved any of the observables."""
    return any(offers(result, arm, name) for arm in result.arms for name in observables)


def weights_of(result: ResultSource) -> FloatArray | None:
    """Give for how many patients each of a study stands, (N,), in every arm; None where all count the same.

    Examples
    --------
    >>> weights_of(object()) is None
    True
    """
    return getattr(getattr(result, "readings", None), "weights", None)


def arm_record(result: ResultSource, arm: str) -> Mapping[str, Any]:
    """Give the summary's record of an arm, empty where the summary has none.

    Examples
    --------
    >>> class One:
    ...     summary = {"arms": [{"name": "a", "drug": "aldesleukin"}]}
    >>> arm_record(One(), "a")["drug"]
    'aldesleukin'
    """
    for record in result.summary.get("arms", ()):
        if record.get("name") == arm:
            return record
    return {}
