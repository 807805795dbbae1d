"""Registered predictions: what was predicted before the data were seen, and what came of it."""

from __future__ import annotations

from bimodal.predict.observed import Observation
from bimodal.predict.outcomes import Outcome, prediction_outcomes
from bimodal.qualify.figure import Figure
from bimodal.qualify.request import Work
from bimodal.qualify.section import Section

_TITLE = "Registered predictions"


def compute(work: Work) -> Section:
    """List each observed value beside its prediction, misses first, then what has not been opened."""
    outcomes = prediction_outcomes(None)
    figures = [_figure(each, place, one) for each in outcomes for place, one in enumerate(each.judged or (), 1)]
    figures.sort(key=lambda row: row.status != "missed")
    waiting = [outcome for outcome in outcomes if outcome.judged is None]
    figures += [
        Figure(
            id=outcome.prediction.id,
            what=f"{outcome.prediction.name}: registered {outcome.prediction.date}",
            value="not opened",
            group="not opened",
            age=_age(outcome),
        )
        for outcome in waiting
    ]
    inside = sum(row.status == "passed" for row in figures)
    said = (
        f"{len(outcomes)} predictions are registered and unchanged; {len(outcomes) - len(waiting)} were opened: "
        f"{inside} of {len(figures) - len(waiting)} observed values inside. {len(waiting)} wait for data."
    )
    notes = [
        "A prediction is judged as it was registered, with the model of that day.",
        "Each is one file with its own fingerprint; a changed one is refused (bimodal predict list).",
    ]
    return Section.judged("predictions", _TITLE, said, figures, notes)


def _figure(outcome: Outcome, place: int, one: Observation) -> Figure:
    day = "" if one.day is None else f", day {one.day:g}"
    ends = (one.lower, one.upper) if one.upper > one.lower else (None, None)
    return Figure(
        id=f"{outcome.prediction.id}-{place}",
        what=f"{outcome.prediction.name}, {one.arm}: {one.statistic} {one.endpoint}{day}"
        + (f", n = {one.n}" if one.n else ""),
        value=one.value,
        unit=one.unit,
        status="passed" if one.inside else "missed",
        goal=one.rule,
        reference=one.predicted,
        lower=ends[0],
        upper=ends[1],
        interval="" if ends[0] is None else "90 % of such statistics, predicted",
        group="opened",
        note=one.source,
        command=f"bimodal predict open {outcome.prediction.id}",
        age=_age(outcome),
    )


def _age(outcome: Outcome) -> str:
    later = "" if outcome.same_mathematics else "; the mathematics of the model has changed since"
    return f"registered {outcome.prediction.date} with bimodal {outcome.prediction.bimodal}{later}"
