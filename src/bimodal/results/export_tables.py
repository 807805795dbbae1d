"""The tables of a run as a statistician opens them: patients, times to events, values over time, doses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bimodal.errors import StudyError
from bimodal.results.columns import COVARIATES, DOSES, EVENTS, GIVEN, PATIENT, RECORDED, VALUES, WEIGHT, ExportColumn
from bimodal.study import StudyResult
from bimodal.study.endpoints.trial import Cause
from bimodal.study.endpoints.trial.statistics import times_of
from bimodal.study.plan.arm import ArmPlan
from bimodal.study.plan.plan import Plan
from bimodal.study.run.tables import patients_table

if TYPE_CHECKING:
    import pandas

Table = tuple[tuple[ExportColumn, ...], "pandas.DataFrame"]
_EVENTS = {
    "os_months": ("OS", "overall survival"),
    "pfs_months": ("PFS", "progression-free survival"),
    "ttr_months": ("TTR", "time to response, of responders"),
    "dor_months": ("DOR", "duration of response, of responders"),
}


def export_tables(
    result: StudyResult, plan: Plan, *, observables: Sequence[str] = (), every_day: bool = False
) -> dict[str, Table]:
    """Make the tables of a finished run.

    Parameters
    ----------
    observables
        Ids whose values over time are wanted; none means those the endpoints of the study name.
    every_day
        Values at every saved day, and not only at those the study reports.

    Returns
    -------
    dict
        ``patients``, ``values`` and ``doses``, and ``events`` where a trial is read, each with its columns; the tables
        have the plain names.
    """
    trial = any("outcomes" in arm for arm in result.summary["arms"])
    found: dict[str, Table] = {"patients": _patients(result, trial)}
    more = () if result.readings.weights is None else (WEIGHT,)
    if trial:
        found["events"] = ((*EVENTS, *more), _joined([_events(result, arm) for arm in result.arms], EVENTS))
    found["values"] = ((*VALUES, *more), _values(result, observables, every_day))
    found["doses"] = (
        (*DOSES, *more),
        _joined([row for arm in range(len(plan.arms)) for row in _doses(result, plan, arm)], DOSES),
    )
    return {name: (columns, _ordered(columns, table)) for name, (columns, table) in found.items()}


def _ordered(columns: tuple[ExportColumn, ...], table: pandas.DataFrame) -> pandas.DataFrame:
    """Put the weights, where there are any, into the last column of a table."""
    if WEIGHT not in columns:
        return table
    return table.reindex(columns=[column.name for column in columns if column.name in table])


def _patients(result: StudyResult, trial: bool) -> Table:
    table = patients_table(result)
    names = ("arm", "patient", "subject", "failed", *(c.name for c in RECORDED), "pfs_days", "pfs_event", "os_days")
    covariates = [name for name in table.columns if name not in (*names, "os_event")]
    own = _who(result, table["arm"].to_numpy(), table["patient"].to_numpy())
    arms = {arm["name"]: arm for arm in result.summary["arms"]}
    data: dict[str, Any] = {
        **own,
        "failed": np.where(table["failed"], "Y", "N"),
        "drug": [arms[arm]["drug"] for arm in table["arm"]],
        "regimen": [arms[arm]["regimen"] for arm in table["arm"]],
    }
    columns = [*PATIENT]
    if "subject" in table:
        columns.append(ExportColumn("label", "SUBJLBL", "id in the file of subjects"))
        data["label"] = table["subject"].to_numpy()
    for name in covariates:
        columns.append(COVARIATES.get(name, ExportColumn(name, name.upper(), f"covariate {name}")))
        data[name] = np.where(table[name] == 1, "F", "M") if name == "female" else table[name].to_numpy()
    # a model file has no dose readings
    given = [column for column in GIVEN[1:] if column.name in result.registry]
    columns += [GIVEN[0], *given]
    data["doses_planned"] = [arms[arm].get("doses") for arm in table["arm"]]
    for name in (column.name for column in given):
        data[name] = np.concatenate([result.course(arm, name) for arm in result.arms])
    if trial:
        columns += RECORDED
        for name in ("best_response", "response_day", "progression_day", "death_day"):
            data[name] = table[name].to_numpy()
        causes = np.concatenate([result.outcomes(arm).cause for arm in result.arms])
        data["death_cause"] = [_cause(code) for code in causes.tolist()]
    return tuple(columns), _frame(data)


def _cause(code: int) -> str | None:
    return None if Cause(code) == Cause.ALIVE else Cause(code).name.lower()


def _events(result: StudyResult, arm: str) -> dict[str, Any]:
    out = result.outcomes(arm)
    parts: list[dict[str, Any]] = []
    for name, (code, label) in _EVENTS.items():
        days, event = times_of(name, out)
        known = np.flatnonzero(np.isfinite(days))
        parts.append(
            {
                **_who(result, np.repeat(np.array([arm], object), len(known)), known),
                "parameter": np.repeat(code, len(known)),
                "label": np.repeat(label, len(known)),
                "value": days[known],
                "unit": np.repeat("DAYS", len(known)),
                "censored": np.where(event[known], 0, 1),
            }
        )
    return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}


def _values(result: StudyResult, observables: Sequence[str], every_day: bool) -> pandas.DataFrame:
    registry = result.registry
    for name in observables:
        if name not in registry or registry[name].per != "time":
            raise StudyError(f"'{name}' has no value over time", fix="name observables of `bimodal list endpoints`")
    asked = [one for endpoint in result.spec.endpoint for one in endpoint.reads]
    names = [*dict.fromkeys(observables or (one for one in asked if registry[one].per == "time"))]
    days = result.days if every_day else np.unique([0.0, *result.spec.report_days])
    scans = [one.id for one in result.spec.endpoint if registry[one.id].per == "scan"]
    parts = [_over_time(result, arm, name, days) for arm in result.arms for name in names]
    parts += [_scanned(result, arm, name) for arm in result.arms for name in scans]
    return _joined(parts, VALUES)


def _over_time(result: StudyResult, arm: str, name: str, days: np.ndarray) -> dict[str, Any]:
    if result.readings.late_days.get(arm) and len(days) < len(result.days):
        own = [result.readings.on_day(arm, name, float(day)) for day in days]
        read = np.stack([result.readings.read_day(arm, float(day)) for day in days], axis=1)
        return _long(result, arm, name, read, np.stack(own, axis=1), result.readings.on_day(arm, name, 0.0))
    places = [result.readings.index(float(day)) for day in days]
    values = np.concatenate(list(result.blocks(arm, name, places)), axis=1)
    base = result.readings.on_day(arm, name, 0.0)
    return _long(result, arm, name, result.days[places], values, base)


def _scanned(result: StudyResult, arm: str, name: str) -> dict[str, Any]:
    out = result.outcomes(arm)
    return _long(result, arm, name, out.scan_days, out.sld, out.sld[:, 0])


def _long(
    result: StudyResult, arm: str, name: str, days: np.ndarray, values: np.ndarray, base: np.ndarray
) -> dict[str, Any]:
    entry, (n, t) = result.registry[name], values.shape
    baseline = np.repeat(base, t)
    return {
        **_who(result, np.repeat(np.array([arm], object), n * t), np.repeat(np.arange(n), t)),
        "parameter": np.repeat(name, n * t),
        "label": np.repeat(entry.label, n * t),
        "day": np.broadcast_to(days, values.shape).ravel(),
        "value": values.ravel(),
        "unit": np.repeat(entry.unit, n * t),
        "baseline": baseline,
        "change": values.ravel() - baseline,
    }


def _doses(result: StudyResult, plan: Plan, arm: int) -> Iterator[dict[str, Any]]:
    """Give the doses of an arm, drug by drug; those of a dose table stand in that table."""
    own, name = plan.arms[arm], plan.arms[arm].name
    people, count = plan.treated(arm).part(0, plan.population.count), plan.population.count
    for place, drug in enumerate(own.drugs):
        doses = drug.schedule.doses
        if drug.subjects is not None or not doses:
            continue
        d = len(doses)
        planned = drug.amounts(people.covariates, count)
        given, why = planned, np.full((count, d), "as planned", dtype=object)
        if place == 0 and name in result.ledgers:
            ledger = result.ledgers[name]
            given = ledger.given[:, :d]
            why = np.array([*ledger.words, ""], dtype=object)[ledger.reason[:, :d]]
        rows = {key: np.tile(np.array(column), count) for key, column in _planned(doses).items()}
        due_h = np.array([dose.time_h for dose in doses])
        rows["day"] = np.broadcast_to(plan.own_h(arm, due_h, 0, count), (count, d)).ravel() / 24.0
        yield {
            **_who(result, np.repeat(np.array([name], object), count * d), np.repeat(np.arange(count), d)),
            "drug": np.repeat(drug.molecule.id if drug.molecule is not None else "", count * d),
            **rows,
            "planned": planned.ravel(),
            "given": np.asarray(given).ravel(),
            "unit": np.repeat(drug.unit, count * d),
            "why": why.ravel(),
        }
    if name in result.ledgers and result.ledgers[name].courses:
        yield from _unplanned(result, own)


def _unplanned(result: StudyResult, arm: ArmPlan) -> Iterator[dict[str, Any]]:
    """Give the doses of courses that rules began; nothing was planned of them."""
    ledger = result.ledgers[arm.name]
    words, first = np.array([*ledger.words, ""], dtype=object), ledger.planned_doses
    for course in arm.courses:
        doses = course.schedule.doses
        columns = np.array([first + k for k, one in enumerate(ledger.courses) if one == course.course])
        people, places = np.nonzero(~np.isnan(ledger.due_h[:, columns]))
        own = columns[places]
        rows = _planned(doses)
        kept = ("route", "hours", "regimen_dose", "regimen_unit")
        same = {key: np.array(rows[key])[places % len(doses)] for key in kept}
        yield {
            **_who(result, np.repeat(np.array([arm.name], object), len(own)), people),
            "drug": np.repeat(course.molecule_id, len(own)),
            "dose": own + 1,
            "cycle": ledger.cycles[own],
            "day": ledger.due_h[people, own] / 24.0,
            **same,
            "planned": np.zeros(len(own)),
            "given": ledger.given[people, own],
            "unit": np.repeat(course.unit, len(own)),
            "why": words[ledger.reason[people, own]],
        }


def _planned(doses: Sequence[Any]) -> dict[str, list[Any]]:
    return {
        "dose": [k + 1 for k in range(len(doses))],
        "cycle": [dose.cycle + 1 for dose in doses],
        "day": [dose.time_h / 24.0 for dose in doses],
        "route": [dose.route for dose in doses],
        "hours": [dose.duration_h for dose in doses],
        "regimen_dose": [dose.amount for dose in doses],
        "regimen_unit": [str(dose.unit) for dose in doses],
    }


def _who(result: StudyResult, arms: np.ndarray, people: np.ndarray) -> dict[str, Any]:
    number = {arm: k + 1 for k, arm in enumerate(result.arms)}
    name = result.spec.name
    return {
        "study": np.repeat(np.array([name], object), len(arms)),
        "subject": np.array([f"{name}-{number[a]:02d}-{p:07d}" for a, p in zip(arms, people, strict=True)], object),
        "person": people,
        "arm": arms,
        **({} if result.readings.weights is None else {WEIGHT.name: result.readings.weights[people]}),
    }


def _joined(parts: Sequence[dict[str, Any]], columns: Sequence[ExportColumn]) -> pandas.DataFrame:
    import pandas

    if not parts:
        return pandas.DataFrame({column.name: [] for column in columns})
    return pandas.concat([_frame(part) for part in parts], ignore_index=True)


def _frame(data: dict[str, Any]) -> pandas.DataFrame:
    import pandas

    return pandas.DataFrame(data)
