from __future__ import annotations

import numpy as np
import pytest
from test_trial_study import TumourSolver, rows, study

from bimodal.evidence import wilson
from bimodal.model.manifest import read_manifest
from bimodal.study import RunOptions, run_study
from bimodal.study.endpoints import load_registry
from bimodal.study.endpoints.adverse_events import LABEL, TERMS
from bimodal.study.readings.trial import TrialReader
from bimodal.study.solver.solver import FIRST_FAILURE
from bimodal.study.spec.load import check_study

RATE = "ae_rate_hypotension_3"


def run(solver, out):
    return run_study(check_study(study(), where="here"), options=RunOptions(out=out), solver=solver)


def test_incidence_leaves_failed_patients_out(tmp_path):
    result = run(TumourSolver(fail_above_bsa=3.2), tmp_path / "a")
    worst = TrialReader.of(result.spec, result.readings, 1).worst("high", [TERMS["hypotension"]])
    failed = result.readings.status["high"] >= FIRST_FAILURE
    assert 0 < failed.sum() < 40
    events, n = int((worst[~failed] >= 3.0).sum()), int((~failed).sum())
    found = rows(result)[0][RATE, None]
    assert (found["count"], found["n"], found["value"]) == (events, n, events / n)
    assert (found["lower"], found["upper"]) == wilson(events, n)
    assert found["note"] == LABEL
    assert "illustrative" in LABEL


def test_a_higher_grade_is_never_more_common(monkeypatch, tmp_path):
    reader = run(TumourSolver(), tmp_path / "a")
    trial = TrialReader.of(reader.spec, reader.readings, 1)
    grades = np.random.default_rng(1).integers(0, 5, 40).astype(float)
    monkeypatch.setattr(TrialReader, "worst", lambda *_: grades)
    shares = [trial._adverse_events((), k, ["high"]).value for k in (1, 2, 3, 4)]
    assert shares == sorted(shares, reverse=True)
    assert shares[2] == pytest.approx((grades >= 3.0).mean())


def test_nobody_has_no_share_and_the_run_says_so(tmp_path):
    found = rows(run(TumourSolver(fail_above_bsa=0.0), tmp_path / "a"))[0][RATE, None]
    assert (found["value"], found["lower"], found["n"]) == (None, None, 0)
    assert found["note"] == f"nobody is in this group; {LABEL}"


def test_every_term_is_an_observable_that_says_it_is_illustrative() -> None:
    given = read_manifest("human_oncology").observables
    for name in TERMS.values():
        assert "illustrative" in load_registry()[name].definition
        assert name in given
