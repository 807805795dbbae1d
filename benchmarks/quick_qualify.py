"""The quick credibility report that docs/qualify.md quotes: kept as JSON, its table written into the page.

    python benchmarks/quick_qualify.py                       # run it: minutes
    python benchmarks/quick_qualify.py --from qualify.json   # or take one that was written

Writes ``benchmarks/results/qualify_quick.json`` and the part of the page between its two marks.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bimodal.cli.main import main as bimodal
from bimodal.files.write import write_text
from provenance import provenance

RESULT = Path(__file__).parent / "results" / "qualify_quick.json"
PAGE = Path(__file__).parents[1] / "docs" / "qualify.md"
MARKS = ("<!-- from benchmarks/results/qualify_quick.json -->\n", "<!-- end -->")


def block(record: Mapping[str, Any]) -> str:
    """Write the sections of a report as a table of Markdown, with what they took."""
    counts = ", ".join(f"{count} {status}" for status, count in record["counts"].items())
    took: Mapping[str, Any] = record["took"]
    cpu = sum(times.get("cpu_s", 0.0) for times in took.values())
    date = max(times["date"] for times in took.values() if times)
    lines = [
        f"Commit {record['provenance']['commit']}, {date}, {record['made_with']['machine']['kind']}: {counts}; "
        f"{cpu:.0f} s of processor time.",
        "",
        "| status | section | goals met | result | processor s |",
        "|---|---|---|---|---|",
    ]
    for one in record["sections"]:
        met = f"{one['met']} of {one['of']}" if one["of"] else ""
        said, spent = one["said"].replace("|", "\\|"), took[one["id"]].get("cpu_s", 0.0)
        lines.append(f"| {one['status']} | `{one['id']}` | {met} | {said} | {spent:.1f} |")
    return "\n".join(lines) + "\n"


def page_with(text: str, record: Mapping[str, Any]) -> str:
    """Put the table between the marks of the page."""
    inside = re.compile(f"(?<={re.escape(MARKS[0])}).*?(?={re.escape(MARKS[1])})", re.DOTALL)
    return inside.sub(lambda _: block(record), text)


def main() -> None:
    """Run the report or take a written one, and keep it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--from", dest="given", type=Path, default=None, help="a qualify.json of a quick run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        path = options.given
        if path is None:
            bimodal(["qualify", "--quick", "--no-pdf", "--out", f"{place}/q"])
            path = Path(place) / "q" / "qualify.json"
        record = json.loads(path.read_text("utf-8"))
    record = {"provenance": {**provenance(), "command": "bimodal qualify --quick"}, **record}
    write_text(RESULT, json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    write_text(PAGE, page_with(PAGE.read_text("utf-8"), record))


if __name__ == "__main__":
    main()
