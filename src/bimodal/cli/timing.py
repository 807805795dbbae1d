"""``bimodal timing``: is there a cycle in this series, and what would it take to use one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bimodal.cli import options as o
from bimodal.cli.commands import Commands
from bimodal.cli.timing_series import series as series_of_virtual_patients
from bimodal.errors import TimingError, visible

if TYPE_CHECKING:
    from bimodal.timing.config import TimingConfig
    from bimodal.timing.layouts import Layout
    from bimodal.timing.plan import PlanAnswer, SamplingPlan
    from bimodal.timing.protocol import WindowPlan
    from bimodal.timing.result import Assessment
    from bimodal.timing.said import Said
    from bimodal.timing.series import Series

app = Commands(no_args_is_help=True, help="Ask whether serial CRP holds a cycle, and what using one would need.")

Samples = Annotated[
    list[int] | None, typer.Option("--samples", help="Number of samples before the first dose; repeat to compare.")
]
Every = Annotated[str, typer.Option("--every", metavar="1d|36h", help="Time between samples.")]
Amplitude = Annotated[
    float, typer.Option("--amplitude", help="Half of peak to trough in ln units; 0.75 is a ratio of 4.5.")
]
Noise = Annotated[float, typer.Option("--noise", help="Biological noise in ln units; 0.4 is a CV of 42 %.")]
Zone = Annotated[str, typer.Option("--zone", metavar="ZONE", help="Of times without offset: Europe/Berlin, or +01:00.")]
Unit = Annotated[str, typer.Option("--unit", help="Of CRP where the table gives none: mg/L or mg/dL.")]
Dates = Annotated[str, typer.Option("--dates", help="Where both are possible: day-first or month-first.")]
Decimal = Annotated[str, typer.Option("--decimal", help="Mark of decimals: comma or point.")]
Columns = Annotated[
    str, typer.Option("--columns", help="'patients': every column beside the time is the CRP of one patient.")
]
SeriesCount = Annotated[int, typer.Option("--series", help="Simulated series of each kind.")]


@app.callback()
def _group() -> None:
    """Ask whether serial CRP holds a cycle, and what using one would need."""


@app.command("assess")
def assess_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.csv", help="Samples, with columns patient_id,datetime,kind,value,unit,flag.")
    ],
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE.toml", help="Assay error, detection limit, prior.")
    ] = None,
    zone: Zone = "",
    unit: Unit = "",
    dates: Dates = "",
    decimal: Decimal = "",
    columns: Columns = "",
    out: Annotated[Path | None, typer.Option("--out", help="Folder for report and figures.", file_okay=False)] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Also show usual periodogram methods, for comparison only.")
    ] = False,
    seed: o.Seed = 1,
    json_file: o.JsonFile = None,
    quiet: o.Quiet = False,
) -> int:
    """Say whether a series holds a cycle; the exit code is 0 whatever the answer."""
    from bimodal.cli import timing_tables as show
    from bimodal.cli.console import interruptible, progress
    from bimodal.timing import assess
    from bimodal.timing.answers import assess_json
    from bimodal.timing.compare_methods import compare_methods
    from bimodal.timing.config import TimingConfig, load_config
    from bimodal.timing.said import Said

    settings = TimingConfig() if config is None else load_config(config)
    layout = _layout(file, settings, Said(zone=zone, unit=unit, dates=dates, decimal=decimal, columns=columns))
    found = layout.answered()
    with interruptible() as check, progress("assess", quiet=quiet or len(found) < 3, unit="series") as tell:
        answers: list[Assessment] = []
        for series in found:
            check()
            answers.append(assess(series, prior=settings.prior))
            if tell is not None:
                tell(len(answers), len(found), series.label)
    compared = [compare_methods(answer.series, prior=settings.prior) if compare else () for answer in answers]
    if str(json_file) == "-":
        print(visible(assess_json(answers), as_json=True), end="")
    elif json_file is not None:
        from bimodal.files.write import write_text

        write_text(json_file, assess_json(answers))
    talk = not quiet and str(json_file) != "-"
    if talk:
        show.safety()
        show.understood(layout)
        for answer, methods in zip(answers, compared, strict=True):
            show.assessment(answer, methods)
    if out is not None:
        from bimodal.report.timing_page import write_timing_report

        for answer, methods in zip(answers, compared, strict=True):
            folder = out if len(answers) == 1 else out / answer.series.label.replace(" ", "-")
            paths = write_timing_report(answer, folder, comparison=methods, seed=seed)
            if talk:
                show.files(paths)
    if talk:
        show.safety()
    return 0


app.command("series")(series_of_virtual_patients)


@app.command("plan")
def plan(
    samples: Samples = None,
    every: Every = "1d",
    amplitude: Amplitude = 0.75,
    noise: Noise = 0.4,
    series: SeriesCount = 200,
    seed: o.Seed = 1,
    json_file: o.JsonFile = None,
    quiet: o.Quiet = False,
) -> int:
    """Say what a sampling plan could find, before any blood is drawn."""
    from bimodal.cli import timing_tables as show
    from bimodal.timing.answers import days, plans_plain
    from bimodal.timing.plan import SamplingPlan

    plans = [SamplingPlan(count, days(every), amplitude, noise) for count in samples or [14, 21, 28]]
    answers = [_plan(one, series, seed, quiet=quiet) for one in plans]
    o.write_json(plans_plain(answers, series=series, seed=seed), json_file)
    if not quiet and str(json_file) != "-":
        show.safety()
        show.plans(answers)
        show.safety()
    return 0


@app.command("windows")
def windows(
    file: Annotated[Path | None, typer.Argument(metavar="FILE.csv", help="Measured samples; needs --protocol.")] = None,
    protocol: Annotated[
        Path | None, typer.Option("--protocol", metavar="FILE.toml", help="Declared research protocol with the offset.")
    ] = None,
    simulate: Annotated[
        str | None, typer.Option("--simulate", metavar="TRUTH", help="Simulated samples instead, e.g. 'mech'.")
    ] = None,
    design: Annotated[str, typer.Option("--design", help="Sampling of simulated samples.")] = "28 daily",
    index: Annotated[int, typer.Option("--index", help="Which simulated series.")] = 0,
    offset_h: Annotated[
        float | None, typer.Option("--offset-h", help="Hours from a peak of CRP to the middle of the window.")
    ] = None,
    offset_sd_h: Annotated[
        float, typer.Option("--offset-sd-h", help="Standard deviation of that offset, hours.")
    ] = 12.0,
    width_h: Annotated[float, typer.Option("--width-h", help="Width of the window.")] = 48.0,
    doses: Annotated[int, typer.Option("--doses", help="Doses of the course.")] = 1,
    every_h: Annotated[float, typer.Option("--every-h", help="Hours between doses.")] = 8.0,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE.toml", help="Assay error, detection limit, prior.")
    ] = None,
    zone: Zone = "",
    unit: Unit = "",
    dates: Dates = "",
    decimal: Decimal = "",
    columns: Columns = "",
    out: Annotated[Path | None, typer.Option("--out", help="Folder for report and figures.", file_okay=False)] = None,
    seed: o.Seed = 1,
    json_file: o.JsonFile = None,
    quiet: o.Quiet = False,
) -> int:
    """Compute time windows, for simulated samples or under a declared research protocol, with chance beside them."""
    from bimodal.cli import timing_tables as show
    from bimodal.timing import assess
    from bimodal.timing.config import TimingConfig, load_config
    from bimodal.timing.protocol import WindowPlan, read_protocol
    from bimodal.timing.said import Said
    from bimodal.timing.windows import dosing_windows

    if (file is None) == (simulate is None):
        raise TimingError(
            "windows need samples", where="bimodal timing windows", fix="FILE.csv with --protocol, or --simulate mech"
        )
    settings = TimingConfig() if config is None else load_config(config)
    plan: WindowPlan
    if protocol is not None:
        plan = read_protocol(protocol)
    elif offset_h is None:
        raise TimingError(
            "no offset from a peak of CRP to the effector cells is stated, and nobody knows it",
            where="--offset-h",
            fix="a protocol file, or --offset-h for simulated samples",
        )
    else:
        plan = WindowPlan(
            offset_h,
            "stated on the command line",
            offset_sd_h=offset_sd_h,
            width_h=width_h,
            doses=doses,
            every_h=every_h,
        )
    said = Said(zone=zone, unit=unit, dates=dates, decimal=decimal, columns=columns)
    layout = None if file is None else _layout(file, settings, said)
    series = _simulated(simulate or "", design, index, seed) if layout is None else _one_patient(layout)
    answer = assess(series, prior=settings.prior)
    found = dosing_windows(answer, plan)
    o.write_json(found.to_dict() | {"status": answer.status.value, "series": answer.series.label}, json_file)
    talk = not quiet and str(json_file) != "-"
    if talk:
        show.safety()
        if layout is not None:
            show.understood(layout)
        show.windows(answer, found)
    if out is not None:
        from bimodal.report.timing_page import write_timing_report

        paths = write_timing_report(answer, out, windows=found, seed=seed)
        if talk:
            show.files(paths)
    if talk:
        show.safety()
    return 0


@app.command("trial")
def trial(
    cyclers: Annotated[
        float, typer.Option("--f", help="Fraction of patients with a real cycle.", parser=o.share)
    ] = 0.5,
    width: Annotated[float, typer.Option("--w", help="Width of the window, days.")] = 2.0,
    period: Annotated[float, typer.Option("--period", help="Period, days.")] = 7.0,
    p_mean: Annotated[float, typer.Option("--p-mean", help="Response rate without timing.", parser=o.share)] = 0.07,
    p_out: Annotated[
        float,
        typer.Option("--p-out", help="Response rate of patients with a cycle outside the window.", parser=o.share),
    ] = 0.0,
    error: Annotated[float, typer.Option("--error", help="Error of aim, days (SD).")] = 1.0,
    course: Annotated[
        str, typer.Option("--course", help="Which doses of a course count: first, any, additive, majority or net.")
    ] = "first",
    doses: Annotated[int, typer.Option("--doses", help="Doses of the course.")] = 1,
    interval: Annotated[float, typer.Option("--interval", help="Hours between doses.")] = 8.0,
    samples: Annotated[
        int | None,
        typer.Option(
            "--samples",
            help="Simulate monitoring with so many samples; only patients in whom a cycle is found are timed.",
        ),
    ] = None,
    every: Every = "1d",
    amplitude: Amplitude = 0.75,
    noise: Noise = 0.4,
    series: SeriesCount = 200,
    tables: Annotated[bool, typer.Option("--tables", help="Also tables over assumptions and kinds of course.")] = False,
    retreated: Annotated[
        int | None, typer.Option("--retreated", help="Patients without complete response who were treated again.")
    ] = None,
    responded: Annotated[int, typer.Option("--responded", help="New complete responses among them.")] = 0,
    phases: Annotated[
        Path | None, typer.Option("--phases", metavar="FILE", help="Phases of responders, 0 to 1, one per line.")
    ] = None,
    seed: o.Seed = 1,
    json_file: o.JsonFile = None,
    quiet: o.Quiet = False,
) -> int:
    """Say how many patients a trial of timed against untimed dosing would need, if the hypothesis were true."""
    from dataclasses import asdict

    from bimodal.cli import timing_tables as show
    from bimodal.cli.console import interruptible, progress
    from bimodal.cli.timing_trial import read_phases, trial_tables
    from bimodal.timing.answers import TrialQuestion, answer_trial, days
    from bimodal.timing.course import Course
    from bimodal.timing.plan import SamplingPlan
    from bimodal.timing.rayleigh import rayleigh
    from bimodal.timing.retreatment import retreatment
    from bimodal.timing.trial import TrialDesign

    question = TrialQuestion(
        believed=TrialDesign(
            cyclers=cyclers, width_d=width, period_d=period, p_mean=p_mean, p_outside=p_out, error_d=error,
            course=Course(course, doses, interval),
        ),
        monitoring=None if samples is None else SamplingPlan(samples, days(every), amplitude, noise),
        series=series, seed=seed,
    )  # fmt: skip
    title = "" if samples is None else f"{samples} samples every {days(every):g} d"
    with interruptible() as check, progress(title, quiet=quiet or not title, unit="series") as tell:

        def step(done: int, total: int, what: str) -> None:
            check()
            if tell is not None:
                tell(done, total, what)

        reply = answer_trial(question, progress=step)
    answer = reply.trial
    again = None if retreated is None else retreatment(retreated, responded, p_course=p_mean)
    shared = None if phases is None else rayleigh(read_phases(phases))
    made = trial_tables(answer.design) if tables else None
    more = {
        "retreatment": None if again is None else asdict(again),
        "rayleigh": None if shared is None else asdict(shared),
        "tables": made,
    }
    o.write_json(reply.to_dict() | more, json_file)
    if not quiet and str(json_file) != "-":
        show.safety()
        show.trial(answer, reply.monitored)
        show.randomised(reply.randomised)
        if again is not None:
            show.retreatment(again)
        if shared is not None:
            show.rayleigh(shared)
        if made is not None:
            show.tables(made)
        show.safety()
    return 0


@app.command("selftest")
def selftest(
    full: Annotated[bool, typer.Option("--full", help="All cells, 1,000 series each; takes an hour or more.")] = False,
    series: Annotated[
        int | None, typer.Option("--series", help="Series in each cell.", show_default="40; 1000 with --full")
    ] = None,
    seed: o.Seed = 1,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for timing.json and timing.md.", file_okay=False)
    ] = None,
    json_file: o.JsonFile = None,
    quiet: o.Quiet = False,
) -> int:
    """Test the method on simulated series whose truth is known; exit code 1 if a requirement is missed."""
    from bimodal.cli import timing_tables as show
    from bimodal.cli.console import interruptible, progress
    from bimodal.timing.selftest import run_selftest
    from bimodal.timing.selftest_text import selftest_markdown

    with interruptible() as check, progress("selftest", quiet=quiet, unit="series") as tell:

        def step(done: int, total: int, what: str) -> None:
            check()
            if tell is not None:
                tell(done, total, what)

        answer = run_selftest((1000 if full else 40) if series is None else series, full=full, seed=seed, progress=step)
    o.write_json(answer.to_dict(), json_file)
    if out is not None:
        from bimodal.files.write import write_text

        o.write_json(answer.to_dict(), out / "timing.json")
        write_text(out / "timing.md", selftest_markdown(answer))
    if not quiet and str(json_file) != "-":
        show.safety()
        show.selftest(answer)
        show.safety()
    return 0 if answer.met else 1


def _plan(plan: SamplingPlan, series: int, seed: int, *, quiet: bool) -> PlanAnswer:
    from bimodal.cli.console import interruptible, progress
    from bimodal.timing.plan import plan_sampling

    title = f"{plan.samples} samples every {plan.every_d:g} d"
    with interruptible() as check, progress(title, quiet=quiet, unit="series") as tell:

        def step(done: int, total: int, what: str) -> None:
            check()
            if tell is not None:
                tell(done, total, what)

        return plan_sampling(plan, series=series, seed=seed, progress=step)


def _layout(file: Path, settings: TimingConfig, said: Said) -> Layout:
    from bimodal.timing.layouts import read_layout
    from bimodal.timing.rows import CSV_FILE

    return read_layout(CSV_FILE.content(file, file.name), file.name, settings, said=said)


def _one_patient(layout: Layout) -> Series:
    found = layout.answered()
    if len(found) != 1:
        raise TimingError(
            f"the table holds {len(found)} patients", where=layout.table.file, fix="windows take one patient at a time"
        )
    return found[0]


def _simulated(truth: str, design: str, index: int, seed: int) -> Series:
    from bimodal.timing.simulate_series import sample_days, simulate_series

    try:
        times = sample_days(design, seed)
    except (ValueError, IndexError):  # no samples, or fewer
        raise TimingError(f"'{design}' has no samples", where="--design", fix="for example '28 daily'") from None
    return simulate_series(truth, times, seed=seed, index=index).series
