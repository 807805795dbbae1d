"""Tolerance ladder: rung after rung against a run at 1e-11."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from bimodal.engine import Settings
from bimodal.qualify.bodies import REGIMENS, bodies, largest_errors
from bimodal.qualify.figure import Figure, within
from bimodal.qualify.request import Work
from bimodal.qualify.section import Section

RUNGS = (1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9)
_TRUTH = 1e-11
_USUAL = 1e-6
_MODELS = ("human", "human_oncology")


def compute(work: Work) -> Section:
    """Climb the ladder for the median person of each model on each regimen."""
    models = _MODELS[:1] if work.quick else _MODELS
    cases = [(model, *case) for model in models for case in REGIMENS.items()]
    figures: list[Figure] = []
    usual: list[tuple[float, str]] = []
    over: set[str] = set()
    for model, name, (regimen, cohort) in work.each(cases, lambda case: f"{case[0]}, {case[1]}"):
        person = bodies(model, regimen, cohort)
        names = person.system.output_ids
        right = person.run(settings=Settings(rtol=_TRUTH)).values[0]
        own = f"{model}-{name.replace(' ', '-')}"
        group = f"{model}, {name}: {regimen}"
        largest: list[float] = []
        for rung in RUNGS:
            errors = largest_errors(person.run(settings=Settings(rtol=rung)).values[0], right)
            largest.append(float(errors.max()))
            beyond = [names[k] for k in np.argsort(-errors) if errors[k] > rung]
            over.update(beyond)
            figures.append(
                within(
                    largest[-1],
                    rung,
                    id=f"{own}-{rung:g}",
                    what=f"at {rung:g}: largest error of {len(names)} observables, of its largest value",
                    group=group,
                    note=f"beyond it: {', '.join(beyond)}" if beyond else "",
                )
            )
            if rung == _USUAL:
                usual.append((largest[-1], f"{names[int(np.argmax(errors))]} of {model}, {name}"))
        falls = all(tight < loose for loose, tight in pairwise(largest))
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
    worst, where = max(usual)
    said = (
        f"At the tolerance of a study, {_USUAL:g}, no observable of the median person is off by more than {worst:.1e} "
        f"of its largest value ({where}), against the same engine at {_TRUTH:g}."
    )
    if over:
        said += f" Off by more than the tolerance on some rung: {', '.join(sorted(over))}; all others stay within it."
    notes = [
        "The ladder shows that the solver converges; that it converges to the right answer is what the closed forms "
        "and other solvers show.",
        "The tolerance bounds the error of a step, not of a course. The toxicity index is driven by a small difference "
        "of two nearly equal activities, and its hazard is its sixth power: both enlarge what a step leaves.",
        *([f"Quick: only the model {models[0]}."] if work.quick else []),
    ]
    return Section.judged("tolerance", "Tolerance ladder", said, figures, notes)
