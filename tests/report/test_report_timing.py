"""Figures and page about timing: the wording on every one, no identity, no calendar, the key kept apart."""

import itertools
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.lines import Line2D
from matplotlib.text import Text

from bimodal.report.figures import timing_hypotheses, timing_lineup, timing_windows
from bimodal.report.render import to_svg
from bimodal.report.timing_page import KEY_FILE, timing_figures, timing_page, write_timing_report
from bimodal.timing import assess
from bimodal.timing.compare_methods import compare_methods
from bimodal.timing.lineup import LineUp, line_up
from bimodal.timing.protocol import WindowPlan
from bimodal.timing.series import Event, plain_series
from bimodal.timing.simulate_series import sample_days, simulate_series
from bimodal.timing.windows import dosing_windows
from bimodal.timing.wording import SAFETY

PROMISES = re.compile(r"\boptimal|best time|effector phase detected|recommended\s+dose", re.IGNORECASE)


@pytest.fixture(scope="module")
def answer():
    made = simulate_series("cycle A 1.0", sample_days("14 every 2 d", 1), seed=1, index=1).series
    return assess(made)


@pytest.fixture(scope="module")
def windows(answer):
    return dosing_windows(answer, WindowPlan(21.0, "assumed for the test"))


@pytest.fixture(scope="module")
def drawn(answer, windows):
    return timing_figures(answer, windows=windows, lineup=line_up(answer))


def words(figure):
    return " ".join(" ".join(text.get_text().split()) for text in figure.findobj(Text) if text.get_visible())


def test_there_are_six_figures_and_each_says_what_it_is_not(drawn):
    assert list(drawn) == [
        "timing_series", "timing_hypotheses", "timing_period", "timing_fan", "timing_windows", "timing_lineup",
    ]  # fmt: skip
    for figure, title, caption in drawn.values():
        said = words(figure)
        assert SAFETY in said
        assert title in said
        assert not PROMISES.search(f"{said} {caption}")


def test_hypotheses_show_the_prior_and_the_period_its_own(drawn):
    assert "0.50 before" in words(drawn["timing_hypotheses"][0])
    assert "under other priors" in words(drawn["timing_hypotheses"][0])
    assert "before" in words(drawn["timing_period"][0])
    assert "a random hour" in words(drawn["timing_windows"][0])


def test_no_slot_is_marked_unless_one_is_given(windows):
    assert "passes both bars" not in words(timing_windows.figure(replace(windows, given=())))
    assert "no window to draw" in words(timing_windows.figure(replace(windows, slots=(), given=())))


def test_the_line_up_does_not_tell_which_is_real():
    days, logs = np.arange(14.0), np.random.default_rng(0).normal(size=(21, 14))
    first, second = (timing_lineup.figure(LineUp(days, logs, real)) for real in (2, 17))
    assert words(first) == words(second)
    drawn = [[line.get_color() for line in figure.findobj(Line2D)] for figure in (first, second)]
    assert drawn[0] == drawn[1]


def test_report_of_a_series_too_short(tmp_path):
    events = (Event("dose", 60.0), Event("infection", 30.0))
    few = assess(plain_series([0.0, 24.0, 48.0], [3.0, 4.0, 5.0], censored=[True, False, False], events=events))
    paths = write_timing_report(few, tmp_path)
    names = sorted(path.relative_to(tmp_path).as_posix() for path in paths)
    assert names == ["assessment.json", "figures/timing_series.png", "figures/timing_series.svg", "report.html"]
    page = paths[0].read_text("utf-8")
    assert "INSUFFICIENT_DATA" in page
    again = tmp_path / "again"
    write_timing_report(few, again)
    assert all((again / name).read_bytes() == (tmp_path / name).read_bytes() for name in names)


