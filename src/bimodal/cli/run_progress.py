"""How far a run is, for a person or, line by line, for a program."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bimodal.cli.console import progress
from bimodal.errors import BimodalError, StudyError, visible

if TYPE_CHECKING:
    from bimodal.study import StudyResult

#: ``auto`` is a bar on a terminal and lines elsewhere; ``json`` is an event a line.
STYLES = ("auto", "json")
Show = Callable[[Mapping[str, Any]], None]


@contextmanager
def run_progress(title: str, *, style: str, quiet: bool, unit: str = "patients") -> Iterator[Show | None]:
    """Give what shows the events of a `ProgressMeter`; nothing when quiet, unless events were asked for by name."""
    if style == "json":
        yield say_event
        return
    from bimodal.study.run.progress_meter import rate_and_eta

    with progress(title, quiet=quiet, unit=unit, remaining=False) as show:
        if show is None:
            yield None
            return

        def tell(event: Mapping[str, Any]) -> None:
            words = [event["arm"], rate_and_eta(event, unit)] if event["arm"] else []
            show(event["done"], event["total"], ", ".join(filter(None, words)))

        yield tell


@contextmanager
def ends_told(style: str) -> Iterator[None]:
    """Say as an event how a run ended that did not come to its end."""
    if style not in STYLES:
        raise StudyError(
            f"progress cannot be shown as '{style}'", where="--progress", fix=f"one of: {', '.join(STYLES)}"
        )
    try:
        yield
    except BimodalError as fault:
        if style == "json":
            say_event({"event": "error", "message": str(fault)})
        raise
    except KeyboardInterrupt:
        tell_interrupted(style)
        raise


def tell_interrupted(style: str) -> None:
    """Say as an event that a run was interrupted, where events were asked for."""
    if style == "json":
        say_event({"event": "interrupted"})


def done_event(result: StudyResult | None, code: int) -> dict[str, Any]:
    """Say what a run left and where; of a shard whose others have not finished there is no folder yet to look into."""
    if result is None:
        return {"event": "done", "folder": None, "failed": None, "exit": code}
    return {"event": "done", "folder": str(result.folder), "failed": result.summary["failed"], "exit": code}


def say_event(event: Mapping[str, Any]) -> None:
    """Write an event as a line of JSON to standard error."""
    print(visible(json.dumps(event, ensure_ascii=False), as_json=True), file=sys.stderr, flush=True)
