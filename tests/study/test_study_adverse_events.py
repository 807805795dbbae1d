from __future__ import annotations

import numpy as np
import pytest

from bimodal.errors import StudyError
from bimodal.model.manifest import read_manifest
from bimodal.study.endpoints import load_registry
from bimodal.study.endpoints.adverse_events import LABEL, TERMS, incidence

GRADES = np.array([2.0, 0.0, 4.0, np.nan])


@pytest.mark.parametrize(("at_least", "events"), [(1, 2), (2, 2), (3, 1), (4, 1)])
def test_incidence_leaves_failed_patients_out(at_least: int, events: int) -> None:
    found = incidence(GRADES, at_least)
    assert (found.events, found.patients) == (events, 3)
    assert found.lower < found.share < found.upper
    assert found.label == LABEL
    assert "illustrative" in LABEL


def test_a_higher_grade_is_never_more_common() -> None:
    grades = np.random.default_rng(1).integers(0, 5, 200).astype(float)
    shares = [incidence(grades, k).share for k in (1, 2, 3, 4)]
    assert shares == sorted(shares, reverse=True)


@pytest.mark.parametrize("at_least", [0, 5, -1])
def test_impossible_grades_are_refused(at_least: int) -> None:
    with pytest.raises(StudyError, match="no grade"):
        incidence(GRADES, at_least)


def test_nobody_has_no_share() -> None:
    with pytest.raises(StudyError, match="nobody"):
        incidence(GRADES[3:], 1)


def test_every_term_is_an_observable_that_says_it_is_illustrative() -> None:
    given = read_manifest("human_oncology").observables
    for name in TERMS.values():
        assert "illustrative" in load_registry()[name].definition
        assert name in given
