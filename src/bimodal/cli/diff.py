"""``bimodal diff``: two runs set against each other."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bimodal.cli import options as o

_WIDE = 44


def diff(
    first: Annotated[str, typer.Argument(metavar="RUN1", help="A results folder, a study, or a summary.json.")],
    second: Annotated[str, typer.Argument(metavar="RUN2", help="The other one.")],
    limit: Annotated[int, typer.Option("--limit", min=1, help="Rows printed of each table; --json has all.")] = 30,
    json_file: o.JsonFile = None,
) -> int:
    """Say what differs between two runs: in what went in, and in what came out against Monte-Carlo error."""
    from bimodal.cli.console import err, out, table
    from bimodal.results.diff import diff as made

    found = made(first, second)
    o.write_json(found, json_file)
    if str(json_file) == "-":
        return 0
    console = out()
    for line in _words(found):
        console.print(line, markup=False)
    if found["inputs"]:
        rows = [[one["what"], _text(one["first"]), _text(one["second"])] for one in found["inputs"][:limit]]
        console.print(table("What went in", ["", "first", "second"], rows))
    if found["numbers"]:
        rows = [
            [
                row["arm"],
                row["endpoint"],
                "" if row["day"] is None else f"{row['day']:g}",
                *(_number(row[key]) for key in ("first", "second", "difference")),
                "" if row["relative"] is None else f"{100 * row['relative']:+.2g} %",
                "" if row["errors"] is None else f"{row['errors']:.1f}",
                row["how"],
            ]
            for row in found["numbers"][:limit]
        ]
        heads = ["arm", "endpoint", "day", "first", "second", "difference", "relative", "errors", "error of"]
        console.print(table("What came out", heads, rows, right=[2, 3, 4, 5, 6, 7], keys=3))
        console.print(
            "errors: the difference over its Monte-Carlo standard error; above 2 is more than chance", markup=False
        )
    hidden = max(0, len(found["inputs"]) - limit) + max(0, len(found["numbers"]) - limit)
    if hidden:
        err().print(f"{hidden} more rows; --limit or --json FILE has them", style="dim", markup=False)
    return 0


def _words(found: dict[str, Any]) -> list[str]:
    arms = found["arms"]
    if found["identical"]:
        return ["Nothing differs: both summaries are the same to the last byte."]
    lines = [f"arms only in the first: {', '.join(arms['only_first'])}"] if arms["only_first"] else []
    lines += [f"arms only in the second: {', '.join(arms['only_second'])}"] if arms["only_second"] else []
    if not arms["both"]:
        return [*lines, "No arm has the same name in both: no number can be set against another."]
    lines.append(f"{len(found['numbers'])} of {len(found['numbers']) + found['same']} numbers differ.")
    if found["same_trajectories"]:
        lines.append("The trajectories of all patients are the same to the last bit.")
    if not found["inputs"]:
        lines.append("What went in is the same, as far as both say it.")
    return lines


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.5g}"


def _text(value: Any) -> str:
    words = "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
    return words if len(words) <= _WIDE else words[: _WIDE - 1] + "…"
