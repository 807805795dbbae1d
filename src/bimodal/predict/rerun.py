"""Simulates a registered prediction again and says whether the present model still gives it."""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bimodal import __version__
from bimodal.errors import StudyError
from bimodal.predict.arms import predicted_arms
from bimodal.predict.portable import FILE_ENDINGS
from bimodal.predict.prediction import PredictedArm, PredictedEndpoint, Prediction
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.run.in_memory import Progress, run_in_memory
from bimodal.study.run.runner import shipped_solver as solver_of
from bimodal.study.solver.solver import Solver
from bimodal.study.spec.load import check_study, resolved
from bimodal.study.spec.options import RunOptions
from bimodal.study.spec.spec import StudySpec

#: Relative difference of medians and intervals up to which a prediction counts as given again.
SAME = 1e-6


@dataclass(frozen=True)
class Change:
    """One number that the present model gives otherwise.

    Parameters
    ----------
    registered, now
        Medians over patients, or numbers of a trial; None where nobody has a value.

    Examples
    --------
    >>> round(Change("a", "treg_fold", 28.0, 4.0, 5.0).relative, 6)
    0.25
    """

    arm: str
    endpoint: str
    day: float | None
    registered: float | None
    now: float | None

    @property
    def relative(self) -> float:
        """Difference over the registered value; infinite where one of them is missing or zero."""
        if self.registered is None or self.now is None or self.registered == 0.0:
            return math.inf
        return abs(self.now - self.registered) / abs(self.registered)


@dataclass(frozen=True)
class Rerun:
    """What came of simulating a prediction again.

    Parameters
    ----------
    changes
        What differs by more than `SAME`, the largest change first.
    reasons
        What of the inputs is no longer as it was: model, parameters, engine, version.

    Examples
    --------
    >>> Rerun((), ()).reproduced
    True
    """

    changes: tuple[Change, ...]
    reasons: tuple[str, ...]

    @property
    def reproduced(self) -> bool:
        """Whether the present model still gives the prediction."""
        return not self.changes

    @property
    def sentence(self) -> str:
        """What a person reads."""
        because = f" ({'; '.join(self.reasons)})" if self.reasons else ""
        if self.reproduced:
            return f"the present model still gives this prediction{because}"
        return f"the present model no longer gives this prediction: {len(self.changes)} values changed{because}"


def rerun_prediction(
    prediction: Prediction, *, workers: int = 1, solver: Solver | None = None, progress: Progress | None = None
) -> Rerun:
    """Simulate a prediction again with the files it carries and the model of this version.

    Parameters
    ----------
    solver
        What solves the model; None is that of the study.
    progress
        Called with (patients done, patients in all, arm name) after every part.
    """
    with tempfile.TemporaryDirectory(prefix="bimodal-") as place:
        folder = Path(place)
        for name, text in prediction.files.items():
            if Path(name).name != name or name in ("", ".", ".."):
                raise StudyError(f"'{name[:60]}' is no plain file name", where=f"prediction '{prediction.id}', files")
            (folder / name).write_text(text, "utf-8", newline="\n")
        spec = check_study(prediction.study, where=f"prediction '{prediction.id}', study")
        _refuse_strangers(spec, prediction)
        spec = resolved(spec, folder)
        by_table = spec.population.subjects is not None
        options = RunOptions(patients=None if by_table else prediction.patients, seed=prediction.seed, workers=workers)
        result = run_in_memory(make_plan(spec, options, solver or solver_of(spec)), progress=progress)
        now = [PredictedArm.model_validate(arm) for arm in predicted_arms(result)]
    reasons = [
        f"{word} changed"
        for key, word in (("model_sha256", "the model"), ("parameters_sha256", "parameters"), ("engine", "the engine"))
        if prediction.provenance.get(key) != result.summary["provenance"].get(key)
    ]
    if prediction.bimodal != __version__:
        reasons.append(f"registered with bimodal {prediction.bimodal}, this is {__version__}")
    changes = [
        Change(arm.name, before.id, before.day, _number(before), _number(after))
        for arm, again in zip(prediction.arms, now, strict=True)
        for before, after in zip(arm.endpoints, again.endpoints, strict=True)
        if not _same(before, after)
    ]
    return Rerun(tuple(sorted(changes, key=lambda change: -change.relative)), tuple(reasons))


def _refuse_strangers(spec: StudySpec, prediction: Prediction) -> None:
    """Refuse a study that names a file the prediction does not carry: it would read whatever lies there now."""
    names = [spec.model, spec.population.cohort, spec.population.subjects]
    for arm in spec.arm:
        names += [arm.drug, arm.cohort, *(partner.drug for partner in arm.partner)]
    for name in names:
        path_like = name is not None and (Path(name).suffix.lower() in FILE_ENDINGS or "/" in name or "\\" in name)
        if path_like and name not in prediction.files:
            raise StudyError(
                f"the prediction names the file '{name}' but does not carry it", where=f"prediction '{prediction.id}'"
            )


def _number(row: PredictedEndpoint) -> float | None:
    return row.median if row.statistic is None else row.value


def _same(before: PredictedEndpoint, after: PredictedEndpoint) -> bool:
    pairs = [(getattr(before, key), getattr(after, key)) for key in ("median", "value", "lower", "upper")]
    return before.n == after.n and all(
        (a is None and b is None)
        or (a is not None and b is not None and math.isclose(a, b, rel_tol=SAME, abs_tol=1e-12))
        for a, b in pairs
    )
