"""Reports of weighted patients: every figure is weighted and says so, and an unweighted one is as it was."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.text import Text
from report_fake import fake_result

from bimodal import INTENDED_USE
from bimodal.report.envelope import Envelope
from bimodal.report.figures.catalogue import CATALOGUE, drawable
from bimodal.report.page import page
from bimodal.report.render import to_svg
from bimodal.report.sections import headline
from bimodal.report.weights_section import weights_rows, weights_section
from bimodal.study.endpoints.weighted import effective_size, quantiles

BY_NAME = {entry.name: entry for entry in CATALOGUE}
TARGETS = [
    {"id": "age_years", "arm": None, "day": None, "statistic": "mean", "asked": 40.0, "unweighted": 43.3,
     "reached": 40.0, "n": 197, "source": "<b>Author</b> 2011, table 1"},
    {"id": "treg_fold", "arm": "1 MIU/m2", "day": 28.0, "statistic": "above", "level": 2.0, "asked": 0.6,
     "unweighted": 0.6, "reached": 0.6, "n": 197, "source": "x"},
    {"id": "weight_kg", "arm": None, "day": None, "statistic": "quantile", "quantile": 0.25, "asked": 60.0,
     "unweighted": 66.0, "reached": 60.2, "n": 197, "source": "x"},
]  # fmt: skip


@pytest.fixture
def weights():
    found = np.random.default_rng(4).exponential(1.0, 200)
    found[:3] = 0.0
    return found / found[3:].mean()


@pytest.fixture
def result(weights):
    made = fake_result()
    made.readings = SimpleNamespace(weights=weights)
    made.summary["weights"] = {
        "method": "maximum entropy", "rule": "one weight in every arm", "patients": 200, "weighted": 197,
        "effective": effective_size(weights), "effective_share": effective_size(weights) / 197,
        "largest": float(weights.max()), "targets": TARGETS, "warnings": ["few patients carry every number"],
    }  # fmt: skip
    return made


def words(figure):
    return " ".join(" ".join(text.get_text().split()) for text in figure.findobj(Text))


def test_every_figure_says_how_many_patients_it_is_worth(result):
    names = [entry.name for entry in drawable(result)]
    assert names[0] == "weights"
    said = f"weighted population: effective sample size {result.summary['weights']['effective']:.1f} of 200"
    for name in names:
        assert said in words(BY_NAME[name].figure(result)), name
    assert not BY_NAME["weights"].available(fake_result())
    assert "weighted population" not in words(BY_NAME["il2_over_time"].figure(fake_result()))


def test_the_figure_of_weights_shows_numbers_before_and_after(result):
    figure = BY_NAME["weights"].figure(result)
    said = words(figure)
    assert INTENDED_USE in said
    assert "n = 200, 3 failed" in said
    assert "age_years: mean" in said
    assert "asked 40: 43.3 to 40" in said
    assert "weight_kg: 25 % quantile" in said
    drawing = to_svg(figure)
    assert drawing == to_svg(BY_NAME["weights"].figure(result))
    assert ET.fromstring(drawing).tag.endswith("svg")


@pytest.mark.parametrize("size", [1, 2])
def test_a_figure_of_few_weights_can_be_drawn(result, size):
    result.readings = SimpleNamespace(weights=np.ones(size))
    assert to_svg(BY_NAME["weights"].figure(result))


def test_bands_are_percentiles_of_the_weighted_patients(result, weights):
    found = Envelope.read(result, "1 MIU/m2", "treg_fold")
    plain = Envelope.read(fake_result(), "1 MIU/m2", "treg_fold")
    _, blocks = result.envelope("1 MIU/m2", "treg_fold", "pixels")
    low, mean, high = next(blocks)
    for column in (0, 20, 60):
        assert found.median[column] == pytest.approx(quantiles(mean[:, column], [0.5], weights)[0], rel=1e-9)
        assert found.p5[column] == pytest.approx(quantiles(low[:, column], [0.05], weights)[0], rel=1e-9)
        assert found.p95[column] == pytest.approx(quantiles(high[:, column], [0.95], weights)[0], rel=1e-9)
    assert np.abs(found.p95 - plain.p95).max() > 1e-3
    even = replace(result)
    even.readings = SimpleNamespace(weights=np.ones(200))
    same = Envelope.read(even, "1 MIU/m2", "treg_fold")
    np.testing.assert_allclose(same.p95, plain.p95, rtol=1e-9)


def test_the_page_has_the_section_and_its_words(result):
    text = page(result, {entry: to_svg(entry.figure(result)) for entry in drawable(result)})
    assert "<h2>Weighted population</h2>" in text
    assert "a heavy one more than once" in text
    assert "every number is weighted" in headline(result)
    assert "&lt;b&gt;Author" in weights_section(result)
    assert "3 failed in an arm and have no weight" in weights_section(result)
    assert [row[1] for row in weights_rows(result.summary)] == ["mean", "share above 2", "25 % quantile"]
    assert "Weighted population" not in page(fake_result(), {})
