"""The content security policy of pages that carry everything in themselves."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence


def page_policy(*, styles: Sequence[str], scripts: Sequence[str] = (), own_server: bool = False) -> str:
    """Write a policy that allows these styles and scripts by their hashes, and nothing from elsewhere.

    With scripts it also allows what a page that simulates needs: a WebAssembly module it carries, and workers and
    pictures it makes itself; with a server of its own, calls to that one.

    Examples
    --------
    >>> page_policy(styles=[])
    "default-src 'none'; style-src 'none'; img-src data:; base-uri 'none'; form-action 'none'"
    >>> page_policy(styles=[], scripts=["1"]).split("; ")[2][:24]
    "script-src 'sha256-a4ayc"
    """
    allowed = ["default-src 'none'", f"style-src {_hashes(styles)}"]
    if scripts:
        allowed += [f"script-src {_hashes(scripts)} 'wasm-unsafe-eval' blob:", "worker-src blob:"]
    if own_server:
        allowed.append("connect-src 'self'")
    allowed += ["img-src data: blob:" if scripts else "img-src data:", "base-uri 'none'", "form-action 'none'"]
    return "; ".join(allowed)


def _hashes(contents: Sequence[str]) -> str:
    digests = [hashlib.sha256(content.encode("utf-8")).digest() for content in contents]
    return " ".join(f"'sha256-{base64.b64encode(one).decode('ascii')}'" for one in digests) or "'none'"
