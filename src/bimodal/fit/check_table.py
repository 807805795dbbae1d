"""Does a shipped parameter table hold what a fit found."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from bimodal.errors import BimodalError
from bimodal.fit.result import FitResult
from bimodal.fit.write_back import data_short
from bimodal.model.parameters import ParameterTable


@dataclass(frozen=True)
class Mismatch:
    """One row that does not hold what the fit found."""

    id: str
    what: str


def check_table(
    table: ParameterTable, result: FitResult, rtol: float, *, rows: Mapping[str, str] | None = None
) -> tuple[Mismatch, ...]:
    r"""Compare a table with a fit that was run again.

    Parameters
    ----------
    rtol
        Relative difference of a value that is let pass; above 0, as values are written with six digits.
    rows
        Fitted id -> id of its row; None takes all under their own names.

    Returns
    -------
    tuple of Mismatch
        Rows that are missing, differ in value, are not marked as fitted by this fit, or were fitted to other data;
        empty when the table reproduces the fit.

    Examples
    --------
    >>> import numpy as np
    >>> from bimodal.fit import FitParameter, Problem, run_fit
    >>> text = "id,value,unit,cv,distribution,source,where_in_source,status,note\nk,2,1/h,,fixed,a book,p3,measured,\n"
    >>> problem = Problem(name="k", parameters=(FitParameter("k", start=1.0, lower=0.1, upper=9.0),), groups=("a",),
    ...     data={"made up": "0" * 64}, residuals=lambda v: np.array([v["k"] - 3.0]))
    >>> for row in check_table(ParameterTable.read(text, "k.csv"), run_fit(problem), 1e-3):
    ...     print(row.id, row.what)
    k the table says 2, the fit 3
    k marked measured from 'a book', not by fit 'k'
    """
    if not (math.isfinite(rtol) and rtol > 0.0):
        raise BimodalError(f"a tolerance of {rtol} for the table", fix="a number above 0, such as 1e-3")
    pairs = {name: name for name in result.estimates} if rows is None else dict(rows)
    if strangers := [name for name in pairs if name not in result.estimates]:
        raise BimodalError(f"'{strangers[0]}' was not fitted", where=f"fit '{result.name}'")
    found: list[Mismatch] = []
    for name, row_id in pairs.items():
        row, value = table.by_id.get(row_id), result.values[name]
        if row is None:
            found.append(Mismatch(row_id, "the table has no such row"))
            continue
        if abs(row.value - value) > rtol * abs(value):
            found.append(Mismatch(row_id, f"the table says {row.value:g}, the fit {value:.6g}"))
        if row.status != "fitted" or row.source != f"this project, fit {result.name}":
            found.append(Mismatch(row_id, f"marked {row.status} from '{row.source}', not by fit '{result.name}'"))
        elif data_short(result) not in row.where_in_source:
            found.append(Mismatch(row_id, "was fitted to other data than these"))
    return tuple(found)
