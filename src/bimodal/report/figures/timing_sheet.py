"""A sheet for figures about timing: the safety wording stands on every one of them."""

from __future__ import annotations

import textwrap

import numpy as np
from matplotlib.figure import Figure

from bimodal import __version__
from bimodal.report.style import SOFT, TINY, WIDTH, Heading, sheet
from bimodal.report.text import clean
from bimodal.timing.wording import SAFETY

HYPOTHESES = {"h0": "noise", "hq": "rhythm without memory", "h1": "persistent cycle"}
COLOURS = {"h0": "#7a828a", "hq": "#e69f00", "h1": "#0072b2"}
DASHES: dict[str, tuple[int, tuple[int, ...]]] = {"h0": (0, (1, 1)), "hq": (0, (4, 2)), "h1": (0, ())}


def timing_sheet(
    title: str,
    subtitle: str,
    shape: tuple[int, int],
    *,
    about: str,
    panel_height: float,
    bottom: float = 0.42,
    left: float = 0.62,
    right: float = 0.12,
    gaps: tuple[float, float] = (0.18, 0.36),
    own_y: bool = False,
) -> tuple[Figure, np.ndarray]:
    """Lay out panels above the safety wording.

    Lengths are in inches, as in `sheet`; the footer says ``about``: which series, which seed.
    """
    words = textwrap.wrap(SAFETY, int(WIDTH * 23.6))
    room = 0.105 * len(words) + 0.06
    footer = f"bimodal {__version__} · timing · {clean(about, 100)}"
    figure, axes = sheet(
        Heading(title, subtitle, footer),
        shape,
        panel_height=panel_height,
        left=left,
        right=right,
        bottom=bottom + room,
        gaps=gaps,
        share=("all", "row" if own_y else "all"),
    )
    height = figure.get_size_inches()[1]
    figure.text(0.12 / WIDTH, 0.42 / height, "\n".join(words), size=TINY, color=SOFT, va="bottom", linespacing=1.3)
    return figure, axes
