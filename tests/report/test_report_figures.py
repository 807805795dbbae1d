from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.text import Text
from report_fake import fake_result, target

from bimodal import INTENDED_USE
from bimodal.report.figures.catalogue import CATALOGUE, drawable
from bimodal.report.figures.dose_response import dose_response
from bimodal.report.render import to_png, to_svg

OF_TRIALS = {"kaplan_meier", "waterfall", "spider", "swimmer", "doses_delivered"}  # test_report_trial.py
OF_MICE = {"tissue_over_time", "organ_folds", "cd25_blocked"}  # test_report_sets.py
OF_DESIGNS = {"design_shares", "design_traces"}  # tests/study/test_design_study.py
OF_WEIGHTS = {"weights"}  # test_report_weights.py
NAMES = [entry.name for entry in CATALOGUE if entry.name not in OF_TRIALS | OF_MICE | OF_DESIGNS | OF_WEIGHTS]
BY_NAME = {entry.name: entry for entry in CATALOGUE}
HOSTILE = (
    "<script>alert(1)</script>",
    "$\\frac{1}{",
    "--> ]]> &amp; \x00\x0b",
    "\u202e治療 😀",
    "a" * 300,
    "${study} %s {0}",
)


def words(figure):
    return " ".join(" ".join(text.get_text().split()) for text in figure.findobj(Text))


@pytest.fixture(scope="module")
def result():
    return fake_result()


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_carries_intended_use_study_seed_n_and_failures(result, name):
    said = words(BY_NAME[name].figure(result))
    assert INTENDED_USE in said
    assert "bimodal 0.1.0 · koreth-2011 · seed 1" in said
    n, failed = (800, 5) if name == "published_vs_simulated" else (200, 3)
    assert f"n = {n}, {failed} failed" in said


@pytest.mark.parametrize("name", NAMES)
def test_every_visible_axis_says_what_it_shows(result, name):
    figure = BY_NAME[name].figure(result)
    assert any(axes.get_xlabel() for axes in figure.axes)
    units = {"il2_over_time": "(pM)", "cell_folds": "fold", "treg_tconv_ratio": "fold", "pstat5_occupancy": "fraction"}
    if name in units:
        assert units[name] in " ".join(axes.get_ylabel() for axes in figure.axes)


@pytest.mark.parametrize("name", NAMES)
def test_no_legend_lies_on_the_heading(result, name):
    figure = BY_NAME[name].figure(result)
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in figure.texts if text.get_text()]
    assert boxes
    assert not any(legend.get_window_extent().overlaps(box) for legend in figure.legends for box in boxes)


def test_a_legend_names_the_cells_that_are_drawn(result):
    (legend,) = BY_NAME["pstat5_occupancy"].figure(result).legends
    assert [text.get_text() for text in legend.get_texts()] == ["Treg", "Tconv", "CD8 T", "NK bright", "NK dim"]


@pytest.mark.parametrize("name", NAMES)
def test_svg_is_xml_without_time_or_document_type_and_the_same_every_time(result, name):
    one, two = (to_svg(BY_NAME[name].figure(result)) for _ in range(2))
    assert one == two
    assert b"<!DOCTYPE" not in one
    assert b"<dc:date>" not in one
    assert ET.fromstring(one).tag.endswith("svg")


def test_png_is_the_same_every_time(result):
    one, two = (to_png(BY_NAME["treg_tconv_ratio"].figure(result)) for _ in range(2))
    assert one.startswith(b"\x89PNG")
    assert one == two


@pytest.mark.parametrize("name", NAMES)
def test_hostile_arm_names_are_drawn_and_not_interpreted(name):
    hostile = fake_result(arms=HOSTILE, size=5)
    hostile.summary["targets"] = [target("X", "treg_fold", "at_least", arms=[arm], published=2.0) for arm in HOSTILE]
    drawing = to_svg(BY_NAME[name].figure(hostile))
    assert ET.fromstring(drawing).find(".//{*}script") is None


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [1, 2])
def test_one_or_two_patients_can_be_drawn(name, size):
    assert to_svg(BY_NAME[name].figure(fake_result(size=size, failures=(0, 0, 0, 0))))


def test_an_arm_in_which_everybody_failed_says_so():
    result = fake_result(failures=(0, 0, 200, 0))
    for name in ("il2_over_time", "cell_folds", "treg_tconv_ratio", "pstat5_occupancy"):
        figure = BY_NAME[name].figure(result)
        assert "no patient finished (200 of 200 failed)" in words(figure)
        assert to_svg(figure)


