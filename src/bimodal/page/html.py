"""Writes a bundle with its scripts and styles into one HTML text that asks for nothing and allows nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import Any

from bimodal.page.modules import link, read_data

#: A policy that lets a page run its own scripts, a module it carries, and workers it makes, and reach nothing.
_POLICY = (
    "default-src 'none'; script-src {scripts} 'wasm-unsafe-eval' blob:; worker-src blob:; style-src {styles}; "
    "img-src data: blob:; base-uri 'none'; form-action 'none'"
)


@dataclass(frozen=True)
class Parts:
    """What a page is made of, each ready to stand in HTML.

    Parameters
    ----------
    bundle, worker, script, style
        The data, the text of the worker, the script of the page and its style.
    """

    bundle: str
    worker: str
    script: str
    style: str

    @property
    def body(self) -> str:
        """The elements that hold them, the script last."""
        return (
            f'<script type="application/json" id="bimodal-bundle">{self.bundle}</script>\n'
            f'<script type="text/plain" id="bimodal-worker">{self.worker}</script>\n'
            f"<script>{self.script}</script>"
        )


def parts(bundle: Mapping[str, Any]) -> Parts:
    """Make the parts of a page.

    Examples
    --------
    >>> "<" in parts({"title": "</script>"}).bundle
    False
    """
    folder = files("bimodal.page") / "data"
    styles = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".css"))
    data = json.dumps(bundle, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return Parts(
        bundle=data.replace("<", "\\u003c"),
        worker=_in_script(link("worker.js")),
        script=_in_script(link("app.js")),
        style="\n".join(read_data(name) for name in styles),
    )


def page_html(bundle: Mapping[str, Any]) -> str:
    """Write a page of its own."""
    made = parts(bundle)
    inside = {
        "title": escape(bundle["title"]),
        "csp": policy([made.script], [made.style]),
        "style": made.style,
        "bundle": made.bundle,
        "worker": made.worker,
        "script": made.script,
    }
    found = read_data("page.html")
    first, *rest = found.split("{{")
    pieces = [first]
    for piece in rest:  # in one pass, so that nothing put in is read again
        name, _, after = piece.partition("}}")
        pieces += [inside[name], after]
    return "".join(pieces)


def policy(scripts: list[str], styles: list[str]) -> str:
    """Write the content security policy that allows these scripts and styles by their hashes.

    Examples
    --------
    >>> policy(["1"], []).split(";")[0]
    "default-src 'none'"
    """
    return _POLICY.format(
        scripts=" ".join(map(_hash, scripts)) or "'none'", styles=" ".join(map(_hash, styles)) or "'none'"
    )


def _hash(content: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(content.encode("utf-8")).digest()).decode("ascii") + "'"


def _in_script(content: str) -> str:
    """Keep a script from ending early, or from being read as a comment: neither form stands in one otherwise."""
    assert "</script" not in content.lower()
    assert "<!--" not in content
    return content
