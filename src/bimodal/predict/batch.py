"""Many predictions from one TOML file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from bimodal.errors import BimodalError, StudyError
from bimodal.files.check import check_table
from bimodal.files.fingerprint import json_sha256
from bimodal.files.presence import is_there
from bimodal.files.read import FileKind
from bimodal.files.toml import read_toml
from bimodal.predict.endpoints import parse_endpoints, refuse_unfollowed
from bimodal.predict.file import FOLDER, read_prediction
from bimodal.predict.portable import portable_study
from bimodal.predict.prediction import NAME
from bimodal.predict.register import checked_date, register_plan
from bimodal.study.endpoints.trial.scan_plan import ScanPlan
from bimodal.study.plan.make_plan import make_plan
from bimodal.study.plan.model_choice import choose_model
from bimodal.study.plan.plan import Plan
from bimodal.study.run.ensemble import Ensemble
from bimodal.study.run.ensemble_run import plan_ensemble
from bimodal.study.run.runner import shipped_solver as solver_of
from bimodal.study.solver.solver import Solver
from bimodal.study.spec.load import check_study, resolved
from bimodal.study.spec.options import RunOptions
from bimodal.study.spec.spec import ArmSpec, StudySpec

_FILE = FileKind("the batch file", StudyError)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BatchEntry(_Part):
    """One prediction of a batch.

    Parameters
    ----------
    name
        Short name, part of its file name.
    why
        What it is for, and where the regimen comes from.
    endpoints
        ``id@day,day`` each.
    patients
        Where they are not those of the batch.
    horizon
        Days simulated in all; numbers of a trial need it.
    scans
        How a trial reads response and survival.
    ensemble
        Patients with whom each of the equally good parameter sets is simulated too; None simulates none.
    """

    name: str = Field(pattern=NAME)
    why: str = ""
    cohort: str = "healthy"
    endpoints: tuple[str, ...] = Field(min_length=1)
    patients: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    horizon: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] | None = None
    scans: ScanPlan | None = None
    ensemble: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    arm: tuple[ArmSpec, ...] = Field(min_length=1)


class Batch(_Part):
    """A batch file."""

    patients: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
    seed: Annotated[int, Field(ge=0)] = 1
    prediction: tuple[BatchEntry, ...] = Field(min_length=1, max_length=200)

    def specs(self, where: str, folder: Path) -> list[tuple[StudySpec, BatchEntry]]:
        """Turn the entries into studies, each beside its entry."""
        found: list[tuple[StudySpec, BatchEntry]] = []
        for entry in self.prediction:
            place = f"{where}, prediction '{entry.name}'"
            raw: dict[str, Any] = {
                "name": entry.name,
                "population": {"cohort": entry.cohort, "patients": entry.patients or self.patients},
                "arm": [arm.model_dump(exclude_unset=True) for arm in entry.arm],
                "endpoint": parse_endpoints(entry.endpoints, where=place),
                **({"follow_up_days": 0.0} if entry.horizon is None else {"horizon": entry.horizon}),
                **({} if entry.scans is None else {"scans": entry.scans.model_dump(exclude_unset=True)}),
            }
            if entry.horizon is None:
                refuse_unfollowed([endpoint["id"] for endpoint in raw["endpoint"]], f"{place}, key 'horizon'")
            found.append((resolved(check_study(raw, where=place), folder), entry))
        return found


def load_batch(path: Path) -> Batch:
    """Read a batch file.

    Examples
    --------
    >>> load_batch(Path("nowhere.toml"))
    Traceback (most recent call last):
    ...
    bimodal.errors.StudyError: the batch file cannot be read: No such file or directory
      where: nowhere.toml
    """
    raw, text = read_toml(path, _FILE)
    batch = check_table(Batch, raw, _FILE, where=str(path), text=text)
    names = [entry.name for entry in batch.prediction]
    for name in names:
        if names.count(name) > 1:
            raise StudyError(f"prediction '{name}' is there twice", where=str(path))
    return batch


def register_batch(
    path: Path,
    *,
    day: str | None = None,
    folder: Path = FOLDER,
    workers: int = 1,
    solver: Solver | None = None,
    ensemble: Callable[[int], Ensemble] | None = None,
    tell: Callable[[str, Path, bool], None] | None = None,
) -> list[Path]:
    """Register every prediction of a batch file, or what is missing of it.

    All entries are checked before the first is simulated. One that is registered already under the same date is kept
    if it is of the same run, and refused otherwise, so an interrupted batch goes on where it stopped.

    Parameters
    ----------
    day, folder
        As in `register_prediction`.
    solver
        What solves the model; None is that of each study.
    ensemble
        Gives the equally good parameter sets for a number of patients, where an entry asks for them.
    tell
        Called with (name, file, whether it is new) after each.
    """
    when = checked_date(day)
    batch = load_batch(path)
    options = RunOptions(seed=batch.seed, workers=workers)
    loaded: dict[str, Solver] = {}
    todo: list[tuple[Plan, BatchEntry, Ensemble | None, Path, bool]] = []
    for spec, entry in batch.specs(path.name, path.parent):
        # a study that reads a tumour runs on the larger model
        model = spec.model if spec.model_is_file else choose_model(spec).name
        if model not in loaded:
            loaded[model] = solver or solver_of(spec)
        file = folder / f"{when}-{spec.name}.json"
        try:
            plan = make_plan(spec, options, loaded[model])
            sets = None if entry.ensemble is None else _sets(plan, ensemble, entry.ensemble)
        except BimodalError as fault:
            fault.what = f"prediction '{spec.name}': {fault.what}"
            raise
        todo.append((plan, entry, sets, file, _registered(file, plan)))
    for plan, entry, sets, file, there in todo:
        if not there:
            register_plan(plan, why=entry.why, day=day, folder=folder, ensemble=sets)
        if tell is not None:
            tell(plan.spec.name, file, not there)
    return [file for _, _, _, file, _ in todo]


def _sets(plan: Plan, ensemble: Callable[[int], Ensemble] | None, patients: int) -> Ensemble:
    if ensemble is None:
        raise StudyError(
            "the equally good parameter sets are not at hand", fix="use `bimodal predict register --batch`"
        )
    sets = ensemble(patients)
    plan_ensemble(plan, sets)
    return sets


def _registered(file: Path, plan: Plan) -> bool:
    if not is_there(file):
        return False
    found = read_prediction(file)
    changed = [
        what
        for what, there, here in (
            ("the study", json_sha256(found.study), json_sha256(portable_study(plan.spec)[0])),
            ("the model", found.provenance.get("model_sha256"), plan.solver.model_sha256),
            ("the parameters", found.provenance.get("parameters_sha256"), plan.parameters_sha256),
            ("the version or the seed", found.provenance.get("run"), plan.run),
        )
        if there != here
    ]
    if changed:
        raise StudyError(
            f"a prediction of this name and date is registered already, and since then {changed[0]} changed; "
            "predictions are never overwritten",
            where=str(file),
            fix="give the entry another name, or another --folder",
        )
    return True
