"""One self-contained HTML page around the body of a report."""

from __future__ import annotations

from importlib.resources import files
from string import Template


def document(body: str, title: str, *, version: str, **fields: str) -> str:
    """Fill the template ``body`` with escaped texts and put it into the page that all reports share.

    The page makes no request: style and pictures are inside it, and its content policy forbids everything else.
    """
    data = files("bimodal.report") / "data"

    def filled(name: str, **texts: str) -> str:
        return Template((data / name).read_text(encoding="utf-8")).substitute(texts, version=version)

    css = (data / "report.css").read_text(encoding="utf-8")
    return filled("page.html", title=title, css=css, body=filled(body, **fields).rstrip("\n"))
