"""A finished study as data frames; every row names its arm, and every row of a patient has who that is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bimodal.errors import StudyError
from bimodal.study.endpoints.trial import Outcomes
from bimodal.study.endpoints.trial.criteria import Response
from bimodal.study.solver.solver import FIRST_FAILURE
from bimodal.study.store.store import distinct_columns

if TYPE_CHECKING:
    import pandas

    from bimodal.study.run.result import StudyResult

Column = npt.NDArray[Any]
_MAX_NUMBERS = 250_000_000


def people(result: StudyResult, arm: str) -> dict[str, Column]:
    """Give who is in an arm: a column of N for the arm, the patient, each covariate, and whether the patient failed.

    Of weighted patients also ``weight``: for how many each stands.
    """
    count = result.n(arm)
    columns: dict[str, Column] = {"arm": np.repeat(np.array([arm], dtype=object), count), "patient": np.arange(count)}
    if arm in result.treated:
        found = result.treated[arm].part(0, count)
        if found.labels:
            columns["subject"] = np.array(found.labels, dtype=object)
        columns |= {name: column for name, column in found.covariates.items() if name not in columns}
    if result.readings.weights is not None:
        columns["weight"] = result.readings.weights
    return {**columns, "failed": result.readings.status[arm] >= FIRST_FAILURE}


def patients_table(result: StudyResult) -> pandas.DataFrame:
    """Give one row per arm and patient: covariates, and what a trial records where the study reads one."""
    import pandas

    trial = any("outcomes" in arm for arm in result.summary["arms"])
    return pandas.concat(
        [
            pandas.DataFrame({**people(result, arm), **(_recorded(result.outcomes(arm)) if trial else {})})
            for arm in result.arms
        ],
        ignore_index=True,
    )


def endpoints_table(result: StudyResult) -> pandas.DataFrame:
    """Give one row per arm, patient, endpoint and day, for endpoints with a value in every patient."""
    import pandas

    parts = [
        pandas.DataFrame(
            {
                **people(result, arm),
                "endpoint": name,
                "day": np.nan if day is None else day,
                "value": _values(result, arm, name, day),
                "unit": result.registry[name].unit,
            }
        )
        for arm in result.arms
        for name, day in _read_off(result)
    ]
    return pandas.concat(parts, ignore_index=True) if parts else pandas.DataFrame({"arm": [], "patient": []})


def trajectories_table(
    result: StudyResult, observables: Sequence[str], arms: Sequence[str] | None, days: Sequence[float] | None
) -> pandas.DataFrame:
    """Give one row per arm, patient and saved day, a column for each observable."""
    import pandas

    names, which = observables or in_time(result), list(arms if arms is not None else result.arms)
    times = list(range(len(result.days))) if days is None else [result.readings.index(day) for day in days]
    refuse_too_large(result, which, names, len(times))
    parts: list[pandas.DataFrame] = []
    for arm in which:
        who = people(result, arm)
        columns = {name: np.repeat(column, len(times)) for name, column in who.items()}
        columns["day"] = np.tile(result.days[times], result.n(arm))
        for column, name in zip(distinct_columns(names, columns), names, strict=True):
            columns[column] = np.concatenate(list(result.blocks(arm, name, times)), axis=1).ravel()
        parts.append(pandas.DataFrame(columns))
    return pandas.concat(parts, ignore_index=True)


def summary_table(summary: Mapping[str, Any]) -> pandas.DataFrame:
    """Give one row per arm, endpoint and day of a summary."""
    import pandas

    cohort = summary["provenance"].get("cohort")
    return pandas.DataFrame(
        [
            {
                "arm": arm["name"],
                "drug": arm["drug"],
                "regimen": arm["regimen"],
                "cohort": arm.get("cohort", cohort),
                "patients": arm["n"],
                "failed": arm["failed"],
                "endpoint": row["id"],
                **{key: value for key, value in row.items() if key != "id"},
            }
            for arm in summary["arms"]
            for row in arm["endpoints"]
        ]
    )


def targets_table(summary: Mapping[str, Any]) -> pandas.DataFrame:
    """Give one row per published number and what the study gives in its place."""
    import pandas

    rows: list[dict[str, Any]] = summary["targets"]
    return pandas.DataFrame([{"target": row["id"], **{k: v for k, v in row.items() if k != "id"}} for row in rows])


def contrasts_table(summary: Mapping[str, Any]) -> pandas.DataFrame:
    """Give one row per contrast, endpoint and day: the first arm against the second."""
    import pandas

    nested = ("difference", "ratio", "above")
    rows: list[dict[str, Any]] = []
    for found in summary.get("contrasts", ()):
        first, second = found["arms"]
        for row in found["endpoints"]:
            flat = {key: value for key, value in row.items() if key not in ("id", *nested)}
            parts = {f"{name}_{key}": value for name in nested if row.get(name) for key, value in row[name].items()}
            who = {"first_arm": first, "second_arm": second, "paired": found["paired"], "endpoint": row["id"]}
            rows.append({**who, **flat, **parts})
    return pandas.DataFrame(rows)


def in_time(result: StudyResult) -> list[str]:
    """Name every observable with a value at each saved time, folds included."""
    return [name for name in result.observables if result.registry[name].per == "time"]


def once_each(result: StudyResult) -> list[str]:
    """Name the endpoints of the study that have one value per patient."""
    return [name for name, day in _read_off(result) if day is None]


def refuse_too_large(result: StudyResult, arms: Sequence[str], observables: Sequence[str], times: int) -> None:
    """Raise before a table is made that would need more than 2 GB."""
    if sum(result.n(arm) for arm in arms) * len(observables) * times > _MAX_NUMBERS:
        raise StudyError(
            f"{len(observables)} observables at {times} times need more than 2 GB of memory",
            where=f"study '{result.spec.name}'",
            fix="name the observables, arms or days that are wanted",
        )


def _read_off(result: StudyResult) -> Iterator[tuple[str, float | None]]:
    for endpoint in result.spec.endpoint:
        per = result.registry[endpoint.id].per
        if per == "course":
            yield endpoint.id, None
        elif per != "trial":
            yield from ((endpoint.id, day) for day in sorted(endpoint.days or ()))


def _values(result: StudyResult, arm: str, name: str, day: float | None) -> Column:
    if day is None:
        return result.course(arm, name)
    if result.registry[name].per == "scan":
        return result.trial.measured(name, arm, day)
    return result.readings.on_day(arm, name, day)


def _recorded(found: Outcomes) -> dict[str, Column]:
    return {
        "best_response": np.array([Response(code).name for code in found.best.tolist()], dtype=object),
        "response_day": found.response_day,
        "progression_day": found.progression_day,
        "death_day": np.where(np.isfinite(found.death_day), found.death_day, np.nan),
        "pfs_days": found.pfs_days,
        "pfs_event": found.pfs_event,
        "os_days": found.os_days,
        "os_event": found.os_event,
    }
