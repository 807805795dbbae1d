"""Two runs set against each other: what went in, what came out, and how far apart against Monte-Carlo error."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bimodal.results.compared_run import ComparedRun, compared_run
from bimodal.results.difference import difference


def diff(first: str | Path, second: str | Path) -> dict[str, Any]:
    """Say what differs between two runs.

    Parameters
    ----------
    first, second
        Results folders, names of studies, or files ``summary.json``.

    Returns
    -------
    dict
        ``identical`` (the summaries are the same bytes), ``inputs`` that differ, ``arms`` of both and of one run alone,
        ``numbers`` that differ, the largest against Monte-Carlo error first, and how many are the ``same``. Only of
        results folders the patients are paired, and only where seed and cohort are the same.
    """
    one, other = compared_run(first), compared_run(second)
    arms = [name for name in one.arms if name in other.arms]
    numbers = [row for arm in arms for row in _numbers(one, other, arm)]
    apart = [row for row in numbers if row["first"] != row["second"]]
    return {
        "runs": [{"name": run.name, "study": run.summary["study"], "run": run.summary["provenance"].get("run")}
                 for run in (one, other)],
        "identical": one.content == other.content,
        "same_trajectories": _trajectories(one) is not None and _trajectories(one) == _trajectories(other),
        "same_people": one.people == other.people,
        "inputs": _inputs(one, other, arms),
        "arms": {
            "both": arms,
            "only_first": [name for name in one.arms if name not in other.arms],
            "only_second": [name for name in other.arms if name not in one.arms],
        },
        "numbers": sorted(apart, key=_size),
        "same": len(numbers) - len(apart),
    }  # fmt: skip


def _trajectories(run: ComparedRun) -> str | None:
    return run.summary["provenance"].get("results_sha256")


def _inputs(one: ComparedRun, other: ComparedRun, arms: list[str]) -> list[dict[str, Any]]:
    first, second = one.inputs(arms), other.inputs(arms)
    # what one of them does not tell at all, such as a summary without its folder, is no difference
    told = [kind for kind in first if first[kind] and second[kind]]
    return [
        {"what": name, "first": first[kind].get(name), "second": second[kind].get(name)}
        for kind in told
        for name in dict.fromkeys([*first[kind], *second[kind]])
        if first[kind].get(name) != second[kind].get(name)
    ]


def _numbers(one: ComparedRun, other: ComparedRun, arm: str) -> Iterator[dict[str, Any]]:
    mine, its = one.endpoints(arm), other.endpoints(arm)
    changed = [key for key in mine if key in its and mine[key]["value"] != its[key]["value"]]
    # values of patients who do not all count the same say nothing by themselves
    weighted = one.effective or other.effective
    known = [{} if weighted else side.values(arm, changed) for side in (one, other)]
    counts = [side.effective or side.arms[arm]["n"] - side.arms[arm]["failed"] for side in (one, other)]
    for key in [*mine, *(key for key in its if key not in mine)]:
        about = {"arm": arm, "endpoint": key[0], "day": key[1]}
        if key not in mine or key not in its:
            there = (mine if key in mine else its)[key]
            value = (
                {"first": there["value"], "second": None} if key in mine else {"first": None, "second": there["value"]}
            )
            blank = dict.fromkeys(("difference", "relative", "error", "errors"))
            yield {**about, "unit": there["unit"], **value, **blank, "how": "in one run alone"}
            continue
        rows = [{"n": count, **row, **_worth(row)} for count, row in zip(counts, (mine[key], its[key]), strict=True)]
        values = (known[0][key], known[1][key]) if key in known[0] and key in known[1] else None
        found = difference(rows[0], rows[1], values, same_people=one.people_of(arm) == other.people_of(arm))
        yield {**about, "unit": mine[key]["unit"], **found}


def _worth(row: dict[str, Any]) -> dict[str, Any]:
    return {"n": row["effective_n"]} if "effective_n" in row else {}


def _size(row: dict[str, Any]) -> tuple[float, float]:
    """Put what is largest against its error first, then what has no error by its size, then what lacks both."""
    none = row["difference"] is None
    return -(row["errors"] or 0.0), -(abs(row["relative"] or 0.0)) if not none else 1.0
