"""Observables as SQL over the stored columns of a run."""

from __future__ import annotations

from collections.abc import Mapping

from bimodal.study.endpoints import Registry


def in_sql(registry: Registry, observable: str, columns: Mapping[str, str], row: str = "t") -> str | None:
    """Write what an observable is as an expression of the row of a patient and day.

    Parameters
    ----------
    columns
        Stored observable to its column.
    row
        Name of the row; ``b`` is the row of the same patient at day 0.

    Returns
    -------
    str or None
        None for one that is no plain arithmetic of the stored columns, such as cells within a gate.

    Examples
    --------
    >>> from bimodal.study.endpoints import load_registry
    >>> in_sql(load_registry(), "treg_fold", {"treg_count": "treg_count"})
    '((t."treg_count") / b."treg_count")'
    """
    entry = registry[observable]
    if entry.kind == "model":
        column = columns.get(observable)
        return None if column is None else f"{row}.{quoted(column)}"
    start = [in_sql(registry, name, columns, "b") for name in entry.of[:1]]
    of, over, weights = ([in_sql(registry, name, columns, row) for name in names] for names in _parts(entry))
    if None in (*of, *over, *weights, *start):
        return None
    top = " + ".join(map(str, of))
    made = {
        "sum": f"({top})",
        "ratio": f"({entry.scale!r} * (({top}) / ({' + '.join(map(str, over))})))",
        "weighted": f"(({' + '.join(f'{w} * {a}' for a, w in zip(of, weights, strict=False))})"
        f" / ({' + '.join(map(str, weights))}))",
        "fold": f"(({top}) / {start[0] if start else ''})",
        "gain": f"({top} - {start[0] if start else ''})",
    }
    return made.get(entry.kind)


def quoted(name: str) -> str:
    """Quote a name for SQL.

    Examples
    --------
    >>> quoted('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


def text(value: str) -> str:
    """Write a text for SQL.

    Examples
    --------
    >>> text("it's")
    "'it''s'"
    """
    return "'" + value.replace("'", "''") + "'"


def _parts(entry: object) -> tuple[tuple[str, ...], ...]:
    return tuple(getattr(entry, name) for name in ("of", "over", "weights"))
