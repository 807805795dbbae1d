"""Listens until it is stopped."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from bimodal.app.address import Address
from bimodal.app.jobs import Jobs
from bimodal.app.limits import Limits
from bimodal.errors import BimodalError
from bimodal.page.explore import explore_bundle
from bimodal.page.html import page_html

_MODELS = ("human", "human_oncology")
_OPEN_AT_ONCE = 200


def require_extra() -> None:
    """Say how to install what the server stands on, where it is missing."""
    if any(find_spec(name) is None for name in ("starlette", "uvicorn")):
        raise BimodalError(
            "the server needs the extra 'app'",
            fix="pip install 'bimodal[app]'; `bimodal explore` writes the page as a file without it",
        )


def app_page(models: Sequence[str] = _MODELS, *, patients: int = 100) -> str:
    """Write the page that the server hands out.

    Examples
    --------
    >>> "connect-src 'self'" in app_page(["human"], patients=1)
    True
    """
    return page_html(explore_bundle(models, patients=patients, notes=True), own_server=True)


def serve(address: Address, data: Path, limits: Limits, *, ready: Callable[[str], None]) -> None:
    """Serve the page and run jobs until Ctrl-C.

    Parameters
    ----------
    ready
        Told the address to open, when the server listens.

    Raises
    ------
    BimodalError
        The extra is missing, the port is taken, or another server holds the data folder.
    """
    require_extra()
    import uvicorn

    from bimodal.app.server import make_app

    with _listen(address) as listening:
        bound = replace(address, port=listening.getsockname()[1])
        jobs = Jobs(data, limits)
        try:
            app = make_app(app_page(), jobs, address=bound, limits=limits)
            config = uvicorn.Config(
                app,
                access_log=False,  # it would write down the token
                log_level="warning",
                server_header=False,
                ws="none",
                limit_concurrency=_OPEN_AT_ONCE,
                timeout_graceful_shutdown=3,
            )
            ready(bound.link)
            uvicorn.Server(config).run(sockets=[listening])
        finally:
            jobs.close()


def _listen(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        return socket.create_server((address.host, address.port), family=family)
    except (OSError, OverflowError) as fault:
        reason = getattr(fault, "strerror", None) or str(fault)
        raise BimodalError(
            f"the server cannot listen: {reason}",
            where=f"--host {address.host} --port {address.port}",
            fix="choose another port; --port 0 takes a free one",
        ) from None
