"""Response by WHO and RECIST 1.1: hand-worked courses of scans, and what must hold for any course."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bimodal.study.endpoints.trial import RULES, Response
from bimodal.study.endpoints.trial.best_response import best_response
from bimodal.study.endpoints.trial.criteria import judge_scans

CASES = tomllib.loads((Path(__file__).parent / "data" / "response_cases.toml").read_text("utf-8"))["case"]


def judged(sums, criterion, days=None, new=None, missed=None, confirmation=28.0):
    sums = np.atleast_2d(np.asarray(sums, float))
    days = np.arange(sums.shape[1]) * 56.0 if days is None else np.asarray(days, float)
    seen = np.ones(sums.shape, bool) if missed is None else ~np.atleast_2d(missed)
    lesion = np.zeros(sums.shape, bool)
    if new is not None:
        lesion[:, new:] = True
    states = judge_scans(np.maximum(sums, 0.0), evaluable=seen, new_lesion=lesion, rules=RULES[criterion])
    return days, best_response(days, states, confirmation_days=confirmation, stable_days=42.0)


@pytest.mark.parametrize("case", CASES, ids=[f"{k:02d}" for k in range(len(CASES))])
def test_hand_worked(case):
    missed = np.asarray(case["sums"], float) < 0
    days, course = judged(case["sums"], case["criterion"], case.get("days"), case.get("new"), missed)

    def day(place):
        return float(days[place]) if place >= 0 else None

    found = {
        "best": Response(course.best[0]).name,
        "response": day(course.first_response[0]),
        "complete": day(course.first_complete[0]),
        "progression": day(course.progression[0]),
    }
    assert found == {name: case.get(name) for name in found}, case["why"]


def test_there_are_at_least_thirty_cases_each_with_its_reason():
    assert len(CASES) >= 30
    assert len({case["why"] for case in CASES}) == len(CASES)
    assert {case["criterion"] for case in CASES} == set(RULES)


def test_without_confirmation_one_scan_is_enough():
    _, course = judged([100, 60], "RECIST 1.1", confirmation=0.0)
    assert course.best[0] == Response.PR


courses = st.lists(st.just(0.0) | st.floats(0.1, 300.0), min_size=2, max_size=9)


@settings(deadline=None, max_examples=80)
@given(courses, st.sampled_from(sorted(RULES)), st.floats(0.01, 1.0), st.data())
def test_more_shrinkage_is_never_a_worse_response(sums, criterion, factor, data):
    sums[0] = max(sums[0], 1.0)
    missed = np.array([False, *data.draw(st.lists(st.booleans(), min_size=len(sums) - 1, max_size=len(sums) - 1))])
    after = np.asarray(sums) * np.where(np.arange(len(sums)) == 0, 1.0, factor)
    _, before = judged(sums, criterion, missed=missed)
    _, smaller = judged(after, criterion, missed=missed)
    assert smaller.best[0] >= before.best[0]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(courses.filter(lambda row: len(row) > 4).map(lambda row: row[:5]), min_size=2, max_size=6), st.randoms()
)
def test_patients_do_not_see_each_other(rows, random):
    order = list(range(len(rows)))
    random.shuffle(order)
    _, whole = judged(rows, "RECIST 1.1")
    _, mixed = judged([rows[k] for k in order], "RECIST 1.1")
    assert whole.best[order].tolist() == mixed.best.tolist()
    assert whole.progression[order].tolist() == mixed.progression.tolist()


@settings(deadline=None, max_examples=60)
@given(courses, st.sampled_from([0.25, 0.5, 4.0, 1024.0]))
def test_who_does_not_depend_on_the_unit(sums, factor):
    _, own = judged(sums, "WHO")
    _, other = judged(np.asarray(sums) * factor, "WHO")
    assert own.best[0] == other.best[0]


@settings(deadline=None, max_examples=60)
@given(courses, st.sampled_from(sorted(RULES)))
def test_what_comes_out_hangs_together(sums, criterion):
    _, course = judged(sums, criterion)
    best, response, complete, progression = (
        int(part[0]) for part in (course.best, course.first_response, course.first_complete, course.progression)
    )
    assert (best >= Response.PR) == (response > 0)
    assert (best == Response.CR) == (complete > 0)
    if complete > 0:
        assert response <= complete
    if progression > 0 and response > 0:
        assert response < progression
    if best == Response.PD:
        assert progression > 0


@settings(deadline=None, max_examples=40)
@given(courses, st.sampled_from(sorted(RULES)), st.integers(1, 3))
def test_scans_after_progression_change_nothing(sums, criterion, more):
    sums[0] = max(sums[0], 10.0)
    ended = [*sums, 1e4]
    _, own = judged(ended, criterion)
    _, longer = judged([*ended, *[0.0] * more], criterion)
    assert own.best[0] == longer.best[0]
    assert own.progression[0] == longer.progression[0]
