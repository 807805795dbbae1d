"""A summary read from disk, looked at before anything is taken from it."""

from __future__ import annotations

from typing import Any, cast

from bimodal.errors import OutputError

_SCHEMA = 1


def checked_summary(summary: dict[str, Any], *, where: str) -> dict[str, Any]:
    """Give a summary back, or say that it is none, or one of another version.

    Examples
    --------
    >>> checked_summary({"arms": 3}, where="x.json")
    Traceback (most recent call last):
    ...
    bimodal.errors.OutputError: the file is no summary of a run
      where: x.json
      try:   name a results folder, or run the study again: only what is missing is computed
    """
    if "schema" in summary and summary["schema"] != _SCHEMA:
        raise OutputError(f"the summary has schema {summary['schema']}, and {_SCHEMA} is known", where=where)
    arms, targets = _tables(summary.get("arms")), _tables(summary.get("targets", []))
    whole = (
        {"schema", "seed", "study", "bimodal"} <= summary.keys()
        and isinstance(summary.get("provenance"), dict)
        and targets is not None
        and arms is not None
        and all("name" in arm and _tables(arm.get("endpoints")) is not None for arm in arms)
    )
    if not whole:
        raise OutputError(
            "the file is no summary of a run",
            where=where,
            fix="name a results folder, or run the study again: only what is missing is computed",
        )
    return summary


def _tables(found: Any) -> list[dict[str, Any]] | None:
    """Give a list of objects, or None for anything else."""
    if not isinstance(found, list):
        return None
    rows = cast("list[Any]", found)
    return cast("list[dict[str, Any]]", rows) if all(isinstance(row, dict) for row in rows) else None
