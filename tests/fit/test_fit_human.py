"""The fit of the human model: what is fitted is a list that a rival mechanism may replace."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from bimodal.errors import BimodalError
from bimodal.evidence import Target
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


@dataclass(frozen=True)
class Said:
    """A study in which the row that is fitted is what every target reads."""

    targets: tuple[Target, ...]

    def simulate(self, ids, values, *, workers=1):
        return np.repeat(values[:, :1], len(self.targets), axis=1)


def test_a_least_size_and_a_ratio_of_arms_pull_a_fit(data):
    plain = {
        "study": "x", "arms": ("a", "b"), "endpoint": "treg_fold", "label": "t", "statistic": "median", "unit": "1",
        "quality": "page", "role": "calibration", "source": "s", "note": "ours",
    }  # fmt: skip
    rise = Target(id="X1", kind="direction", published=1, lower=0.5, **plain)
    alike = Target(id="X2", kind="ratio", published=1, lower=0.5, upper=2.0, **plain)
    (clearance,) = (p for p in human_parameters(data.shipped) if p.id == "clearance")
    said = replace(data, studies=(Said((rise, alike)),), offsets={})
    problem = human_problem(said, parameters=(replace(clearance, prior=None),))
    short, inside, far = problem.evaluate(np.array([[0.3], [1.0], [5.0]]))
    assert problem.groups == ("x/X1", "x/X2", "x/X2")
    assert short[0] < 0 == inside[0] == far[0]  # a rise that is too small pulls, a large one does not
    assert inside[2] == pytest.approx(0.0)  # the middle of the band of a ratio is what it is pulled to
    assert short[2] < 0 < far[2]
    assert abs(far[1]) > abs(inside[1])


def test_a_validation_study_cannot_be_fitted_to():
    with pytest.raises(BimodalError, match="not for calibration"):
        human_data(names=("imodals",))
