"""A tissue under attack over time: what is left of it, the effector cells in it, and the Treg that reach it."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from bimodal.report.envelope import Envelope
from bimodal.report.figures.course_panels import course_panels
from bimodal.report.figures.marks import FIRST_DRAWN
from bimodal.report.source import ResultSource, drawn_arms

TITLE = "The tissue under attack"
CAPTION = (
    "What is left of the tissue as a share of a healthy one, the effector cells in it (a latent unit), and the Treg "
    "that have reached it over those of a resting wild type; one column per arm. Line, median of the means; bands, "
    "from the lowest to the highest value within a pixel of time, dark in 50 %, light in 90 % of patients. No page "
    "gives a size of any of them: only the order of arms is compared. Grey: dosing period."
    f"{FIRST_DRAWN}"
)
_ROWS = {"tissue_reserve": "#0072b2", "tissue_effectors": "#d55e00", "tissue_treg": "#009e73"}
_LEFT = "tissue_reserve"
_WHOLE = 0.999


def available(result: ResultSource) -> bool:
    """Tell whether a tissue was under attack in any arm: a tissue at rest is not drawn."""
    parts = (Envelope.read(result, arm, _LEFT) for arm in drawn_arms(result))
    return any(part is not None and part.drawn and float(np.nanmin(part.low)) < _WHOLE for part in parts)


def figure(result: ResultSource) -> Figure:
    """Draw small multiples, quantity by arm."""
    return course_panels(result, TITLE, _ROWS, shares=(_LEFT,))