def test_a_figure_without_data_is_left_out():
    folds = tuple(f"{cell}_fold" for cell in ("treg", "tconv", "cd8", "nk_bright", "nk_dim", "nk"))
    result = fake_result(missing=(*folds, "il2_plasma"))
    result.summary["targets"] = []
    assert [entry.name for entry in drawable(result)] == ["treg_tconv_ratio", "pstat5_occupancy"]


def test_an_unsaved_cell_type_has_no_row():
    assert len(BY_NAME["cell_folds"].figure(fake_result(missing=("nk_fold",))).axes) == 5 * 4
    assert len(BY_NAME["cell_folds"].figure(fake_result()).axes) == 6 * 4


def test_forty_arms_are_cut_to_a_page_and_said_so():
    many = fake_result(arms=tuple(f"arm {index}" for index in range(40)), doses=(1.0,), size=3, failures=())
    figure = BY_NAME["treg_tconv_ratio"].figure(many)
    assert "The first 12 of 40 arms" in words(figure)


@pytest.mark.parametrize("name", NAMES)
def test_empty_targets_and_zero_or_infinite_values_break_nothing(name):
    result = fake_result(size=4)
    values = result.values

    def odd(arm, observable):
        table = values(arm, observable)
        table[-1, 3:9] = 0.0
        table[-1, 9:12] = np.inf
        return table

    result.values = odd
    result.summary["targets"] = [
        target("Z", "treg_fold", kind, published=published, simulated=simulated, within=False)
        for kind in ("band", "at_least", "at_most", "point", "ordering", "direction", "ratio")
        for published, simulated in ((0.0, 0.0), (None, None), (1.0, -3.0))
    ]
    assert to_svg(BY_NAME[name].figure(result))


@settings(deadline=None, max_examples=8)
@given(
    published=st.floats(1e-9, 1e9),
    simulated=st.floats(-1e9, 1e9),
    kind=st.sampled_from(["band", "at_least", "at_most", "point"]),
)
def test_any_size_of_number_stays_on_the_forest_plot(published, simulated, kind):
    result = fake_result(size=1)
    result.summary["targets"] = [target("Z", "treg_fold", kind, published=published, simulated=simulated, within=False)]
    figure = BY_NAME["published_vs_simulated"].figure(result)
    for line in figure.axes[0].lines:
        if line.get_marker() not in ("None", "|"):
            assert 1 / 8 <= line.get_xdata()[0] <= 8


def test_targets_show_misses_first_on_the_forest_plot(result):
    texts = [text.get_text() for text in BY_NAME["published_vs_simulated"].figure(result).axes[0].texts]
    assert texts[0].startswith("B03")


DOSE = np.logspace(-1, 4, 50)


def test_dose_response_draws_each_cell_relative_to_its_own_maximum():
    response = {"drug": "<aldesleukin> $x$", "minutes": 30, "cells": [{"cell": "treg", "ec50_pM": 20.0}]}
    curves = {
        "treg": (DOSE, 700 * DOSE / (DOSE + 20)),
        "cd8_naive": (DOSE, DOSE / (DOSE + 3e3)),
        "nk": (DOSE, 0 * DOSE),
    }
    figure = dose_response(response, curves)
    panel = figure.axes[0]
    tops = [line.get_ydata().max() for line in panel.lines if len(line.get_xdata()) == len(DOSE)]
    assert tops == [1.0, 1.0]
    assert (panel.get_xlabel(), panel.get_ylabel()) == ("IL-2 (pM)", "pSTAT5 (fraction of own maximum)")
    assert INTENDED_USE in words(figure)
    assert to_svg(figure) == to_svg(dose_response(response, curves))


@pytest.mark.parametrize("curves", [{}, {"treg": ([], [])}, {"treg": ([np.nan, 0.0], [1.0, 2.0])}])
def test_dose_response_without_a_curve_says_so(curves):
    assert "no curve" in words(dose_response({"drug": "a", "minutes": 30, "cells": []}, curves))


def test_no_figure_needs_the_global_drawing_state():
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from report_fake import fake_result;"
        "from bimodal.report.figures.catalogue import drawable; from bimodal.report.render import to_svg;"
        "[to_svg(entry.figure(fake_result(size=3))) for entry in drawable(fake_result(size=3))];"
        "print('matplotlib.pyplot' in sys.modules)"
    )
    here = __file__.rpartition("/")[0]
    done = subprocess.run([sys.executable, "-c", code, here], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_arms_that_differ_only_at_the_end_of_a_long_name_are_told_apart():
    names = ("1 MIU/m2 SC daily for 28 days", "1 MIU/m2 SC daily for 56 days")
    result = fake_result(arms=(*names, "c", "d"), doses=(1.0, 1.0, 0.0, 0.0), size=3, failures=())
    said = words(BY_NAME["treg_tconv_ratio"].figure(result))
    assert all(name in said for name in names)
