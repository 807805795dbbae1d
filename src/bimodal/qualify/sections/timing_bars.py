"""Timing bars: the selftest of the search for a cycle, on simulated series whose truth is known."""

from __future__ import annotations

from collections import Counter

from bimodal.qualify.figure import Figure
from bimodal.qualify.request import Work
from bimodal.qualify.section import Section
from bimodal.timing.selftest import run_selftest

_QUICK, _USUAL = 3, 40


def compute(work: Work) -> Section:
    """Run the fast cells of the selftest."""
    series = _QUICK if work.quick else _USUAL
    answer = run_selftest(series, full=False, seed=work.request.seed, progress=work.tell)
    seen: Counter[str] = Counter()
    figures: list[Figure] = []
    for bar in sorted(answer.bars, key=lambda bar: bar.met):
        seen[bar.id] += 1
        figures.append(
            Figure(
                id=f"{bar.id}-{seen[bar.id]}",
                what=bar.what,
                value=bar.found,
                goal=bar.limit,
                status="passed" if bar.met else "missed",
                group="bars",
                command=f"bimodal timing selftest --series {series}",
            )
        )
    met = sum(bar.met for bar in answer.bars)
    cells = f"{series} series in each of {len(answer.cells)} cells"
    said = f"{met} of {len(answer.bars)} bars met; {cells}, seed {answer.seed}."
    notes = [
        "Limits on rates allow two Monte-Carlo standard errors below 1,000 series a cell; with few series that is "
        "much. The full table has 1,000 (bimodal timing selftest --full, an hour or more).",
        "The bar on cost is in seconds of the clock, so a busy machine can miss it.",
    ]
    return Section.judged("timing-bars", "Timing: bars", said, figures, notes)
