"""What ``bimodal timing`` prints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from bimodal.cli.console import out, table
from bimodal.timing.printed import (
    Said,
    assessment_facts,
    assessment_numbers,
    count_text,
    methods_printed,
    plans_printed,
    randomised_printed,
    trial_printed,
)
from bimodal.timing.wording import SAFETY

if TYPE_CHECKING:
    from bimodal.timing.compare_methods import MethodComparison
    from bimodal.timing.layouts import Layout
    from bimodal.timing.plan import PlanAnswer
    from bimodal.timing.printed import Block
    from bimodal.timing.rayleigh import RayleighTest
    from bimodal.timing.result import Assessment
    from bimodal.timing.retreatment import RetreatmentTest
    from bimodal.timing.selftest import SelfTest
    from bimodal.timing.trial import TrialAnswer
    from bimodal.timing.trial_cosinor import PhaseRandomised
    from bimodal.timing.windows import Windows

_STYLES = {"plain": None, "warning": "yellow", "soft": "dim"}


def safety() -> None:
    """Print the wording that stands first and last."""
    out().print(SAFETY, style="dim", markup=False)


def assessment(answer: Assessment, methods: Sequence[MethodComparison]) -> None:
    """Print the answer about one series: what may be said first, numbers after."""
    console = out()
    console.print("")
    console.print(Text(answer.series.label, style="bold").append(f"  {answer.status.value}", style="bold cyan"))
    console.print(answer.sentence, markup=False)
    console.print("")
    numbers = list(assessment_numbers(answer))
    if numbers:
        first, *rest = numbers
        _print([first])
        _print(rest)
        console.print("")
    _print(assessment_facts(answer))
    if methods:
        console.print("")
        _print(methods_printed(methods), after=False)
    console.print("")


def windows(answer: Assessment, found: Windows) -> None:
    """Print whether there is a window, and chance beside it."""
    console, plan = out(), found.plan
    console.print("")
    console.print(Text(answer.series.label, style="bold").append(f"  {answer.status.value}", style="bold cyan"))
    console.print(f"{found.reason[:1].upper()}{found.reason[1:]}.", markup=False)
    console.print("")
    if found.given:
        rows = [
            [f"{slot.study_hour:.0f}", f"+{slot.days_after_last:g}", f"{slot.p_given_cycle:.2f}", f"{slot.p_hit:.2f}",
             f"{found.chance:.2f}", f"{slot.doses_in_window:.1f}", f"{slot.doses_by_chance:.1f}"]
            for slot in found.given
        ]  # fmt: skip
        columns = [
            "study hour",
            "days after last",
            "P if cycle",
            "times P(cycle)",
            "chance",
            "doses in it",
            "by chance",
        ]
        console.print(table("Slots that pass both bars", columns, rows, right=range(7)), "")
    if answer.p_h1 is not None:
        line = f"P(no persistent cycle) = {1 - found.p_h1:.3f}; a random hour hits with {found.chance:.2f}"
        console.print(line, markup=False)
    console.print(
        f"Window of {plan.width_h:g} h, {plan.offset_h:g} h after a peak of CRP (SD {plan.offset_sd_h:g} h; "
        f"{plan.offset_source}). "
        "This offset is unknown in humans.",
        markup=False,
    )
    console.print(found.if_wrong, markup=False)
    console.print("")


def plans(answers: Sequence[PlanAnswer]) -> None:
    """Print what sampling plans could find, with counts and Monte-Carlo errors."""
    blocks = list(plans_printed(answers))
    out().print("")
    _print(blocks[: len(answers)])
    out().print("")
    _print(blocks[len(answers) :])


def trial(answer: TrialAnswer, monitored: PlanAnswer | None) -> None:
    """Print what a trial would need."""
    blocks = list(trial_printed(answer, monitored))
    sentences = 1 if monitored is None else 2
    out().print("")
    _print(blocks[:sentences])
    out().print("")
    _print(blocks[sentences:])
    out().print("")


def randomised(rows: Sequence[PhaseRandomised]) -> None:
    """Print phase-randomised designs."""
    _print(randomised_printed(rows))


def understood(layout: Layout) -> None:
    """Print how a table that is not as documented was read."""
    if layout.table.notes:
        for topic, words in layout.understood:
            out().print(f"{topic:<9}{words}", markup=False)


def retreatment(answer: RetreatmentTest) -> None:
    """Print the re-treatment test."""
    out().print(
        f"Re-treatment: {answer.responses} new complete responses of {answer.patients} where pure phase luck expects "
        f"{answer.expected:.1f}; P(as few or fewer) = {answer.p_value:.2g}. With no response at all "
        f"{answer.patients_for_5_percent} patients reach 5 %.",
        "",
        markup=False,
    )


def rayleigh(answer: RayleighTest) -> None:
    """Print the Rayleigh test."""
    out().print(
        f"Rayleigh: {answer.n} phases, resultant length {answer.resultant:.3f}, p = {answer.p_value:.2g}. The phases "
        "of "
        "non-responders are the control.",
        "",
        markup=False,
    )


def tables(made: dict[str, Any]) -> None:
    """Print the tables over assumptions and course models."""
    columns = ["f", "width, d", "outside", *(f"error {error:g} d" for error in made["errors_d"])]
    rows = [
        [f"{row['cyclers']:g}", f"{row['width_d']:g}", f"{row['p_outside']:g}",
         *(f"{p:.3f} ({count_text(n, '')})" for p, n in zip(row["p_timed"], row["per_arm"], strict=True))]
        for row in made["single_dose"]
    ]  # fmt: skip
    console = out()
    console.print(table("Response if timed (patients per arm), one dose", columns, rows, right=range(7)), "")
    columns = [
        "what counts",
        "closed form",
        *(f"w = {width:g} d" for width in made["widths_d"]),
        "w = 2: per arm, 0 / 1 d",
    ]
    rows = [
        [row["model"], row["closed_form"], *(f"{ratio:.2f}" for ratio in row["ratios"]),
         " / ".join(count_text(n, "") for n in row["per_arm"])]
        for row in made["standard_course"]
    ]  # fmt: skip
    console.print(table("Ratio aimed to unaimed, 14 doses every 8 h", columns, rows, right=range(2, 6)), "")


def selftest(answer: SelfTest) -> None:
    """Print every bar, misses first."""
    rows = [
        [bar.id, Text("met", "green") if bar.met else Text("missed", "bold red"), bar.what, bar.limit, bar.found]
        for bar in sorted(answer.bars, key=lambda bar: bar.met)
    ]
    title = f"Bars, {answer.series} series per cell, seed {answer.seed}" + ("" if answer.full else ", fast subset")
    out().print("", table(title, ["bar", "verdict", "what", "limit", "found"], rows), "")
    if answer.allowance:
        out().print("Limits on rates allow two Monte-Carlo standard errors at this number of series.", style="dim")


def files(paths: Sequence[Path]) -> None:
    """Print where the files lie."""
    console = out()
    console.print(f"report   {paths[0]}", markup=False)
    for path in paths:
        if path.name == "line-up-key.txt":
            console.print(f"key      {path} (look at the line-up first)", markup=False)


def _print(blocks: Iterable[Block], *, after: bool = True) -> None:
    console = out()
    for block in blocks:
        if isinstance(block, Said):
            console.print(block.text, style=_STYLES[block.tone], markup=False)
        else:
            made = table(block.title, block.columns, block.rows, right=block.right)
            console.print(made, *([""] if after else []))
