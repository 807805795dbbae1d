from __future__ import annotations

import pytest
from report_fake import fake_result, target

from bimodal.report.published import Verdict, comparisons


def one(**more):
    result = fake_result()
    result.summary["targets"] = [target("X", "treg_fold", **{"kind": "band", **more})]
    return comparisons(result)[0]


def test_misses_come_first_and_context_last():
    rows = comparisons(fake_result())
    order = [list(Verdict).index(row.verdict) for row in rows]
    assert order == sorted(order)
    assert rows[0].verdict is Verdict.OUTSIDE
    assert [row.id for row in rows if row.verdict is Verdict.NOT_SIMULATED] == ["B07", "B01"]


@pytest.mark.parametrize(
    ("more", "verdict", "text"),
    [
        ({"within": True, "simulated": 1.0}, Verdict.INSIDE, "inside"),
        ({"within": False, "simulated": 1.0}, Verdict.OUTSIDE, "outside"),
        ({"within": None}, Verdict.NOT_EVALUATED, "not evaluated"),
        ({"within": False, "quality": "recalled", "simulated": 1.0}, Verdict.NOT_SCORED, "not scored (outside)"),
        ({"within": None, "quality": "uncertain"}, Verdict.NOT_SCORED, "not scored"),
        ({"within": None, "role": "context"}, Verdict.NOT_SIMULATED, "context, not simulated"),
        ({"within": True, "simulated": 1.0, "scored": False}, Verdict.NOT_SCORED, "not scored (inside)"),
    ],
)
def test_the_verdict_follows_the_summary_and_hides_no_miss(more, verdict, text):
    row = one(**more)
    assert row.verdict is verdict
    assert row.verdict_text == text


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"kind": "band", "lower": 0.8, "upper": 1.25, "published": 1.0}, "0.8 to 1.25"),
        ({"kind": "at_least", "lower": 8.0, "upper": 15.0, "published": 8.0}, "≥ 8"),
        ({"kind": "at_least", "published": 8.0}, "≥ 8"),
        ({"kind": "at_most", "published": 3.0}, "≤ 3"),
        ({"kind": "point", "published": 0.52, "lower": 0.33, "upper": 0.71}, "0.52 (0.33 to 0.71)"),
        ({"kind": "point", "published": 0.52}, "0.52"),
        ({"kind": "direction", "published": -1.0}, "falls"),
        ({"kind": "ordering", "published": 1.0}, "first arm higher"),
        ({"kind": "ratio", "published": 1.0, "lower": 0.667, "upper": 1.5}, "1 (0.667 to 1.5)"),
        ({"kind": "band"}, "–"),
    ],
)
def test_what_was_published_is_written_by_kind(more, text):
    assert one(**more).published_text == text


def test_the_kind_of_interval_comes_from_the_target_or_its_endpoint():
    assert one(simulated_interval="Monte-Carlo, 95 %").interval == "Monte-Carlo, 95 %"
    assert one(simulated_interval=None).interval == "5-95 % of patients"
    assert one(simulated_interval=None, arms=["no such arm"]).interval == ""


def test_a_number_that_is_not_finite_counts_as_none():
    assert one(simulated=float("nan"), published=float("inf")).simulated is None


def test_shares_are_written_in_per_cent():
    row = one(
        kind="point", statistic="proportion", published=0.159, lower=0.12, upper=0.208,
        simulated=0.267, simulated_lower=0.2, simulated_upper=0.3, within=False,
    )  # fmt: skip
    assert row.published_text == "15.9 (12 to 20.8) %"
    assert row.simulated_text == "26.7 (20 to 30) %"
    assert one(statistic="proportion", kind="at_least", published=0.5, lower=0.5).published_text == "≥ 50 %"


@pytest.mark.parametrize(
    ("kind", "ends", "simulated", "words"),
    [
        ("at_least", (5.0, 10.0), 10.5, "outside: above our limit 10"),
        ("at_least", (5.0, 10.0), 4.5, "outside"),
        ("at_most", (0.1, 2.0), 0.05, "outside: below our limit 0.1"),
        ("at_most", (0.1, 2.0), 2.5, "outside"),
        ("band", (1.0, 2.0), 2.5, "outside"),
    ],
)
def test_a_value_that_agrees_with_the_bound_and_passes_our_limit_says_so(kind, ends, simulated, words):
    row = one(kind=kind, published=ends[0], lower=ends[0], upper=ends[1], simulated=simulated, within=False)
    assert row.verdict_text == words
