"""Kaplan-Meier, waterfall, spider, doses delivered and the table of responses."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from matplotlib.text import Text
from report_fake import FakeResult, fake_summary, target

from bimodal import INTENDED_USE
from bimodal.errors import StudyError
from bimodal.report.figures import swimmer
from bimodal.report.figures.catalogue import CATALOGUE, drawable
from bimodal.report.page import page
from bimodal.report.render import to_svg
from bimodal.report.trial import changes, outcomes_of
from bimodal.report.trial_section import trial_section
from bimodal.study.endpoints.trial import Outcomes, Response, ScanPlan, trial_outcomes
from bimodal.study.endpoints.trial.scan_schedule import MONTH_DAYS
from bimodal.study.readings.trial_rows import arm_outcomes
from bimodal.study.rules.ledger import DoseLedger

NAMES = ("kaplan_meier", "waterfall", "spider", "swimmer", "doses_delivered")
BY_NAME = {entry.name: entry for entry in CATALOGUE}
HOSTILE = ("<script>alert(1)</script>", "$\\frac{1}{", "\u202e治療 😀", "a" * 120)
DAYS = np.arange(0.0, 1101.0, 4.0)


@dataclass
class TrialFake(FakeResult):
    """A synthetic study with a tumour, and visit rules in its treated arms."""

    plan: ScanPlan = field(default_factory=lambda: ScanPlan(criterion="WHO", missing=0.1))

    def outcomes(self, arm: str) -> Outcomes:
        index, size = self.arms.index(arm), self.n(arm)
        rng = np.random.default_rng(3)
        rate = np.where(rng.random((size, 1)) < 0.3, -0.04 * self.doses[index], 0.006) + 0.002 * rng.random((size, 1))
        cells = 4e10 * np.exp(np.clip(rate * DAYS, -60.0, 6.0))
        cells[: self.failures[index]] = np.nan
        hazard = np.tile(DAYS / 400.0, (size, 1))
        return trial_outcomes(
            DAYS, tumour_cells=cells, death_hazard_integral=hazard, tox_hazard_integral=0.01 * hazard,
            patients=np.arange(size), seed=1, plan=self.plan,
        )  # fmt: skip

    @property
    def ledgers(self) -> dict[str, DoseLedger]:
        found = {}
        for arm, dose in zip(self.arms, self.doses, strict=True):
            if dose:
                given = (np.arange(28) % 14 < np.arange(7, 7 + self.n(arm))[:, None] % 14 + 1).astype(float)
                given[: self.failed(arm)] = np.nan
                reason = np.where(given > 0, 0, 1)
                times = np.concatenate([8.0 * np.arange(14), 336.0 + 8.0 * np.arange(14)])
                amounts = np.ones_like(given)
                found[arm] = DoseLedger(times, np.repeat([1, 2], 14), amounts, given, reason, ("as planned", "held"))
        return found


def trial_fake(
    *, arms=("untreated", "high dose"), doses=(0.0, 1.0), size=60, failures=(0, 3), **more: Any
) -> TrialFake:
    failures = (*failures, *[0] * len(arms))[: len(arms)]
    doses = (*doses, *[1.0] * len(arms))[: len(arms)]
    summary = fake_summary(list(arms), list(doses), [size] * len(arms), list(failures))
    made = TrialFake(list(arms), list(doses), [size] * len(arms), list(failures), summary, **more)
    registry = {"orr": SimpleNamespace(of=("tumour_cells",))}
    for record in summary["arms"]:
        record.update(arm_outcomes([SimpleNamespace(id="orr")], registry, record["name"], made))
    one = [arms[-1]]
    summary["targets"] = [
        target(
            "A01", "orr", "point", arms=one, published=0.159, lower=0.12, upper=0.208, simulated=0.14, criterion="WHO"
        ),
        target("A09", "os_months", "point", arms=one, published=12.0, unit="month", criterion="WHO"),
        target("A10", "os_rate_24_months", "band", arms=one, published=0.2, lower=0.1, upper=0.3, criterion="WHO"),
        target("A11", "os_rate_84_months", "band", arms=one, published=0.11, lower=0.08, upper=0.15, criterion="WHO"),
        target("A08", "dor_months", "at_least", arms=one, published=59.0, lower=59.0, upper=200.0, unit="month"),
        target("A12", "orr", "ordering", arms=list(arms[:2]), published=1.0, criterion="WHO"),
    ]
    return made


def words(figure):
    return " ".join(" ".join(text.get_text().split()) for text in figure.findobj(Text))


@pytest.fixture(scope="module")
def result():
    return trial_fake()


def test_all_figures_of_a_trial_are_drawn_and_none_of_another_study(result):
    assert [entry.name for entry in drawable(result)][1:6] == list(NAMES)
    plain = FakeResult(["a"], [1.0], [3], [0], fake_summary(["a"], [1.0], [3], [0]))
    assert not set(NAMES) & {entry.name for entry in drawable(plain)}
    assert trial_section(plain) == ""


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_carries_intended_use_study_seed_n_and_failures(result, name):
    said = words(BY_NAME[name].figure(result))
    assert INTENDED_USE in said
    assert "bimodal 0.1.0 · koreth-2011 · seed 1" in said
    assert "n = 60, 3 failed" in said


@pytest.mark.parametrize("name", NAMES)
def test_svg_is_xml_and_the_same_every_time(result, name):
    one, two = (to_svg(BY_NAME[name].figure(result)) for _ in range(2))
    assert one == two
    assert ET.fromstring(one).tag.endswith("svg")


@pytest.mark.parametrize("name", NAMES)
def test_hostile_arm_names_are_drawn_and_not_interpreted(name):
    drawing = to_svg(BY_NAME[name].figure(trial_fake(arms=HOSTILE, doses=(1.0,), size=4)))
    assert ET.fromstring(drawing).find(".//{*}script") is None


@pytest.mark.parametrize("name", NAMES)
def test_one_patient_and_an_arm_of_failures_can_be_drawn(name):
    assert to_svg(BY_NAME[name].figure(trial_fake(size=1, failures=())))
    assert to_svg(BY_NAME[name].figure(trial_fake(size=3, failures=(3, 3))))


def test_published_numbers_stand_on_the_curves(result):
    figure = BY_NAME["kaplan_meier"].figure(result)
    marks = [
        tuple(float(part[0]) for part in line.get_data()) for line in figure.axes[0].lines if line.get_marker() == "D"
    ]
    assert marks == [(12.0, 0.5), (24.0, 0.2)]
    said = words(figure)
    assert "beyond follow-up: 0.08 to 0.15 at 84 months" in said
    assert "≥ 59 months" in said
    assert "ORR published 15.9 (12-21), simulated 14.0 %" in words(BY_NAME["waterfall"].figure(result))


def test_a_waterfall_of_many_draws_a_part_of_them_by_rank():
    figure = BY_NAME["waterfall"].figure(trial_fake(size=900, failures=()))
    bars = figure.axes[1].patches
    assert len(bars) == 400
    heights = [bar.get_height() for bar in bars]
    assert heights == sorted(heights, reverse=True)
    assert "every k-th" in words(figure)


def test_changes_end_at_progression(result):
    out = outcomes_of(result, "high dose")
    part = changes(out)
    late = out.scan_days > np.where(np.isnan(out.progression_day), np.inf, out.progression_day)[:, None]
    assert np.isnan(part.percent[late]).all()
    responders = np.isin(part.response, [Response.CR, Response.PR])
    assert responders.any()
    assert (part.best[responders] <= -50.0 + 1e-6).all()
    assert part.thresholds == (-50.0, 25.0)


def test_a_study_whose_model_has_no_tumour_has_no_trial_figures(result):
    class Bare(TrialFake):
        def outcomes(self, arm):
            raise StudyError("the model does not give 'tumour_cells'")

    bare = Bare(result.arms, result.doses, result.sizes, result.failures, result.summary)
    assert outcomes_of(bare, "high dose") is None
    assert not BY_NAME["waterfall"].available(bare)


def test_the_page_tabulates_responses_and_deaths(result):
    counts = next(arm["outcomes"] for arm in result.summary["arms"] if arm["name"] == "high dose")
    assert sum(counts["best_response"].values()) == counts["n"] == 57
    written = page(result, {})
    assert "Response and survival" in written
    assert "died of treatment" in written


def test_the_swimmer_plot_marks_courses_that_rules_began():
    class Begun(TrialFake):
        @property
        def ledgers(self):
            found = super().ledgers
            for arm, own in found.items():
                n = self.n(arm)
                start = np.where(np.arange(n) % 3 == 0, 240.0, np.nan)[:, None]
                found[arm] = DoseLedger(
                    np.concatenate([own.times_h, [0.0, 24.0]]),
                    np.concatenate([own.cycles, [1, 1]]),
                    np.ones((n, 30)),
                    np.concatenate([own.factor, np.where(np.isnan(start), 0.0, 1.0) * np.ones((n, 2))], axis=1),
                    np.concatenate([own.reason, np.where(np.isnan(start), -1, 1) * np.ones((n, 2), int)], axis=1),
                    own.words,
                    np.concatenate([np.tile(own.times_h, (n, 1)), start + np.array([0.0, 24.0])], axis=1),
                    ("rescue", "rescue"),
                )
            return found

    plain = trial_fake()
    one = Begun(**{name: getattr(plain, name) for name in plain.__dataclass_fields__})
    panels = [axes for axes in swimmer.figure(one).axes if axes.get_xlabel()]
    squares = [line for axes in panels for line in axes.lines if line.get_marker() == "s"]
    assert len(squares) == 1
    days = np.array(squares[0].get_xdata(), float) * MONTH_DAYS
    assert 5 < np.isfinite(days).sum() < 20
    assert np.allclose(days[np.isfinite(days)], 10.0)
    assert not [line for axes in swimmer.figure(plain).axes for line in axes.lines if line.get_marker() == "s"]
