"""How results show themselves in a notebook: a title, a table, and what a reader must know."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas


def as_html(
    title: str,
    table: pandas.DataFrame,
    *,
    columns: Sequence[str] | None = None,
    notes: Sequence[str] = (),
    rows: int = 20,
) -> str:
    """Write a title, the first rows of a table and some notes as a piece of HTML; every text is escaped.

    Parameters
    ----------
    title
        One line.
    table
        What is shown; of a longer one the first and the last rows.
    columns
        Which columns; None is all.
    notes
        One line each, below the table.
    rows
        How many rows are shown at most.

    Examples
    --------
    >>> import pandas
    >>> print(as_html("a < b", pandas.DataFrame({"x": [1]}), notes=["b & c"]).splitlines()[0])
    <div><p><b>a &lt; b</b></p>
    """
    import pandas

    shown = table.to_html(
        columns=table.columns if columns is None else pandas.Index(columns),
        index=False,
        max_rows=rows,
        border=0,
        escape=True,
        na_rep="",
        float_format="{:.4g}".format,
    )
    lines = [f"<div><p><b>{escape(title)}</b></p>", shown, *(f"<p>{escape(note)}</p>" for note in notes), "</div>"]
    return "\n".join(lines)


def cut(text: str, length: int) -> str:
    """Shorten a text to so many characters.

    Examples
    --------
    >>> cut("1 MIU/m2 SC daily for 56 days", 12)
    '1 MIU/m2 SC…'
    """
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
