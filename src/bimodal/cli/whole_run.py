"""What `run` and `simulate` share: a study run to its end, and the same words, files, events and exit code for both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from bimodal.cli.console import err
from bimodal.cli.finished import execute, finish
from bimodal.cli.run_progress import done_event, ends_told, say_event

if TYPE_CHECKING:
    from bimodal.study import RunOptions, StudySpec
    from bimodal.study.run.ensemble import Ensemble

#: A study, its options, and the parameter sets it is to be run with too.
Asked: TypeAlias = "tuple[StudySpec, RunOptions, Ensemble | None]"


def whole_run(
    read: Callable[[], Asked],
    *,
    style: str,
    quiet: bool,
    report: bool,
    live: bool,
    png: bool,
    json_file: Path | None,
    long: bool,
    strict: bool = False,
) -> int:
    """Run a study, print what it found, and give the exit code.

    Parameters
    ----------
    read
        Gives what is asked for; a fault in it is told like any other.
    style
        Of the progress, of `bimodal.cli.run_progress`.
    """
    with ends_told(style):
        spec, options, sets = read()
        result = execute(spec, options, quiet=quiet, report=report, live=live, png=png, sets=sets, style=style)
        if result is None:
            code = 0
            err().print("this shard is done; the one that finishes last writes the summary")
        else:
            code = finish(result, json_file=json_file, strict=strict, quiet=quiet, report=report, long=long)
    if style == "json":
        say_event(done_event(result, code))
    return code
