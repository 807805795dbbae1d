"""The house style of every figure: colours, letters, sizes, margins and the footer, in this one file.

Colours of cells are those of Okabe and Ito (Color Universal Design, 2008), colours of arms those of Paul Tol's
"muted" scheme (technical note SRON/EPS/TN/09-002); both were made to be told apart with any kind of colour vision.
"""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from types import MappingProxyType
from typing import Any, Literal

import matplotlib.style as mpl_style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

from bimodal import INTENDED_USE
from bimodal.report.envelope import Envelope
from bimodal.report.source import MOST_ARMS, FloatArray, ResultSource
from bimodal.report.text import clean, fold_tick, power_of_ten
from bimodal.report.whom import of_whom, weighted_as
from bimodal.study.endpoints import load_registry

INK = "#1b1f24"
SOFT = "#5c6670"
RULE = "#c9ced4"
DOSING = "#eef0f2"
PUBLISHED = "#000000"
NEUTRAL = "#7a828a"

#: What a ``[[cell]]`` of the registry calls its colour.
CELL_PALETTE: Mapping[str, str] = MappingProxyType(
    {
        "blue": "#0072b2",
        "orange": "#e69f00",
        "vermilion": "#d55e00",
        "green": "#009e73",
        "sky": "#56b4e9",
        "purple": "#cc79a7",
        "yellow": "#f0e442",
    }
)
ARM_COLOURS = ("#332288", "#cc6677", "#117733", "#aa4499", "#999933", "#44aa99", "#882255", "#ddcc77")
VERDICT_STYLES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "outside": ("#d55e00", "D"),
        "not evaluated": (NEUTRAL, "x"),
        "inside": ("#0072b2", "o"),
        "not scored": (NEUTRAL, "s"),
    }
)

_SEEN = 0.05  # of the mean: a smaller way between lowest and highest hides behind the line

TITLE, TEXT, SMALL, TINY = 10.5, 7.5, 6.5, 5.6
WIDTH = 7.2  # inches: A4 less its margins
_Share = Literal["all", "row", "col", "none"]
_FOOT, _HEAD = 0.42, 0.5

_HOUSE: Mapping[str, Any] = MappingProxyType(
    {
        "font.family": "DejaVu Sans",  # comes with Matplotlib, so letters are the same everywhere
        "font.size": TEXT,
        "axes.titlesize": TEXT,
        "axes.titlelocation": "left",
        "axes.titlepad": 4,
        "axes.labelsize": TEXT,
        "axes.labelcolor": INK,
        "axes.edgecolor": SOFT,
        "axes.linewidth": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.unicode_minus": True,
        "xtick.labelsize": SMALL,
        "ytick.labelsize": SMALL,
        "xtick.color": SOFT,
        "ytick.color": SOFT,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "xtick.major.size": 2.5,
        "ytick.major.size": 2.5,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "grid.color": "#e6e9ec",
        "grid.linewidth": 0.5,
        "text.color": INK,
        "text.parse_math": False,  # an arm may be named "$1"
        "legend.frameon": False,
        "legend.fontsize": SMALL,
        "svg.fonttype": "path",
        "svg.hashsalt": "bimodal",
        "path.simplify": True,
    }
)
# Matplotlib's settings belong to the process: whoever draws holds this lock and puts them back.
_SETTINGS = RLock()


@contextmanager
def house_style() -> Iterator[None]:
    """Draw in the house style whatever the user's own Matplotlib settings are, and restore those after.

    Examples
    --------
    >>> from matplotlib import rcParams
    >>> with house_style():
    ...     rcParams["svg.hashsalt"]
    'bimodal'
    """
    with _SETTINGS, mpl_style.context([dict(_HOUSE)], after_reset=True), warnings.catch_warnings():
        # A name in a script the font lacks is drawn as boxes; the page beside it shows the name.
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        yield


