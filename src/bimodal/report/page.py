"""The report page: one HTML text that needs nothing from outside itself."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping

from bimodal import INTENDED_USE
from bimodal.report.contrast_section import contrast_section
from bimodal.report.cycle_section import cycle_section
from bimodal.report.design_section import design_section
from bimodal.report.document import document
from bimodal.report.failures_section import failures_section
from bimodal.report.figures.catalogue import Entry
from bimodal.report.live import LivePanel, live_section
from bimodal.report.markup import section, text
from bimodal.report.rules_section import rules_section
from bimodal.report.sections import (
    arms_section,
    context_section,
    endpoints_section,
    glance_section,
    headline,
    parameters_section,
    provenance_section,
    publication_line,
    warnings_section,
)
from bimodal.report.shown_section import shown_section
from bimodal.report.source import ResultSource
from bimodal.report.trial_section import trial_section
from bimodal.report.trial_tables import trial_tables
from bimodal.report.weights_section import weights_section
from bimodal.report.whom import of_whom, weighted_as

_WEIGHTED = (
    " Of the weighted population: percentiles, shares and curves are weighted, and where single patients are drawn, "
    "they are drawn in proportion to their weights and a heavy one more than once."
)


def page(result: ResultSource, figures: Mapping[Entry, bytes], live: LivePanel | None = None) -> str:
    """Write the whole report of a study.

    ``figures`` are SVG, in the order in which they are shown. The same result gives the same text.
    """
    sections = [
        cycle_section(result),
        arms_section(result),
        weights_section(result),
        contrast_section(result),
        design_section(result),
        failures_section(result.summary.get("arms", ())),
        rules_section(result),
        glance_section(result),
        shown_section(result),
        warnings_section(result),
        live_section(live),
        trial_section(result),
        trial_tables(result),
        section(
            "Figures",
            *(_figure(result, number, entry, svg) for number, (entry, svg) in enumerate(figures.items(), 1)),
        ),
        endpoints_section(result),
        context_section(result),
        parameters_section(result),
        provenance_section(result),
    ]
    study = text(result.summary.get("study", ""))
    return document(
        "report.html",
        study,
        version=text(result.summary.get("bimodal", "")),
        study=study,
        seed=text(result.summary.get("seed", "")),
        publication=publication_line(result),
        lead=headline(result),
        use=text(INTENDED_USE),
        live=live,
        sections="\n".join(part for part in sections if part),
    )


def _figure(result: ResultSource, number: int, entry: Entry, svg: bytes) -> str:
    # As an image and not inline: no script in it could run, and ids of two figures cannot meet.
    picture = f"data:image/svg+xml;base64,{b64encode(svg).decode('ascii')}"
    caption = of_whom(result.summary, entry.caption)
    if weighted_as(result.summary) and entry.name != "weights":
        caption += _WEIGHTED
    return (
        f'<figure id="{entry.name}">\n<img alt="{text(entry.title)}" src="{picture}">\n'
        f"<figcaption><strong>Figure {number}. {text(entry.title)}.</strong> {text(caption)}</figcaption>\n"
        "</figure>"
    )
