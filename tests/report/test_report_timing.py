"""Figures and page about timing: the wording on every one, no identity, no calendar, the key kept apart."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.lines import Line2D
from matplotlib.text import Text

from bimodal.report.figures import timing_lineup, timing_windows
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
