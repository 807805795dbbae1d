"""Draws a study: figures as PNG and SVG, and one self-contained HTML page.

Matplotlib is loaded by the first drawing, not by importing this room.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bimodal.report.figures.bimodal_map import bimodal_map
    from bimodal.report.figures.dose_response import dose_response
    from bimodal.report.figures.dose_response_panels import dose_response_panels
    from bimodal.report.figures.response_figures import response_figures
    from bimodal.report.figures.selectivity_map import selectivity_map
    from bimodal.report.published import TargetComparison, comparisons
    from bimodal.report.write import write_figure, write_figures, write_report

_WHERE = {
    "TargetComparison": "bimodal.report.published",
    "bimodal_map": "bimodal.report.figures.bimodal_map",
    "comparisons": "bimodal.report.published",
    "dose_response": "bimodal.report.figures.dose_response",
    "dose_response_panels": "bimodal.report.figures.dose_response_panels",
    "response_figures": "bimodal.report.figures.response_figures",
    "selectivity_map": "bimodal.report.figures.selectivity_map",
    "write_figure": "bimodal.report.write",
    "write_figures": "bimodal.report.write",
    "write_report": "bimodal.report.write",
}

__all__ = [
    "TargetComparison",
    "bimodal_map",
    "comparisons",
    "dose_response",
    "dose_response_panels",
    "response_figures",
    "selectivity_map",
    "write_figure",
    "write_figures",
    "write_report",
]


def __getattr__(name: str) -> object:
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
