"""Runs a study without a results folder, for answers that are themselves the result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bimodal.errors import StudyError
from bimodal.study.design.dlt_curve import refuse_without_curve
from bimodal.study.plan.plan import Plan
from bimodal.study.plan.segment_layout import drawn_apart
from bimodal.study.readings.from_plan import solved_readings
from bimodal.study.readings.readings import Readings
from bimodal.study.readings.weighting import refuse_out_of_reach
from bimodal.study.run.result import StudyResult
from bimodal.study.run.summary import summarise
from bimodal.study.solver.solver import Solved
from bimodal.study.spec.options import RunOptions

Array = npt.NDArray[np.float64]
Progress = Callable[[int, int, str], None]

_MAX_NUMBERS = 250_000_000


def run_in_memory(plan: Plan, *, times_h: Array | None = None, progress: Progress | None = None) -> StudyResult:
    """Compute every arm of a planned study and keep the trajectories in memory; nothing is written.

    Parameters
    ----------
    times_h
        Further times to save, hours, within the horizon.
    progress
        Called with (patients done, patients in all, arm name) after every part.

    Raises
    ------
    StudyError
        The trajectories would need more than 2 GB.

    Examples
    --------
    >>> from bimodal.study import RunOptions, simulate_spec
    >>> from bimodal.study.solver.engine_solver import load_solver
    >>> from bimodal.study.plan.make_plan import make_plan
    >>> spec = simulate_spec(["aldesleukin"], ["none"], patients=2, report_days=[1.0], follow_up_days=1.0)
    >>> run_in_memory(make_plan(spec, RunOptions(), load_solver("human"))).n("none")
    2
    """
    refuse_without_curve(plan)
    refuse_out_of_reach(plan)
    if times_h is not None:
        inside = times_h[(times_h >= 0.0) & (times_h <= plan.times_h[-1])]
        plan = replace(plan, times_h=np.union1d(plan.times_h, inside))
    readings = read_in_memory(plan, progress=progress, drawn=True)
    return StudyResult(plan.spec, summarise(plan, readings), _folder(plan.options), readings, plan.who)


def read_in_memory(plan: Plan, *, progress: Progress | None = None, drawn: bool = False) -> Readings:
    """Compute the trajectories of every arm of a planned study, and nothing from them; `drawn` with pixels."""
    count = plan.population.count
    if not fits_in_memory(plan):
        times = len(plan.times_h)
        raise StudyError(
            f"{count} patients in {len(plan.arms)} arms at {times} times need more than 2 GB of memory",
            where=f"study '{plan.spec.name}'",
            fix="simulate fewer patients or a shorter time",
        )
    parts: dict[str, list[Solved]] = {arm.name: [] for arm in plan.arms}
    done, total, size = 0, count * len(plan.arms), plan.options.chunk
    for index, arm in enumerate(plan.arms):
        for start in range(0, count, size):
            if progress is not None:
                progress(done, total, arm.name)
            stop = min(start + size, count)
            spans = drawn_apart(start, stop) if drawn else [(start, stop)]
            parts[arm.name] += [plan.solve(index, *span, drawn=drawn) for span in spans]
            done += stop - start
    if progress is not None:
        progress(done, total, "")
    return solved_readings(plan, parts, drawn=drawn)


def fits_in_memory(plan: Plan) -> bool:
    """Whether the trajectories of a planned study need less than 2 GB."""
    values = len(plan.times_h) * len(plan.solver.observables)
    return plan.population.count * len(plan.arms) * values <= _MAX_NUMBERS


def _folder(options: RunOptions) -> Path:
    return options.out or Path()
