"""Virtual tumours of the oncology fit, and what becomes of them under a course."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from bimodal.engine import Schedule, Settings, solve
from bimodal.errors import BimodalError
from bimodal.fit.oncology.drives import SiteDrives
from bimodal.fit.oncology.parameters import SHIPPED, completed
from bimodal.model import Model, load_model

FloatArray = npt.NDArray[np.float64]

#: Classes of tumours: nobody's effectors see it; all of it is seen; a part of it is not seen.
CLASSES = ("unrecognised", "recognised", "partly")
#: Spreads that no outcome pins, standard deviations of ln: burden, burden that kills, Treg at the site.
SPREADS = {"tumour_cells_rest": 1.3, "tumour_hazard_half": 0.7, "tumour_treg_density": 0.5, "tumour_remains_time": 0.7}
_HOURS = 24.0


@dataclass(frozen=True)
class Structure:
    """Parts of the tumour site that can be left out, to see whether they are needed.

    Attributes
    ----------
    free
        Mechanisms that can be left out and are not, by the names of their parameters.
    evasive
        An evasive clone in partly recognised tumours.
    extinction
        A clone below one cell does not come back.
    bystander
        The evasive clone feels a share of the killing.
    """

    free: frozenset[str] = frozenset(SHIPPED)
    evasive: bool = True
    extinction: bool = True
    bystander: bool = True


@dataclass(frozen=True, eq=False)
class Tumours:
    """N tumours of each class; the same random numbers whatever the values, cancer and arm.

    Attributes
    ----------
    each
        N, a power of two.
    treg_share
        Treg at every site over what is there untreated; 0.2 is a depletion by 80 %.
    """

    each: int
    seed: int = 1
    structure: Structure = Structure()
    treg_share: float = 1.0

    @cached_property
    def model(self) -> Model:
        """The tumour site alone."""
        return load_model("tumour_alone")

    @cached_property
    def uniform(self) -> FloatArray:
        """(N, 7) shifted Sobol points: growth, burden, hazard, Treg, kill, evasive fraction, body."""
        from scipy.stats import qmc  # a second to load, and pages need only the constants of this file

        shift = np.random.default_rng(self.seed).random(8)
        return (qmc.Sobol(8, scramble=False).random(self.each) + shift) % 1.0

    def weights(self, values: Mapping[str, float]) -> dict[str, float]:
        """Share of each class."""
        values = completed(values)
        seen = values["recognised"]
        return {
            "unrecognised": 1.0 - seen,
            "recognised": seen * values["clean"],
            "partly": seen * (1.0 - values["clean"]),
        }

    def parameters(self, values: Mapping[str, float], cancer: str, kind: str) -> dict[str, FloatArray]:
        """Give the rows of the parameter table of N tumours of a class, each (N,)."""
        values = completed(values)
        z = ndtri(self.uniform)
        table = self.model.table.values()
        one, free = np.ones(self.each), self.structure.free
        rows = {
            "tumour_doubling_time": _HOURS * _spread(values, "doubling", "growth_spread", cancer, z[:, 0]),
            "tumour_cells_rest": table["tumour_cells_rest"] * np.exp(SPREADS["tumour_cells_rest"] * z[:, 1]),
            "tumour_hazard_half": values["hazard_half"] * np.exp(SPREADS["tumour_hazard_half"] * z[:, 2]),
            "tumour_treg_density": self.treg_share * np.exp(SPREADS["tumour_treg_density"] * z[:, 3]),
            "tumour_treg_half": values["treg_half"] * one,
            "tumour_burden_half": values["burden_half"] * one,
            "tumour_persisting_fraction": values["persisting_fraction"] * one,
            "tumour_persistence_time": _HOURS * values[f"persistence_{cancer}"] * one,
            "tumour_bystander": (values[f"bystander_{cancer}"] if self.structure.bystander else 0.0) * one,
            "tumour_kill": values["kill"] / _HOURS * np.exp(values["kill_spread"] * z[:, 4]),
            "tumour_signal_slope": values["signal_slope"] * one,
            "tumour_kill_max": values["kill_max"] / _HOURS * one,
            "tumour_evasive_growth": (values["evasive_growth"] if cancer == "renal" else 1.0) * one,
            "tumour_division_max": (1.0 if "crowding" in free else 0.0) / _HOURS * one,
            "tumour_division_half": values["division_half"] * one,
            "tumour_crowding": values["crowding"] * one,
            "tumour_remains_share": (1.0 if "remains_time" in free else 0.0) * one,
            "tumour_remains_time": _HOURS * values["remains_time"] * np.exp(SPREADS["tumour_remains_time"] * z[:, 7]),
            "tumour_one_cell": (1.0 if self.structure.extinction else 1e-9) * one,
        }
        if kind == "unrecognised":
            rows["tumour_kill"] = 0.0 * one
        if kind == "partly" and self.structure.evasive:
            centre = np.log(values["evasive_median"] / (1.0 - values["evasive_median"]))
            rows["tumour_evasive_fraction"] = 1.0 / (1.0 + np.exp(-(centre + values["evasive_spread"] * z[:, 5])))
        return rows

    def simulate(
        self,
        values: Mapping[str, float],
        cancer: str,
        kind: str,
        *,
        drives: SiteDrives | None,
        days: FloatArray,
        workers: int = 1,
    ) -> tuple[FloatArray, FloatArray]:
        """Follow the tumours of a class through a course.

        Parameters
        ----------
        values
            By id, natural units.
        cancer
            ``melanoma`` or ``renal``.
        drives
            What reaches the site, body by body; None is untreated.
        days
            (T,) when to look.
        workers
            Threads; they change no bit.

        Returns
        -------
        cells, death_hazard_integral : ndarray (N, T)
        """
        return simulate_site(
            self.model,
            self.parameters(values, cancer, kind),
            None if drives is None else drives.pick(self.bodies(len(drives.rest))),
            days=days,
            workers=workers,
        )

    def bodies(self, count: int) -> npt.NDArray[np.int64]:
        """Say which of `count` bodies each tumour is in."""
        return np.minimum((self.uniform[:, 6] * count).astype(np.int64), count - 1)


def simulate_site(
    model: Model,
    rows: Mapping[str, FloatArray],
    drives: SiteDrives | None,
    *,
    days: FloatArray,
    settings: Settings | None = None,
    workers: int = 1,
) -> tuple[FloatArray, FloatArray]:
    """Solve the tumour site alone for N patients whose signals are given.

    Parameters
    ----------
    rows
        Rows that differ from its table, each (N,).
    drives
        Signals of the N patients; None is untreated.
    days
        (T,) when to look.
    settings
        Of the solver; a fit makes do with 1e-4.
    workers
        Threads; they change no bit.

    Returns
    -------
    cells, death_hazard_integral : ndarray (N, T)
    """
    system, table = model.system, model.table.values()
    count = len(next(iter(rows.values())))
    given = dict(rows)
    schedule = None
    if drives is not None:
        given |= {"effector_drive": drives.rest[:, 0], "treg_drive": drives.rest[:, 1]}
        slots = [system.slot_set("effector_drive"), system.slot_set("treg_drive")]
        signals = np.stack([drives.effector, drives.treg], axis=2).reshape(count, -1)
        schedule = Schedule.shared(np.repeat(drives.times_h, 2), np.tile(slots, len(drives.times_h)), signals)
    matrix = np.column_stack([np.broadcast_to(given.get(n, np.float64(table[n])), count) for n in system.parameter_ids])
    found = solve(system, matrix, schedule, days * _HOURS, settings=settings or Settings(rtol=1e-4), workers=workers)
    if (found.status > 1).any():
        raise BimodalError(f"{int((found.status > 1).sum())} tumours could not be solved", where="tumour_alone")
    return found["tumour_cells"], found["death_hazard_integral"]


def _spread(values: Mapping[str, float], centre: str, spread: str, cancer: str, z: FloatArray) -> FloatArray:
    return values[f"{centre}_{cancer}"] * np.exp(values[f"{spread}_{cancer}"] * z)