@dataclass(frozen=True)
class Heading:
    """What stands above and below the panels of a figure."""

    title: str
    subtitle: str
    footer: str

    @classmethod
    def of(cls, result: ResultSource, title: str, subtitle: str) -> Heading:
        """Take the footer from a study: version, study and seed.

        Examples
        --------
        >>> class Done:
        ...     summary = {"bimodal": "0.1.0", "study": "koreth-2011", "seed": 1}
        ...     arms = ("a",)
        >>> Heading.of(Done(), "IL-2 over time", "").footer
        'bimodal 0.1.0 · koreth-2011 · seed 1'
        """
        about = result.summary
        if len(result.arms) > MOST_ARMS:
            subtitle = f"{subtitle} The first {MOST_ARMS} of {len(result.arms)} arms; the tables have all."
        study = clean(about.get("study", ""), 60)
        subtitle = of_whom(about, subtitle)
        footer = f"bimodal {clean(about.get('bimodal', ''), 30)} · {study} · seed {about.get('seed')}"
        weighted = weighted_as(about)
        return cls(title, subtitle, f"{footer} · {weighted}" if weighted else footer)


def sheet(
    heading: Heading,
    shape: tuple[int, int],
    *,
    panel_height: float = 1.3,
    width: float = WIDTH,
    left: float = 0.62,
    right: float = 0.12,
    top: float = 0.3,
    bottom: float = 0.42,
    gaps: tuple[float, float] = (0.18, 0.36),
    ratios: Sequence[float] | None = None,
    share: tuple[_Share, _Share] = ("all", "all"),
) -> tuple[Figure, np.ndarray]:
    """Lay out a grid of panels with a heading above and the intended use below, all margins in inches.

    Parameters
    ----------
    heading
        Title, subtitle and footer.
    shape
        Rows and columns of panels.
    panel_height, width, left, right, top, bottom
        Inches; `top` and `bottom` are for panel titles and axis labels, beyond heading and footer.
    gaps
        Inches between columns and between rows.
    ratios
        Relative widths of the columns.
    share
        Which panels share x and y: "all", "row", "col" or "none".

    Returns
    -------
    Figure, ndarray of Axes
        The axes have shape `shape`.

    Examples
    --------
    >>> with house_style():
    ...     figure, axes = sheet(Heading("t", "s", "f"), (2, 3))
    >>> axes.shape
    (2, 3)
    """
    rows, cols = shape
    lines = textwrap.wrap(heading.subtitle, int(width * 19.3))
    head = _HEAD + 0.13 * max(0, len(lines) - 1)
    height = head + top + rows * panel_height + (rows - 1) * gaps[1] + bottom + _FOOT
    figure = Figure(figsize=(width, height), facecolor="white")
    panel_width = (width - left - right - (cols - 1) * gaps[0]) / cols
    axes = figure.subplots(
        rows,
        cols,
        squeeze=False,
        sharex=share[0],
        sharey=share[1],
        gridspec_kw={
            "left": left / width,
            "right": 1 - right / width,
            "top": 1 - (head + top) / height,
            "bottom": (bottom + _FOOT) / height,
            "wspace": gaps[0] / panel_width,
            "hspace": gaps[1] / panel_height,
            "width_ratios": ratios,
        },
    )
    figure.text(0.12 / width, 1 - 0.13 / height, heading.title, size=TITLE, weight="bold", va="top")
    figure.text(0.12 / width, 1 - 0.36 / height, "\n".join(lines), size=SMALL, color=SOFT, va="top", linespacing=1.35)
    use = "\n".join(textwrap.wrap(INTENDED_USE, int(width * 23.6)))
    figure.text(0.12 / width, 0.1 / height, use, size=TINY, color=SOFT, va="bottom", linespacing=1.3)
    about_y = (0.14 + 0.105 * (use.count("\n") + 1)) / height
    figure.text(0.12 / width, about_y, heading.footer, size=TINY, color=INK, va="bottom")
    return figure, axes


