"""Assessment: for each study its question, context of use, influence, consequence, evidence and limits."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from bimodal.evidence import list_studies, study_roles
from bimodal.qualify.assessment import load_assessments
from bimodal.qualify.figure import Figure, none
from bimodal.qualify.qualification import HEADING
from bimodal.qualify.registry import section_ids
from bimodal.qualify.request import Work
from bimodal.qualify.section import Section


def compute(work: Work) -> Section:
    """Fill the table of every study with what the other sections gave."""
    table, roles = load_assessments(), study_roles()
    names = list_studies()
    lacking = [name for name in names if name not in table]
    unknown = sorted(set(table) - set(names))
    sections = sorted({one for row in table.values() for one in row.evidence} - set(section_ids()))
    judged = [
        none(lacking, id="without-assessment", what="built-in studies without an assessment", unit="studies"),
        none(unknown, id="without-study", what="assessments of no built-in study", unit="studies"),
        none(sections, id="without-section", what="evidence that is no section of this report", unit="sections"),
    ]
    judged = [replace(row, group="completeness") for row in judged]
    rows: defaultdict[str, list[Figure]] = defaultdict(list)
    for row in _targets(work):
        rows[row.command.split()[2]].append(row)
    figures: list[Figure] = []
    for name in names:
        if name not in table:
            continue
        one = table[name]
        inside = sum(row.status == "passed" for row in rows[name])
        scored = sum(row.counts for row in rows[name])
        outside = [row.id for row in rows[name] if row.status == "missed"]
        misses = f" (outside: {', '.join(outside)})" if outside else ""
        figures.append(
            Figure(
                id=name,
                group=name,
                what="targets inside, of those scored",
                value=f"{inside} of {scored}",
                note="\n".join(
                    (
                        f"question of interest: {one.question}",
                        f"context of use: {one.context}",
                        f"model influence: {one.influence}",
                        f"consequence of a wrong decision: {one.consequence}",
                        f"evidence: {roles.get(name, 'context')} study, {inside} of {scored} scored targets inside"
                        f"{misses}; sections {', '.join(one.evidence)}",
                        f"limits: {one.limits}",
                    )
                ),
            )
        )
    said = f"{len(figures)} of {len(names)} built-in studies are assessed. This is {HEADING}."
    notes = [
        "The shape follows ICH M15 and ASME V&V 40; the levels are ours, of no authority, and nobody outside this "
        "project has reviewed them.",
    ]
    return Section.judged("assessment", "Assessment", said, [*judged, *figures], notes)


def _targets(work: Work) -> tuple[Figure, ...]:
    studies = work.done.get("studies")
    return () if studies is None else tuple(row for row in studies.figures if row.command.startswith("bimodal run "))
