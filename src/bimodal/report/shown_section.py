"""What a study shows and what it does not, and which causes that may explain what was seen the model holds."""

from __future__ import annotations

from bimodal.report.markup import cell, paragraph, section, table
from bimodal.report.source import ResultSource
from bimodal.report.text import clean


def shown_section(result: ResultSource) -> str:
    """Write the words of a published study on itself, or nothing where it has none."""
    publication = getattr(result.spec, "publication", None)
    shows, not_shown = (clean(getattr(publication, name, "") or "") for name in ("shows", "does_not_show"))
    rivals = getattr(publication, "rivals", None) or {}
    notes = getattr(publication, "notes", None) or ()
    said = [clean(note) for note in ([notes] if isinstance(notes, str) else notes)]
    parts = [
        paragraph(f"Shows: {shows}") if shows else "",
        paragraph(f"Does not show: {not_shown}") if not_shown else "",
        *(paragraph(f"To know before comparing: {note}") for note in said),
    ]
    if rivals:
        rows = [[cell(cause), cell("in the model" if held else "not in the model")] for cause, held in rivals.items()]
        parts.append(table([("cause that may explain what was seen", ""), ("", "")], rows))
    return section("What this study shows, and what it does not", *parts)
