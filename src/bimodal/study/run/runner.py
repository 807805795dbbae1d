"""Runs a study: parts that are missing are computed and stored, then everything is summarised."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np

from bimodal.errors import OutputError
from bimodal.files.write import write_text
from bimodal.study.design.dlt_curve import refuse_without_curve
from bimodal.study.plan.grid import DAY_H
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.plan.plan import Plan
from bimodal.study.plan.segment_layout import drawn_apart
from bimodal.study.plan.targets import asked_days
from bimodal.study.readings.from_plan import readings_of
from bimodal.study.readings.readings import Readings
from bimodal.study.readings.weighting import refuse_out_of_reach
from bimodal.study.run.backend import choose_backend
from bimodal.study.run.load_shipped import shipped_solver as shipped_solver
from bimodal.study.run.result import StudyResult
from bimodal.study.run.study_file import write_study
from bimodal.study.run.summary import summarise, summary_text
from bimodal.study.run.tables import contrasts_table
from bimodal.study.run.work_part import Receipt, WorkPart
from bimodal.study.solver.solver import Solver
from bimodal.study.spec.options import RunOptions
from bimodal.study.spec.spec import StudySpec
from bimodal.study.store.folder import claimed_folder
from bimodal.study.store.run_files import RunFiles
from bimodal.study.store.segment_table import stored_tables
from bimodal.study.store.spans import common_spans, missing_spans
from bimodal.study.store.stored_arm import StoredArm

Progress = Callable[[int, int, str], None]
#: Called with what a worker says of a part it has stored.
Watch = Callable[[Receipt], None]
_LOG = logging.getLogger(__name__)
_MOST_SAID = 5


def run_study(
    spec: StudySpec,
    *,
    options: RunOptions | None = None,
    progress: Progress | None = None,
    solver: Solver | None = None,
) -> StudyResult | None:
    """Run a study, or what is missing of it, and write ``summary.json``.

    Interrupted runs keep the parts that are finished; the same call again computes only the rest.

    Parameters
    ----------
    options
        Counts, seed, folder, workers.
    progress
        Called with (patients done, patients in all, arm name) after every part.
    solver
        What solves the model; None loads the study's model into the shipped engine.

    Returns
    -------
    StudyResult or None
        None only when a shard was asked for and other shards have not finished yet.

    Raises
    ------
    BimodalError
        Bad input or an unwritable folder; then nothing is computed, and for bad input nothing is written.
    KeyboardInterrupt
        When a person stops it; finished parts stay.

    Examples
    --------
    >>> from bimodal.study import load_study
    >>> run_study(load_study("koreth-2011"), options=RunOptions(patients=0))
    Traceback (most recent call last):
    ...
    bimodal.errors.StudyError: cannot simulate 0 patients
      try:   give from 1 to 10,000,000 patients
    """
    return run_plan(make_plan(spec, options or RunOptions(), solver or shipped_solver(spec)), progress=progress)


def run_plan(plan: Plan, *, progress: Progress | None = None, watch: Watch | None = None) -> StudyResult | None:
    """Run a planned study as `run_study` does; `watch` is called with the receipt of every part."""
    refuse_without_curve(plan)
    refuse_out_of_reach(plan)
    with claimed_folder(plan) as files:
        write_study(files.folder, plan)
        _compute(plan, files, progress, watch)
        return _finish(plan, files)


def _finish(plan: Plan, files: RunFiles) -> StudyResult | None:
    """Read, judge and sum up what is stored; None where a shard has to wait for others."""
    count, folder = plan.population.count, files.folder
    if any(missing_spans(files.present(arm), 0, count) for arm in range(len(plan.arms))):
        if plan.options.shard is None:
            raise OutputError(
                "results that were just written are not there as they were written",
                where=str(folder),
                fix="see whether the disk is sound and no other program works in this folder, then run it again",
            )
        return None
    readings = _read(plan, files)
    tables = (table.rows for named in readings.segments.values() for table in named.values())
    with ExitStack() as reading:
        for rows in (*readings.stored.values(), *tables):
            if isinstance(rows, StoredArm):
                reading.enter_context(rows.read_once())
        summary = summarise(plan, readings)
    write_text(folder / "summary.json", summary_text(summary))
    if "contrasts" in summary:
        write_text(folder / "contrasts.csv", contrasts_table(summary).to_csv(index=False, lineterminator="\n"))
    return StudyResult(_as_run(plan.spec, count), summary, folder, readings, plan.who)


def read_run(plan: Plan, folder: Path) -> Readings:
    """Open the files of a finished run; nothing is computed."""
    return _read(plan, RunFiles(plan, folder))


def _as_run(spec: StudySpec, patients: int) -> StudySpec:
    if spec.population.subjects is not None:
        return spec
    return spec.model_copy(update={"population": spec.population.model_copy(update={"patients": patients})})


def _compute(plan: Plan, files: RunFiles, progress: Progress | None, watch: Watch | None) -> None:
    total = plan.population.count * len(plan.arms)
    parts = _parts(plan, files)
    _set_damaged_aside(plan, files, parts)
    done = total - sum(part.patients for part in parts)
    if not parts:
        _tell(progress, done, total, "")
        return
    _tell(progress, done, total, plan.arms[parts[0].arm].name)
    with closing(choose_backend(plan.options).receipts(plan, files.folder, parts)) as receipts:
        for receipt in receipts:
            done += receipt.part.patients
            if watch is not None:
                watch(receipt)
            _tell(progress, done, total, plan.arms[receipt.part.arm].name if done < total else "")


def _tell(progress: Progress | None, done: int, total: int, what: str) -> None:
    if progress is not None:
        progress(done, total, what)


def _set_damaged_aside(plan: Plan, files: RunFiles, parts: Sequence[WorkPart]) -> None:
    """Say which files of what is to be computed are not as they were written, and remove them."""
    damaged = 0
    for arm in range(len(plan.arms)):
        mine = [(part.start, part.stop) for part in parts if part.arm == arm]
        for table in files.of(arm) if mine else []:
            for span in table.stored(arm):
                if table.sha256(arm, span) is None and missing_spans(mine, *span) != [span]:
                    damaged += 1
                    if damaged <= _MOST_SAID:
                        _LOG.warning("%s is not as this run wrote it, and is computed again", table.path(arm, span))
                    table.remove(arm, span)
    if damaged > _MOST_SAID:
        _LOG.warning("%s more files are not as this run wrote them, and are computed again", damaged - _MOST_SAID)


def _parts(plan: Plan, files: RunFiles) -> list[WorkPart]:
    mine, of = plan.options.shard or (1, 1)
    size, count = plan.options.chunk, plan.population.count
    parts: list[WorkPart] = []
    number = 0
    for arm in range(len(plan.arms)):
        missing = missing_spans(files.present(arm), 0, count)
        for start in range(0, count, size):
            if number % of == mine - 1:
                gaps = common_spans(missing, start, min(start + size, count))
                parts += [WorkPart(arm, *span) for gap in gaps for span in drawn_apart(*gap)]
            number += 1
    return parts


def _read(plan: Plan, files: RunFiles) -> Readings:
    late = {k for arm in plan.late_days.values() for days in arm.values() for k in np.unique(days).tolist()} or {0}
    wanted = asked_days(plan.spec, plan.targets)
    asked = DAY_H * np.clip(np.array([0.0, *(day + k for day in wanted for k in sorted(late))]), 0.0, None)
    days = np.unique(np.searchsorted(plan.times_h, np.minimum(asked, plan.times_h[-1]))).tolist()
    arms = {
        arm.name: files.trajectories.arm(index, plan.population.count, days=days) for index, arm in enumerate(plan.arms)
    }
    given = {
        arm.name: files.ledgers.read(index, plan.population.count)
        for index, arm in enumerate(plan.arms)
        if arm.rules is not None
    }
    read = {arm.name: stored_tables(plan, files.folder, index) for index, arm in enumerate(plan.arms)}
    return readings_of(plan, arms, {name: arm.status() for name, arm in arms.items()}, given, read)
