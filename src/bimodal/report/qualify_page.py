"""The credibility report: one page drawn from ``qualify.json`` alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bimodal.report.document import document
from bimodal.report.markup import cell, items, paragraph, table, text
from bimodal.report.text import number, unit_text

#: Misses first.
_ORDER = ("failed", "missed", "not run", "passed", "shown")
_CLASSES = {"failed": "outside", "missed": "outside", "passed": "inside"}
_ASSESSMENT = "assessment"


def qualify_page(record: Mapping[str, Any]) -> str:
    """Write the page; the same JSON gives the same text.

    Parameters
    ----------
    record
        Content of ``qualify.json``.
    """
    sections: Sequence[Mapping[str, Any]] = record["sections"]
    counts = ", ".join(f"{record['counts'][status]} {status}" for status in _ORDER if status in record["counts"])
    few = record["patients"]
    mode = ("quick run" if record["quick"] else "full run") + (
        f", at most {few} virtual patients in an arm" if few else ""
    )
    return document(
        "qualify.html",
        "Credibility report",
        version=text(record["bimodal"]),
        mode=text(mode),
        seed=text(record["seed"]),
        heading=text(_sentence(record["heading"])),
        lead=text(f"{len(sections)} sections: {counts}. A section that was not run never counts as passed."),
        use=text(record["intended_use"]),
        sections="\n".join([_overview(sections, record["took"]), *(_section(one, record["took"]) for one in sections)]),
    )


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + "."


def _overview(sections: Sequence[Mapping[str, Any]], took: Mapping[str, Any]) -> str:
    rows: list[list[str]] = []
    for one in sorted(sections, key=lambda one: _ORDER.index(one["status"])):
        name = f'<th scope="row"><a href="#{text(one["id"])}">{text(one["title"])}</a></th>'
        met = f"{one['met']} of {one['of']}" if one["of"] else ""
        rows.append([_verdict(one["status"]), name, cell(met, kind="number"), cell(one["said"])])
    heads = [("status", ""), ("section", ""), ("goals met", "number"), ("result", "")]
    spent = sum(times.get("cpu_s", 0.0) for times in took.values())
    foot = f"All sections together took {number(spent / 60.0)} minutes of processor time."
    return f"<section>\n<h2>Overview</h2>\n{table(heads, rows)}\n{paragraph(foot, 'soft')}\n</section>"


def _verdict(status: str) -> str:
    return cell("" if status == "shown" else status, kind=f"verdict {_CLASSES.get(status, '')}".strip())


def _section(one: Mapping[str, Any], took: Mapping[str, Any]) -> str:
    times = took.get(one["id"], {})
    when = f"computed {times['date']}, {number(times['cpu_s'])} s of processor time" if times else ""
    line = " · ".join(
        part for part in (one["status"], f"{one['met']} of {one['of']} goals met" if one["of"] else "", when) if part
    )
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for figure in one["figures"]:
        groups.setdefault(figure.get("group", ""), []).append(figure)
    draw = _studies if one["id"] == _ASSESSMENT else _tables
    parts = [
        f'<h2 id="{text(one["id"])}">{text(one["title"])}</h2>',
        paragraph(line, f"soft {_CLASSES.get(one['status'], '')}".strip()),
        paragraph(one["said"]),
        items(one["notes"]),
        *draw(groups),
        paragraph(f"Again: {one['figures'][0]['command']}", "soft") if one["figures"] else "",
    ]
    return "<section>\n" + "\n".join(part for part in parts if part) + "\n</section>"


def _tables(groups: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterable[str]:
    for group, figures in groups.items():
        yield _table(group, sorted(figures, key=lambda row: _ORDER.index(row["status"])))


def _table(caption: str, figures: Sequence[Mapping[str, Any]]) -> str:
    """Write the figures of one group, with the columns that any of them has something in."""
    judged = any(row["status"] != "shown" for row in figures)
    goals = any("goal" in row for row in figures)
    against = any("reference" in row for row in figures)
    heads = [*([("status", "")] if judged else []), ("what", ""), ("value", "number")]
    heads += [*([("set against", "number")] if against else []), *([("asked for", "")] if goals else [])]
    rows: list[list[str]] = []
    for row in figures:
        value, span = row["value"], _interval(row)
        wide = isinstance(value, str)
        shown = value if wide else f"{number(value)} {unit_text(row.get('unit'))}".strip()
        detail = " · ".join(part for part in (row.get("note", ""), row.get("age", "")) if part)
        cells = [*([_verdict(row["status"])] if judged else []), cell(row["what"], detail=detail)]
        cells.append(cell(shown, kind="words" if wide else "number", detail=span))
        if against:
            reference = row.get("reference")
            cells.append(cell(reference if isinstance(reference, str) else number(reference), kind="number"))
        if goals:
            cells.append(cell(row.get("goal", "")))
        rows.append(cells)
    return table(heads, rows, caption)


def _interval(row: Mapping[str, Any]) -> str:
    if row.get("lower") is None or row.get("upper") is None:
        return ""
    return f"{number(row['lower'])} to {number(row['upper'])}"


def _studies(groups: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterable[str]:
    """Write the assessment of each study as questions and answers."""
    for group, figures in groups.items():
        first = figures[0]
        if first["status"] != "shown":
            yield _table(group, figures)
            continue
        pairs = [line.partition(": ")[::2] for line in first["note"].split("\n")]
        lines = "".join(f"<dt>{text(name)}</dt><dd>{text(words)}</dd>" for name, words in pairs)
        yield f'<h3 id="{_ASSESSMENT}-{text(group)}">{text(group)}</h3>\n<dl>{lines}</dl>'
