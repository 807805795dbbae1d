"""What ``bimodal timing`` prints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.text import Text

from bimodal.cli.console import out, table
from bimodal.timing.wording import COMPARISON_ONLY, LEVEL_CONFOUNDS, SAFETY

if TYPE_CHECKING:
    from bimodal.timing.compare_methods import MethodComparison
    from bimodal.timing.plan import PlanAnswer
    from bimodal.timing.rayleigh import RayleighTest
    from bimodal.timing.result import Assessment
    from bimodal.timing.retreatment import RetreatmentTest
    from bimodal.timing.selftest import SelfTest
    from bimodal.timing.trial import TrialAnswer
    from bimodal.timing.trial_cosinor import PhaseRandomised
    from bimodal.timing.windows import Windows

_HYPOTHESES = ("noise", "rhythm without memory", "persistent cycle")


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
    after = (answer.p_h0, answer.p_hq, answer.p_h1)
    if answer.posterior is not None:
        rows = [
            [name, f"{prior:.2f}", f"{value:.3f}"]
            for name, prior, value in zip(_HYPOTHESES, answer.prior.hypothesis_weights(), after, strict=True)
        ]
        console.print(table("Probability", ["hypothesis", "before", "after"], rows, right=[1, 2]), "")
        _numbers(answer)
    level = answer.level
    mean, middle = _text(level.mean_mg_per_l), _text(level.geometric_mean_mg_per_l)
    lines = [
        f"samples  {answer.series.n} used over {answer.series.span_days:.1f} days, "
        f"{answer.whole.n - answer.series.n} left out, {level.below_limit} below the limit",
        f"level    mean CRP {mean} mg/L, geometric mean {middle} mg/L. {LEVEL_CONFOUNDS}",
    ]
    for line in lines:
        console.print(line, markup=False)
    for warning in answer.warnings:
        console.print(f"warning  {warning}", style="yellow", markup=False)
    if methods:
        rows = [
            [one.method, f"{one.period_days:.2f}", f"{one.strength:.2f}", f"{one.white_noise_p:.2g}"] for one in methods
        ]
        columns = ["method", "period, days", "share of variance", "p if the noise were white"]
        console.print("", table("For comparison, not evidence", columns, rows, right=[1, 2, 3]))
        console.print(COMPARISON_ONLY, style="dim", markup=False)
    console.print("")


def _numbers(answer: Assessment) -> None:
    console, found, sensitivity = out(), answer.posterior, answer.sensitivity
    assert found is not None
    line = f"Bayes factor of a persistent cycle against the other two: {found.bayes_factor:.3g}"
    if found.bayes_factor_first is not None and found.bayes_factor_rest is not None:
        line += f"; first part alone {found.bayes_factor_first:.3g}"
        line += f", the rest predicted from it {found.bayes_factor_rest:.3g}"
    console.print(line, markup=False)
    if sensitivity is not None:
        console.print(
            f"P(persistent cycle) under other priors: {sensitivity.low:.3f} to {sensitivity.high:.3f}", markup=False
        )
    low, middle, high = found.period.quantiles().tolist()
    console.print(
        f"If there were one: period {middle:.1f} days, 90 % interval {low:.1f} to {high:.1f}; prior 4 to 14"
        if answer.prior.periods == (4.0, 14.0)
        else f"If there were one: period {middle:.1f} days, 90 % interval {low:.1f} to {high:.1f}",
        markup=False,
    )
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
    console = out()
    console.print("")
    for answer in answers:
        console.print(f"{answer.plan.samples} samples every {answer.plan.every_d:g} d: {answer.sentence}", markup=False)
    first = answers[0].plan
    title = (
        f"A steady cycle of peak to trough {first.ratio:.1f} in noise of SD {first.noise_sd:g}, period 5 to 9 days "
        "(count of series, Monte-Carlo SE in points)"
    )
    rows = [
        [f"{one.plan.samples} over {one.plan.span_d:g} d", one.found.text, one.found_strongly.text, one.windowed.text,
         f"{one.hits.text}; chance {100 * one.chance:.0f} %", f"{one.phase_error_h:.0f} h",
         f"{100 * one.progressing:.0f} %"]
        for one in answers
    ]  # fmt: skip
    columns = [
        "samples",
        "BF > 3",
        "BF > 10",
        "given a window",
        "window right",
        "phase error +3 d",
        "progress meanwhile",
    ]
    console.print("", table(title, columns, rows, right=range(1, 7)), "")
    kinds = list(answers[0].false_alarms)
    if kinds:
        rows = [
            [f"{one.plan.samples} over {one.plan.span_d:g} d", *(one.false_alarms[kind].text for kind in kinds)]
            for one in answers
        ]
        console.print(table("Noise series with BF > 10", ["samples", *kinds], rows, right=range(1, len(kinds) + 1)), "")
    console.print(
        "Phase error by chance: a quarter of a period, about 42 h. 'Progress meanwhile' assumes a median "
        "progression-free "
        "survival of 91 days.",
        style="dim",
        markup=False,
    )


def trial(answer: TrialAnswer, monitored: PlanAnswer | None) -> None:
    """Print what a trial would need."""
    console, power = out(), answer.power
    console.print("")
    console.print(answer.sentence, markup=False)
    if monitored is not None:
        console.print(
            f"Monitoring: {monitored.sentence} A window is given to {monitored.windowed.text} of true cycles; the "
            "others "
            "are treated as today.",
            markup=False,
        )
    rows = [
        ["response, timed", f"{answer.p_timed:.4f}", f"{answer.p_timed_simulated:.4f}", f"{answer.p_timed_se:.4f}"],
        [
            "response, untimed",
            f"{answer.design.p_mean:.4f}",
            f"{answer.p_untimed_simulated:.4f}",
            f"{answer.p_timed_se:.4f}",
        ],
    ]
    if power.z_test is not None and power.standard_error is not None:
        rows.append([f"power, {power.per_arm:,} per arm", "0.80", f"{power.z_test:.3f}", f"{power.standard_error:.3f}"])
        if power.fisher is not None:
            rows.append(["power, Fisher's exact test", "", f"{power.fisher:.3f}", f"{power.standard_error:.3f}"])
    title = f"Closed form beside simulation ({answer.simulated:,} patients per arm, {power.repeats:,} trials)"
    console.print("", table(title, ["", "closed form", "simulated", "MC error"], rows, right=[1, 2, 3]), "")
    needs = [
        ["timed against untimed", _count(power.per_arm, "per arm")],
        ["the same, only the found are randomised",
         f"{_count(answer.enriched_per_arm, 'per arm')}, {_count(answer.screened, 'monitored')}"],
        ["start day by lot, logistic cosinor", _count(answer.phase_randomised, "in all")],
        ["Rayleigh test on responders' phases", _count(answer.responders, "complete responders")],
    ]  # fmt: skip
    console.print(table("Patients for 80 % power, if all of it were so", ["design", "patients"], needs), "")
    lines = [
        f"An unaimed course has {answer.chance:.3f} of the largest effect, an aimed one {answer.hit:.3f}.",
        f"The mean response then needs {answer.p_inside:.3f} at full effect.",
    ]
    if answer.progressing:
        lines.append(
            f"{100 * answer.progressing:.0f} % of patients would progress while they are sampled (median 91 days, "
            "assumed)."
        )
    console.print(" ".join(lines), "", markup=False)


def randomised(rows: Sequence[PhaseRandomised]) -> None:
    """Print phase-randomised designs."""
    cells = [
        [f"{one.amplitude:g}", f"{one.odds_ratio:.1f}", f"{one.patients:,}", f"{one.power:.3f} ({one.power_se:.3f})",
         f"{one.median_phase_error_h:.0f} h"]
        for one in rows
    ]  # fmt: skip
    columns = ["B", "peak/trough odds", "patients, closed form", "power simulated (SE)", "error of the phase found"]
    title = "Start day by lot over 7 slots, logistic cosinor (estimates the offset that a timed trial must assume)"
    out().print(table(title, columns, cells, right=range(5)), "")


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
         *(f"{p:.3f} ({_count(n, '')})" for p, n in zip(row["p_timed"], row["per_arm"], strict=True))]
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
         " / ".join(_count(n, "") for n in row["per_arm"])]
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


def _count(number: int | None, of: str) -> str:
    return "no number is enough" if number is None else f"{number:,} {of}".strip()


def _text(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"
