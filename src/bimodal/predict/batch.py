"""Many predictions from one TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bimodal.errors import BimodalError, StudyError
from bimodal.files.fingerprint import json_sha256
from bimodal.predict.endpoints import parse_endpoints, refuse_unfollowed
from bimodal.predict.file import FOLDER, read_prediction
from bimodal.predict.prediction import NAME
from bimodal.predict.register import checked_date, portable_study, register_prediction
from bimodal.study.endpoints.trial.scan_plan import ScanPlan
from bimodal.study.plan.model_choice import choose_model
from bimodal.study.plan.plan import Plan, make_plan
from bimodal.study.run.ensemble import Ensemble
from bimodal.study.run.ensemble_run import plan_ensemble
from bimodal.study.run.runner import shipped_solver as solver_of
from bimodal.study.solver.solver import Solver
from bimodal.study.spec.load import check_study, resolved
from bimodal.study.spec.options import RunOptions
from bimodal.study.spec.spec import ArmSpec, StudySpec

_MAX_BYTES = 1_000_000


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
    cohort
        Whom to treat.
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
    arm
        Tables as in a study file.

    Examples
    --------
    >>> BatchEntry(name="a", endpoints=("treg_fold@7",), arm=({"name": "a", "regimen": "none"},)).cohort
    'healthy'
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
    """A batch file.

    Parameters
    ----------
    patients, seed
        Of every prediction.
    prediction
        The entries.

    Examples
    --------
    >>> Batch(prediction=({"name": "a", "endpoints": ["treg_fold@7"], "arm": [{"name": "a", "regimen": "none"}]},)).seed
    1
    """

    patients: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
    seed: Annotated[int, Field(ge=0)] = 1
    prediction: tuple[BatchEntry, ...] = Field(min_length=1, max_length=200)

    def specs(self, where: str, folder: Path) -> list[tuple[StudySpec, BatchEntry]]:
        """Turn the entries into studies, each beside its entry.

        Parameters
        ----------
        where
            Name of the batch file, for messages.
        folder
            What relative paths in it start from.

        Raises
        ------
        StudyError
            An entry is wrong; the message names it.
        """
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

    Parameters
    ----------
    path
        TOML.

    Returns
    -------
    Batch
        Checked; its studies are checked by :meth:`Batch.specs`.

    Raises
    ------
    StudyError
        The file cannot be read, a key is unknown, a name is there twice.

    Examples
    --------
    >>> load_batch(Path("nowhere.toml"))
    Traceback (most recent call last):
    ...
    bimodal.errors.StudyError: the batch file cannot be read: No such file or directory
      where: nowhere.toml
    """
    try:
        if path.is_file() and path.stat().st_size > _MAX_BYTES:
            raise StudyError("the batch file is larger than 1 MB", where=str(path))
        batch = Batch.model_validate(tomllib.loads(path.read_text("utf-8-sig")))
    except OSError as fault:
        raise StudyError(f"the batch file cannot be read: {fault.strerror or fault}", where=str(path)) from None
    except ValidationError as fault:
        first = fault.errors(include_url=False)[0]
        key = ".".join(str(step + 1) if isinstance(step, int) else step for step in first["loc"])
        raise StudyError(f"key '{key}': {first['msg'][:1].lower()}{first['msg'][1:]}", where=str(path)) from None
    except (ValueError, RecursionError) as fault:  # not UTF-8, or not TOML
        raise StudyError(f"this is not TOML: {fault}", where=str(path)) from None
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
    path
        The batch file.
    day, folder
        As in `register_prediction`.
    workers
        Threads.
    solver
        What solves the model; None is that of each study.
    ensemble
        Gives the equally good parameter sets for a number of patients, where an entry asks for them.
    tell
        Called with (name, file, whether it is new) after each.

    Returns
    -------
    list of Path
        Every file, in the order of the batch.

    Raises
    ------
    BimodalError
        Anything wrong with an entry.
    """
    when = checked_date(day)
    batch = load_batch(path)
    options = RunOptions(seed=batch.seed, workers=workers)
    loaded: dict[str, Solver] = {}
    todo: list[tuple[StudySpec, BatchEntry, Solver, Path, bool]] = []
    for spec, entry in batch.specs(path.name, path.parent):
        # a study that reads a tumour runs on the larger model
        model = spec.model if spec.model_is_file else choose_model(spec).name
        if model not in loaded:
            loaded[model] = solver or solver_of(spec)
        solver = loaded[model]
        file = folder / f"{when}-{spec.name}.json"
        try:
            plan = make_plan(spec, options, solver)
            if entry.ensemble is not None:
                _check_sets(plan, ensemble, entry.ensemble)
        except BimodalError as fault:
            fault.what = f"prediction '{spec.name}': {fault.what}"
            raise
        todo.append((spec, entry, solver, file, _registered(file, plan)))
    for spec, entry, solver, file, there in todo:
        if not there:
            sets = None if ensemble is None or entry.ensemble is None else ensemble(entry.ensemble)
            register_prediction(
                spec, why=entry.why, day=day, folder=folder, options=options, solver=solver, ensemble=sets
            )
        if tell is not None:
            tell(spec.name, file, not there)
    return [file for _, _, _, file, _ in todo]


def _check_sets(plan: Plan, ensemble: Callable[[int], Ensemble] | None, patients: int) -> None:
    if ensemble is None:
        raise StudyError(
            "the equally good parameter sets are not at hand", fix="use `bimodal predict register --batch`"
        )
    plan_ensemble(plan.spec, ensemble(patients), options=plan.options, solver=plan.solver)


def _registered(file: Path, plan: Plan) -> bool:
    if not file.exists():
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
