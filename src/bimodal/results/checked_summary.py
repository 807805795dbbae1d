"""A summary read from disk, looked at before anything is taken from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from bimodal.errors import OutputError

_SCHEMA = 1
_AGAIN = "name a results folder, or run the study again: only what is missing is computed"
Check = Callable[[Any], bool]


def checked_summary(summary: dict[str, Any], *, where: str) -> dict[str, Any]:
    """Give a summary back, or say that it is none, one of another version, or damaged.

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
        raise OutputError(f"the summary has schema {str(summary['schema'])[:20]}, and {_SCHEMA} is known", where=where)
    arms, targets = _tables(summary.get("arms")), _tables(summary.get("targets", []))
    whole = (
        {"schema", "seed", "study", "bimodal"} <= summary.keys()
        and isinstance(summary.get("provenance"), dict)
        and targets is not None
        and arms is not None
        and all("name" in arm and _tables(arm.get("endpoints")) is not None for arm in arms)
    )
    if not whole:
        raise OutputError("the file is no summary of a run", where=where, fix=_AGAIN)
    for place in _damaged(summary):
        raise OutputError("the summary is not as a run wrote it", where=f"{where}, {place}", fix=_AGAIN)
    return summary


def _damaged(summary: dict[str, Any]) -> Iterator[str]:
    """Give the places of what is read of a summary and is not of its kind."""
    yield from _wrong(summary["provenance"], {"set": _numbers}, {}, "provenance")
    weights = summary.get("weights", {})
    if not isinstance(weights, dict):
        yield "weights"
    else:
        yield from _wrong(cast(dict[str, Any], weights), {"effective": _count}, {}, "weights")
    for k, arm in enumerate(summary["arms"]):
        place = f"arm {k + 1}"
        yield from _wrong(arm, {"set": _numbers}, {"name": _text, "n": _whole, "failed": _whole}, place)
        if arm["failed"] > arm["n"]:
            yield f"{place}, key 'failed'"
        for i, row in enumerate(arm["endpoints"]):
            yield from _wrong(row, _OPTIONAL, _NEEDED, f"{place}, endpoint {i + 1}")


def _wrong(
    table: Mapping[str, Any], optional: Mapping[str, Check], needed: Mapping[str, Check], place: str
) -> Iterator[str]:
    for key, fits in needed.items():
        if key not in table or not fits(table[key]):
            yield f"{place}, key '{key}'"
    for key, fits in optional.items():
        if key in table and not fits(table[key]):
            yield f"{place}, key '{key}'"


def _text(found: Any) -> bool:
    return isinstance(found, str)


def _number(found: Any) -> bool:
    return isinstance(found, int | float) and not isinstance(found, bool)


def _number_or_none(found: Any) -> bool:
    return found is None or _number(found)


def _count(found: Any) -> bool:
    return _number(found) and found >= 0


def _whole(found: Any) -> bool:
    return _count(found) and isinstance(found, int)


def _numbers(found: Any) -> bool:
    return isinstance(found, dict) and all(map(_number, cast(dict[str, Any], found).values()))


def _tables(found: Any) -> list[dict[str, Any]] | None:
    """Give a list of objects, or None for anything else."""
    if not isinstance(found, list):
        return None
    rows = cast("list[Any]", found)
    return cast("list[dict[str, Any]]", rows) if all(isinstance(row, dict) for row in rows) else None


_NEEDED: Mapping[str, Check] = {
    "id": _text, "day": _number_or_none, "unit": _text, "value": _number_or_none,
}  # fmt: skip
_OPTIONAL: Mapping[str, Check] = {
    "lower": _number_or_none, "upper": _number_or_none, "n": _count, "effective_n": _count,
}  # fmt: skip
