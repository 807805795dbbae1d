"""What came of the registered predictions that were opened."""

from pathlib import Path

from bimodal.predict.file import list_predictions, observed_beside, read_prediction
from bimodal.predict.observed import judge_observations


def test_the_predictions_that_were_opened_keep_what_was_observed():
    shipped = list_predictions(Path("nowhere"))
    opened = {name[11:]: path for name, path in shipped.items() if observed_beside(path)}
    assert set(opened) == {
        "every-3-days-0.26-miu-m2",
        "anti-cd25-alone-8-weeks",
        "peg-every-2-weeks",
        "alpha-biased-fc-mutein",
        "renal-high-dose-600-kiu-kg",
        "renal-low-dose-bolus-72-kiu-kg",
        "renal-outpatient-sc-250-125-kiu-kg",
    }
    folder = next(iter(opened.values())).parent / "observed"
    assert {path.stem for path in folder.iterdir()} == {path.stem for path in opened.values()}
    missed = {}
    for name, path in opened.items():
        judged = judge_observations(read_prediction(path), observed_beside(path))
        assert all(one.source for one in judged)
        missed[name] = sorted((one.endpoint, one.day) for one in judged if not one.inside)
    assert missed.pop("every-3-days-0.26-miu-m2") == [("treg_fold", 60.0)]
    assert missed.pop("anti-cd25-alone-8-weeks") == [("nk_bright_fold", 56.0), ("treg_fold", 7.0)]
    week = [("cd8_fold", 7.0)] * 3 + [("tconv_fold", 7.0)] * 3 + [("treg_fold", 7.0)] * 3
    assert missed.pop("peg-every-2-weeks") == week
    assert set(map(tuple, missed.values())) == {()}
