"""Draws a study: figures as PNG and SVG, and one self-contained HTML page.

Matplotlib is loaded by the first drawing, not by importing this room.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bimodal.report.figures.dose_response import dose_response
    from bimodal.report.published import Comparison, comparisons
    from bimodal.report.write import write_figure, write_figures, write_report

_WHERE = {
    "Comparison": "bimodal.report.published",
    "comparisons": "bimodal.report.published",
    "dose_response": "bimodal.report.figures.dose_response",
    "write_figure": "bimodal.report.write",
    "write_figures": "bimodal.report.write",
    "write_report": "bimodal.report.write",
}

__all__ = ["Comparison", "comparisons", "dose_response", "write_figure", "write_figures", "write_report"]


def __getattr__(name: str) -> object:
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
