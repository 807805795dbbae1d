"""One self-contained HTML page around the body of a report."""

from __future__ import annotations

from importlib.resources import files
from string import Template

from bimodal.files.policy import page_policy
from bimodal.report.live import LivePanel


def document(body: str, title: str, *, version: str, live: LivePanel | None = None, **fields: str) -> str:
    """Fill the template ``body`` with escaped texts and put it into the page that all reports share.

    The page makes no request: style, pictures and the script of a live panel are inside it, and its content policy
    forbids everything else.
    """
    data = files("bimodal.report") / "data"

    def filled(name: str, **texts: str) -> str:
        return Template((data / name).read_text(encoding="utf-8")).substitute(texts, version=version)

    css = (data / "report.css").read_text(encoding="utf-8")
    styles, scripts = ([css], []) if live is None else ([css, live.style], [live.script])
    return filled(
        "page.html",
        title=title,
        policy=page_policy(styles=styles, scripts=scripts),
        styles="\n".join(f"<style>{style}</style>" for style in styles),
        body=filled(body, **fields).rstrip("\n"),
        scripts="".join(f"<script>{script}</script>\n" for script in scripts),
    )
