"""Random stiff linear systems with doses: the engine against the matrix exponential."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.engine import Schedule, Settings, SolverStatus, solve
from fuzz.problems import SAVED, SCALE_SHARE, SIZES, STOPS, Problem, by_scipy, carried, exact, problem, system

FloatArray = npt.NDArray[np.float64]

#: A result this many times its tolerance away and yet called done is wrong in silence.
SILENT = 100.0
SETTINGS = {"default": Settings(), "rodas4": Settings(rtol=1e-5, method="rodas4")}
_CHUNK = 200


@dataclass
class Run:
    """What one setting gave: how runs ended, and the largest error of each."""

    endings: Counter[str] = field(default_factory=Counter)
    over_carried: list[FloatArray] = field(default_factory=list)
    over_size: list[FloatArray] = field(default_factory=list)
    silent: list[dict[str, Any]] = field(default_factory=list)
    steps: list[FloatArray] = field(default_factory=list)
    repeated: int = 0
    states_against_numbers: int = 0


@dataclass
class Found:
    """What one batch, or all of them, gave."""

    systems: Counter[str] = field(default_factory=Counter)
    sizes: Counter[int] = field(default_factory=Counter)
    oscillating: int = 0
    dosed: int = 0
    doses: int = 0
    stiffness: list[FloatArray] = field(default_factory=list)
    scipy: list[FloatArray] = field(default_factory=list)
    runs: dict[str, Run] = field(default_factory=lambda: {name: Run() for name in SETTINGS})

    def merge(self, other: Found) -> None:
        """Take in another batch."""
        self.systems += other.systems
        self.sizes += other.sizes
        self.oscillating += other.oscillating
        self.dosed += other.dosed
        self.doses += other.doses
        self.stiffness += other.stiffness
        self.scipy += other.scipy
        for name, run in other.runs.items():
            own = self.runs[name]
            own.endings += run.endings
            own.over_carried += run.over_carried
            own.over_size += run.over_size
            own.silent += run.silent
            own.steps += run.steps
            own.repeated += run.repeated
            own.states_against_numbers += run.states_against_numbers

    def record(self) -> dict[str, Any]:
        """Return everything as plain data."""
        scipy = np.concatenate(self.scipy)
        runs = {}
        for name, run in self.runs.items():
            carried_, size, steps = (np.concatenate(part) for part in (run.over_carried, run.over_size, run.steps))
            runs[name] = {
                "rtol": SETTINGS[name].rtol,
                "method": SETTINGS[name].method,
                "endings": dict(run.endings.most_common()),
                "error_over_carried_tolerance": _quantiles(carried_),
                "error_over_rtol": _quantiles(size),
                "steps": {"median": int(np.median(steps)), "most": int(steps.max())},
                "steps_repeated_for_a_bad_linear_solve": run.repeated,
                "silent_failures": len(run.silent),
                "status_against_numbers": run.states_against_numbers,
                "silent": run.silent[:20],
            }
        return {
            "systems": sum(self.systems.values()),
            "families": dict(self.systems),
            "sizes": {str(n): self.sizes[n] for n in sorted(self.sizes)},
            "with_complex_eigenvalues": self.oscillating,
            "with_doses": self.dosed,
            "doses": self.doses,
            "fastest_over_slowest_rate": _quantiles(np.concatenate(self.stiffness)),
            "scipy_expm_error_over_carried_tolerance": _quantiles(scipy),
            "scipy_expm_worse_than_1_percent_of_tolerance": int((scipy > 0.01).sum()),
            "settings": runs,
        }


def _quantiles(values: FloatArray) -> dict[str, float]:
    shares = {"median": 0.5, "0.9": 0.9, "0.99": 0.99, "0.999": 0.999, "worst": 1.0}
    return {name: float(np.quantile(values, share)) for name, share in shares.items()}


def jobs(seed: int, count: int) -> list[tuple[int, int, int, int]]:
    """Share ``count`` systems among the sizes: (seed, size, first, past the last) of each batch."""
    found = []
    for place, n in enumerate(SIZES):
        own = count // len(SIZES) + (place < count % len(SIZES))
        found += [(seed, n, low, min(low + _CHUNK, own)) for low in range(0, own, _CHUNK)]
    return found


def run_batch(job: tuple[int, int, int, int]) -> Found:
    """Solve and compare the systems of one batch."""
    seed, n, low, high = job
    problems = [problem(seed, n, index) for index in range(low, high)]
    found = Found(sizes=Counter({n: len(problems)}), systems=Counter(p.family for p in problems))
    references, tolerances = [], []
    for p in problems:
        before, after, propagators = exact(p)
        theirs, allowed = by_scipy(p), carried(p, before, after, propagators)
        values = np.linalg.eigvals(p.matrix)
        real = np.abs(values.real)
        found.oscillating += int((np.abs(values.imag) > 1e-3 * real).any())
        found.dosed += bool(p.doses)
        found.doses += len(p.doses)
        found.stiffness.append(np.array([real.max() / max(real.min(), 1e-12 * real.max())]))
        found.scipy.append(np.array([np.max(np.abs(theirs - before) / (SETTINGS["default"].rtol * allowed))]))
        references.append(before[SAVED])
        tolerances.append(allowed[SAVED])
    for name, settings in SETTINGS.items():
        _solve(problems, n, settings, np.array(references), np.array(tolerances), found.runs[name])
    return found


def _solve(
    problems: list[Problem], n: int, settings: Settings, reference: FloatArray, allowed: FloatArray, into: Run
) -> None:
    model = system(n)
    parameters = np.array([np.concatenate([p.matrix.ravel(), p.start]) for p in problems])
    slots = [model.slot_add(f"x{i}") for i in range(n)]
    doses = [[(float(STOPS[stop]), slots[where], amount) for stop, where, amount in p.doses] for p in problems]
    run = solve(model, parameters, Schedule.build(doses), STOPS[SAVED], settings=settings)
    done = run.status <= SolverStatus.DONE_BY_FALLBACK
    into.endings.update(SolverStatus(code).name for code in run.status.tolist())
    into.states_against_numbers += int((done != np.isfinite(run.values).all(axis=(1, 2))).sum())
    difference = np.abs(run.values - reference)
    start = np.array([p.start for p in problems])[:, None, :]
    peak = np.maximum(np.abs(reference).max(axis=1, keepdims=True), np.where(start > 0, start, 1.0))
    size = np.abs(reference) + SCALE_SHARE * peak
    over_carried = (difference / (settings.rtol * allowed)).max(axis=(1, 2))
    into.over_carried.append(over_carried[done])
    into.over_size.append((difference / (settings.rtol * size)).max(axis=(1, 2))[done])
    into.steps.append(run.steps.astype(np.float64))
    into.repeated += int(run.repeated.sum())
    for i in np.flatnonzero(done & ~(over_carried <= SILENT)):
        p = problems[i]
        into.silent.append(
            {
                "family": p.family,
                "error_over_carried_tolerance": float(over_carried[i]),
                "matrix": p.matrix.tolist(),
                "start": p.start.tolist(),
                "doses": list(p.doses),
            }
        )
