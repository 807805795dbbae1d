"""Performance: processor time of one patient and of a crowd, beside that of a fixed piece of work on this machine."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from bimodal.qualify.bodies import HIGH, LOW, bodies
from bimodal.qualify.figure import Figure, within
from bimodal.qualify.request import Work
from bimodal.qualify.section import Section

_MOST_MS = 3.0
_CASES = (
    ("low", "human, 1 MIU/m2 under the skin daily, 28 days", "human", LOW, "healthy"),
    ("high", "human, 600 kIU/kg every 8 hours, two cycles", "human", HIGH, "melanoma"),
    ("oncology", "human with tumour, 600 kIU/kg every 8 hours, two cycles", "human_oncology", HIGH, "melanoma"),
)
_CROWD = 256


def compute(work: Work) -> Section:
    """Time every case, and a yardstick between them."""
    cases = _CASES[:2] if work.quick else _CASES
    rounds = 7 if work.quick else 15
    figures: list[Figure] = []
    yard: list[float] = []
    for name, what, model, regimen, cohort in work.each(cases, lambda case: case[1]):
        one, crowd = bodies(model, regimen, cohort), bodies(model, regimen, cohort, _CROWD)
        alone = _median_ms(one.run, rounds)
        yard.append(_median_ms(_yardstick, rounds))
        many = _median_ms(crowd.run, 2 if work.quick else 3) / _CROWD
        states = len(one.system.state_ids)
        figures += [
            within(
                alone,
                _MOST_MS,
                id=f"{name}-alone",
                what=f"{what}: the median person alone, {states} states",
                unit="ms",
                group="processor time of a patient",
            ),
            within(
                many,
                _MOST_MS,
                id=f"{name}-crowd",
                what=f"{what}: each of {_CROWD} virtual patients",
                unit="ms",
                group="processor time of a patient",
            ),
        ]
    machine = statistics.median(yard)
    figures.append(
        Figure(
            id="yardstick",
            what="a fixed loop of Python arithmetic, to compare machines by",
            value=machine,
            unit="ms",
            group="this machine",
        )
    )
    figures += [
        Figure(
            id=f"{row.id}-relative",
            what=row.what,
            value=float(row.value or 0.0) / machine,
            unit="yardsticks",
            group="relative to this machine",
        )
        for row in figures
        if row.unit == "ms" and row.id != "yardstick"
    ]
    low, high = (f"{figures[place].value:.1f} ms" for place in (0, 2))
    said = f"A patient alone takes {low} of one core on low doses and {high} on high dose."
    notes = [
        f"Median of {rounds} rounds of processor time of one thread, default accuracy, code compiled before.",
        "Processor time rises on a machine shared with others: compare ratios, and look at the yardstick first.",
    ]
    return Section.judged("performance", "Performance", said, figures, notes)


def _median_ms(work: Callable[[], object], rounds: int) -> float:
    spent: list[float] = []
    for turn in range(rounds + 1):
        began = time.process_time()
        work()
        if turn:  # the first compiles
            spent.append(1e3 * (time.process_time() - began))
    return statistics.median(spent)


def _yardstick() -> int:
    total = 0
    for k in range(200_000):
        total = (total * 31 + k) % 1_000_003
    return total
