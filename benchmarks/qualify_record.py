"""Keeps a credibility report, and writes its figures into the pages that quote them.

    bimodal qualify --out full && python benchmarks/qualify_record.py full/qualify.json
    python benchmarks/qualify_record.py                # only write the pages again

Writes ``benchmarks/results/qualify.json``, or ``qualify_quick.json`` of a quick run, and in README and ``docs/`` what
stands between two marks: ``<!--q KEY-->…<!--/q-->`` in a line, ``<!--table full-->…<!--/table-->`` around a table. A
key is

- ``section.figure``: a number of the report, and ``section.figure:lower``, ``:upper`` or ``:reference``;
- ``section/group``: how many goals of a group are met, of how many; ``section/`` of all of a section;
- ``name#path.to.number``: a number of another file, ``benchmarks/results/name.json``;
- ``run.commit``, ``run.date``, ``run.seconds``, ``run.minutes``, ``run.machine``, ``run.counts``, ``run.version``.

``quick:`` before it takes the quick run. After the key may stand how the number is written (``.2f``, ``.0%``), and of a
group ``met``, ``missed`` or ``judged``.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bimodal.files.write import write_text
from provenance import provenance

ROOT = Path(__file__).parents[1]
RESULTS = {name: ROOT / "benchmarks" / "results" / f"{file}.json" for name, file in
           (("full", "qualify"), ("quick", "qualify_quick"))}  # fmt: skip
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs" / "tutorials").glob("*.md"))]
QUOTE = re.compile(r"<!--q (?:(quick):)?(\S+?)(?: (\S+?))?-->(.*?)<!--/q-->", re.DOTALL)
TABLE = re.compile(r"(?<=<!--table full-->\n).*?(?=<!--/table-->)", re.DOTALL)
#: Of a figure; words on how it is judged and got stand in the report itself.
KEPT = ("id", "what", "value", "unit", "status", "reference", "lower", "upper", "group")

Record = Mapping[str, Any]


def kept(report: Record, about: Record) -> dict[str, Any]:
    """Return a report without what only its own page needs."""
    sections = [
        {**one, "figures": [{key: row[key] for key in KEPT if key in row} for row in one["figures"]]}
        for one in report["sections"]
    ]
    return {"provenance": dict(about), **report, "sections": sections}


def as_text(record: Record) -> str:
    """Write a record as JSON with one figure a line."""
    figures: list[str] = []

    def hold(row: Record) -> str:
        figures.append(json.dumps(row, ensure_ascii=False))
        return f"figure {len(figures) - 1}"

    sections = [{**one, "figures": [hold(row) for row in one["figures"]]} for one in record["sections"]]
    text = json.dumps({**record, "sections": sections}, indent=1, ensure_ascii=False)
    return re.sub(r'"figure (\d+)"', lambda found: figures[int(found[1])], text) + "\n"


def quoted(record: Record, key: str, form: str = "") -> str:
    """Return what a page says for a key.

    Raises
    ------
    KeyError
        The record has no such figure, or it was not computed.
    """
    if key.startswith("run."):
        return _of_run(record, key[4:])
    if "#" in key:
        return _written(_of_file(key), form)
    if "/" in key:
        section, _, group = key.partition("/")
        return _counted(record, section, group, form)
    name, _, figure = key.partition(".")
    figure, _, part = figure.partition(":")
    value = _figure(record, name, figure).get(part or "value")
    if value is None:
        raise KeyError(f"{key} has no value")
    return _written(value, form)


def _written(value: float | str, form: str) -> str:
    if isinstance(value, str):
        return value
    return re.sub(r"e([-+])0", r"e\1", format(value, form or ("," if isinstance(value, int) else ".2g")))


def _of_file(key: str) -> float | str:
    name, _, path = key.partition("#")
    found = json.loads((RESULTS["full"].parent / f"{name}.json").read_text("utf-8"))
    for step in path.split("."):
        found = found[step]
    return found


def _figure(record: Record, section: str, figure: str) -> Record:
    for row in _section(record, section)["figures"]:
        if row["id"] == figure:
            return row
    raise KeyError(f"section {section} has no figure {figure}")


def _section(record: Record, name: str) -> Record:
    for one in record["sections"]:
        if one["id"] == name:
            return one
    raise KeyError(f"there is no section {name}")


def _counted(record: Record, section: str, group: str, form: str) -> str:
    rows = _section(record, section)["figures"]
    found = Counter(row["status"] for row in rows if not group or row.get("group") == group)
    met, missed = found["passed"], found["missed"]
    if not met + missed:
        raise KeyError(f"nothing was judged in {section}/{group}")
    return {"": f"{met} of {met + missed}", "met": f"{met}", "missed": f"{missed}", "judged": f"{met + missed}"}[form]


def _of_run(record: Record, what: str) -> str:
    took = record["took"].values()
    seconds = sum(times.get("cpu_s", 0.0) for times in took)
    return {
        "commit": record["provenance"]["commit"],
        "date": max(times["date"] for times in took if times),
        "seconds": f"{seconds:.0f}",
        "minutes": f"{seconds / 60:.0f}",
        "machine": record["made_with"]["machine"]["kind"],
        "counts": ", ".join(f"{count} {status}" for status, count in record["counts"].items()),
        "version": record["bimodal"],
    }[what]


def table(record: Record) -> str:
    """Write the sections of a report as a table of Markdown, with what they took."""
    lines = ["", "| status | section | goals met | result | processor s |", "|---|---|---|---|---|"]
    for one in record["sections"]:
        met = f"{one['met']} of {one['of']}" if one["of"] else ""
        said, spent = one["said"].replace("|", "\\|"), record["took"][one["id"]].get("cpu_s", 0.0)
        lines.append(f"| {one['status']} | `{one['id']}` | {met} | {said} | {spent:.1f} |")
    return "\n".join(lines) + "\n\n"


def page_with(text: str, records: Mapping[str, Record]) -> str:
    """Put the figures between the marks of a page."""

    def fill(found: re.Match[str]) -> str:
        which, key, form = found[1] or "full", found[2], found[3] or ""
        marks = found[0].partition("-->")[0] + "-->", "<!--/q-->"
        return quoted(records[which], key, form).join(marks)

    return QUOTE.sub(fill, TABLE.sub(lambda _: table(records["full"]), text))


def stored() -> dict[str, Record]:
    """Return the reports that are kept."""
    return {name: json.loads(path.read_text("utf-8")) for name, path in RESULTS.items()}


def main() -> None:
    """Keep a report if one is given, then write the pages."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("report", type=Path, nargs="?", help="a qualify.json")
    parser.add_argument("--commit", help="of the package that wrote it, if not the one that is checked out")
    given = parser.parse_args()
    if given.report is not None:
        report = json.loads(given.report.read_text("utf-8"))
        command = "bimodal qualify" + (" --quick" if report["quick"] else "")
        about = {**provenance(), **({"commit": given.commit} if given.commit else {}), "command": command}
        write_text(RESULTS["quick" if report["quick"] else "full"], as_text(kept(report, about)))
    records = stored()
    for path in PAGES:
        text = path.read_text("utf-8")
        if (new := page_with(text, records)) != text:
            write_text(path, new)
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
