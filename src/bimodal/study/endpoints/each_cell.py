"""Entries of the registry that are there once for each cell type."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bimodal.errors import StudyError
from bimodal.study.endpoints.cell import Cell

_WHERE = "endpoints/registry.toml"
_BLANK = re.compile(r"\{([^{}]*)\}")
_PARTS = ("of", "over", "weights")


def for_each_cell(rows: Sequence[Mapping[str, Any]], cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """Write out rows whose id names ``{cell}``, and lists of parts that name it, in the order they are to have.

    In a row with ``{cell}`` in its id, ``{cell}``, ``{label}`` and ``{counted}`` are those of one cell type, and the
    row is of the species that it and the cell type share; without any it is left out. In the parts of any other row,
    ``{cell}`` stands for every cell type of all its species and ``{<kind>}`` for every one of a kind. A row with
    ``after`` goes behind the row of that id.

    Parameters
    ----------
    rows
        Of the registry's file.
    cells
        The cell types.

    Raises
    ------
    StudyError
        A row names something else in braces, or stands after a row that is not there.

    Examples
    --------
    >>> one = Cell(id="b", label="B", short="B", counted="B cells", kind="b", spread="B", colour="blue")
    >>> for_each_cell([{"id": "{cell}_fold", "label": "{label}, fold"}, {"id": "all", "of": ["{b}_fold"]}], [one])
    [{'id': 'b_fold', 'label': 'B, fold'}, {'id': 'all', 'of': ['b_fold']}]
    >>> for_each_cell([{"id": "{cell}_fold", "species": ["mouse"]}], [one])
    []
    """
    out: list[dict[str, Any]] = []
    for row in rows:
        own = dict(row)
        after = own.pop("after", None)
        made = list(_once_per_cell(own, cells)) if "{" in str(own.get("id", "")) else [_all_parts(own, cells)]
        if after is None:
            out += made
            continue
        place = next((k for k, found in enumerate(out) if found.get("id") == after), None)
        if place is None:
            raise StudyError(f"'{own.get('id')}' is to stand after '{after}', which is not above it", where=_WHERE)
        out[place + 1 : place + 1] = made
    return out


def _once_per_cell(row: Mapping[str, Any], cells: Sequence[Cell]) -> Iterator[dict[str, Any]]:
    for cell in cells:
        words = {"cell": cell.id, "label": cell.label, "counted": cell.counted}
        own = {key: _filled(value, words, str(row["id"])) for key, value in row.items()}
        if row.get("species"):
            own["species"] = [one for one in row["species"] if not cell.species or one in cell.species]
            if not own["species"]:
                continue
        yield own


def _all_parts(row: Mapping[str, Any], cells: Sequence[Cell]) -> dict[str, Any]:
    out = dict(row)
    for key in _PARTS:
        parts: list[str] = []
        for part in row.get(key, ()):
            if (asked := _BLANK.search(part)) is None:
                parts.append(part)
                continue
            chosen = [
                cell
                for cell in cells
                if asked[1] in ("cell", cell.kind)
                and (not cell.species or set(cell.species).issuperset(row.get("species", ())))
            ]
            if not chosen:
                raise StudyError(f"'{row.get('id')}' is made from '{part}', and no cell is of that kind", where=_WHERE)
            parts += [_BLANK.sub(cell.id, part) for cell in chosen]
        if key in row:
            out[key] = parts
    return out


def _filled(value: Any, words: Mapping[str, str], row: str) -> Any:
    if isinstance(value, list):
        return [_filled(part, words, row) for part in value]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(value, str):
        return value
    unknown = [name for name in _BLANK.findall(value) if name not in words]
    if unknown:
        raise StudyError(
            f"'{row}' names '{{{unknown[0]}}}'", where=_WHERE, fix=f"one of: {', '.join(f'{{{w}}}' for w in words)}"
        )
    return _BLANK.sub(lambda blank: words[blank[1]], value)
