"""Tolerance ladder: rung after rung against a run at 1e-11."""

from __future__ import annotations

from itertools import pairwise

from bimodal.engine import Settings
from bimodal.qualify.bodies import REGIMENS, bodies, largest_error
from bimodal.qualify.figure import Figure, within
from bimodal.qualify.request import Work
from bimodal.qualify.section import Section

RUNGS = (1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9)
_TRUTH = 1e-11
#: The tolerance is of a step; what is left at the end of a course may be so many times it.
_GLOBAL = 100.0
_MODELS = ("human", "human_oncology")


def compute(work: Work) -> Section:
    """Climb the ladder for the median person of each model on each regimen."""
    models = _MODELS[:1] if work.quick else _MODELS
    cases = [(model, *case) for model in models for case in REGIMENS.items()]
    figures: list[Figure] = []
    for place, (model, name, (regimen, cohort)) in enumerate(cases):
        work.tell(place, len(cases), f"{model}, {name}")
        person = bodies(model, regimen, cohort)
        right = person.run(settings=Settings(rtol=_TRUTH)).values[0]
        errors = [largest_error(person.run(settings=Settings(rtol=rung)).values[0], right) for rung in RUNGS]
        own = f"{model}-{name.replace(' ', '-')}"
        group = f"{model}, {name}: {regimen}"
        for rung, error in zip(RUNGS, errors, strict=True):
            what = f"at {rung:g}: largest error of any observable, of its largest value"
            figures.append(within(error, _GLOBAL * rung, id=f"{own}-{rung:g}", what=what, group=group))
        falls = all(tight < loose for loose, tight in pairwise(errors))
        figures.append(
            Figure(
                id=f"{own}-falls",
                what="every rung is closer than the one before",
                value="yes" if falls else "no",
                goal="yes",
                status="passed" if falls else "missed",
                group=group,
            )
        )
    usual = max(float(row.value or 0.0) for row in figures if row.id.endswith("-1e-06"))
    said = (
        f"At the tolerance of a study, 1e-6, no observable of the median person is off by more than {usual:.1e} of its "
        f"largest value, against the same engine at {_TRUTH:g}."
    )
    notes = [
        "The ladder shows that the solver converges; that it converges to the right answer is what the closed forms "
        "and other solvers show.",
        *([f"Quick: only the model {models[0]}."] if work.quick else []),
    ]
    return Section.judged("tolerance", "Tolerance ladder", said, figures, notes)
