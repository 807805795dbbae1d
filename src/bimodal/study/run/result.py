"""A finished study: the summary, and every observable of every patient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bimodal.study.endpoints import Registry
from bimodal.study.endpoints.trial import Outcomes
from bimodal.study.plan.population import StudyPopulation
from bimodal.study.readings.readings import Readings
from bimodal.study.readings.trial import TrialReader
from bimodal.study.rules.ledger import DoseLedger
from bimodal.study.run.dataset import dataset
from bimodal.study.run.shown import shown, shown_as_html
from bimodal.study.run.tables import (
    contrasts_table,
    endpoints_table,
    patients_table,
    summary_table,
    targets_table,
    trajectories_table,
)
from bimodal.study.spec.spec import StudySpec

if TYPE_CHECKING:
    import pandas
    import xarray
    from matplotlib.figure import Figure

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class StudyResult:
    """What `run_study` gives back.

    Parameters
    ----------
    spec
        The study as it was run.
    summary
        The content of ``summary.json``, as plain data; :meth:`summary_table` is the same as a data frame.
    folder
        Where the results lie; the current folder for a run in memory.
    readings
        Trajectories of all arms; of a run in a folder they are read from its files when they are asked for.
    treated
        Who is in each arm.

    Raises
    ------
    StudyError
        From its methods, for an unknown arm or observable.
    OutputError
        From its methods, when the files of the run have gone.

    Examples
    --------
    >>> import bimodal as bm
    >>> result = bm.simulate("none", patients=2, report_days=[1], follow_up_days=1)
    >>> result  # doctest: +ELLIPSIS
    simulate: 1 arm, 2 virtual patients, 0 failed, seed 1
      none: il2_plasma day 1 ...
    >>> result.to_xarray("treg_fold").sizes["patient"]
    2
    """

    spec: StudySpec
    summary: dict[str, Any]
    folder: Path
    readings: Readings
    treated: Mapping[str, StudyPopulation] = field(default_factory=dict[str, StudyPopulation])

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

    def envelope(
        self, arm: str, observable: str, table: str = "pixels"
    ) -> tuple[Array, Iterator[tuple[Array, Array, Array]]]:
        """Give what an observable did within each pixel of a figure, whatever days were saved.

        Parameters
        ----------
        table
            ``pixels`` for the whole time, ``days`` for the first and the last dosing day.

        Returns
        -------
        edges, blocks
            (S + 1,) days, and for blocks of pixels in order the lowest, mean and highest value, each (N, s), of at
            most the first 2,000 patients.
        """
        return self.readings.envelope(arm, observable, table)

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
        return TrialReader.of(self.spec, self.readings, int(self.summary["seed"]))

    def outcomes(self, arm: str) -> Outcomes:
        """Give what a trial would record of each patient of an arm."""
        return self.trial.outcomes(arm)

    def n(self, arm: str) -> int:
        """Count the patients of an arm, failed ones included."""
        return self.readings.n(arm)

    def failed(self, arm: str) -> int:
        """Count the patients of an arm that have no result."""
        return self.readings.failed(arm)

    def to_pandas(self) -> pandas.DataFrame:
        """Give every endpoint of every patient: one row per arm, patient, endpoint and day.

        Returns
        -------
        pandas.DataFrame
            ``arm``, ``patient``, covariates such as ``weight_kg``, ``failed``, ``endpoint``, ``day`` (NaN for a value
            of the whole course), ``value`` and ``unit``. Trial endpoints have no value in a patient: see
            :meth:`summary_table` and :meth:`patients_table`.
        """
        return endpoints_table(self)

    def trajectories(
        self, *observables: str, arms: Sequence[str] | None = None, days: Sequence[float] | None = None
    ) -> pandas.DataFrame:
        """Give observables over time: one row per arm, patient and saved day, a column for each observable.

        Parameters
        ----------
        observables
            Ids; none means every observable with a value in time, folds included.
        arms, days
            Which arms and saved days; None is all.

        Raises
        ------
        StudyError
            Unknown arm, observable or day, or a table of more than 2 GB.
        """
        return trajectories_table(self, observables, arms, days)

    def patients_table(self) -> pandas.DataFrame:
        """Give one row per arm and patient: covariates, and for a trial best response, progression and survival."""
        return patients_table(self)

    def summary_table(self) -> pandas.DataFrame:
        """Give the endpoints of :attr:`summary`: one row per arm, endpoint and day, with the range over patients."""
        return summary_table(self.summary)

    def targets_table(self) -> pandas.DataFrame:
        """Give what was published beside what was simulated, one row per target."""
        return targets_table(self.summary)

    @property
    def contrasts(self) -> list[dict[str, Any]]:
        """Arms set against each other, as :attr:`summary` has them; empty where a study compares none."""
        return self.summary.get("contrasts", [])

    def contrasts_table(self) -> pandas.DataFrame:
        """Give the contrasts as a data frame: one row per pair of arms, endpoint and day, first against second arm."""
        return contrasts_table(self.summary)

    def to_xarray(self, *observables: str, arms: Sequence[str] | None = None) -> xarray.Dataset:
        """Give observables with named axes.

        Parameters
        ----------
        observables
            Ids; none means all with a value in time, folds included, and the endpoints with one value per patient.
        arms
            Which arms; None is all.

        Returns
        -------
        xarray.Dataset
            Dimensions ``arm``, ``patient`` and ``time`` (elapsed days); covariates are coordinates, and each variable
            has ``units``, ``long_name`` and ``description``.

        Raises
        ------
        StudyError
            Unknown arm or observable, or a table of more than 2 GB.
        """
        return dataset(self, observables, arms)

    def plot(self, name: str | None = None) -> Figure:
        """Draw a figure of the report, as ``bimodal.plot`` does."""
        import bimodal

        return bimodal.plot(self, name)

    def __repr__(self) -> str:
        return shown(self.summary)

    def _repr_html_(self) -> str:
        return shown_as_html(self.summary)
