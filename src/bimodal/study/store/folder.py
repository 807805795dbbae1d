"""The results folder: claimed or refused in one step before anything is computed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bimodal.errors import OutputError
from bimodal.files.as_json import read_json
from bimodal.files.file_name import file_name
from bimodal.files.read import FileKind
from bimodal.study.plan.plan import Plan
from bimodal.study.store.disk_room import check_room
from bimodal.study.store.folder_hold import folder_held, is_lock
from bimodal.study.store.literal_name import literal_name
from bimodal.study.store.run_files import RunFiles
from bimodal.study.store.span_files import SpanFiles
from bimodal.study.store.written_whole import is_part, remove_left_parts, written_whole

_CARD = "run.json"
_OWN_FOLDERS = ("trajectories", "segments", "ledger")
_AGAIN = "choose another folder with --out, or replace it with --force"
_TRIES = 100
_FILE = FileKind("the card of the run", OutputError, max_bytes=50_000_000)


def results_folder(plan: Plan) -> Path:
    """Say where the results of a run go: the folder asked for, or ``results/<study>-<hash>``."""
    return plan.options.out or Path("results") / file_name(f"{plan.spec.name}-{plan.run[:12]}")


def run_in(folder: Path) -> str | None:
    """Say whose a folder is; None where there is no card of a run."""
    try:
        return str(read_json(folder / _CARD, _FILE).get("run"))
    except OutputError:
        return None


@contextmanager
def claimed_folder(plan: Plan) -> Iterator[RunFiles]:
    """Make the results folder the one of this run, or join the same run in it, as long as the block lasts.

    Its ``run.json`` says whose it is, and stays.

    Raises
    ------
    OutputError
        The folder holds something else, cannot be made, another process does the same work in it, or its disk has no
        room for the results.
    """
    folder = results_folder(plan)
    run = RunFiles(plan, folder)
    files = run.every()
    if not plan.options.force:
        _refuse_others(folder, plan)
    if plan.options.resume and not (folder / _CARD).is_file():
        raise OutputError("there is no run to resume", where=str(folder), fix="leave --resume out to begin one")
    check_room(plan, folder, files)
    with ExitStack() as held:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            held.enter_context(folder_held(folder, plan.options.shard))
            if plan.options.force:
                _replace(folder, plan, files)
            else:
                _claim(folder, plan)
            for part in files:
                if part is not run.ledgers:  # made with the first ledger
                    part.rows.mkdir(parents=True, exist_ok=True)
            remove_left_parts([folder, folder / "figures", *(part.rows for part in files)])
        except OSError as fault:
            raise OutputError(
                f"the results folder cannot be made or written: {fault.strerror}",
                where=str(folder),
                fix="choose another folder with --out",
            ) from None
        yield run


def _claim(folder: Path, plan: Plan) -> None:
    card = _card(plan)
    for _ in range(_TRIES):
        try:
            _put_card(folder, card, fresh=True)
        except FileExistsError:
            # somebody was first: the same run is joined, any other refused
            _refuse_others(folder, plan)
            if run_in(folder) == plan.run:
                break
        else:
            return
    if (folder / _CARD).read_bytes() != card:
        _put_card(folder, card)


def _replace(folder: Path, plan: Plan, files: list[SpanFiles]) -> None:
    # shards may all be given `--force`: what another of the same run has finished stays
    shard = plan.options.shard is not None
    if shard and run_in(folder) == plan.run:
        return
    _put_card(folder, _card(plan))
    for part in files:
        part.clear(others=shard)
    for name in ("summary.json", "contrasts.csv"):
        (folder / name).unlink(missing_ok=True)


def _card(plan: Plan) -> bytes:
    card = {"run": plan.run, **plan.identity}
    return (json.dumps(card, sort_keys=True, indent=2, ensure_ascii=False) + "\n").encode()


def _put_card(folder: Path, card: bytes, *, fresh: bool = False) -> None:
    with written_whole(folder / _CARD, fresh=fresh) as file:
        # a name that no query can reach is refused here, before anything is computed
        literal_name(file, folder / _CARD)
        file.write(card)


def _refuse_others(folder: Path, plan: Plan) -> None:
    found = run_in(folder)
    if found is None:
        try:
            if folder.exists() and not folder.is_dir():
                raise OutputError(
                    "the results folder is a file", where=str(folder), fix="choose another folder with --out"
                )
            # the second look at the card: another process of this run may have come between
            if not folder.exists() or not _holds_something(folder) or (found := run_in(folder)) == plan.run:
                return
        except OSError as fault:
            raise OutputError(f"the results folder cannot be read: {fault.strerror}", where=str(folder)) from None
    if found is None:
        raise OutputError("the folder is not empty and holds no run of bimodal", where=str(folder), fix=_AGAIN)
    if found != plan.run:
        raise OutputError("the folder holds the results of a different run", where=str(folder), fix=_AGAIN)


def _holds_something(folder: Path) -> bool:
    """Whether there is more than what a run leaves that was killed before it had a name."""
    for name in os.listdir(folder):
        if is_part(name) or is_lock(name):
            continue
        if name not in _OWN_FOLDERS or not (folder / name).is_dir():
            return True
        if any(not is_part(file) for _, _, files in os.walk(folder / name) for file in files):
            return True
    return False
