"""The report of one CRP series: a page, its figures, and the key of the line-up in a file of its own."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from bimodal import INTENDED_USE, __version__
from bimodal.files.write import write_text
from bimodal.report.document import document
from bimodal.report.figures import (
    timing_fan,
    timing_hypotheses,
    timing_lineup,
    timing_period,
    timing_series,
    timing_windows,
)
from bimodal.report.figures.timing_sheet import HYPOTHESES
from bimodal.report.markup import cell, definitions, items, paragraph, section, table, text
from bimodal.report.render import to_svg
from bimodal.report.text import number, number_range
from bimodal.report.write import write_figure
from bimodal.timing.compare_methods import MethodComparison
from bimodal.timing.fitted import fitted_curves
from bimodal.timing.lineup import LineUp, line_up
from bimodal.timing.result import Assessment
from bimodal.timing.windows import Windows
from bimodal.timing.wording import COMPARISON_ONLY, LEVEL_CONFOUNDS, SAFETY

KEY_FILE = "line-up-key.txt"


def write_timing_report(
    assessment: Assessment,
    folder: Path,
    *,
    windows: Windows | None = None,
    comparison: Sequence[MethodComparison] = (),
    seed: int = 1,
) -> list[Path]:
    """Write report, figures, answer as JSON and the key of the line-up.

    The page comes first. ``comparison`` is of `compare_methods`, shown for comparison only; ``seed`` is that of the
    noise of the line-up.

    Examples
    --------
    >>> import tempfile
    >>> from bimodal.timing import assess
    >>> from bimodal.timing.series import plain_series
    >>> with tempfile.TemporaryDirectory() as name:
    ...     paths = write_timing_report(assess(plain_series([0.0, 24.0], [5.0, 6.0])), Path(name))
    >>> paths[0].name
    'report.html'
    """
    folder = Path(folder)
    lineup = None if assessment.posterior is None else line_up(assessment, seed=seed)
    drawn = timing_figures(assessment, windows=windows, lineup=lineup)
    captions = {name: caption for name, (_, _, caption) in drawn.items()}
    page = timing_page(
        assessment,
        {name: (title, captions[name], to_svg(figure)) for name, (figure, title, _) in drawn.items()},
        windows=windows,
        comparison=comparison,
    )
    paths = [write_text(folder / "report.html", page), write_text(folder / "assessment.json", assessment.to_json())]
    for name, (figure, _, _) in drawn.items():
        paths += write_figure(figure, folder / "figures", name)
    if lineup is not None:
        paths.append(write_text(folder / KEY_FILE, f"{SAFETY}\n\n{lineup.key}\n\n{SAFETY}\n"))
    return paths


def timing_figures(
    assessment: Assessment, *, windows: Windows | None = None, lineup: LineUp | None = None
) -> dict[str, tuple[Figure, str, str]]:
    """Draw every figure there is something to draw of, in report order: name to figure, title and caption.

    Examples
    --------
    >>> from bimodal.timing import assess
    >>> from bimodal.timing.series import plain_series
    >>> list(timing_figures(assess(plain_series([0.0, 24.0], [5.0, 6.0]))))
    ['timing_series']
    """
    series = timing_series.figure(assessment, fitted_curves(assessment))
    drawn = {"timing_series": (series, timing_series.TITLE, timing_series.CAPTION)}
    if assessment.posterior is None:
        return drawn
    for module in (timing_hypotheses, timing_period, timing_fan):
        drawn[module.__name__.rpartition(".")[2]] = (module.figure(assessment), module.TITLE, module.CAPTION)
    if windows is not None and windows.given:
        drawn["timing_windows"] = (timing_windows.figure(windows), timing_windows.TITLE, timing_windows.CAPTION)
    if lineup is not None:
        drawn["timing_lineup"] = (timing_lineup.figure(lineup), timing_lineup.TITLE, timing_lineup.CAPTION)
    return drawn


def timing_page(
    assessment: Assessment,
    figures: Mapping[str, tuple[str, str, bytes]],
    *,
    windows: Windows | None = None,
    comparison: Sequence[MethodComparison] = (),
) -> str:
    """Write the page; it makes no request and holds no name, no calendar date and no identifier.

    ``figures`` are name to title, caption and SVG. The same answer gives the same text.
    """
    pictures = (_picture(index, name, *parts) for index, (name, parts) in enumerate(figures.items(), 1))
    sections = [
        section("Warnings", items(assessment.warnings, "warnings")),
        _numbers(assessment),
        section("Figures", *pictures),
        _windows(windows),
        _sensitivity(assessment),
        _comparison(comparison),
        _facts(assessment),
    ]
    series = text(assessment.series.label)
    return document(
        "timing.html",
        f"Timing, {series}",
        version=text(__version__),
        series=series,
        status=text(assessment.status.value),
        lead=text(assessment.sentence),
        safety=text(SAFETY),
        use=text(INTENDED_USE),
        sections="\n".join(part for part in sections if part),
    )


def _numbers(assessment: Assessment) -> str:
    evidence, found = assessment.log_evidence, assessment.posterior
    if evidence is None or found is None:
        return ""
    before = assessment.prior.hypothesis_weights()
    rows = [
        [cell(says, head=True), _number(prior), _number(after), _number(evidence[name], 6)]
        for (name, says), prior, after in zip(HYPOTHESES.items(), before, found.probabilities, strict=True)
    ]
    heads = [("hypothesis", ""), ("before", "number"), ("after", "number"), ("ln evidence", "number")]
    factor = f"Bayes factor of a persistent cycle against the other two: {number(found.bayes_factor)}."
    if found.bayes_factor_rest is not None:
        factor += (
            f" First part of the series alone: {number(found.bayes_factor_first)}; the rest, predicted from it: "
            f"{number(found.bayes_factor_rest)}."
        )
    low, middle, high = found.period.quantiles().tolist()
    period = f"Period, given a persistent cycle: {number_range(middle, low, high)} days (median, 90 % interval)."
    fan = [
        [cell(f"+{rib.days_after_last:g}", head=True), cell(_hours(rib.hours_from_peak), kind="number"),
         cell(_hours(rib.lower_80, rib.upper_80)), cell(_hours(rib.lower_95, rib.upper_95)),
         _number(rib.concentration, 2)]
        for rib in assessment.fan()
    ]  # fmt: skip
    ahead = [("days after the last sample", ""), ("median", "number"), ("80 %", ""), ("95 %", ""), ("known", "number")]
    return section(
        "Numbers",
        table(heads, rows, "Probabilities before and after the samples"),
        paragraph(factor),
        paragraph(period),
        table(ahead, fan, "Hours since the nearest peak of CRP, given a persistent cycle"),
    )


def _hours(*hours: float) -> str:
    """Write whole hours, an interval with two of them; nobody needs to read -0."""
    return " to ".join(f"{round(hour)}" for hour in hours)


def _windows(windows: Windows | None) -> str:
    if windows is None:
        return ""
    rows = [
        [cell(f"{slot.study_hour:.0f}", head=True), _number(slot.days_after_last), _number(slot.p_given_cycle, 2),
         _number(slot.p_hit, 2), _number(windows.chance, 2)]
        for slot in windows.given
    ]  # fmt: skip
    heads = [("study hour", ""), ("days after the last sample", "number"), ("P if there is a cycle", "number"),
             ("times P(cycle)", "number"), ("chance", "number")]  # fmt: skip
    plan = windows.plan
    offset = (
        f"Stated offset from a peak of CRP to the middle of the window: {plan.offset_h:g} h, SD {plan.offset_sd_h:g} h "
        f"({plan.offset_source}). It is unknown in humans. Width {plan.width_h:g} h; a random hour hits with "
        f"{windows.chance:.2f}."
    )
    return section(
        "Windows",
        paragraph(windows.reason[:1].upper() + windows.reason[1:] + "."),
        table(heads, rows, "Slots that pass both bars, in hours after the first sample") if rows else "",
        paragraph(offset),
        paragraph(windows.if_wrong),
    )


def _sensitivity(assessment: Assessment) -> str:
    made = assessment.sensitivity
    if made is None:
        return ""
    rows = [[cell(row.prior, head=True), _number(row.p_h1, 2), _number(row.bayes_factor)] for row in made.rows]
    heads = [("what is believed instead", ""), ("P(persistent cycle)", "number"), ("Bayes factor", "number")]
    return section("How far the answer hangs on the prior", table(heads, rows))


def _comparison(rows: Sequence[MethodComparison]) -> str:
    heads = [
        ("method", ""),
        ("period, days", "number"),
        ("share of variance", "number"),
        ("p if the noise were white", "number"),
    ]
    cells = [
        [cell(row.method, head=True), _number(row.period_days), _number(row.strength, 2), _number(row.white_noise_p, 2)]
        for row in rows
    ]
    return section("For comparison, not evidence", paragraph(COMPARISON_ONLY), table(heads, cells)) if rows else ""


def _facts(assessment: Assessment) -> str:
    level = assessment.level
    pairs: Iterable[tuple[object, object]] = [
        ("samples used", f"{assessment.series.n} over {assessment.series.span_days:.1f} days"),
        ("samples left out", assessment.whole.n - assessment.series.n),
        (
            "mean CRP",
            f"{number(level.mean_mg_per_l)} mg/L (geometric mean {number(level.geometric_mean_mg_per_l)} mg/L)",
        ),
        ("below the limit", level.below_limit),
        ("file", f"sha256 {assessment.whole.sha256}" if assessment.whole.sha256 else "simulated"),
        ("version", __version__),
    ]
    return section("The series", definitions(pairs), paragraph(LEVEL_CONFOUNDS))


def _number(value: float | None, digits: int = 3) -> str:
    return cell(number(value, digits), kind="number")


def _picture(index: int, name: str, title: str, caption: str, svg: bytes) -> str:
    # As an image and not inline: no script in it could run, and ids of two figures cannot meet.
    source = f"data:image/svg+xml;base64,{b64encode(svg).decode('ascii')}"
    return (
        f'<figure id="{name}">\n<img alt="{text(title)}" src="{source}">\n'
        f"<figcaption><strong>Figure {index}. {text(title)}.</strong> {text(caption)}</figcaption>\n</figure>"
    )
