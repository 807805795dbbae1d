"""Writes a bundle with its scripts and styles into one HTML text that asks for nothing and allows nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from bimodal.files.policy import page_policy
from bimodal.page.modules import link, read_data


@dataclass(frozen=True)
class Parts:
    """What a page is made of, each ready to stand in HTML.

    Parameters
    ----------
    bundle, worker, script, style
        The data, the text of the worker, the script of the page and its style.
    left_out
        Sentences about arms of a study that are not in it.
    """

    bundle: str
    worker: str
    script: str
    style: str

    left_out: tuple[str, ...] = ()

    @property
    def data(self) -> str:
        """The elements the script reads."""
        return (
            f'<script type="application/json" id="bimodal-bundle">{self.bundle}</script>\n'
            f'<script type="text/plain" id="bimodal-worker">{self.worker}</script>'
        )


def parts(bundle: Mapping[str, Any], *, entry: str = "main.js") -> Parts:
    """Make the parts of a page; `entry` names the module that starts it.

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
        script=_in_script(link(entry)),
        style="\n".join(read_data(name) for name in styles),
        left_out=tuple((bundle.get("study") or {}).get("left_out", ())),
    )


def page_html(bundle: Mapping[str, Any], *, own_server: bool = False) -> str:
    """Write a page of its own; one with a server behind it may call that server, and nothing else."""
    made = parts(bundle, entry="main_app.js" if own_server else "main.js")
    inside = {
        "title": escape(bundle["title"]),
        "csp": escape(page_policy(styles=[made.style], scripts=[made.script], own_server=own_server), quote=False),
        "style": made.style,
        "data": made.data,
        "script": made.script,
    }
    return Template(read_data("page.html")).substitute(inside)  # nothing that is put in is read again


def _in_script(content: str) -> str:
    """Keep a script from ending early, or from being read as a comment: neither form stands in one otherwise."""
    assert "</script" not in content.lower()
    assert "<!--" not in content
    return content
