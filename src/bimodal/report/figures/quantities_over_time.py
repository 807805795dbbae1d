"""The quantities of a model file over time, every arm in one panel per quantity."""

from __future__ import annotations

import textwrap

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from bimodal.report.envelope import Envelope
from bimodal.report.figures.marks import FIRST_DRAWN, nobody, pixel_span
from bimodal.report.labels import observable_label, observable_unit
from bimodal.report.source import ResultSource, drawn_arms, offers
from bimodal.report.style import WIDTH, Heading, arm_colour, draw_envelope, house_style, say, sheet
from bimodal.report.text import clean, patients_text

TITLE = "Quantities of the model over time"
CAPTION = (
    "Each panel one quantity of the model, in the unit its file gives; colours are arms. Time is drawn in pixels: "
    "line, median of the means; bands, from the lowest to the highest value within a pixel, dark in 50 %, light in "
    "90 % of patients. Marks at the foot: doses."
    f"{FIRST_DRAWN}"
)
MOST_QUANTITIES = 12
_COLUMNS = 3
_GAP = 0.55  # inches between columns: room for tick labels and unit
# Longest time in days up to which an axis is in that unit, with how many of them make a day.
_SCALES = ((1 / 720, 86400.0, "seconds"), (1 / 12, 1440.0, "minutes"), (2.0, 24.0, "hours"))
_STEPS = (1, 1.2, 2.4, 3, 6, 10)  # halves and quarters of days, hours and minutes


def available(result: ResultSource) -> bool:
    """Tell whether the study is of a model file, whose quantities no other figure knows."""
    return bool(getattr(result.spec, "model_is_file", False)) and bool(_quantities(result))


def figure(result: ResultSource) -> Figure:
    """Draw the endpoints of a study of a model file, or its first quantities where it names none."""
    names, arms = _quantities(result), drawn_arms(result)
    shown = names[:MOST_QUANTITIES]
    more = f" The first {len(shown)} of {len(names)} quantities." if len(names) > len(shown) else ""
    first = [found for arm in arms[:1] for name in shown[:1] if (found := Envelope.read(result, arm, name)) is not None]
    said = f"Line: median. Bands: lowest to highest within {pixel_span(first)}, 50 % and 90 % of patients.{more}"
    heading = Heading.of(result, TITLE, said)
    columns = max(1, min(_COLUMNS, len(shown)))
    lines = max(1, -(-len(shown) // columns))
    keys = -(-len(arms) // _COLUMNS)
    letters = int((WIDTH - 0.74 - (columns - 1) * _GAP) / columns * 13.5)
    with house_style():
        made, axes = sheet(
            heading,
            (lines, columns),
            panel_height=1.5,
            top=0.38,
            gaps=(_GAP, 0.72),
            bottom=0.5 + 0.15 * keys,
            share=("all", "none"),
        )
        factor, unit = _time_scale(float(result.days[-1]))
        for index, panel in enumerate(axes.flat):
            if index >= len(shown):
                panel.set_visible(False)
                continue
            _draw(panel, result, shown[index], factor)
            name = clean(observable_label(result, shown[index]))
            panel.set_title(textwrap.fill(name, letters, max_lines=2, placeholder=" …"))
            panel.set_xlabel(f"{unit} since start")
            panel.xaxis.set_tick_params(labelbottom=True)
        handles = [Line2D([], [], color=_colour(result, arm), linewidth=1.6) for arm in arms]
        said = [f"{clean(arm, 34)} ({patients_text(result.n(arm), result.failed(arm))})" for arm in arms]
        height = made.get_size_inches()[1]
        made.legend(handles, said, loc="lower left", ncols=_COLUMNS, bbox_to_anchor=(0.07, 0.44 / height))
    return made


def _draw(panel: Axes, result: ResultSource, name: str, factor: float) -> None:
    unit = observable_unit(result, name)
    panel.set_ylabel("" if unit == "not given" else unit)
    drawn = 0
    for arm in drawn_arms(result):
        envelope = Envelope.read(result, arm, name)
        if envelope is not None and envelope.drawn:
            draw_envelope(panel, envelope, _colour(result, arm), factor=factor)
            drawn += envelope.drawn
        doses = [hour / 24.0 * factor for hour in result.doses_h.get(arm, ())]
        (marks,) = panel.plot(doses, [0.0] * len(doses), "|", color=_colour(result, arm), markersize=3.5)
        marks.set(transform=panel.get_xaxis_transform(), clip_on=False, zorder=6)
    if not drawn:
        say(panel, nobody(result, drawn_arms(result)[0]))
    panel.set_xlim(0.0, float(result.days[-1]) * factor)
    panel.xaxis.set_major_locator(MaxNLocator(4, steps=_STEPS))
    panel.yaxis.set_major_locator(MaxNLocator(5))
    panel.grid(axis="y")


def _colour(result: ResultSource, arm: str) -> str:
    return arm_colour(drawn_arms(result).index(arm), True)


def _time_scale(last: float) -> tuple[float, str]:
    return next(((factor, name) for limit, factor, name in _SCALES if last <= limit), (1.0, "days"))


def _quantities(result: ResultSource) -> list[str]:
    asked = [str(endpoint.id) for endpoint in getattr(result.spec, "endpoint", ())]
    names = list(dict.fromkeys(asked)) or [str(name) for name in result.registry]
    return [name for name in names if any(offers(result, arm, name) for arm in drawn_arms(result))]
