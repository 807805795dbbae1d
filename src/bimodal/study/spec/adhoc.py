"""Studies made on the spot: a few regimens, and every standard observable."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from bimodal.errors import StudyError
from bimodal.model.manifest import list_models, read_manifest
from bimodal.study.endpoints import load_registry
from bimodal.study.spec.load import check_study
from bimodal.study.spec.spec import StudySpec

_MAX_NAME = 120
_USUAL = "human"
_PEOPLE = "healthy"


def simulate_spec(
    drugs: Sequence[str],
    regimens: Sequence[str],
    *,
    tables: Sequence[Mapping[str, Any]] = (),
    cohort: str | None = None,
    subjects: str | Path | None = None,
    report_days: Sequence[float] = (7.0, 28.0),
    patients: int = 1000,
    parameters: Mapping[str, float] | None = None,
    model: str = "human",
    conditions: Sequence[str] = (),
    follow_up_days: float | None = None,
    also: Sequence[str] = (),
    partners: Sequence[tuple[str, str]] = (),
    name: str = "simulate",
) -> StudySpec:
    """Make the study that ``bimodal simulate`` runs.

    Parameters
    ----------
    drugs
        One molecule for all regimens, or one for each.
    regimens
        Texts of the regimen language, one arm each.
    tables
        Dose tables, as ``table`` of a study's arm, one more arm each.
    cohort
        Whom to treat; if neither a cohort nor subjects are given, whom the model names, such as all parameter sets of
        a mouse, and else ``healthy``.
    subjects
        CSV file of given subjects, in place of a cohort.
    report_days
        Elapsed days on which every standard observable is read.
    parameters
        Parameters held at a value in every patient.
    model
        ``human``, ``mouse`` or the path of a model file.
    conditions
        Named causes that hold in every arm.
    follow_up_days
        Days simulated after the end of dosing; None is 28.
    also
        Observables to read beside the standard ones; the run takes the larger model where one needs it.
    partners
        Drugs given beside, in every arm: molecule and regimen.

    Examples
    --------
    >>> spec = simulate_spec(["aldesleukin"], ["1 MIU SC daily for 5 days", "none"], patients=10)
    >>> [arm.name for arm in spec.arm]
    ['1 MIU SC daily for 5 days', 'none']
    """
    count = len(regimens) + len(tables)
    if not count:
        raise StudyError("no regimen was given", fix='for example --regimen "1 MIU SC daily for 5 days"')
    if len(drugs) not in (1, count):
        raise StudyError(
            f"{len(drugs)} drugs do not pair with {count} {'regimens and tables' if tables else 'regimens'}",
            fix="give one drug for all regimens, or one drug before each regimen",
        )
    paired = list(drugs) * count if len(drugs) == 1 else list(drugs)
    doses = [*({"regimen": text} for text in regimens), *({"table": dict(row)} for row in tables)]
    titles = [*regimens, *(Path(row["file"]).stem for row in tables)]
    population: dict[str, Any] = {"subjects": str(subjects)} if subjects is not None else {"patients": patients}
    if subjects is None or cohort is not None:
        population["cohort"] = cohort or _whom(model)
    beside = {"partner": [{"drug": drug, "regimen": text} for drug, text in partners]} if partners else {}
    standard = _standard(report_days, model)
    raw: dict[str, Any] = {
        "name": name,
        "model": model,
        "population": population,
        "arm": [
            {"name": arm, "drug": drug, **given, **beside}
            for arm, drug, given in zip(_names(paired, titles), paired, doses, strict=True)
        ],
        "endpoint": [*standard, *_more(also, report_days, {row["id"] for row in standard})],
        "set": dict(parameters or {}),
    }
    if conditions:
        raw["conditions"] = list(conditions)
    if follow_up_days is not None:
        raw["follow_up_days"] = follow_up_days
    return check_study(raw, where="the command line")


def _whom(model: str) -> str:
    return (read_manifest(model).cohort if model in list_models() else None) or _PEOPLE


def _names(drugs: Sequence[str], regimens: Sequence[str]) -> list[str]:
    several = len(set(drugs)) > 1
    names = [
        f"{Path(drug).stem}: {regimen.strip()}" if several else regimen.strip()
        for drug, regimen in zip(drugs, regimens, strict=True)
    ]
    return [
        arm if len(arm) <= _MAX_NAME and arm.isprintable() and arm else f"arm {number}"
        for number, arm in enumerate(names, start=1)
    ]


def _standard(days: Sequence[float], model: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    registry = load_registry()
    known = model in list_models()
    given = frozenset(registry.computable(read_manifest(model).observables)) if known else frozenset[str]()
    species = read_manifest(model).species if known else _USUAL
    for entry in registry.observables.values():
        if entry.optional or (entry.species and species not in entry.species):
            continue
        if species != _USUAL and entry.id not in given:
            continue
        if entry.per == "course":
            rows.append({"id": entry.id})
        elif days:
            rows.append({"id": entry.id, "days": sorted(set(days))})
    return rows


def _more(names: Sequence[str], days: Sequence[float], known: Collection[str]) -> list[dict[str, Any]]:
    """Ask for observables that are not among those asked for already."""
    registry = load_registry()
    wanted = [registry[name] for name in dict.fromkeys(names) if name not in known]
    return [{"id": one.id} if one.per != "time" else {"id": one.id, "days": sorted(set(days))} for one in wanted]
