"""The section of the report that sets arms against each other."""

from dataclasses import replace

from report_fake import fake_result

from bimodal.report.contrast_section import contrast_section
from bimodal.report.page import page

PHASE = "day 28: 2 h after a dose in A, 3 days after a dose in B"


def change(value, lower, upper):
    return {"statistic": "median", "value": value, "lower": lower, "upper": upper, "interval": "95 %",
            "people_lower": 0.5 * value, "people_upper": 2.0 * value}  # fmt: skip


def row(name, **more):
    return {"id": name, "day": 28, "unit": "1", "n": 195, "statistic": "median", "first": 4.0, "second": 2.0,
            "measure": "ratio", "difference": change(2.0, 1.5, 2.5), "ratio": change(2.0, 1.8, 2.2), "higher": 0.995,
            "equal": 0.0, "differs": True, "relative": 0.5, "note": "", "phase": "", **more}  # fmt: skip


def compared(*rows, **more):
    found = {"arms": ["<b>3 MIU</b>", "1 MIU/m2"], "asked": True, "paired": True, "n": 195, "failed": [0, 5],
             "dropped": 5, "rule": "it differs if so", "note": "", "endpoints": list(rows), **more}  # fmt: skip
    result = fake_result()
    return replace(result, summary={**result.summary, "contrasts": [found]})


def test_it_stands_near_the_top_and_only_where_arms_are_compared():
    written = page(compared(row("treg_fold")), {})
    assert written.index("What was simulated") < written.index("Arms compared") < written.index("Results at a glance")
    assert "Arms compared" not in page(fake_result(), {})


def test_what_differs_is_shown_and_what_does_not_is_named():
    text = contrast_section(
        compared(
            row("treg_fold", phase=PHASE),
            row("tconv_fold", differs=False, relative=0.0),
            row("cmax", differs=None, relative=None, day=None, measure=None, first=None, second=None),
        )
    )
    assert "× 2<" in text
    assert "× 1.8 to 2.2, median" in text
    assert "× 1 to 4" in text
    assert f"not the same phase of dosing: {PHASE}" in text
    assert "the same 195 virtual patients in both; left out 5 (5 failed in B)" in text
    assert "1 of 3 endpoints differ" in text
    assert "1 without a difference: tconv fold, label on day 28" in text
    assert "1 cannot be judged: cmax" in text
    assert "It differs if so." in text
    assert "<b>" not in text


def test_rates_differ_by_points_and_small_studies_are_not_judged():
    rate = row("orr", statistic="proportion", measure="difference", ratio=None, first=0.5, second=0.25, higher=None,
               difference={**change(0.25, 0.1, 0.4), "people_lower": None, "people_upper": None})  # fmt: skip
    text = contrast_section(compared(rate))
    assert "+25 points" in text
    assert "10 to 40 points" in text
    few = contrast_section(compared(row("treg_fold", differs=None, ratio=change(2.0, None, None))))
    assert "no interval" in few
    assert "Too few patients" in few


def test_shares_above_a_threshold():
    about = {"threshold": 2.0, "unit": "1", "interval": "95 %", "lower": 0.1, "upper": 0.3}
    text = contrast_section(compared(row("treg_fold", above={**about, "of": "ratio", "share": 0.2})))
    assert "Patients whose own ratio is above 2" in text
    assert "95 % 10 to 30" in text
    both = {**about, "of": "value", "first": 0.5, "second": 0.3, "difference": 0.2}
    text = contrast_section(compared(row("treg_fold", above=both)))
    assert "Patients above 2" in text
    assert "20 (10 to 30) points" in text
