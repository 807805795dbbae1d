"""What ``bimodal run`` prints of a trial design: facts, tables of estimates with their interval, notes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.text import Text

from bimodal.cli.console import out, table
from bimodal.report.design_section import estimate_text, outcomes_text


def print_design(summary: Mapping[str, Any]) -> None:
    """Print the design of a study, if it has one."""
    found = summary.get("design")
    if not found:
        return
    console = out()
    console.print(Text(f"Design: {found['kind']}", "bold"))
    for fact in found["facts"]:
        console.print(fact, markup=False)
    console.print("")
    for one in found["tables"]:
        columns = [one["key"], *(column["label"] for column in one["columns"])]
        kinds = [column["kind"] for column in one["columns"]]
        rows = [
            [row["key"], *(estimate_text(value, kind) for value, kind in zip(row["values"], kinds, strict=True))]
            for row in one["rows"]
        ]
        console.print(table(one["title"], columns, rows), "")
    console.print(f"[ ]: {found['interval']}", style="dim", markup=False)
    for note in found["notes"]:
        console.print(f"-  {note}", style="dim", markup=False)
    console.print("")
    if "decisions" in found:
        one = found["decisions"]
        rows = [[row["key"], *row["values"]] for row in one["rows"]]
        console.print(table(one["title"], [one["key"], *one["columns"]], rows), "")
    for trace in found.get("traces", [])[:1]:
        rows = [[step["dose"], outcomes_text(step), step["why"], step["decision"]] for step in trace["steps"]]
        chosen = "without a dose" if trace["selected"] is None else f"with {trace['selected']}"
        title = f"The first simulated trial on the central curve, which ends {chosen}"
        console.print(table(title, ["dose", "DLTs", "because", "then"], rows), "")
