"""Coverage: how many observed values lie inside the 90 % interval that was predicted for them."""

from __future__ import annotations

from collections.abc import Sequence

from bimodal.evidence.wilson import wilson
from bimodal.predict.observed import Observation
from bimodal.predict.outcomes import prediction_outcomes
from bimodal.qualify.figure import Figure, FigureStatus
from bimodal.qualify.request import Work
from bimodal.qualify.section import Section

_TITLE = "Coverage of prediction intervals"
_LEVEL = 0.9
#: With so many, intervals that hold only 70 % of the values are found out three times in four; with 4, one time in
#: three.
_LEAST = 20


def compute(work: Work) -> Section:
    """Count registered predictions, all together and of blood and trial endpoints apart."""
    judged = [
        ("trials" if outcome.model.startswith("human_oncology") else "blood", outcome.prediction.id, one)
        for outcome in prediction_outcomes(None)
        for one in outcome.judged or ()
        if one.upper > one.lower
    ]
    if not judged:
        return Section.missing("coverage", _TITLE, "no registered prediction with an interval was opened")
    return section_of(judged)


def section_of(judged: Sequence[tuple[str, str, Observation]]) -> Section:
    """Judge the share inside of values given as (kind, prediction, value)."""
    figures: list[Figure] = []
    for name, kinds in (("all", {"trials", "blood"}), ("blood", {"blood"}), ("trials", {"trials"})):
        rows = [(own, one) for kind, own, one in judged if kind in kinds]
        if not rows:
            continue
        inside = sum(one.inside for _, one in rows)
        low, high = wilson(inside, len(rows))
        status: FigureStatus = "shown"
        if name == "all":
            met = low <= _LEVEL <= high
            status = "not run" if len(rows) < _LEAST else "passed" if met else "missed"
        count = len({own for own, _ in rows})
        figures.append(
            Figure(
                id=name,
                value=inside / len(rows),
                lower=low,
                upper=high,
                interval="95 %, Wilson",
                what=f"{name}: {inside} of {len(rows)} observed values of {count} predictions",
                status=status,
                goal=f"{_LEVEL:g} inside the interval of the share" if name == "all" else "",
            )
        )
    first = figures[0]
    assert isinstance(first.value, float)
    share = f"{first.value:.0%} ({first.lower:.0%} to {first.upper:.0%})"
    said = f"{first.what.partition(': ')[2]} lie inside their 90 % interval: {share}."
    if first.status == "not run":
        said = f"not run: {_LEAST} observed values with an interval are needed to judge it; {said}"
    notes = [
        "Values of one study are not independent, so the interval of the share is too narrow.",
        "Most intervals hold variability between patients and chance, not uncertainty of parameters; a coverage below "
        "90 % says that this is not enough.",
    ]
    return Section.judged("coverage", _TITLE, said, figures, notes)
