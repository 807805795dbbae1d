"""Runs a study: parts that are missing are computed and stored, then everything is summarised."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from bimodal.errors import OutputError
from bimodal.files.write import write_text
from bimodal.study.design.dlt_curve import refuse_without_curve
from bimodal.study.plan.grid import DAY_H
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.plan.model_choice import choose_model
from bimodal.study.plan.plan import Plan
from bimodal.study.plan.targets import target_days
from bimodal.study.readings.from_plan import readings_of
from bimodal.study.readings.readings import Readings
from bimodal.study.run.result import StudyResult
from bimodal.study.run.study_file import write_study
from bimodal.study.run.summary import summarise, summary_text
from bimodal.study.run.tables import contrasts_table
from bimodal.study.solver.solver import Solver
from bimodal.study.spec.options import RunOptions
from bimodal.study.spec.spec import StudySpec
from bimodal.study.store.folder import claim_folder
from bimodal.study.store.ledgers import LedgerStore, ledger_store
from bimodal.study.store.segment_table import segment_stores, stored_tables
from bimodal.study.store.span_files import SpanFiles
from bimodal.study.store.spans import missing_spans
from bimodal.study.store.store import Block, Store
from bimodal.study.store.stored_arm import StoredArm

Progress = Callable[[int, int, str], None]
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


def run_plan(plan: Plan, *, progress: Progress | None = None) -> StudyResult | None:
    """Run a planned study as `run_study` does."""
    refuse_without_curve(plan)
    store = claim_folder(plan)
    write_study(store.folder, plan)
    ledgers = ledger_store(plan, store.folder)
    _compute(plan, store, ledgers, progress)
    count = plan.population.count
    if any(missing_spans(_present(plan, store, arm), 0, count) for arm in range(len(plan.arms))):
        if plan.options.shard is None:
            raise OutputError(
                "results that were just written are not there as they were written",
                where=str(store.folder),
                fix="see whether the disk is sound and no other program works in this folder, then run it again",
            )
        return None
    readings = _read(plan, store, ledgers)
    tables = (table.rows for named in readings.segments.values() for table in named.values())
    with ExitStack() as reading:
        for rows in (*readings.stored.values(), *tables):
            if isinstance(rows, StoredArm):
                reading.enter_context(rows.read_once())
        summary = summarise(plan, readings)
    write_text(store.folder / "summary.json", summary_text(summary))
    if "contrasts" in summary:
        write_text(store.folder / "contrasts.csv", contrasts_table(summary).to_csv(index=False, lineterminator="\n"))
    return StudyResult(_as_run(plan.spec, count), summary, store.folder, readings, plan.who)


def read_run(plan: Plan, folder: Path) -> Readings:
    """Open the files of a finished run; nothing is computed."""
    store = Store(folder, tuple(plan.times_h.tolist()), plan.solver.observables, run=plan.run)
    return _read(plan, store, ledger_store(plan, folder))


def _as_run(spec: StudySpec, patients: int) -> StudySpec:
    if spec.population.subjects is not None:
        return spec
    return spec.model_copy(update={"population": spec.population.model_copy(update={"patients": patients})})


def shipped_solver(spec: StudySpec) -> Solver:
    """Load what solves the model of a study: the shipped engine, on a file or on the built-in model the study needs."""
    if spec.model_is_file:
        from bimodal.study.solver.file_solver import load_file_solver

        return load_file_solver(spec)
    from bimodal.study.solver.engine_solver import load_solver

    return load_solver(choose_model(spec).name)


def _compute(plan: Plan, store: Store, ledgers: LedgerStore, progress: Progress | None) -> None:
    count = plan.population.count
    total = count * len(plan.arms)
    parts = _parts(plan, store)
    _set_damaged_aside(plan, store, parts)
    done = total - sum(stop - start for _, start, stop in parts)
    for arm, start, stop in parts:
        if progress is not None:
            progress(done, total, plan.arms[arm].name)
        solved = plan.solve(arm, start, stop)
        # what is there whole is not written again
        if solved.ledger is not None and ledgers.sha256(arm, (start, stop)) is None:
            ledgers.write(arm, start, solved.ledger)
        tables = segment_stores(plan, store.folder, arm)
        for name, values in plan.tables(arm, start, solved).items():
            kept = tables[name].kept((start, stop))
            if kept is not None and tables[name].sha256(arm, kept) is None:
                tables[name].write(Block(arm, start, values, solved.status[: len(values)]))
        if store.sha256(arm, (start, stop)) is None:
            store.write(Block(arm, start, solved.values, solved.status))
        done += stop - start
    if progress is not None:
        progress(done, total, "")


def _set_damaged_aside(plan: Plan, store: Store, parts: Sequence[tuple[int, int, int]]) -> None:
    """Say which files of what is to be computed are not as they were written, and remove them."""
    damaged = 0
    for arm in range(len(plan.arms)):
        mine = [(start, stop) for of, start, stop in parts if of == arm]
        for files in _files(plan, store, arm):
            for span in files.stored(arm) if mine else []:
                if any(start < span[1] and span[0] < stop for start, stop in mine) and not files.sha256(arm, span):
                    damaged += 1
                    if damaged <= _MOST_SAID:
                        _LOG.warning("%s is not as this run wrote it, and is computed again", files.path(arm, span))
                    files.remove(arm, span)
    if damaged > _MOST_SAID:
        _LOG.warning("%s more files are not as this run wrote them, and are computed again", damaged - _MOST_SAID)


def _files(plan: Plan, store: Store, arm: int) -> list[SpanFiles]:
    beside = [*segment_stores(plan, store.folder, arm).values()]
    ledgers = [] if plan.arms[arm].rules is None else [ledger_store(plan, store.folder)]
    return [store, *beside, *ledgers]


def _present(plan: Plan, store: Store, arm: int) -> list[tuple[int, int]]:
    # a part of an arm is there when all of its files are
    spans, beside = store.present(arm), _files(plan, store, arm)[1:]
    there = [(files, set(files.present(arm))) for files in beside]
    return [span for span in spans if all(files.kept(span) in {None, *known} for files, known in there)]


def _parts(plan: Plan, store: Store) -> list[tuple[int, int, int]]:
    mine, of = plan.options.shard or (1, 1)
    size, count = plan.options.chunk, plan.population.count
    parts: list[tuple[int, int, int]] = []
    number = 0
    for arm in range(len(plan.arms)):
        present = _present(plan, store, arm)
        for start in range(0, count, size):
            if number % of == mine - 1:
                parts += [(arm, *gap) for gap in missing_spans(present, start, min(start + size, count))]
            number += 1
    return parts


def _read(plan: Plan, store: Store, ledgers: LedgerStore) -> Readings:
    asked = DAY_H * np.array([0.0, *plan.spec.report_days, *target_days(plan.targets)])
    days = np.unique(np.searchsorted(plan.times_h, np.minimum(asked, plan.times_h[-1]))).tolist()
    arms = {arm.name: store.arm(index, plan.population.count, days=days) for index, arm in enumerate(plan.arms)}
    given = {
        arm.name: ledgers.read(index, plan.population.count)
        for index, arm in enumerate(plan.arms)
        if arm.rules is not None
    }
    read = {arm.name: stored_tables(plan, store.folder, index) for index, arm in enumerate(plan.arms)}
    return readings_of(plan, arms, {name: arm.status() for name, arm in arms.items()}, given, read)
