"""What is said about answers, in the order in which it is said: the desk prints it and the page shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from bimodal.timing.compare_methods import MethodComparison
from bimodal.timing.plan import PlanAnswer
from bimodal.timing.result import Assessment
from bimodal.timing.trial import TrialAnswer
from bimodal.timing.trial_cosinor import PhaseRandomised
from bimodal.timing.wording import COMPARISON_ONLY, LEVEL_CONFOUNDS

HYPOTHESES = ("noise", "rhythm without memory", "persistent cycle")
Tone = Literal["plain", "warning", "soft"]


@dataclass(frozen=True)
class Said:
    """A sentence or a line."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Shown:
    """A table; columns named in ``right`` hold numbers."""

    title: str
    columns: list[str]
    rows: list[list[str]]
    right: list[int]


Block = Said | Shown


def plain_block(block: Block) -> dict[str, Any]:
    """Give a block as plain data.

    Examples
    --------
    >>> plain_block(Said("as planned"))
    {'text': 'as planned', 'tone': 'plain'}
    """
    return asdict(block)


def assessment_numbers(answer: Assessment) -> Iterator[Block]:
    """Give the probabilities and what belongs to them; nothing where the data do not suffice."""
    found, sensitivity = answer.posterior, answer.sensitivity
    if found is None:
        return
    after = (answer.p_h0, answer.p_hq, answer.p_h1)
    rows = [
        [name, f"{prior:.2f}", f"{value:.3f}"]
        for name, prior, value in zip(HYPOTHESES, answer.prior.hypothesis_weights(), after, strict=True)
    ]
    yield Shown("Probability", ["hypothesis", "before", "after"], rows, [1, 2])
    line = f"Bayes factor of a persistent cycle against the other two: {found.bayes_factor:.3g}"
    if found.bayes_factor_first is not None and found.bayes_factor_rest is not None:
        line += f"; first part alone {found.bayes_factor_first:.3g}"
        line += f", the rest predicted from it {found.bayes_factor_rest:.3g}"
    yield Said(line)
    if sensitivity is not None:
        yield Said(f"P(persistent cycle) under other priors: {sensitivity.low:.3f} to {sensitivity.high:.3f}")
    low, middle, high = found.period.quantiles().tolist()
    yield Said(
        f"If there were one: period {middle:.1f} days, 90 % interval {low:.1f} to {high:.1f}"
        + ("; prior 4 to 14" if answer.prior.periods == (4.0, 14.0) else "")
    )


def assessment_facts(answer: Assessment) -> Iterator[Block]:
    """Give samples, level and warnings."""
    level = answer.level
    mean, middle = _text(level.mean_mg_per_l), _text(level.geometric_mean_mg_per_l)
    yield Said(
        f"samples  {answer.series.n} used over {answer.series.span_days:.1f} days, "
        f"{answer.whole.n - answer.series.n} left out, {level.below_limit} below the limit"
    )
    yield Said(f"level    mean CRP {mean} mg/L, geometric mean {middle} mg/L. {LEVEL_CONFOUNDS}")
    for warning in answer.warnings:
        yield Said(f"warning  {warning}", "warning")


def methods_printed(methods: Sequence[MethodComparison]) -> Iterator[Block]:
    """Give the usual periodogram methods, for comparison only."""
    rows = [
        [one.method, f"{one.period_days:.2f}", f"{one.strength:.2f}", f"{one.white_noise_p:.2g}"] for one in methods
    ]
    columns = ["method", "period, days", "share of variance", "p if the noise were white"]
    yield Shown("For comparison, not evidence", columns, rows, [1, 2, 3])
    yield Said(COMPARISON_ONLY, "soft")


def plans_printed(answers: Sequence[PlanAnswer]) -> Iterator[Block]:
    """Give what sampling plans could find, with counts and Monte-Carlo errors."""
    for answer in answers:
        yield Said(f"{answer.plan.samples} samples every {answer.plan.every_d:g} d: {answer.sentence}")
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
    yield Shown(title, columns, rows, [1, 2, 3, 4, 5, 6])
    kinds = list(answers[0].false_alarms)
    if kinds:
        rows = [
            [f"{one.plan.samples} over {one.plan.span_d:g} d", *(one.false_alarms[kind].text for kind in kinds)]
            for one in answers
        ]
        right = list(range(1, len(kinds) + 1))
        yield Shown("Noise series with BF > 10", ["samples", *kinds], rows, right)
    yield Said(
        "Phase error by chance: a quarter of a period, about 42 h. 'Progress meanwhile' assumes a median "
        "progression-free survival of 91 days.",
        "soft",
    )


def trial_printed(answer: TrialAnswer, monitored: PlanAnswer | None) -> Iterator[Block]:
    """Give what a trial would need."""
    power = answer.power
    yield Said(answer.sentence)
    if monitored is not None:
        yield Said(
            f"Monitoring: {monitored.sentence} A window is given to {monitored.windowed.text} of true cycles; the "
            "others are treated as today."
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
    yield Shown(title, ["", "closed form", "simulated", "MC error"], rows, [1, 2, 3])
    needs = [
        ["timed against untimed", count_text(power.per_arm, "per arm")],
        ["the same, only the found are randomised",
         f"{count_text(answer.enriched_per_arm, 'per arm')}, {count_text(answer.screened, 'monitored')}"],
        ["start day by lot, logistic cosinor", count_text(answer.phase_randomised, "in all")],
        ["Rayleigh test on responders' phases", count_text(answer.responders, "complete responders")],
    ]  # fmt: skip
    yield Shown("Patients for 80 % power, if all of it were so", ["design", "patients"], needs, [])
    lines = [
        f"An unaimed course has {answer.chance:.3f} of the largest effect, an aimed one {answer.hit:.3f}.",
        f"The mean response then needs {answer.p_inside:.3f} at full effect.",
    ]
    if answer.progressing:
        lines.append(
            f"{100 * answer.progressing:.0f} % of patients would progress while they are sampled (median 91 days, "
            "assumed)."
        )
    yield Said(" ".join(lines))


def randomised_printed(rows: Sequence[PhaseRandomised]) -> Iterator[Block]:
    """Give phase-randomised designs."""
    cells = [
        [f"{one.amplitude:g}", f"{one.odds_ratio:.1f}", f"{one.patients:,}", f"{one.power:.3f} ({one.power_se:.3f})",
         f"{one.median_phase_error_h:.0f} h"]
        for one in rows
    ]  # fmt: skip
    columns = ["B", "peak/trough odds", "patients, closed form", "power simulated (SE)", "error of the phase found"]
    title = "Start day by lot over 7 slots, logistic cosinor (estimates the offset that a timed trial must assume)"
    yield Shown(title, columns, cells, [0, 1, 2, 3, 4])


def count_text(number: int | None, of: str) -> str:
    """Write a number of patients.

    Examples
    --------
    >>> count_text(1200, "per arm"), count_text(None, "per arm")
    ('1,200 per arm', 'no number is enough')
    """
    return "no number is enough" if number is None else f"{number:,} {of}".strip()


def _text(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"