def arm_colour(index: int, treated: bool) -> str:
    """Give an arm its colour: grey for an untreated arm, otherwise by its place in the study.

    Examples
    --------
    >>> arm_colour(0, True), arm_colour(0, False)
    ('#332288', '#7a828a')
    """
    return ARM_COLOURS[index % len(ARM_COLOURS)] if treated else NEUTRAL


def cell_colour(cell: str) -> str:
    """Give a cell type its colour; a subset has the colour of its cell type.

    Examples
    --------
    >>> cell_colour("treg"), cell_colour("treg_naive")
    ('#0072b2', '#0072b2')
    """
    registry = load_registry()
    keys = {row.id: row.colour for row in (*registry.cell_kinds.values(), *registry.cells.values())}
    return CELL_PALETTE.get(keys.get(cell) or keys.get(cell.split("_")[0], ""), NEUTRAL)


def draw_envelope(
    axes: Axes, envelope: Envelope, colour: str, *, hours: bool = False, wide: bool = True, factor: float = 1.0
) -> None:
    """Draw pixels as steps: the median mean as a line, 50 % of patients from low to high dark, and 90 % light.

    Thin lines are the median lowest and highest value where they leave the mean: a curve faster than a pixel is shown
    by what it reached, not by a line between points.

    Parameters
    ----------
    hours, factor
        The x axis is in hours, or in a unit of which `factor` make a day.
    wide
        Whether to draw the 90 % band too.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> one = np.ones((3, 2))
    >>> draw_envelope(Figure().add_subplot(), Envelope.of(np.arange(3.0), one, one, one), "black")
    """
    x = envelope.edges * (24.0 if hours else factor)

    def steps(values: FloatArray) -> FloatArray:
        return np.append(values, values[-1:])

    if envelope.drawn > 1 and wide:
        low, high = steps(envelope.p5), steps(envelope.p95)
        axes.fill_between(x, low, high, step="post", color=colour, alpha=0.17, linewidth=0)
    low, high = steps(envelope.p25), steps(envelope.p75)
    axes.fill_between(x, low, high, step="post", color=colour, alpha=0.33, linewidth=0)
    axes.step(x, steps(envelope.median), where="post", color=colour, linewidth=1.2)
    spread = np.nan_to_num(envelope.high - envelope.low)
    if (spread > _SEEN * np.abs(np.nan_to_num(envelope.median))).any():
        for values in (envelope.low, envelope.high):
            axes.step(x, steps(values), where="post", color=colour, linewidth=0.5, alpha=0.9)


def say(axes: Axes, text: str) -> None:
    """Write a note in the middle of a panel that has nothing to draw.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> say(Figure().add_subplot(), "no patient finished")
    """
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", size=SMALL, color=SOFT)


def day_axis(axes: Axes, last: float, treated: float | None = None) -> None:
    """Mark days at whole weeks where there are weeks, from day 0 to the last.

    Where follow-up is at least twice as long as treatment, which ends on day `treated`, treatment has the left half of
    the axis and a dashed line marks where the scale of time changes.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> panel = Figure().add_subplot()
    >>> day_axis(panel, 84.0)
    >>> panel.get_xticks().tolist()
    [0.0, 28.0, 56.0, 84.0]
    """
    if treated is None or not 0.0 < treated <= last / 2.0:
        axes.xaxis.set_major_locator(FixedLocator(_day_ticks(last, 4.5)))
    else:
        slope = treated / (last - treated)  # of follow-up, so that both have half of the axis

        def to_axis(day: FloatArray) -> FloatArray:
            day = np.asarray(day, np.float64)
            return np.where(day <= treated, day, treated + slope * (day - treated))

        def to_day(place: FloatArray) -> FloatArray:
            place = np.asarray(place, np.float64)
            return np.where(place <= treated, place, treated + (place - treated) / slope)

        axes.set_xscale("function", functions=(to_axis, to_day))
        later = [day for day in _day_ticks(last, 4.5) if day - treated > 0.15 * (last - treated)]
        axes.xaxis.set_major_locator(FixedLocator([*_day_ticks(treated, 3.5), *later]))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda day, _: f"{day:g}"))
        axes.axvline(treated, color=SOFT, linewidth=0.6, linestyle=(0, (2, 2)), zorder=1)
    axes.set_xlim(0, max(last, 1e-3))
    ends_inside(axes)


