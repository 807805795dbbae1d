"""The fit of the human model: what is fitted is a list that a rival mechanism may replace."""

from dataclasses import replace

import numpy as np
import pytest

from bimodal.errors import BimodalError
from bimodal.fit.human.human import FREE, HumanData, human_data, human_parameters, human_problem
from bimodal.model.manifest import read_manifest


@pytest.fixture(scope="module")
def data() -> HumanData:
    return human_data(names=("konrad-1990",))


def test_every_fitted_row_starts_at_the_table_inside_its_bounds():
    table = read_manifest("human").table()
    for parameter in human_parameters(table.values()):
        assert parameter.start == table.values()[parameter.id]
        assert table.by_id[parameter.id].status == "fitted"
        assert parameter.prior is not None


def test_the_problem_takes_other_parameters(data):
    own = tuple(replace(p, start=1.1 * p.start) for p in human_parameters(data.shipped) if p.id == "clearance")
    problem = human_problem(data, parameters=own)
    assert problem.ids == ("clearance",)
    assert human_problem(data).ids == tuple(FREE)
    shipped, other = problem.evaluate(np.array([[data.shipped["clearance"]], [own[0].start]]))
    assert np.isfinite(other).all()
    assert other @ other > shipped @ shipped


def test_a_validation_study_cannot_be_fitted_to():
    with pytest.raises(BimodalError, match="not for calibration"):
        human_data(names=("imodals",))
