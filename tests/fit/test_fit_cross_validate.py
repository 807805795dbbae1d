"""Cross-validation predicts what the refit has not seen, and only that."""

from __future__ import annotations

import numpy as np
import pytest
from fit_problems import decay, linear, total

from bimodal.errors import BimodalError
from bimodal.fit import ParameterPrior, cross_validate, run_fit


def test_a_linear_model_has_the_closed_form() -> None:
    draw = np.random.default_rng(3)
    design, seen = draw.normal(size=(9, 2)), draw.normal(size=9)
    problem = linear(design, seen)
    found = cross_validate(problem, run_fit(problem))
    assert list(found.folds) == ["g0", "g1", "g2"]
    kept = np.array([row % 3 != 0 for row in range(9)])
    refit = np.linalg.lstsq(design[kept], seen[kept], rcond=None)[0]
    assert found.folds["g0"].predicted["g0"] == pytest.approx((design @ refit - seen)[~kept].tolist(), abs=1e-6)
    assert found.rms_out_of_sample > found.rms_in_sample
    assert "out of sample" in found.text()


def test_groups_can_be_folded_together() -> None:
    draw = np.random.default_rng(4)
    problem = linear(draw.normal(size=(9, 2)), draw.normal(size=9))
    found = cross_validate(problem, run_fit(problem), fold_of=lambda group: "odd" if group == "g1" else "even")
    assert {name: tuple(fold.predicted) for name, fold in found.folds.items()} == {"even": ("g0", "g2"), "odd": ("g1",)}


def test_what_only_the_left_out_group_knows_does_not_leak() -> None:
    problem = total(ParameterPrior(mean=0.0, sd=0.1, source="drawn"))
    full = run_fit(problem)
    fold = cross_validate(problem, full).folds["single"]
    assert full.values["c"] == pytest.approx(1.0)
    assert fold.result.values["c"] == pytest.approx(2.0)  # the declared start
    assert fold.uninformed == ("c",)
    assert fold.rms == pytest.approx(np.sqrt((11.0**2 + 9.0**2) / 2.0))


def test_workers_do_not_change_it() -> None:
    problem = decay()
    full = run_fit(problem)
    assert cross_validate(problem, full, starts=2) == cross_validate(problem, full, starts=2, workers=2)


def test_refusals() -> None:
    problem = decay()
    with pytest.raises(BimodalError, match="nothing is left"):
        cross_validate(problem, run_fit(problem), fold_of=lambda _: "all")
    with pytest.raises(BimodalError, match="another problem"):
        cross_validate(problem, run_fit(total()))
