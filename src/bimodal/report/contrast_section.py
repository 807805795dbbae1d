"""The section of the report page that sets arms against each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bimodal.report.labels import observable_label
from bimodal.report.markup import cell, paragraph, section, table
from bimodal.report.source import ResultSource
from bimodal.report.text import clean, number, unit_text
from bimodal.report.whom import of_whom
from bimodal.study.contrast.ranking import Ranking, rank

_MOST = 20
Row = Mapping[str, Any]


def contrast_section(result: ResultSource) -> str:
    """Show what differs between arms, the largest difference first, or nothing for a study that compares none.

    Examples
    --------
    >>> class OneArm:
    ...     summary = {"arms": [{"name": "a"}]}
    >>> contrast_section(OneArm())
    ''
    """
    found = result.summary.get("contrasts", ())
    parts = [part for contrast in found for part in _contrast(result, contrast)]
    note = "" if not found else f"{found[0]['rule'][:1].upper()}{found[0]['rule'][1:]}."
    return section("Arms compared", *parts, paragraph(note, "soft")) if found else ""


def _contrast(result: ResultSource, found: Mapping[str, Any]) -> list[str]:
    ranked = rank(found["endpoints"])
    shown, first, second = ranked.differ[:_MOST], *found["arms"]
    heads = [("endpoint", ""), ("day", "number"), ("A", "number"), ("B", "number"), ("A against B, 95 %", "")]
    heads += [(of_whom(result.summary, "5 to 95 % of people"), ""), ("A higher", "number")]
    rows = [_row(result, row) for row in shown]
    lead = f"A is {clean(first)}, B is {clean(second)}: {of_whom(result.summary, _people(found))}."
    return [
        paragraph(lead),
        table(heads, rows) if rows else "",
        _above(result, ranked.rows),
        paragraph(_others(result, ranked)),
    ]


def _people(found: Mapping[str, Any]) -> str:
    who = (
        f"the same {number(found['n'], 12)} virtual patients in both"
        if found["paired"]
        else f"{number(found['n'], 12)} virtual patients in each, {found['note']}"
    )
    if "effective_n" in found:
        who += f", weighted (effective sample size {number(found['effective_n'])})"
    lost = [f"{count} failed in {arm}" for count, arm in zip(found["failed"], "AB", strict=True) if count]
    return f"{who}; left out {found['dropped']} ({', '.join(lost)})" if lost else who


def _others(result: ResultSource, ranked: Ranking) -> str:
    if not ranked.judged:
        return "Too few patients for an interval (it takes 6): nothing says which endpoints differ."
    count = len(ranked.differ)
    said = [f"{count or 'None'} of {len(ranked.rows)} endpoints differ" + (f", {_MOST} shown" if count > _MOST else "")]
    for rows, words in ((ranked.alike, "without a difference"), (ranked.unknown, "cannot be judged")):
        names = [
            observable_label(result, row["id"]) + (f" on day {number(row['day'])}" if row["day"] is not None else "")
            for row in rows
        ]
        if names:
            more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
            said.append(f"{len(names)} {words}: {'; '.join(names[:_MOST])}{more}")
    return ". ".join(said) + "."


def _row(result: ResultSource, row: Row) -> list[str]:
    percent = row["statistic"] == "proportion"
    unit = "" if percent else unit_text("" if row["unit"] == "not given" else row["unit"])
    change = row[row["measure"]]
    between = change["people_lower"] is not None
    known = change["lower"] is not None
    ends = _moved(row, None, change["lower"], change["upper"], unit) if known else "no interval"
    phase = f"not the same phase of dosing: {row['phase']}" if row["phase"] else ""
    notes = [part for part in (phase, row["note"]) if part]
    return [
        cell(observable_label(result, row["id"]), head=True, detail="; ".join(notes)),
        cell("" if row["day"] is None else number(row["day"]), kind="number"),
        *(cell(_value(row[side], percent, unit), kind="number") for side in ("first", "second")),
        cell(_moved(row, change["value"], None, None, unit), detail=f"{ends}, {change['statistic']}"),
        cell(_moved(row, None, change["people_lower"], change["people_upper"], unit) if between else "–"),
        cell("–" if row["higher"] is None else f"{100.0 * row['higher']:.0f} %", kind="number"),
    ]


def _value(value: float, percent: bool, unit: str) -> str:
    return f"{number(100.0 * value)} %" if percent else f"{number(value)} {unit}".strip()


def _moved(row: Row, value: float | None, lower: float | None, upper: float | None, unit: str) -> str:
    """Write a ratio (× 2.1) or a difference, or the ends of its interval; percent of a rate become points."""
    percent, ratio = row["statistic"] == "proportion", row["measure"] == "ratio"
    scaled = [None if end is None else (100.0 * end if percent else end) for end in (value, lower, upper)]
    text = f"{number(scaled[1])} to {number(scaled[2])}" if value is None else number(scaled[0])
    if ratio:
        return f"× {text}"
    return f"{'+' if (value or 0.0) > 0.0 else ''}{text} {'points' if percent else unit}".strip()


def _above(result: ResultSource, rows: Sequence[Row]) -> str:
    counted = [row for row in rows if row.get("above")]
    if not counted:
        return ""
    about = counted[0]["above"]
    limit = f"{number(about['threshold'])} {unit_text(about['unit'])}".strip()
    own = about["of"] != "value"
    heads = [("endpoint", ""), ("day", "number")]
    heads += [("patients", "number")] if own else [("A", "number"), ("B", "number"), ("A less B", "")]
    who = f"whose own {about['of']} is " if own else ""
    title = f"Patients {who}above {limit}"
    cells = [
        [
            cell(observable_label(result, row["id"]), head=True),
            cell("" if row["day"] is None else number(row["day"]), kind="number"),
            *_shares(row["above"], own=own),
        ]
        for row in counted
    ]
    return table(heads, cells, title)


def _shares(found: Row, *, own: bool) -> list[str]:
    names = ["share"] if own else ["first", "second", "difference"]
    share = [f"{number(100.0 * found[name])} %" for name in names]
    ends = f"{number(100.0 * found['lower'])} to {number(100.0 * found['upper'])}"
    if own:
        return [cell(share[0], kind="number", detail=f"95 % {ends}")]
    gain = f"{number(100.0 * found['difference'])} ({ends}) points"
    return [cell(share[0], kind="number"), cell(share[1], kind="number"), cell(gain)]
