"""``bimodal query``: questions in SQL to a results folder."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bimodal.cli import options as o

if TYPE_CHECKING:
    from bimodal.results.query import Answer

_NUMBERS = ("DOUBLE", "FLOAT", "INT", "DECIMAL", "HUGEINT")


def query(
    results: Annotated[
        str, typer.Argument(metavar="STUDY", help="A results folder, or a study with exactly one under results/.")
    ],
    sql: Annotated[
        str | None, typer.Argument(metavar='"SELECT …"', help="One SELECT (DuckDB).", show_default=False)
    ] = None,
    tables: Annotated[bool, typer.Option("--tables", help="List tables and columns, and end.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Rows printed; --json and --csv have all.")] = 40,
    seconds: Annotated[float, typer.Option("--seconds", min=0.1, help="Stop after so long.")] = 60.0,
    memory: Annotated[int, typer.Option("--memory", min=50, help="Megabytes a query may use.")] = 1000,
    json_file: o.JsonFile = None,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE", help="Write the rows as CSV; - prints them.")
    ] = None,
) -> int:
    """Ask a results folder a question in SQL; it only reads, and only the files of that folder."""
    from bimodal.cli.console import err, interruptible, out, table
    from bimodal.errors import QueryError
    from bimodal.results import query as asked
    from bimodal.results.database import Limits

    if tables or sql is None:
        if sql is not None or not tables:
            raise QueryError(
                "give a query, or --tables" if sql is None else "give either a query or --tables",
                fix='for example: bimodal query STUDY "select * from endpoints"',
            )
        found = asked.tables(results)
        o.write_json({"tables": found}, json_file)
        if str(json_file) != "-":
            rows = [[one["table"], ", ".join(c["name"] for c in one["columns"]), one["what"]] for one in found]
            out().print(table("", ["table", "columns", "what"], rows))
        return 0
    whole = json_file is not None or csv_file is not None
    with interruptible():
        answer = asked.query(results, sql, most=None if whole else limit, limits=Limits(seconds, memory))
    if answer.left_out:
        said = f"warning: files that are not as the run wrote them are left out: {answer.left_out}"
        err().print(said, style="yellow", markup=False)
    if csv_file is not None:
        _write(csv_file, _csv(answer))
    if json_file is not None:
        rows_ = [{key: _plain(value) for key, value in row.items()} for row in answer.records()]
        o.write_json(
            {"columns": [*map(list, zip(answer.columns, answer.types, strict=True))], "rows": rows_}, json_file
        )
    if "-" in (str(csv_file), str(json_file)):
        return 0
    right = [k for k, kind in enumerate(answer.types) if any(word in kind for word in _NUMBERS)]
    out().print(table("", answer.columns, [[_shown(v) for v in row] for row in answer.rows[:limit]], right=right))
    if answer.more or len(answer.rows) > limit:
        said = f"the first {limit} rows; --limit shows more, --csv FILE or --json FILE keeps all"
        err().print(said if answer.more else f"{len(answer.rows)} rows, of which {said}", style="dim", markup=False)
    return 0


def _csv(answer: Answer) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(answer.columns)
    writer.writerows([["" if value is None else _plain(value) for value in row] for row in answer.rows])
    return text.getvalue()


def _write(path: Path, text: str) -> None:
    from bimodal.errors import visible
    from bimodal.files.write import write_text

    if str(path) == "-":
        print(visible(text), end="")
    else:
        write_text(path, text)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    return str(value)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return value if isinstance(value, str) else str(value) if not isinstance(value, list | dict) else json.dumps(value)
