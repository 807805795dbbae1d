"""The signals a tumour site receives: the body does not depend on the tumour, so it is solved once for many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.engine import Schedule, solve
from bimodal.errors import BimodalError
from bimodal.study import RunOptions
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.solver.engine_solver import load_solver
from bimodal.study.spec.adhoc import simulate_spec

FloatArray = npt.NDArray[np.float64]

#: Quantities of the body that drive the site: remembered pSTAT5 of CD8 cells and of Treg, as in human_oncology.
DRIVES = ("cd8_memory", "treg_memory")
#: Steps of the body's trajectory, and of the piecewise constant drive during treatment and after it, hours.
SAMPLE_H, FINE_H, COARSE_H = 0.5, 8.0, 24.0
#: Steps are fine for so long, days: a longer course repeats itself slowly against the memory of signal.
FINE_DAYS = 28.0
#: How long a course is followed after its last dose, days: by then the signal is back at rest.
SETTLE_DAYS = 24.0


@dataclass(frozen=True, eq=False)
class SiteDrives:
    """Signals that reach the tumour sites of B bodies, constant between times.

    Attributes
    ----------
    times_h
        (E,) when the signals change, ascending, hours since the first dose.
    effector, treg
        (B, E) mean of the remembered signal from each time to the next; the last is the signal at rest.
    rest
        (B, 2) signals before treatment.

    Examples
    --------
    >>> two = SiteDrives(np.array([0.0, 96.0]), np.eye(2), np.eye(2), np.zeros((2, 2)))
    >>> two.pick(np.array([1, 1])).effector.tolist()
    [[0.0, 1.0], [0.0, 1.0]]
    """

    times_h: FloatArray
    effector: FloatArray
    treg: FloatArray
    rest: FloatArray

    def __post_init__(self) -> None:
        bodies, changes = self.effector.shape
        if self.treg.shape != (bodies, changes) or self.times_h.shape != (changes,) or self.rest.shape != (bodies, 2):
            raise BimodalError("the signals of the tumour site differ in shape")

    def pick(self, bodies: npt.NDArray[np.int64]) -> SiteDrives:
        """Give the signals of some bodies, in the order asked for."""
        return SiteDrives(self.times_h, self.effector[bodies], self.treg[bodies], self.rest[bodies])


def drive_course(
    regimen: str,
    *,
    cohort: str,
    bodies: int,
    seed: int = 1,
    workers: int = 1,
    model: str = "human",
    drug: str = "aldesleukin",
) -> SiteDrives:
    """Solve the bodies of a cohort once for a regimen and keep what reaches the tumour site.

    Parameters
    ----------
    bodies
        How many, B.
    workers
        Threads; they change no bit.
    model
        Built-in model with the body in it.

    Returns
    -------
    SiteDrives
        Interval means: 8 h during treatment and until it has worn off, at most for four weeks, a day after it.
    """
    solver = load_solver(model)
    spec = simulate_spec([drug], [regimen], cohort=cohort, patients=bodies, model=model)
    plan = make_plan(spec, RunOptions(patients=bodies, seed=seed), solver)
    parameters, events = plan.inputs(0, 0, bodies)
    net = solver.model.network
    system = net.system(
        [(name, name) for name in DRIVES], settable=solver.model.settable, nonnegative=solver.model.nonnegative
    )
    columns = [solver.parameter_ids.index(name) for name in system.parameter_ids]
    slots = [system.slot_add(p.symbol) if p.action == "add" else system.slot_set(p.symbol) for p in events.ports]
    last = max((dose.time_h for dose in plan.arms[0].schedule.doses), default=0.0)
    edges = _edges(last)
    samples = np.arange(0.0, edges[-1] + SAMPLE_H / 2.0, SAMPLE_H)
    schedule = Schedule.shared(events.times_h, slots, events.values)
    found = solve(system, parameters[:, columns], schedule, samples, workers=workers)
    if (found.status > 1).any():
        raise BimodalError("a body could not be solved", where=f"cohort '{cohort}', regimen '{regimen}'")
    rest = found.values[:, 0, :]
    means = _interval_means(samples, found.values, edges)
    steady = np.concatenate([means, rest[:, None, :]], axis=1)
    return SiteDrives(edges, steady[:, :, 0], steady[:, :, 1], rest)


def _edges(last_dose_h: float) -> FloatArray:
    fine = np.arange(0.0, min(last_dose_h + 3.0 * 24.0, FINE_DAYS * 24.0), FINE_H)
    coarse = np.arange(fine[-1] + FINE_H, last_dose_h + SETTLE_DAYS * 24.0, COARSE_H)
    return np.concatenate([fine, coarse])


def _interval_means(samples: FloatArray, values: FloatArray, edges: FloatArray) -> FloatArray:
    """Average (B, T, K) over the intervals between edges; both grids are whole steps."""
    steps = (values[:, 1:] + values[:, :-1]) / 2.0 * np.diff(samples)[:, None]
    area = np.concatenate([np.zeros_like(values[:, :1]), np.cumsum(steps, axis=1)], axis=1)
    at = np.rint(edges / SAMPLE_H).astype(np.int64)
    return np.diff(area[:, at], axis=1) / np.diff(edges)[:, None]
