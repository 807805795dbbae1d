"""The figures of `bimodal response`: what they mark, what they say, and that they survive grey and hostile names."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from bimodal import INTENDED_USE
from bimodal.report.figures import bimodal_map as map_module
from bimodal.report.figures import selectivity_map as selectivity_module
from bimodal.report.figures.bimodal_map import MOST_MAPS, bimodal_map
from bimodal.report.figures.dose_response_panels import MOST_PANELS, dose_response_panels
from bimodal.report.figures.response_marks import Panel
from bimodal.report.figures.selectivity_map import selectivity_map
from bimodal.report.figures.treg_window import TregWindow
from bimodal.report.render import to_png, to_svg
from bimodal.report.style import house_style

DOSE = np.logspace(-2, 5, 141)
EC50 = {"treg": 20.0, "cd8": 2000.0, "nk": 900.0, "tconv_memory": 600.0}
HOSTILE = ("<script>alert(1)</script>", "$\\frac{1}{", "\u202e治療 😀", "a" * 300, "${study} %s {0}", "")


def panel(name="aldesleukin", ec50=EC50, top=1.0, plateau=True):
    """Hill curves beside an aldesleukin of the same EC50 and a maximum of 1."""

    def reached(half, share):
        return share * half / (top - share) if half and share < top else None

    cells = [
        {
            "cell": cell,
            "ec50_pM": half if plateau else None,
            "plateau": plateau,
            "emax_of_aldesleukin": top if half else 0.0,
            **{f"ec{share}_of_aldesleukin_pM": reached(half, share / 100) for share in (10, 20, 50)},
        }
        for cell, half in ec50.items()
    ]
    reference = ec50.get("treg")
    ratios = [
        {
            "cell": cell,
            "ratio_to_treg": half / reference if half and reference and plateau else None,
            "common_ratio_to_treg": half / reference if half and reference else None,
        }
        for cell, half in ec50.items()
        if cell != "treg"
    ]
    answer = {"drug": name, "minutes": 30, "cells": cells, "selectivity": ratios}
    return Panel(name, answer, {c: (DOSE, top * DOSE / (DOSE + h) if h else 0 * DOSE) for c, h in ec50.items()})


def words(figure):
    return " ".join(" ".join(text.get_text().split()) for text in figure.findobj(Text) if text.get_visible())


def figures(panels):
    return {
        "map": bimodal_map(panels),
        "panels": dose_response_panels(panels, title="Several", subtitle="After 30 min."),
        "selectivity": selectivity_map([one.response for one in panels]),
    }


def test_window_runs_from_treg_ec50_to_the_lowest_ec20_of_another_cell():
    window = TregWindow.of(panel().response)
    assert (window.low, window.high, window.cell) == (20.0, 150.0, "tconv_memory")
    assert window.sentence == "Treg window 20 to 150 pM: from half in Treg to a fifth in Tconv memory"


def test_subsets_of_treg_and_cells_without_signal_do_not_close_the_window():
    window = TregWindow.of(panel(ec50={**EC50, "treg_naive": 25.0, "nk": None}).response)
    assert window.cell == "tconv_memory"


@pytest.mark.parametrize(
    "ec50", [{"treg": 20.0}, {"cd8": 20.0}, {"treg": None, "cd8": 20.0}, {"treg": 20.0, "nk": None}]
)
def test_no_window_without_treg_or_without_another_cell(ec50):
    assert TregWindow.of(panel(ec50=ec50).response) is None
    assert "window" not in words(bimodal_map([panel(ec50=ec50)]))


def test_a_molecule_without_a_window_says_so():
    figure = bimodal_map([panel(ec50={"treg": 1000.0, "nk": 900.0})])
    assert "No Treg window: a fifth in NK, all (225 pM) is not above half in Treg (1,000 pM)" in words(figure)


def test_map_marks_every_ec50_and_brackets_the_window():
    axes = bimodal_map([panel()]).axes[0]
    xs = [np.asarray(line.get_xdata(), float) for line in axes.lines]
    for half in EC50.values():
        assert any(len(x) == 2 and np.allclose(x, np.log10(half)) for x in xs)
    assert any(len(x) == 4 and np.allclose(x[[0, -1]], np.log10([20.0, 150.0])) for x in xs)
    assert [label.get_text() for label in axes.get_yticklabels()] == ["Treg", "Tconv memory", "NK, all", "CD8 T"]
    image = axes.images[0].get_array()
    at_treg_ec50 = image[0, np.argmin(np.abs(np.linspace(-2, 5, image.shape[1]) - np.log10(20.0)))]
    assert at_treg_ec50 == pytest.approx(0.5, abs=0.02)


def test_shade_of_several_molecules_is_relative_to_the_strongest_of_them():
    strong, weak = bimodal_map([panel(), panel("partial", top=0.3)]).axes[:2]
    assert strong.images[0].get_array().max() == pytest.approx(1.0)
    assert weak.images[0].get_array().max() == pytest.approx(0.3)


def test_shades_darken_steadily_so_that_grey_tells_the_order():
    for shades, half in ((map_module._SHADES, 0.0), (selectivity_module._SHADES, 0.5)):
        grey = [np.dot(to_rgb(shades(x)), (0.2126, 0.7152, 0.0722)) for x in np.linspace(half, 1, 50)]
        assert (np.diff(grey) < 0).all()


def test_selectivity_writes_every_ratio_and_hatches_what_prefers_another_cell():
    one, other = panel(), panel("nara1", {**EC50, "nk": 10.0}, plateau=False)
    figure = selectivity_map([one.response, other.response])
    said = words(figure)
    for text in ("100", "45", "30", "0.5", "–", "Treg EC50 (pM)", "Treg, 10 % of aldesl. (pM)", "aldesleukin", "nara1"):
        assert text in said.split() or text in said
    # no plateau: no ratio of EC50, and one at the common effect
    top, below = ([text.get_text() for text in axes.texts] for axes in figure.axes[:2])
    assert (top.count("–"), below.count("–")) == (4, 0)
    assert [sum(bool(patch.get_hatch()) for patch in axes.patches) for axes in figure.axes[:2]] == [0, 1]


def test_selectivity_of_a_molecule_without_signal_is_a_dash():
    assert "–" in words(selectivity_map([panel(ec50={"treg": None, "nk": None}).response]))


@pytest.mark.parametrize("kind", ["map", "panels", "selectivity"])
def test_each_carries_intended_use_number_failures_and_the_same_bytes(kind):
    panels = [panel(), panel("other")]
    figure = figures(panels)[kind]
    said = words(figure)
    for part in (INTENDED_USE, "n = 1", "0 failed", "no random numbers"):
        assert part in said
    svg = to_svg(figure)
    assert svg == to_svg(figures(panels)[kind])
    assert ET.fromstring(svg).tag.endswith("svg")
    assert to_png(figure)[1:4] == b"PNG"


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("kind", ["map", "panels", "selectivity"])
def test_hostile_names_neither_break_nor_run(kind, name):
    svg = to_svg(figures([panel(name), panel("b")])[kind])
    assert b"<script" not in svg
    ET.fromstring(svg)


@pytest.mark.parametrize("kind", ["map", "panels", "selectivity"])
def test_no_text_leaves_the_sheet(kind):
    figure = figures([panel("n88d-fc-bivalent"), panel("r38q-h16n-fc-n-bivalent", {**EC50, "treg": 1e4})] * 2)[kind]
    with house_style():
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        for text in figure.findobj(Text):
            if text.get_visible() and text.get_text().strip() and (text.axes is None or text.axes.get_visible()):
                extent = text.get_window_extent(canvas.get_renderer())
                assert figure.bbox.x0 - 1 <= extent.x0, text.get_text()
                assert extent.x1 <= figure.bbox.x1 + 1, text.get_text()


def test_more_than_fit_are_left_out_and_said():
    panels = [panel(f"m{i}") for i in range(MOST_PANELS + 1)]
    assert f"The first {MOST_MAPS} of {len(panels)}" in words(bimodal_map(panels))
    many = dose_response_panels(panels, title="t", subtitle="s")
    assert f"The first {MOST_PANELS} of {len(panels)}" in words(many)


def test_a_map_without_a_curve_says_so():
    assert "no curve" in words(bimodal_map([panel(ec50={"treg": None})]))
