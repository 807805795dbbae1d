"""Sphinx settings of the documentation; the site asks nothing of any other machine."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from docutils import nodes

project = "bimodal"
author = "The bimodal developers"
copyright = "the bimodal developers, Apache-2.0"  # noqa: A001 - the name Sphinx reads
release = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]["version"]
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
myst_enable_extensions = ["html_image"]
myst_heading_anchors = 4
html_theme = "furo"
html_title = f"bimodal {release}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_use_opensearch = ""
pygments_style = "tango"
pygments_dark_style = "monokai"
autodoc_typehints = "signature"
add_module_names = False
napoleon_google_docstring = False
napoleon_use_rtype = False
# a block of TOML or of a terminal may hold a fragment, which no lexer of the language takes
suppress_warnings = ["misc.highlighting_failure", "myst.header"]
#: Letters from which on a cell of a table has the width of a sentence: rows stay low, and the table scrolls.
_SENTENCE = 90


def setup(app: Any) -> None:
    """Mark the cells of tables that hold sentences, for the style sheet."""
    app.connect("doctree-resolved", _mark_sentences)


def _mark_sentences(_app: Any, page: Any, _name: str) -> None:
    for cell in page.findall(nodes.entry):
        if len(cell.astext()) > _SENTENCE:
            cell["classes"].append("sentence")
