"""Registered predictions with what came of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bimodal.errors import ModelError
from bimodal.model import load_model
from bimodal.predict.file import FOLDER, list_predictions, observed_beside, read_prediction
from bimodal.predict.observed import Observation, judge_observations
from bimodal.predict.prediction import Prediction


@dataclass(frozen=True)
class Outcome:
    """One prediction as registered, and how it fared.

    Attributes
    ----------
    judged
        Each observed value, judged, the largest miss first; None where none lies beside the file: it was not opened.
    """

    prediction: Prediction
    judged: tuple[Observation, ...] | None

    @property
    def outside(self) -> int:
        """How many observed values lie outside."""
        return sum(not one.inside for one in self.judged or ())

    @property
    def model(self) -> str:
        """Name of the model it was made with."""
        return str(self.prediction.provenance.get("model", self.prediction.study["model"]))

    @property
    def same_mathematics(self) -> bool:
        """Whether the shipped model of that name has the same mathematics; its parameters may differ nevertheless."""
        try:
            return load_model(self.model).sha256 == self.prediction.provenance["model_sha256"]
        except ModelError:  # there is none of that name any more
            return False


def prediction_outcomes(folder: Path | None = FOLDER) -> tuple[Outcome, ...]:
    """Read all predictions of the package, and of a folder if given; judge those whose observed values lie beside them.

    Returns
    -------
    tuple of Outcome
        In the order of their ids, which begin with the date.

    Raises
    ------
    StudyError
        A file was changed after it was registered.

    Examples
    --------
    >>> found = prediction_outcomes(None)
    >>> next(one.outside for one in found if one.prediction.name == "peg-every-2-weeks") > 0
    True
    """
    found: list[Outcome] = []
    for path in list_predictions(folder).values():
        prediction, observed = read_prediction(path), observed_beside(path)
        found.append(Outcome(prediction, None if observed is None else judge_observations(prediction, observed)))
    return tuple(found)
