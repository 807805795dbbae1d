"""CD25 that an antibody covers, over time."""

from __future__ import annotations

from matplotlib.figure import Figure

from bimodal.report.envelope import Envelope
from bimodal.report.figures.course_panels import course_panels
from bimodal.report.figures.marks import FIRST_DRAWN
from bimodal.report.source import ResultSource, drawn_arms

TITLE = "CD25 blocked"
CAPTION = (
    "Share of CD25 that antibodies against it cover, from their affinity and their level in plasma; turnover of CD25 "
    "and levels in tissues are not in it. One column per arm. Line, median of the means; bands, from the lowest to the "
    "highest value within a pixel of time, dark in 50 %, light in 90 % of patients. Grey: dosing period."
    f"{FIRST_DRAWN}"
)
_BLOCKED = "cd25_blocked"


def available(result: ResultSource) -> bool:
    """Tell whether a study asks for it."""
    return any(Envelope.read(result, arm, _BLOCKED) is not None for arm in drawn_arms(result))


def figure(result: ResultSource) -> Figure:
    """Draw one panel for each arm."""
    return course_panels(result, TITLE, {_BLOCKED: "#6f4e9c"}, shares=(_BLOCKED,))
