"""Rows of a table that ships with the package."""

from __future__ import annotations

import csv
import io


def csv_rows(text: str) -> list[dict[str, str]]:
    r"""Read the rows of CSV text by the names of its columns.

    For tables of the package, whose columns tests hold; `bimodal.files.table` reads those of a user.

    Examples
    --------
    >>> csv_rows("cell,cv\ntreg,0.3\n")
    [{'cell': 'treg', 'cv': '0.3'}]
    """
    return list(csv.DictReader(io.StringIO(text)))
