"""The first table of a run that compares arms: what differs, in few lines."""

import io

import pytest
from rich.console import Console

from bimodal.cli import contrast_tables
from bimodal.cli.contrast_tables import print_contrasts


def change(value, lower, upper, statistic="median"):
    return {"statistic": statistic, "value": value, "lower": lower, "upper": upper, "interval": "95 %",
            "people_lower": value / 2, "people_upper": value * 2}  # fmt: skip


def row(name, value, *, day=7.0, differs=True, relative=0.5, **more):
    return {"id": name, "day": day, "unit": "1", "n": 60, "statistic": "median", "first": 2.0 * value, "second": 2.0,
            "measure": "ratio", "difference": change(1.0, 0.5, 1.5), "ratio": change(value, 0.9 * value, 1.1 * value),
            "higher": 0.97, "equal": 0.0, "differs": differs, "relative": relative, "note": "", "phase": "",
            **more}  # fmt: skip


def contrast(*rows, **more):
    return {"contrasts": [{"arms": ["1 MIU/m2 SC daily for 28 days", "3 MIU"], "asked": False, "paired": True, "n": 60,
                           "failed": [0, 0], "dropped": 0, "rule": "rule", "note": "", "endpoints": list(rows),
                           **more}]}  # fmt: skip


@pytest.fixture
def printed(monkeypatch):
    def printed(summary, *, long=False, width=80):
        text = io.StringIO()
        console = Console(file=text, width=width, highlight=False, soft_wrap=True)
        monkeypatch.setattr(contrast_tables, "out", lambda: console)
        answered = print_contrasts(summary, long=long)
        return answered, text.getvalue()

    return printed


def test_the_largest_difference_comes_first_and_the_rest_is_counted(printed):
    alike = [row(f"pstat5_{k}", 1.0, differs=False, relative=0.001) for k in range(8)]
    unknown = row("cmax", 1.0, differs=None, relative=None, measure=None, first=None, second=None, higher=None)
    many = [row(f"cell_{k}", 2.0, relative=0.01 * (k + 1)) for k in range(13)]
    answered, text = printed(contrast(*alike, unknown, *many))
    lines = text.splitlines()
    assert answered
    assert [line.split()[0] for line in lines if line.startswith("cell_")] == [f"cell_{k}" for k in range(12, 2, -1)]
    assert "13 of 22 differ" in text
    assert "Not shown: 3 smaller." in text
    assert "8 do not differ: pstat5_0 (day 7)" in text
    assert "and 2 more" in text
    assert "1 cannot be judged: cmax (day 7)." in text
    assert "pstat5_0  " not in text


def test_a_row_says_both_arms_the_ratio_its_interval_and_who_is_higher(printed):
    _, text = printed(contrast(row("treg_tconv_ratio_fold", 1.5, unit="pM.h")))
    found = next(line for line in text.splitlines() if line.startswith("treg_tconv"))
    assert found.split() == [
        "treg_tconv_ratio_fold,",
        "pM.h",
        "7",
        "3",
        "2",
        "x",
        "1.5",
        "1.35",
        "to",
        "1.65",
        "97",
        "%",
    ]
    assert all(len(line) <= 80 for line in text.splitlines())


def test_a_rate_differs_by_points(printed):
    rate = row("orr", 1.0, day=None, statistic="proportion", first=0.5, second=0.25, measure="difference", ratio=None,
               difference=change(0.25, 0.125, 0.375), higher=None)  # fmt: skip
    _, text = printed(contrast(rate))
    assert "50 %" in text
    assert "+25 pts" in text
    assert "+12.5 to +37.5" in text


def test_another_phase_of_dosing_is_marked_and_explained_once(printed):
    phase = "day 7: 2 h after a dose in A, 3 days after a dose in B"
    _, text = printed(contrast(row("il2_plasma", 9.0, phase=phase), row("treg_fold", 2.0, phase=phase)))
    assert text.count("7*") == 2
    assert text.count(phase) == 1


def test_patients_left_out_are_counted(printed):
    _, text = printed(contrast(row("treg_fold", 2.0), n=57, failed=[1, 2], dropped=3))
    assert "the same 57 people in both arms; left out: 3 (1 failed in A, 2 failed in B)" in text
    _, text = printed(contrast(row("treg_fold", 2.0), paired=False, note="of different cohorts"))
    assert "60 people in each arm, of different cohorts" in text


def test_too_few_people_are_not_judged(printed):
    few = row("treg_fold", 2.0, differs=None, ratio=change(2.0, None, None))
    answered, text = printed(contrast(few, n=1))
    assert answered
    assert "the same 1 person" in text
    assert "no interval" in text
    assert "Too few people" in text


def test_nothing_differs(printed):
    same = row("treg_fold", 1.0, differs=False, relative=0.0)
    answered, text = printed(contrast(same))
    assert not answered
    assert "No endpoint differs" in text
    answered, text = printed(contrast(same), long=True)
    assert answered
    assert "0.5 to 2" in text  # 5 to 95 % of people
    assert printed({}) == (False, "")


def test_people_above_a_threshold(printed):
    about = {"threshold": 2.0, "unit": "1", "interval": "95 %", "lower": 0.1, "upper": 0.3}
    _, text = printed(contrast(row("treg_fold", 2.0, above={**about, "of": "ratio", "share": 0.2})))
    assert "People whose own A / B is above 2" in text
    assert "10 to 30 %" in text
    both = {**about, "of": "value", "unit": "pM", "first": 0.5, "second": 0.3, "difference": 0.2}
    _, text = printed(contrast(row("il2_plasma", 2.0, above=both)))
    assert "People above 2 pM" in text
    assert "+20 pts" in text
    assert "+10 to +30" in text
