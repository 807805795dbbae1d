"""Runs a study for a command, and prints what it found and where it lies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any

from bimodal.cli.console import err, interruptible, out, table
from bimodal.cli.options import write_json

if TYPE_CHECKING:
    from bimodal.page.html import Parts
    from bimodal.report import TargetComparison
    from bimodal.study import RunOptions, StudyResult, StudySpec
    from bimodal.study.plan.plan import Plan
    from bimodal.study.run.ensemble import Ensemble


def execute(
    spec: StudySpec,
    options: RunOptions,
    *,
    quiet: bool,
    report: bool,
    png: bool,
    live: bool = True,
    sets: Ensemble | None = None,
    style: str = "auto",
) -> StudyResult | None:
    """Run a study with progress, over parameter sets too where there are any, then draw its report.

    Parameters
    ----------
    style
        Of the progress, of `bimodal.cli.run_progress`.
    """
    from bimodal.cli.run_progress import run_progress, tell_interrupted
    from bimodal.study.plan.make_plan import make_plan
    from bimodal.study.run.ensemble_run import plan_ensemble, run_ensemble, with_range
    from bimodal.study.run.progress_meter import ProgressMeter
    from bimodal.study.run.runner import run_plan, shipped_solver

    quiet, said = quiet or style != "auto", quiet
    with interruptible(lambda: tell_interrupted(style)) as check:
        plan = make_plan(spec, options, shipped_solver(spec))
        of_sets = None if sets is None else plan_ensemble(plan, sets)
        if not quiet:
            _print_cycles(plan)
        unit, meter = "parameter sets" if plan.population.sets else "patients", ProgressMeter(spec.name)
        with run_progress(spec.name, style=style, quiet=said, unit=unit) as show:

            def tell(done: int, total: int, what: str) -> None:
                check()
                if show is not None:
                    show(meter.event(done, total, what))

            result = run_plan(plan, progress=tell, watch=meter.watch)
            if result is not None and sets is not None and of_sets is not None:
                result = with_range(result, run_ensemble(of_sets, sets, progress=tell))
        if result is not None and report:
            _draw(result, plan, quiet=quiet, png=png, live=live)
    return result


def _draw(result: StudyResult, plan: Plan, *, quiet: bool, png: bool, live: bool) -> None:
    from bimodal.report import write_report

    if not quiet:
        err().print("drawing the report")
    panel = _live_panel(plan, quiet=quiet) if live else None
    write_report(result, result.folder, figures=result.folder / "figures", png=png, live=panel)


def _live_panel(plan: Plan, *, quiet: bool) -> Parts | None:
    """Make the panel of a report in which its reader can move a dose; none where a page cannot run the study."""
    from bimodal.errors import BimodalError
    from bimodal.page.html import parts
    from bimodal.page.study_part import study_bundle

    try:
        bundle = study_bundle(plan)
    except BimodalError as fault:  # the results stand without it
        if not quiet:
            err().print(f"the report has no live panel: {fault.what}", markup=False)
        return None
    return None if bundle is None else parts(bundle, entry="main_panel.js")


def _print_cycles(plan: Plan) -> None:
    """Print when cycles begin, who takes the doses of a table and what varies in a drug: how the input was read."""
    from bimodal.study.solver.molecule_spread import spread_sentence

    for arm in plan.arms:
        if arm.subjects is not None:
            err().print(f"{arm.name}: {arm.regimen}", markup=False)
        for drug in arm.drugs:
            spread = plan.pk_spread(drug)
            if drug.molecule is not None and any(one.cv > 0.0 for one in spread):
                err().print(f"{arm.name}: {spread_sentence(drug.molecule, spread)}", markup=False)
        if len(arm.schedule.cycle_starts_h) > 1:
            err().print(f"{arm.name}: {'; '.join(arm.schedule.cycle_lines())}", markup=False)


def finish(
    result: StudyResult, *, json_file: Path | None, strict: bool, quiet: bool, report: bool, long: bool = False
) -> int:
    """Print what a study found and where it lies, and return the exit code."""
    from bimodal.cli.contrast_tables import print_contrasts
    from bimodal.cli.cycle_tables import cycle_first, cycle_last
    from bimodal.cli.design_tables import print_design
    from bimodal.report import comparisons
    from bimodal.study.spec.publication_notes import publication_notes

    summary, rows = result.summary, comparisons(result)
    write_json(summary, json_file)
    if not quiet and str(json_file) != "-":
        cycle_first(summary)
        print_weights(summary)
        answered = print_contrasts(summary, long=long)
        print_trial_tables(summary)
        print_targets(rows)
        if long or not answered:
            print_endpoints(summary)
        else:
            out().print("--long prints every endpoint of every arm\n", style="dim", markup=False)
        print_design(summary)
        _print_failures(summary)
        print_files(result.folder, report=report)
        cycle_last(summary)
    why = summary["provenance"].get("model_why")
    if why:
        err().print(why, markup=False)
    own = publication_notes(result.spec.publication)
    for note in own:
        err().print(note, markup=False)
    for warning in summary["warnings"]:
        if warning in own:
            continue
        err().print(f"warning: {warning}", style="yellow", markup=False)
    failed = summary["failed"]
    if failed:
        err().print(f"{failed} patients could not be computed; they are counted in every table", style="bold yellow")
    missed = [row.id for row in rows if row.scored and row.within is not True]
    if strict and missed:
        err().print(f"strict: not inside: {', '.join(missed)}", style="bold red", markup=False)
    return 1 if failed or (strict and missed) else 0


def print_weights(summary: dict[str, Any]) -> None:
    """Print to what the patients are weighted, and how many of equal weight they are worth."""
    from bimodal.report.weights_section import HEADS, weights_rows, weights_words

    rows = weights_rows(summary)
    if not rows:
        return
    out().print(table("Weighted population", list(HEADS), rows, right=[2, 3, 4], keys=2))
    for words in weights_words(summary):
        out().print(words, markup=False)
    out().print("")


def print_trial_tables(summary: dict[str, Any]) -> None:
    """Print curves compared and the table of toxicity, of a study that asks for them."""
    from bimodal.report import trial_tables as t

    for title, heads, rows, keys in (
        ("Curves compared", t.SURVIVAL_HEADS, t.survival_rows(summary), 2),
        ("Toxicity", t.TOXICITY_HEADS, t.toxicity_rows(summary), 2),
    ):
        if rows:
            out().print(table(title, list(heads), rows, keys=keys))
            out().print("")


def print_targets(rows: Sequence[TargetComparison]) -> None:
    """Print published against simulated, misses first."""
    from rich.text import Text

    if not rows:
        return
    styles = {"outside": "bold red", "inside": "green", "not evaluated": "bold red"}
    kinds = sorted({row.interval for row in rows if row.interval})
    marks = dict(zip(kinds, ascii_lowercase, strict=False))
    cells = [
        [
            row.id,
            row.label,
            row.time_text,
            f"{row.published_text} {row.unit}".strip(),
            f"{row.simulated_text} {marks.get(row.interval, '')}".strip(),
            Text(row.verdict_text, styles.get(row.verdict.value, "dim")),
            f"{row.role}, {row.quality}",
        ]
        for row in rows
    ]
    columns = ["id", "endpoint", "time", "published", "simulated", "verdict", "role"]
    out().print(table("Published against simulated" if kinds else "Published", columns, cells))
    for kind, mark in marks.items():
        out().print(f"{mark}  interval: {kind}", style="dim", markup=False)
    out().print("")


def print_endpoints(summary: dict[str, Any]) -> None:
    """Print every endpoint of every arm, arms side by side: one table for each statistic and kind of interval."""
    arms = summary["arms"]
    if not arms or not arms[0]["endpoints"]:
        return
    worth = f", effective {summary['weights']['effective']:.1f}" if "weights" in summary else ""
    names = [f"{arm['name']} (n = {arm['n'] - arm['failed']}{worth})" for arm in arms]
    groups: dict[str, list[list[str]]] = {}
    for parts in zip(*(arm["endpoints"] for arm in arms), strict=True):
        first = parts[0]
        day = "" if first["day"] is None else f"{first['day']:g}"
        unit = "" if first["unit"] == "1" else first["unit"]
        rows = groups.setdefault(f"{first['statistic']} [{first['interval']}]", [])
        rows.append([first["id"], day, unit, *(_cell(part) for part in parts)])
    for kind, rows in groups.items():
        out().print(table(f"Simulated: {kind}", ["endpoint", "day", "unit", *names], rows, right=[1], keys=3), "")
    absences = _absences(arms)
    for text in absences:
        out().print(text, style="dim", markup=False)
    if absences:
        out().print("")
    words = sorted({row["ensemble"].partition(";")[0] for arm in arms for row in arm["endpoints"] if "ensemble" in row})
    if words:
        about = summary["provenance"]["ensemble"]
        said = f"{{{words[0]}}}, {about['patients']} patients each: a part of the range is chance"
        out().print(said, "", style="dim", markup=False)


def _print_failures(summary: dict[str, Any]) -> None:
    """Print how patients failed: how many, in which way, and what stopped the first of them, when."""
    rows = [
        [
            arm["name"],
            f"{one['count']} of {arm['n']}",
            one["how"],
            one["reason"] or "not known",
            "" if one["day"] is None else f"{one['day']:g}",
        ]
        for arm in summary["arms"]
        for one in arm.get("failures", ())
    ]
    if rows:
        columns = ["arm", "patients", "how", "the first of them", "on day"]
        out().print(table("Patients without a result", columns, rows, right=[4]), "")


def _absences(arms: Sequence[dict[str, Any]]) -> list[str]:
    """Say once why a number is absent, for the endpoints and arms that share the reason."""
    why: dict[str, list[str]] = {}
    for arm in arms:
        for row in arm["endpoints"]:
            if row["value"] is None and row.get("note"):
                why.setdefault(row["note"], []).append(f"{row['id']} ({arm['name']})")
    return [f"-  {', '.join(who)}: {note}" for note, who in why.items()]


def _cell(part: dict[str, Any]) -> str:
    if part["value"] is None:
        return "-"
    low, high = part["lower"], part["upper"]
    percent = part.get("statistic") == "proportion" and part["unit"] == "1"
    scale, sign = (100.0, " %") if percent else (1.0, "")
    ends = f" [{scale * low:.3g}, {scale * high:.3g}]" if low is not None and high is not None else ""
    text = f"{scale * part['value']:.3g}{ends}{sign}"
    smallest, largest = part.get("ensemble_lower"), part.get("ensemble_upper")
    if smallest is None or largest is None:
        return text
    return f"{text} {{{scale * smallest:.3g} to {scale * largest:.3g}{sign}}}"


def print_files(folder: Path, *, report: bool) -> None:
    """Print where everything lies."""
    from bimodal import INTENDED_USE

    console = out()
    if report:
        console.print(f"report   {folder / 'report.html'}", markup=False)
        console.print(f"figures  {folder / 'figures'}", markup=False)
    console.print(f"summary  {folder / 'summary.json'}", markup=False)
    if (folder / "contrasts.csv").exists():
        console.print(f"arms     {folder / 'contrasts.csv'}", markup=False)
    console.print("")
    console.print(INTENDED_USE, style="dim", markup=False)
