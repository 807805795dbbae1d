"""What came of registered predictions, as one list."""

from pathlib import Path

from bimodal.predict.file import list_predictions
from bimodal.predict.outcomes import Outcome, prediction_outcomes

NOWHERE = Path("no-such-folder")


def test_every_prediction_is_listed_and_only_those_with_observed_values_are_opened():
    found = prediction_outcomes(NOWHERE)
    assert [one.prediction.id for one in found] == list(list_predictions(NOWHERE))
    opened = [one for one in found if one.judged is not None]
    assert len(opened) == 7
    assert sum(len(one.judged) for one in opened) == 38
    assert sum(one.outside for one in found) == 12  # docs/predictions.md
    closed = next(one for one in found if one.judged is None)
    assert closed.outside == 0


def test_a_model_that_is_gone_is_not_the_shipped_one():
    one = prediction_outcomes(NOWHERE)[-1]
    about = {**one.prediction.provenance, "model": "a-model-of-long-ago"}
    gone = Outcome(one.prediction.model_copy(update={"provenance": about}), None)
    assert (gone.model, gone.same_mathematics) == ("a-model-of-long-ago", False)
