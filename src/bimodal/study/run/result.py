"""A finished study: the summary, and every observable of every patient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bimodal.study.endpoints import Registry
from bimodal.study.endpoints.trial import Outcomes, ScanPlan
from bimodal.study.readings.readings import Readings
from bimodal.study.readings.trial import TrialReader
from bimodal.study.rules.ledger import DoseLedger
from bimodal.study.spec.spec import StudySpec

if TYPE_CHECKING:
    import xarray

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class StudyResult:
    """What `run_study` gives back.

    Parameters
    ----------
    spec
        The study as it was run.
    summary
        The content of ``summary.json``.
    folder
        Where the results lie.
    readings
        Trajectories of all arms; of a run in a folder they are read from its files when they are asked for.

    Raises
    ------
    StudyError
        From its methods, for an unknown arm or observable.
    OutputError
        From its methods, when the files of the run have gone.

    Examples
    --------
    >>> StudyResult.__name__
    'StudyResult'
    """

    spec: StudySpec
    summary: dict[str, Any]
    folder: Path
    readings: Readings

    @property
    def registry(self) -> Registry:
        """What the observables are: those of the package, or the quantities of a model file."""
        return self.readings.registry

    @property
    def days(self) -> Array:
        """(T,) saved times, elapsed days since the first scheduled dose."""
        return self.readings.days

    @property
    def arms(self) -> list[str]:
        """Arm names in the order of the study."""
        return self.readings.arms

    @property
    def observables(self) -> tuple[str, ...]:
        """Every id that can be read from this run, in the order of the registry."""
        return self.registry.computable(self.readings.observables)

    @property
    def doses_h(self) -> Mapping[str, tuple[float, ...]]:
        """Start of every dose of each arm, hours."""
        return {arm: self.readings.dosing[arm].times_h for arm in self.arms}

    def values(self, arm: str, observable: str) -> Array:
        """Give an observable with a value in time, all of it at once, (N, T), NaN for failed patients."""
        return self.readings.values(arm, observable)

    def blocks(self, arm: str, observable: str, times: Sequence[int] | None = None) -> Iterator[Array]:
        """Give an observable of all patients in blocks of saved times (N, t), so that memory stays bounded."""
        return self.readings.blocks(arm, observable, times)

    def course(self, arm: str, observable: str) -> Array:
        """Give an observable with one value per patient, (N,), NaN where it cannot be said."""
        return self.readings.course(arm, observable)

    @property
    def ledgers(self) -> Mapping[str, DoseLedger]:
        """Doses planned and given, and why, of the arms that have visit rules."""
        return self.readings.ledgers

    @cached_property
    def trial(self) -> TrialReader:
        """Scans, responses and survival of every arm, read when they are asked for."""
        return TrialReader(self.readings, self.spec.scans or ScanPlan(), int(self.summary["seed"]))

    def outcomes(self, arm: str) -> Outcomes:
        """Give what a trial would record of each patient of an arm."""
        return self.trial.outcomes(arm)

    def n(self, arm: str) -> int:
        """Count the patients of an arm, failed ones included."""
        return self.readings.n(arm)

    def failed(self, arm: str) -> int:
        """Count the patients of an arm that have no result."""
        return self.readings.failed(arm)

    def dataset(self, arm: str) -> xarray.Dataset:
        """Give the stored observables of an arm with named axes and units.

        Parameters
        ----------
        arm
            Its name.

        Returns
        -------
        xarray.Dataset
            Dimensions ``patient`` and ``day``; each variable has its unit and definition as attributes.

        Raises
        ------
        StudyError
            Unknown arm.
        """
        import xarray

        variables = {
            name: (
                ("patient", "day"),
                self.values(arm, name),
                {"units": self.registry[name].unit, "long_name": self.registry[name].label},
            )
            for name in self.readings.observables
        }
        return xarray.Dataset(
            variables,
            coords={"patient": np.arange(self.n(arm)), "day": self.days},
            attrs={"arm": arm, "study": self.spec.name},
        )
