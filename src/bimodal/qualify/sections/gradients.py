"""Gradients: derivatives against formulas, and against differences of runs at a tight tolerance."""

from __future__ import annotations

import numpy as np

from bimodal.engine import Settings, solve
from bimodal.engine.sensitivities import sensitivities
from bimodal.qualify.bodies import LOW, Array, Bodies, bodies
from bimodal.qualify.figure import Figure, within
from bimodal.qualify.request import Work
from bimodal.qualify.section import Section
from bimodal.qualify.toys import DOSE, KA, TOYS, K

_FORMULA_MOST, _DIFFERENCE_MOST = 1e-5, 1e-4
_CHANGE = 1e-4
_HUMAN = ("clearance", "k_out", "v_plasma", "sc_bioavailability", "treg_threshold", "treg_growth_max", "pstat5_rate",
          "internalisation", "cd8_growth_half", "nk_bright_count_rest")  # fmt: skip
#: Outputs that a parameter moves by less are noise in a difference of runs.
_LEAST = 1e-3


def _slopes(t: Array) -> dict[tuple[str, str], Array]:
    """Give derivatives of the small models in closed form."""
    slow, fast = np.exp(-K * t), np.exp(-KA * t)
    gap = KA - K
    top, rate = 5.0, 0.9
    y = top / (1.0 + (top / 0.01 - 1.0) * np.exp(-rate * t))
    return {
        ("bolus", "k"): -t * DOSE * slow,
        ("absorption", "k"): DOSE * KA * ((slow - fast) / gap**2 - t * slow / gap),
        ("absorption", "ka"): DOSE * (-K * (slow - fast) / gap**2 + KA * t * fast / gap),
        ("logistic", "r"): t * y * (1.0 - y / top),
    }


def compute(work: Work) -> Section:
    """Differentiate small models and the median person."""
    figures: list[Figure] = []
    small = {toy.id: toy for toy in TOYS}
    for name, parameter in _slopes(np.zeros(1)):
        toy = small[name]
        system, values, schedule = toy.system()
        found = sensitivities(system, [values], schedule, toy.at, wrt=[parameter])[toy.output, parameter][0]
        right = _slopes(toy.at)[name, parameter]
        error = float(np.max(np.abs(found - right)) / np.max(np.abs(right)))
        figures.append(
            within(
                error,
                _FORMULA_MOST,
                id=f"{name}-{parameter}",
                group="against formulas",
                what=f"{toy.what}, by {parameter}: largest error, of the largest derivative",
            )
        )
    work.tell(1, 2, "human")
    figures += _human(_HUMAN[:4] if work.quick else _HUMAN)
    worst = max(float(row.value or 0.0) for row in figures)
    said = (
        f"{len(figures)} sets of derivatives: largest error {worst:.1e} of the largest derivative of an output by that "
        f"parameter."
    )
    notes = [
        f"Differences of runs are two-sided, over {2 * _CHANGE:.0e} of the parameter at a tolerance of 1e-11; outputs "
        f"that move by less than {_LEAST:g} % per % are left out."
    ]
    return Section.judged("gradients", "Gradients", said, figures, notes)


def _human(names: tuple[str, ...]) -> list[Figure]:
    person = bodies("human", LOW, "healthy")
    system, schedule = person.system, person.schedule(person.system)
    found = sensitivities(system, person.inputs, schedule, person.times_h, wrt=names)
    places = [system.parameter_ids.index(name) for name in names]
    figures: list[Figure] = []
    for k, (name, place) in enumerate(zip(names, places, strict=True)):
        ends = []
        for side in (1.0, -1.0):
            moved = person.inputs.copy()
            moved[0, place] *= 1.0 + side * _CHANGE
            ends.append(_solved(person, moved))
        value = person.inputs[0, place]
        by_difference = (ends[0] - ends[1]) / (2.0 * _CHANGE * value)
        ours = found.derivatives[0, :, :, k]
        peak = np.abs(by_difference).max(axis=0)
        counts = peak * value > _LEAST * np.abs(found.values[0]).max(axis=0)
        error = float((np.abs(ours - by_difference).max(axis=0)[counts] / peak[counts]).max())
        figures.append(
            within(
                error,
                _DIFFERENCE_MOST,
                id=f"human-{name}",
                group="human, low dose, against differences of runs",
                what=f"{int(counts.sum())} observables by {name}: largest error, of the largest derivative",
            )
        )
    return figures


def _solved(person: Bodies, inputs: Array) -> Array:
    system = person.system
    return solve(system, inputs, person.schedule(system), person.times_h, settings=Settings(rtol=1e-11)).values[0]
