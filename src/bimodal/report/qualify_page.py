"""The credibility report: one page drawn from ``qualify.json`` alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bimodal.report.document import document
from bimodal.report.markup import cell, items, paragraph, table, text
from bimodal.report.text import number, unit_text

Row = Mapping[str, Any]
#: Misses first.
_ORDER = ("failed", "missed", "not run", "passed", "shown")
_CLASSES = {"failed": "outside", "missed": "outside", "passed": "inside"}
_ASSESSMENT = "assessment"
#: Rows of a table beyond which those that are met or only shown are folded away.
_LONG = 24
#: Letters of a word that stands among numbers without moving their column.
_SHORT = 12
_TEXT = re.compile(r">[^<]+<")
_POWER = re.compile(r"(\d(?:\.\d+)?)e([-+])0?(\d+)")


def qualify_page(record: Row) -> str:
    """Write the page; the same JSON gives the same text.

    Parameters
    ----------
    record
        Content of ``qualify.json``.
    """
    sections: Sequence[Row] = record["sections"]
    counts = ", ".join(f"{record['counts'][status]} {status}" for status in _ORDER if status in record["counts"])
    few = record["patients"]
    mode = "quick run" if record["quick"] else "full run"
    body = [_overview(sections, record["took"]), *(_section(one, record["took"]) for one in sections)]
    return document(
        "qualify.html",
        "Credibility report",
        version=text(record["bimodal"]),
        mode=text(f"{mode}, at most {few} virtual patients in an arm" if few else mode),
        seed=text(record["seed"]),
        heading=text(_sentence(record["heading"])),
        lead=text(f"{len(sections)} sections: {counts}. A section that was not run never counts as passed."),
        use=text(record["intended_use"]),
        sections=_unbroken("\n".join(body)),
    )


def _unbroken(html: str) -> str:
    """Keep powers of ten in one line: a browser may break them after the sign of the exponent."""
    return _TEXT.sub(lambda found: _POWER.sub(r'<span class="unbroken">\1e\2\3</span>', found[0]), html)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + "."


def _overview(sections: Sequence[Row], took: Mapping[str, Row]) -> str:
    rows: list[list[str]] = []
    for one in sorted(sections, key=lambda one: _ORDER.index(one["status"])):
        link = f'<a href="#{text(one["id"])}">{text(one["title"])}</a>'
        small = f'<span class="detail">{text(one["said"])}</span>'
        met = f"{one['met']} of {one['of']}" if one["of"] else ""
        rows.append([_status(one), f'<th scope="row" class="what">{link}{small}</th>', cell(met, kind="number")])
    heads = [("status", ""), ("section and result", "what"), ("goals met", "number")]
    spent = sum(times.get("cpu_s", 0.0) for times in took.values())
    foot = f"All sections together took {number(spent / 60.0)} minutes of processor time."
    return f"<section>\n<h2>Overview</h2>\n{table(heads, rows)}\n{paragraph(foot, 'soft')}\n</section>"


def _status(row: Row) -> str:
    status = row["status"]
    return cell("" if status == "shown" else status, kind=f"status {_CLASSES.get(status, '')}".strip())


def _section(one: Row, took: Mapping[str, Row]) -> str:
    times = took.get(one["id"], {})
    met = f"{one['met']} of {one['of']} goals met" if one["of"] else ""
    when = f"computed {times['date']}, {number(times['cpu_s'])} s of processor time" if times else ""
    line = " · ".join(part for part in (one["status"], met, when) if part)
    figures: Sequence[Row] = one["figures"]
    draw = _assessed if one["id"] == _ASSESSMENT else _tables
    parts = [
        f'<h2 id="{text(one["id"])}">{text(one["title"])}</h2>',
        paragraph(line, f"soft {_CLASSES.get(one['status'], '')}".strip()),
        paragraph(one["said"]),
        items(one["notes"]),
        *draw(figures),
        f'<p class="soft">Again: <code>bimodal qualify --only {text(one["id"])}</code></p>',
    ]
    return "<section>\n" + "\n".join(part for part in parts if part) + "\n</section>"


def _tables(figures: Sequence[Row]) -> Iterable[str]:
    groups: dict[str, list[Row]] = {}
    for figure in figures:
        groups.setdefault(figure.get("group", ""), []).append(figure)
    for group, rows in groups.items():
        rows.sort(key=lambda row: _ORDER.index(row["status"]))
        first = [row for row in rows if row["status"] in ("failed", "missed", "not run")]
        if len(rows) <= _LONG:
            yield _table(group, rows)
            continue
        if first:
            yield _table(f"{group}: {len(first)} of {len(rows)}, not met or not run", first)
        rest = rows[len(first) :]
        yield f"<details><summary>{text(group)}: the other {len(rest)}</summary>\n{_table('', rest)}\n</details>"


def _table(caption: str, figures: Sequence[Row]) -> str:
    """Write figures with the columns that any of them has something in."""
    judged = any(row["status"] != "shown" for row in figures)
    against = any("reference" in row for row in figures)
    goals = any("goal" in row for row in figures)
    words = all(isinstance(row["value"], str) for row in figures)
    heads = [("what", "what"), ("value", "" if words else "number")]
    if judged:
        heads.insert(0, ("status", ""))
    heads += [("set against", "number")] if against else []
    heads += [("asked for", "")] if goals else []
    rows: list[list[str]] = []
    for row in figures:
        detail = " · ".join(part for part in (row.get("note", ""), row.get("age", "")) if part)
        cells = [_status(row)] if judged else []
        cells += [cell(row["what"], kind="what", detail=detail), _value(row, words=words)]
        cells += [cell(_plain(row.get("reference")), kind="number against")] if against else []
        rows.append([*cells, *([cell(row.get("goal", ""), kind="goal")] if goals else [])])
    return f'<div class="figures">{table(heads, rows, caption)}</div>'


def _value(row: Row, *, words: bool) -> str:
    value = row["value"]
    if isinstance(value, str):
        return cell(value, kind="words" if words or len(value) > _SHORT else "number")
    low, high = row.get("lower"), row.get("upper")
    span = "" if low is None or high is None else f"{number(low)} to {number(high)}"
    return cell(f"{number(value)} {unit_text(row.get('unit'))}".strip(), kind="number", detail=span)


def _plain(value: object) -> str:
    return "" if value is None else value if isinstance(value, str) else number(value)  # type: ignore[arg-type]


def _assessed(figures: Sequence[Row]) -> Iterable[str]:
    """Write the assessment of each study as questions and answers."""
    yield _table("completeness", [row for row in figures if row["status"] != "shown"])
    for row in figures:
        if row["status"] == "shown":
            pairs = [line.partition(": ")[::2] for line in row["note"].split("\n")]
            lines = "".join(f"<dt>{text(name)}</dt><dd>{text(words)}</dd>" for name, words in pairs)
            head = f"<strong>{text(row['id'])}</strong> {text(pairs[0][1])}"
            yield f"<details><summary>{head}</summary>\n<dl>{lines}</dl>\n</details>"
