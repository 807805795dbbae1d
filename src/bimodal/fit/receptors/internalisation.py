"""Which speed of internalisation reproduces which measurement: published surface loss against three choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.engine import Schedule, Settings, System, solve
from bimodal.evidence import SurfaceLoss, load_surface_loss
from bimodal.model import IL15, LIGAND, Subset, load_assay, load_receptor_cell

FloatArray = npt.NDArray[np.float64]

#: What Farhat 2021 found by fitting these data; the shipped speed, 2.4 per hour, is Fallon & Lauffenburger's.
FAST_PER_HOUR = 150.0
#: Receptors of a YT-1 cell: posterior medians of the expression rates Farhat 2021 fitted to these data, times the
#: residence their rates imply. Beta depends on them little; for gamma the ratio to beta decides.
YT1 = {"alpha": 4620.0, "beta": 538.0, "gamma": 1601.0}
_TYPE = "nk_dim"
#: Where the gamma chain is on the surface: free, and in complexes.
_GAMMA = (
    "free_gamma_surface",
    *(f"with_{ligand}_{name}" for ligand in ("il2", "il15") for name in ("lag", "lbg", "labg")),
)


@dataclass(frozen=True, eq=False)
class Choice:
    """One choice of internalisation and what it makes of every measured course.

    Attributes
    ----------
    percent
        By course: (T,) simulated per cent, or None where this level has no such chain.
    """

    name: str
    percent: tuple[FloatArray | None, ...]

    def rmse(self, courses: tuple[SurfaceLoss, ...], chain: str) -> float | None:
        """Root mean square difference in percentage points over the courses of one chain, the start left out."""
        parts = [
            simulated[1:] - course.percent[1:]
            for simulated, course in zip(self.percent, courses, strict=True)
            if simulated is not None and course.chain == chain
        ]
        return float(np.sqrt(np.mean(np.concatenate(parts) ** 2))) if parts else None


def compare_internalisation(values: Mapping[str, float] | None = None) -> tuple[tuple[SurfaceLoss, ...], list[Choice]]:
    """Simulate the loss of beta and gamma from the surface of YT-1 cells under each choice.

    Parameters
    ----------
    values
        Rows of the human parameter table with other values than it has, such as those of a fit.

    Returns
    -------
    tuple
        The measured courses and, for each choice, the simulated ones.
    """
    courses, _ = load_surface_loss()
    changed = dict(values or {})
    fast = {**changed, "internalisation": FAST_PER_HOUR, "beta_loss_fraction": 1.0}
    return courses, [
        Choice("equilibrium level, shipped speed", tuple(_equilibrium(c, changed, "beta") for c in courses)),
        Choice(
            "the same, beta seen only where no ligand covers it",
            tuple(_equilibrium(c, changed, "free") for c in courses),
        ),
        Choice(f"equilibrium level, {FAST_PER_HOUR:g} per hour", tuple(_equilibrium(c, fast, "beta") for c in courses)),
        Choice("mass action, the authors' constants", tuple(_mass_action(c) for c in courses)),
    ]


def _equilibrium(course: SurfaceLoss, changed: Mapping[str, float], seen: str) -> FloatArray | None:
    if course.chain != "beta":
        return None
    assay = load_assay()
    wanted = {"beta": "cell_r_beta", "free": "cell_r_beta_free"}[seen]
    system = assay.network.system([("seen", wanted)], settable=(LIGAND, IL15))
    cell = Subset("yt1", _TYPE, YT1["alpha"] if course.cd25 else 1e-6, YT1["beta"], "")
    parameters = assay.parameters(cell, changed=changed)
    return _percent(system, parameters, LIGAND if course.ligand == "il2" else IL15, course)


def _mass_action(course: SurfaceLoss) -> FloatArray:
    cell = load_receptor_cell()
    alpha = YT1["alpha"] if course.cd25 else 1e-6
    parameters = cell.parameters("nk", {"alpha_rest": alpha, "beta_rest": YT1["beta"], "gamma_rest": YT1["gamma"]})
    seen = _GAMMA if course.chain == "gamma" else ("surface_beta",)
    system = cell.network.system(
        [(name, name) for name in seen], settable=("il2", "il15"), nonnegative=cell.network.state_ids
    )
    return _percent(system, parameters, course.ligand, course)


def _percent(system: System, parameters: Mapping[str, float], ligand: str, course: SurfaceLoss) -> FloatArray:
    row = [[parameters[name] for name in system.parameter_ids]]
    schedule = Schedule.build([[(0.0, system.slot_set(ligand), course.concentration_nM)]])
    run = solve(system, row, schedule, course.minutes / 60.0, settings=Settings(rtol=1e-8))
    seen = run.values[0].sum(axis=1)
    return 100.0 * seen / seen[0]  # a value at the time of the dose is the one before it
