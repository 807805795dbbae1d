"""``bimodal app``: the page with a server behind it, for studies that run as jobs."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer


def app(
    port: Annotated[int, typer.Option("--port", min=0, max=65_535, help="Port; 0 takes a free one.")] = 8765,
    host: Annotated[str, typer.Option("--host", help="Where to listen; anything but this machine needs --token.")] = (
        "127.0.0.1"
    ),
    token: Annotated[
        bool,
        typer.Option("--token", help="Ask visitors for a token: that of BIMODAL_TOKEN, or a new one that is printed."),
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="Folder of the jobs.", file_okay=False, show_default="in the cache of the user"),
    ] = None,
) -> int:
    """Serve the page on this machine and run studies as jobs, until Ctrl-C."""
    from bimodal import INTENDED_USE
    from bimodal.app.address import Address, new_token
    from bimodal.app.data_folder import data_folder
    from bimodal.app.limits import Limits
    from bimodal.app.serve import require_extra, serve
    from bimodal.cli.console import err

    require_extra()
    shown = (os.environ.get("BIMODAL_TOKEN") or new_token()) if token else ""
    place = data or data_folder()

    def ready(link: str) -> None:
        err().print(f"{link}\njobs in {place}; Ctrl-C stops\n{INTENDED_USE}", markup=False)

    err().print("building the page", markup=False)
    with suppress(KeyboardInterrupt):
        serve(Address(host, port, shown), place, Limits(), ready=ready)
    err().print("stopped: jobs that were under way can be resumed", markup=False)
    return 0
