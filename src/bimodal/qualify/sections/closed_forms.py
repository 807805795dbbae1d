"""Closed forms: small models against their formulas, at the tolerance of a study and at a tight one."""

from __future__ import annotations

from bimodal.engine import Settings
from bimodal.qualify.figure import within
from bimodal.qualify.request import Work
from bimodal.qualify.section import Section
from bimodal.qualify.toys import TOYS

_LADDER = (("usual", 1e-6, 1e-5), ("tight", 1e-10, 1e-8))


def compute(work: Work) -> Section:
    """Solve each small model twice and judge its largest error."""
    figures = []
    for toy in work.each(TOYS, lambda one: one.what):
        for name, rtol, most in _LADDER:
            figures.append(
                within(
                    toy.error(Settings(rtol=rtol)),
                    most,
                    id=f"{toy.id}-{name}",
                    what=f"{toy.what}: largest error, of the largest value",
                    group=f"at a relative tolerance of {rtol:g}",
                    note="" if toy.source == "textbook" else f"formula: {toy.source}",
                )
            )
    figures.sort(key=lambda row: row.group, reverse=True)
    worst = max(float(row.value or 0.0) for row in figures if row.id.endswith("usual"))
    met = sum(row.status == "passed" for row in figures)
    said = (
        f"{len(TOYS)} small models, each at two tolerances: {met} of {len(figures)} within their goal; the largest "
        f"error at the tolerance of a study is {worst:.1e} of the largest value."
    )
    return Section.judged("closed-forms", "Closed forms", said, figures)
