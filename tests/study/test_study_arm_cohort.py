"""Arms with a cohort of their own: the other arms do not notice."""

from __future__ import annotations

from typing import Any

import pytest

from bimodal.errors import BimodalError
from bimodal.study import RunOptions
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.spec.load import check_study


def _study(**second: Any) -> Any:
    arm = {"drug": "aldesleukin", "regimen": "1 MIU SC once"}
    return check_study(
        {
            "name": "two",
            "population": {"cohort": "melanoma", "patients": 3},
            "arm": [{"name": "a", **arm}, {"name": "b", **arm, **second}],
            "endpoint": [{"id": "treg_fold", "days": [1]}],
        },
        where="here",
    )


def test_an_arm_with_other_people(human: Any) -> None:
    same, other = (make_plan(spec, RunOptions(), human) for spec in (_study(), _study(cohort="renal")))
    assert (same.inputs(0, 0, 3)[0] == other.inputs(0, 0, 3)[0]).all()
    alone = make_plan(_study().model_copy(update={"population": _renal()}), RunOptions(), human)
    assert (other.inputs(1, 0, 3)[0] == alone.inputs(1, 0, 3)[0]).all()
    assert (other.inputs(1, 0, 3)[0] != same.inputs(1, 0, 3)[0]).any()
    assert same.run != other.run
    assert other.arms[1].extras["cohort"] == "renal"


def _renal() -> Any:
    return _study().population.model_copy(update={"cohort": "renal"})


def test_an_unknown_cohort_names_the_arm(human: Any) -> None:
    with pytest.raises(BimodalError, match="renall") as fault:
        make_plan(_study(cohort="renall"), RunOptions(), human)
    assert "arm 'b'" in str(fault.value)
