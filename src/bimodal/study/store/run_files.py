"""Every file of one run: which parts of its arms are there whole."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bimodal.study.plan.plan import Plan
from bimodal.study.store.ledgers import LedgerStore, ledger_store
from bimodal.study.store.segment_table import segment_stores
from bimodal.study.store.span_files import Span, SpanFiles
from bimodal.study.store.store import Store


@dataclass(frozen=True, eq=False)
class RunFiles:
    """Trajectories, tables and ledgers of a run in its results folder.

    Examples
    --------
    >>> from bimodal.study import RunOptions, load_study
    >>> from bimodal.study.plan.make_plan import make_plan
    >>> from bimodal.study.solver.engine_solver import load_solver
    >>> plan = make_plan(load_study("koreth-2011"), RunOptions(), load_solver("human"))
    >>> RunFiles(plan, Path("nowhere")).present(0)
    []
    """

    plan: Plan
    folder: Path

    @cached_property
    def trajectories(self) -> Store:
        """Where the trajectories of all arms lie."""
        plan = self.plan
        return Store(self.folder, tuple(plan.times_h.tolist()), plan.solver.observables, run=plan.run)

    @cached_property
    def ledgers(self) -> LedgerStore:
        """Where the ledgers of arms with visit rules lie."""
        return ledger_store(self.plan, self.folder)

    def tables(self, arm: int) -> dict[str, Store]:
        """Say where the tables of an arm lie, by their names."""
        return segment_stores(self.plan, self.folder, arm)

    def of(self, arm: int) -> list[SpanFiles]:
        """List what belongs to a part of an arm: trajectories first."""
        ledgers = [] if self.plan.arms[arm].rules is None else [self.ledgers]
        return [self.trajectories, *self.tables(arm).values(), *ledgers]

    def every(self) -> list[SpanFiles]:
        """List what belongs to the run at all."""
        tables = [table for arm in range(len(self.plan.arms)) for table in self.tables(arm).values()]
        return [self.trajectories, *tables, self.ledgers]

    def present(self, arm: int) -> list[Span]:
        """List the spans of an arm of which every file is as this run wrote it, ascending."""
        first, *beside = self.of(arm)
        there = [(files, set(files.present(arm))) for files in beside]
        return [s for s in first.present(arm) if all(files.kept(s) in {None, *known} for files, known in there)]

    def whole(self, arm: int, span: Span) -> bool:
        """Whether every file of one span is as this run wrote it."""
        kept = ((files, files.kept(span)) for files in self.of(arm))
        return all(one is None or files.sha256(arm, one) is not None for files, one in kept)