def test_page_holds_wording_first_and_last_numbers_and_no_identity(answer, windows, drawn):
    figure, title, caption = drawn["timing_hypotheses"]
    page = timing_page(
        answer,
        {"timing_hypotheses": (title, caption, to_svg(figure))},
        windows=windows,
        comparison=compare_methods(answer.series),
    )
    body = re.sub(r"<[^>]*>", " ", page[page.index("<body>") :])
    body = " ".join(body.replace("&quot;", '"').split())
    assert body.startswith(SAFETY)
    assert body.endswith(SAFETY)
    for part in (
        "mean CRP",
        "For comparison, not evidence",
        "Bayes factor",
        "prior",
        "a random hour hits",
        "unknown in humans",
    ):
        assert part in body
    assert answer.status.value in body
    assert not PROMISES.search(body)
    assert not re.search(r"\d{4}-\d\d-\d\d", body)
    assert "://" not in re.sub(r"data:[^\"]*", "", page)
    ET.fromstring(to_svg(figure))


def test_the_key_is_a_file_of_its_own(answer, tmp_path, monkeypatch):
    monkeypatch.setattr("bimodal.report.timing_page.timing_figures", lambda *args, **kwargs: {})
    paths = write_timing_report(answer, tmp_path)
    assert [path.name for path in paths] == ["report.html", "assessment.json", KEY_FILE]
    key = line_up(answer).key
    assert key in (tmp_path / KEY_FILE).read_text("utf-8")
    assert key not in paths[0].read_text("utf-8")


def overlaps(figure):
    """Texts that leave the figure, and pairs of them that lie on each other."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    page = figure.bbox
    # labels of ticks beyond the ends of an axis exist and are not drawn
    ticks = {label for axes in figure.axes for axis in (axes.xaxis, axes.yaxis) for label in axis.get_ticklabels()}
    boxes = [
        (text.get_text(), text.get_window_extent(canvas.get_renderer()))
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip() and text not in ticks
    ]
    found = [
        said for said, box in boxes if box.x0 < page.x0 or box.x1 > page.x1 or box.y0 < page.y0 or box.y1 > page.y1
    ]
    pairs = itertools.combinations(boxes, 2)
    return found + [(one, other) for (one, a), (other, b) in pairs if a.shrunk(0.98, 0.9).overlaps(b.shrunk(0.98, 0.9))]


@pytest.mark.parametrize(
    ("value", "low", "high"), [(0.56, 0.24, 0.69), (0.01, 0.0, 0.02), (0.5, 0.02, 0.97), (1, 1, 1)]
)
def test_the_range_under_other_priors_is_legible_whatever_it_is(value, low, high):
    prior = SimpleNamespace(hypothesis_weights=lambda: np.array([1 / 3, 1 / 6, 1 / 2]))
    assessment = SimpleNamespace(
        bayes_factor=2.0, status=SimpleNamespace(value="NO_EVIDENCE"), series=SimpleNamespace(label="series 1"),
        p_h0=(1 - value) * 0.9, p_hq=(1 - value) * 0.1, p_h1=value, prior=prior,
        sensitivity=SimpleNamespace(low=low, high=high),
    )  # fmt: skip
    figure = timing_hypotheses.figure(assessment)
    assert not overlaps(figure)
    panel = figure.axes[0]
    (said,) = [text for text in panel.texts if "under other priors" in text.get_text()]
    box = said.get_window_extent()
    assert panel.bbox.x0 <= box.x0
    assert box.x1 <= panel.bbox.x1
    bars = [patch.get_window_extent() for patch in panel.patches]
    assert not any(bar.width > 0 and bar.overlaps(box) for bar in bars)


def test_no_text_of_a_timing_figure_is_clipped_or_lies_on_another(drawn):
    for name, (figure, _, _) in drawn.items():
        assert not overlaps(figure), name


def test_the_numbers_of_the_line_up_lie_on_no_series(drawn):
    figure = drawn["timing_lineup"][0]
    FigureCanvasAgg(figure).draw()
    numbers = [panel.title if panel.title.get_text() else panel._left_title for panel in figure.axes]
    assert [int(number.get_text()) for number in numbers] == list(range(1, 22))
    assert all(
        number.get_window_extent().y0 >= panel.bbox.y1 - 1 for number, panel in zip(numbers, figure.axes, strict=True)
    )


def test_an_axis_of_crp_has_more_than_one_number(answer):
    figure = timing_figures(answer)["timing_series"][0]
    assert len([label for label in figure.axes[0].get_yticklabels() if label.get_text()]) > 1