def _day_ticks(last: float, most: float) -> list[float]:
    steps = (1, 2, 7, 14, 28, 56, 84, 168, 364, 728, 1820, 3640)
    step = next((step for step in steps if last / step <= most), round(last / most))
    return [float(day) for day in range(0, int(last + 0.5) + 1, max(step, 1))]


def hour_axis(axes: Axes) -> None:
    """Mark the hours of one day.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> panel = Figure().add_subplot()
    >>> hour_axis(panel)
    >>> panel.get_xticks().tolist()
    [0, 6, 12, 18, 24]
    """
    axes.xaxis.set_major_locator(FixedLocator([0, 6, 12, 18, 24]))
    axes.set_xlim(0, 24)
    ends_inside(axes)


def ends_inside(axes: Axes) -> None:
    """Turn the outermost tick labels inwards, so that those of neighbouring panels never touch.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> panel = Figure().add_subplot()
    >>> ends_inside(panel)
    >>> panel.get_xticklabels()[0].get_horizontalalignment()
    'left'
    """
    places, marks, last = axes.get_xticks(), axes.xaxis.get_major_ticks(), axes.get_xlim()[1]
    if len(places) > 1:
        marks[0].label1.set_horizontalalignment("left")
        if places[-1] > 0.97 * last:
            marks[-1].label1.set_horizontalalignment("right")


def log_axis(axes: Axes, low: float, high: float, *, base: int) -> None:
    """Make y logarithmic with plain tick labels: powers of ten, or doublings written 1/2, 1, 2.

    Parameters
    ----------
    axes
        Panel; the axes that share y with it follow.
    low, high
        Limits, both above zero.
    base
        10 or 2.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> panel = Figure().add_subplot()
    >>> log_axis(panel, 0.4, 9.0, base=2)
    >>> [label.get_text() for label in panel.get_yticklabels()]
    ['1/2', '1', '2', '4', '8']
    """
    log = np.log2 if base == 2 else np.log10
    exponents = np.arange(np.ceil(log(low) - 1e-9), np.floor(log(high) + 1e-9) + 1)
    stride = max(1, int(np.ceil(len(exponents) / 6)))
    exponents = exponents[exponents % stride == 0]
    places = float(base) ** exponents
    if base == 10 and len(places) < 3 and low >= 0.1 and high < 1e4:
        places = np.ravel(places[:, None] * [1, 3] if len(places) else [])
        places = places[(places >= low) & (places <= high)]
    label = fold_tick if base == 2 else power_of_ten
    axes.set_yscale("log", base=base)
    axes.yaxis.set_major_locator(FixedLocator(list(places)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: label(value)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylim(low, high)
    axes.grid(axis="y")


def log_limits(parts: Sequence[Envelope], least: tuple[float, float], *, pad: float = 1.15) -> tuple[float, float]:
    """Find limits for a logarithmic axis that hold every 90 % band; values of zero cannot be drawn and do not count.

    Parameters
    ----------
    parts
        Envelopes that share the axis.
    least
        Limits that are shown in any case.
    pad
        Factor of room on both sides.

    Examples
    --------
    >>> low, high = np.zeros((1, 1)), np.full((1, 1), 8.0)
    >>> log_limits([Envelope.of(np.arange(2.0), low, low, high)], (0.5, 2.0), pad=1.0)
    (0.5, 8.0)
    """
    low, high = least
    for part in parts:
        for values in (part.p5, part.p95):
            drawable = values[np.isfinite(values) & (values > 0)]
            if len(drawable):
                low, high = min(low, float(drawable.min())), max(high, float(drawable.max()))
    # Ten decades are more than any band says; a nearly extinct population would flatten everything else.
    return max(low / pad, high * 1e-10), high * pad
