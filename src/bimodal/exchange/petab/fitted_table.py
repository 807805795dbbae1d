"""The parameter table of a PEtab problem with other nominal values."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from bimodal.exchange.petab.problem import PetabProblem
from bimodal.exchange.petab.tables import table_rows


def fitted_table(problem: PetabProblem, values: Mapping[str, float]) -> str:
    """Return the parameter table with these values as nominal ones, between tabs; the other cells stay."""
    rows = [row for row, _ in table_rows(problem.files.tables["parameter"], needed=("parameterId",))]
    columns = list(dict.fromkeys(name for row in rows for name in row))
    if "nominalValue" not in columns:
        columns.append("nominalValue")
    text = io.StringIO()
    out = csv.writer(text, delimiter="\t", lineterminator="\n")
    out.writerow(columns)
    for row in rows:
        value = values.get(row["parameterId"])
        said = row if value is None else {**row, "nominalValue": repr(float(value))}
        out.writerow([said.get(name, "") for name in columns])
    return text.getvalue()
