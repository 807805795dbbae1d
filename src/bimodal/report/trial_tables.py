"""Tables of a trial in words, for the report and the terminal: curves compared, and toxicity by grade."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bimodal.report.markup import cell, paragraph, section, table
from bimodal.report.source import ResultSource

Summary = Mapping[str, Any]
SURVIVAL_HEADS = (
    "arms",
    "time to",
    "events",
    "log-rank p",
    "hazard ratio, 95 %",
    "restricted mean, months",
    "difference, 95 %",
)
TOXICITY_HEADS = ("arm", "toxicity", "patients", "worst grade 0 / 1 / 2 / 3 / 4", "grade 3 or 4, or limiting", "95 %")
_MARK = "–"


def survival_rows(summary: Summary) -> list[list[str]]:
    """Write what a study found of curves set against each other, one row for each pair of arms and curve.

    Examples
    --------
    >>> survival_rows({"arms": []})
    []
    """
    return [
        [
            " against ".join(found["arms"]),
            row["id"],
            _events(row),
            _MARK if row["logrank"] is None else f"{row['logrank']['p']:.2g}",
            _interval(row["cox"]),
            _means(row["rmst"]),
            _difference(row["rmst"]),
        ]
        for found in summary.get("contrasts", ())
        for row in found.get("survival", ())
    ]


def _events(row: Mapping[str, Any]) -> str:
    said = [f"{k} of {n}" for k, n in zip(row["events"], row["n"], strict=True)]
    if "effective_n" in row:
        said = [f"{own} ({worth:.0f} effective)" for own, worth in zip(said, row["effective_n"], strict=True)]
    return " against ".join(said)


def toxicity_rows(summary: Summary) -> list[list[str]]:
    """Write the table of toxicity of every arm that has one, a row for each term.

    Examples
    --------
    >>> toxicity_rows({"arms": [{"name": "a"}]})
    []
    """
    return [
        [
            arm["name"],
            row["type"],
            str(row["n"]),
            _grades(row),
            _MARK if row["share"] is None else _share(row),
            _MARK if row["lower"] is None else f"{100 * row['lower']:.1f} to {100 * row['upper']:.1f} %",
        ]
        for arm in summary.get("arms", ())
        for row in arm.get("toxicity", ())
    ]


def _grades(row: Mapping[str, Any]) -> str:
    if row["worst_grade"] is None:
        return _MARK
    if "worst_grade_shares" in row:
        return " / ".join(f"{100 * share:.0f} %" for share in row["worst_grade_shares"])
    return " / ".join(map(str, row["worst_grade"]))


def _share(row: Mapping[str, Any]) -> str:
    if "effective_n" in row:
        return f"{100 * row['share']:.1f} % of {row['effective_n']:.0f} effective"
    return f"{row['count']} ({100 * row['share']:.1f} %)"


def trial_tables(result: ResultSource) -> str:
    """Show both tables in a report, or nothing for a study that asks for neither.

    Examples
    --------
    >>> class Plain:
    ...     summary = {"arms": [{"name": "a"}]}
    >>> trial_tables(Plain())
    ''
    """
    return _shown("Curves compared", SURVIVAL_HEADS, survival_rows(result.summary), *_rules(result.summary)) + _shown(
        "Toxicity", TOXICITY_HEADS, toxicity_rows(result.summary), *_criteria(result.summary)
    )


def _shown(title: str, heads: tuple[str, ...], rows: list[list[str]], *notes: str) -> str:
    if not rows:
        return ""
    cells = [[cell(row[0], head=True), *(cell(text) for text in row[1:])] for row in rows]
    return section(title, table([(head, "") for head in heads], cells), *(paragraph(note, "soft") for note in notes))


def _rules(summary: Summary) -> list[str]:
    rows = [row for found in summary.get("contrasts", ()) for row in found.get("survival", ())]
    notes = [row["note"] for row in rows] + [
        (row[key] or {}).get("note", "") for row in rows for key in ("cox", "rmst")
    ]
    return [note for note in dict.fromkeys([*(row["rule"] for row in rows), *notes]) if note]


def _criteria(summary: Summary) -> list[str]:
    said = {row["type"]: row["criterion"] for arm in summary.get("arms", ()) for row in arm.get("toxicity", ())}
    return [*dict.fromkeys(f"{'dlt' if kind == 'dlt' else 'Terms'}: {rule}." for kind, rule in said.items())]


def _interval(found: Mapping[str, Any] | None) -> str:
    if found is None or found["value"] is None:
        return _MARK
    return f"{found['value']:.3g} ({found['lower']:.3g} to {found['upper']:.3g})"


def _means(found: Mapping[str, Any] | None) -> str:
    if found is None or found["first"] is None:
        return _MARK
    return f"{found['first']:.3g} against {found['second']:.3g} of {found['months']:.3g}"


def _difference(found: Mapping[str, Any] | None) -> str:
    if found is None or found["difference"] is None:
        return _MARK
    return f"{found['difference']:+.3g} ({found['lower']:+.3g} to {found['upper']:+.3g})"
