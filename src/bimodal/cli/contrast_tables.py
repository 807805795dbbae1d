"""What ``bimodal run`` prints first of a study that compares arms: the endpoints that differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

from bimodal.cli.console import out, table
from bimodal.study.contrast.ranking import Ranking, rank

_MOST = 10
_NAMES = 6
Row = Mapping[str, Any]


def print_contrasts(summary: Mapping[str, Any], *, long: bool) -> bool:
    """Print each contrast: the endpoints that differ, the largest difference first, or (`long`) all of them.

    Returns
    -------
    bool
        Whether any number was printed.
    """
    answered = [_print(found, long=long, who=_who(summary)) for found in summary.get("contrasts", ())]
    return any(answered)


def _who(summary: Mapping[str, Any]) -> tuple[str, str]:
    """Name one of those a run is of, and several."""
    from bimodal.report.whom import are_sets

    return ("parameter set", "parameter sets") if are_sets(summary) else ("person", "people")


def _print(found: Mapping[str, Any], *, long: bool, who: tuple[str, str]) -> bool:
    console = out()
    first, second = found["arms"]
    console.print(Text("Arms compared: A against B", "bold"))
    console.print(f"A  {first}\nB  {second}", markup=False)
    console.print(_people(found, who), style="dim", markup=False)
    console.print("change: x is A over B, + and - are A minus B", style="dim", markup=False)
    console.print("")
    ranked = rank(found["endpoints"])
    shown = ranked.rows if long else ranked.differ[:_MOST]
    if shown:
        middle = ["change", "95 %", f"5-95 % of {who[1]}"] if long else ["A", "B", "change", "95 %"]
        columns = ["endpoint", "day", *middle, "A > B"]
        right = [1, 5] if long else [1, 2, 3, 6]
        console.print(table("", columns, [_cells(row, long=long) for row in shown], right=right))
        console.print("")
    for line in _said(ranked, shown):
        console.print(line, markup=False)
    _print_above(ranked.rows)
    console.print("")
    return bool(shown)


def _people(found: Mapping[str, Any], names: tuple[str, str]) -> str:
    people = f"{found['n']:,} {names[found['n'] != 1]}"
    who = f"the same {people} in both arms" if found["paired"] else f"{people} in each arm, {found['note']}"
    if "effective_n" in found:
        who += f", weighted: effective sample size {found['effective_n']:.1f}"
    lost = [f"{count} failed in {arm}" for count, arm in zip(found["failed"], "AB", strict=True) if count]
    return f"{who}; left out: {found['dropped']} ({', '.join(lost)})" if lost else who


def _said(ranked: Ranking, shown: Sequence[Row]) -> list[str]:
    differ, alike, unknown = ranked.differ, ranked.alike, ranked.unknown
    if not ranked.judged:
        lines = ["Too few people for an interval: it takes 6. Nothing says which endpoints differ."]
    elif differ:
        lines = [
            f"{len(differ)} of {len(ranked.rows)} differ (95 % interval excludes no difference), the largest first"
            + ("; those marked * last." if any(row["phase"] for row in differ) else ".")
        ]
    else:
        lines = ["No endpoint differs by more than its 95 % interval."]
    if len(shown) < len(differ):
        lines.append(f"Not shown: {len(differ) - len(shown)} smaller.")
    if alike:
        lines.append(f"{len(alike)} {'does' if len(alike) == 1 else 'do'} not differ: {_named(alike)}.")
    if unknown:
        lines.append(f"{len(unknown)} cannot be judged: {_named(unknown)}.")
    phases = {row["day"]: row["phase"] for row in shown if row["phase"]}
    if phases:
        lines.append("*  not the same phase of dosing:")
    return [*lines, *(f"   {phases[day]}" for day in sorted(phases))]


def _named(rows: Sequence[Row]) -> str:
    days: dict[str, list[float]] = {}
    for row in rows:
        days.setdefault(row["id"], []).extend([] if row["day"] is None else [row["day"]])
    names = [
        name + (f" (day {', '.join(f'{day:g}' for day in sorted(own))})" if own else "") for name, own in days.items()
    ]
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    return ", ".join(names[:_NAMES]) + more


def _cells(row: Row, *, long: bool) -> list[str]:
    unit = "" if row["unit"] in ("1", "not given") else f", {row['unit']}"
    day = ("" if row["day"] is None else f"{row['day']:g}") + ("*" if row["phase"] else "")
    percent = row["statistic"] == "proportion"
    sides = ["-" if row[side] is None else _number(row[side], percent=percent) for side in ("first", "second")]
    change = None if row["measure"] is None else row[row["measure"]]
    higher = "" if row["higher"] is None else f"{100.0 * row['higher']:.0f} %"
    if change is None:
        middle = ["-", "", ""]
    else:
        ends = [_between(row, change[f"{of}lower"], change[f"{of}upper"]) for of in ("", "people_")]
        middle = [_moved(row, change["value"], first=True), ends[0] or "no interval", ends[1]]
    return [f"{row['id']}{unit}", day, *(middle if long else [*sides, *middle[:2]]), higher]


def _between(row: Row, low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{_moved(row, low)} to {_moved(row, high)}"


def _moved(row: Row, value: float, *, first: bool = False) -> str:
    if row["measure"] == "ratio":
        return f"{'x ' if first else ''}{value:.3g}"
    percent = row["statistic"] == "proportion"
    return f"{100.0 * value if percent else value:+.3g}{' pts' if percent and first else ''}"


def _number(value: float, *, percent: bool) -> str:
    return f"{100.0 * value:.3g} %" if percent else f"{value:.3g}"


def _print_above(rows: Sequence[Row]) -> None:
    counted = [row for row in rows if row.get("above")]
    if not counted:
        return
    about = counted[0]["above"]
    limit = f"{about['threshold']:g}{'' if about['unit'] in ('1', 'not given') else ' ' + about['unit']}"
    if about["of"] == "value":
        title, columns = f"People above {limit}", ["endpoint", "day", "A", "B", "A - B", "95 %"]
    else:
        what = "A / B" if about["of"] == "ratio" else "A - B"
        title, columns = f"People whose own {what} is above {limit}", ["endpoint", "day", "people", "95 %"]
    out().print("")
    out().print(table(title, columns, [_above(row, row["above"]) for row in counted], right=range(1, len(columns) - 1)))


def _above(row: Row, found: Mapping[str, Any]) -> list[str]:
    day = "" if row["day"] is None else f"{row['day']:g}"
    own = found["of"] != "value"
    names = ["share"] if own else ["first", "second"]
    shares = [_number(found[name], percent=True) for name in names]
    gain = [] if own else [f"{100.0 * found['difference']:+.3g} pts"]
    low, high = (f"{100.0 * found[end]:{'' if own else '+'}.3g}" for end in ("lower", "upper"))
    return [row["id"], day, *shares, *gain, f"{low} to {high}{' %' if own else ''}"]
