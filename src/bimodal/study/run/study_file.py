"""The study a results folder belongs to, as a file in it."""

from __future__ import annotations

import json
from pathlib import Path

from bimodal.errors import OutputError
from bimodal.files.path_from import path_from
from bimodal.study.plan.plan import Plan
from bimodal.study.spec.load import with_files
from bimodal.study.store.written_whole import written_whole

STUDY = "study.json"


def write_study(folder: Path, plan: Plan) -> None:
    """Put the study as it was read into the results folder, so that the run can be opened again from there.

    Names of files are written as they stand from that folder.
    """
    spec = with_files(plan.spec, lambda name: path_from(folder, name))
    options = plan.options
    said = {
        "study": spec.model_dump(mode="json", exclude_defaults=True),
        "patients": plan.population.count,
        "seed": options.seed,
        "rtol": options.rtol,
        "atol": options.atol,
        "full_trajectories": options.full_trajectories,
        "numbers": _numbers(plan),
    }
    content = (json.dumps(said, sort_keys=True, indent=2, ensure_ascii=False) + "\n").encode()
    path = folder / STUDY
    try:
        if not path.is_file() or path.read_bytes() != content:
            with written_whole(path) as file:
                file.write(content)
    except OSError as fault:
        raise OutputError(
            f"the study cannot be written beside its results: {fault.strerror}", where=str(path)
        ) from None


def _numbers(plan: Plan) -> dict[str, float]:
    """Name every number of model, people and drugs, so that two runs can be told apart by them and not by a hash."""
    found: dict[str, float] = {}
    for row in plan.solver.rows:
        found[f"model {row.id}"] = row.value
        spread = getattr(row, "cv", None)
        if spread:
            found[f"model {row.id}, cv"] = spread
    for people in (plan.population, *plan.others.values()):
        for key, one in people.cohort.quantities().items() if people.cohort is not None else ():
            found[f"cohort {people.name}: {key}"] = one.median
            if one.cv:
                found[f"cohort {people.name}: {key}, cv"] = one.cv
    for molecule in (drug.molecule for arm in plan.arms for drug in arm.everything):
        for key, number in molecule.quantities() if molecule is not None else ():
            value = getattr(number, "value", None)
            if molecule is not None and isinstance(value, int | float):
                found[f"drug {molecule.id}: {key}"] = value
    return found
