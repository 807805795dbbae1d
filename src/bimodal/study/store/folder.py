"""The results folder: made or refused before anything is computed."""

from __future__ import annotations

import json
from pathlib import Path

from bimodal.errors import OutputError
from bimodal.files.as_json import read_json
from bimodal.files.read import FileKind
from bimodal.files.write import write_text
from bimodal.study.plan.plan import Plan
from bimodal.study.store.ledgers import ledger_store
from bimodal.study.store.segment_table import segment_stores
from bimodal.study.store.store import Store

_CARD = "run.json"
_FILE = FileKind("the card of the run", OutputError)


def results_folder(plan: Plan) -> Path:
    """Say where the results of a run go: the folder asked for, or ``results/<study>-<hash>``."""
    return plan.options.out or Path("results") / f"{plan.spec.name}-{plan.run[:12]}"


def claim_folder(plan: Plan) -> Store:
    """Make the results folder, or take up an unfinished run of the same study in it."""
    folder = results_folder(plan)
    store = Store(folder, tuple(plan.times_h.tolist()), plan.solver.observables)
    if not plan.options.force:
        _refuse_others(folder, plan)
    if plan.options.resume and not (folder / _CARD).is_file():
        raise OutputError("there is no run to resume", where=str(folder), fix="leave --resume out to begin one")
    try:
        tables = [table for arm in range(len(plan.arms)) for table in segment_stores(plan, folder, arm).values()]
        for part in (store, *tables):
            part.rows.mkdir(parents=True, exist_ok=True)
        if plan.options.force and not _other_shards_at_work(folder, plan):
            for part in (store, *tables):
                part.clear()
            ledger_store(folder, plan.arms).clear()
            for name in ("summary.json", "contrasts.csv", _CARD):
                (folder / name).unlink(missing_ok=True)
    except OSError as fault:
        raise OutputError(
            f"the results folder cannot be made: {fault.strerror}",
            where=str(folder),
            fix="choose another folder with --out",
        ) from None
    card = {"run": plan.run, **plan.identity}
    write_text(folder / _CARD, json.dumps(card, sort_keys=True, indent=2, ensure_ascii=False) + "\n")
    return store


def _refuse_others(folder: Path, plan: Plan) -> None:
    again = "choose another folder with --out, or replace it with --force"
    try:
        if not folder.exists():
            return
        if not folder.is_dir():
            raise OutputError("the results folder is a file", where=str(folder), fix="choose another folder with --out")
        if not any(folder.iterdir()):
            return
    except OSError as fault:
        raise OutputError(f"the results folder cannot be read: {fault.strerror}", where=str(folder)) from None
    found = _run_in(folder)
    if found is None:
        raise OutputError("the folder is not empty and holds no run of bimodal", where=str(folder), fix=again)
    if found != plan.run:
        raise OutputError("the folder holds the results of a different run", where=str(folder), fix=again)


def _other_shards_at_work(folder: Path, plan: Plan) -> bool:
    # `--force` given to every shard must not make one shard delete what another has just finished
    return plan.options.shard is not None and _run_in(folder) == plan.run


def _run_in(folder: Path) -> str | None:
    try:
        return str(read_json(folder / _CARD, _FILE).get("run"))
    except OutputError:
        return None
