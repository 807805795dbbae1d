"""The command ``bimodal``; exit codes: 0 done, 1 done but something failed, 2 bad input, 130 interrupted."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Any

import typer

from bimodal import INTENDED_USE, __version__
from bimodal.cli import app as app_command
from bimodal.cli import (
    compare,
    diff,
    doctor,
    explore,
    export,
    fit,
    init,
    lookup,
    predict,
    qualify,
    query,
    response,
    run,
    search,
    simulate,
    timing,
)
from bimodal.cli.commands import Commands
from bimodal.cli.console import say_error, say_interrupted
from bimodal.cli.streams import OutputLostError, usable_streams
from bimodal.errors import BimodalError

_INTERRUPTED = 130
# the base class of every complaint about the words of a command; typer does not export it by name
_UsageError: Any = typer.BadParameter.__mro__[1]

app = Commands(
    name="bimodal",
    help="Simulate interleukin-2 therapy from dose to receptor to cell to patient to trial.",
    epilog=INTENDED_USE,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
app.command("run")(run.run)
app.command("simulate")(simulate.simulate)
app.command("response")(response.response)
app.command("compare")(compare.compare)
app.command("search")(search.search)
app.command("fit")(fit.fit)
app.add_typer(predict.app, name="predict")
app.add_typer(timing.app, name="timing")
app.command("list")(lookup.list_things)
app.command("show")(lookup.show)
app.command("query")(query.query)
app.command("diff")(diff.diff)
app.command("export")(export.export)
app.command("explore")(explore.explore)
app.command("app")(app_command.app)
app.command("doctor")(doctor.doctor)
app.command("qualify")(qualify.qualify)
app.add_typer(init.app, name="init")


def _version(wanted: bool) -> None:
    if wanted:
        print(f"bimodal {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: bool = typer.Option(False, "--version", help="Print the version.", callback=_version, is_eager=True),
) -> None:
    """Simulate interleukin-2 therapy from dose to receptor to cell to patient to trial."""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code; ``sys.exit`` is left to the caller's entry point.

    Examples
    --------
    >>> main(["list", "studies"])  # doctest: +ELLIPSIS
    study ...
    koreth-2011 ...
    0
    """
    try:
        with usable_streams():
            return _run(arguments)
    except OutputLostError as lost:
        if not str(lost):  # the reader of our output went away, as `| head` does
            return 0
        with suppress(OSError):
            print(f"error: the output cannot be written: {lost}", file=sys.stderr)
        return 1


def _run(arguments: list[str] | None) -> int:
    try:
        code = app(arguments, standalone_mode=False)
    except BimodalError as error:
        say_error(error)
        return 2
    except _UsageError as error:
        message = error.format_message()
        if message:
            path = error.ctx.command_path if error.ctx is not None else "bimodal"
            say_error(BimodalError(message, fix=f"{path} --help"))
        return 2
    except (KeyboardInterrupt, typer.Abort):
        code = _INTERRUPTED
    if code == _INTERRUPTED:  # typer turns Ctrl-C into this code itself
        say_interrupted()
    return code if isinstance(code, int) else 0
