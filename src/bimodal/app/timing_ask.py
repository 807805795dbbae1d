"""Reads what the page of timing asks for: numbers within limits, and a file that is never written anywhere."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from bimodal.app.limits import Limits
from bimodal.errors import TimingError
from bimodal.timing.answers import TrialQuestion, days
from bimodal.timing.config import TimingConfig
from bimodal.timing.course import Course
from bimodal.timing.layouts import Layout, read_layout
from bimodal.timing.plan import SamplingPlan
from bimodal.timing.said import Said
from bimodal.timing.trial import TrialDesign

#: What messages call a file: the name that a visitor gave it never reaches the server.
THE_FILE = "the file"
_SAID = ("zone", "unit", "dates", "decimal", "columns")
_MOST_SEED = 2**53
_PLAN = ("samples", "every", "amplitude", "noise", "series", "seed")
_TRIAL = ("f", "w", "period", "p-mean", "p-out", "error", "course", "doses", "interval", *_PLAN)


def read_file(content: bytes, asked: Mapping[str, str], limits: Limits) -> Layout:
    """Read a table of samples with what a person says of it.

    Raises
    ------
    TimingError
        All faults of the file, or it is too large.
    """
    _known(asked, _SAID)
    said = Said(**{name: asked.get(name, "") for name in _SAID})
    lines = content.count(b"\n") + content.count(b"\r")
    if lines > 2 * limits.timing_rows:
        raise _too_many("rows", lines, limits.timing_rows)
    layout = read_layout(content, THE_FILE, TimingConfig(), said=said)
    if len(layout.table.rows) > limits.timing_rows:
        raise _too_many("rows", len(layout.table.rows), limits.timing_rows)
    if layout.series is not None and len(layout.series) > limits.timing_patients:
        raise _too_many("patients", len(layout.series), limits.timing_patients)
    return layout


def plain_layout(layout: Layout) -> dict[str, Any]:
    """Give what was understood, what is asked, and the table as it was converted."""
    return {
        "understood": [{"topic": topic, "words": words} for topic, words in layout.understood],
        "questions": [{"about": one.about, "what": one.what, "options": one.options} for one in layout.questions],
        "columns": layout.columns,
        "rows": layout.rows(),
        "patients": None if layout.series is None else len(layout.series),
    }


def read_plans(asked: Mapping[str, str], limits: Limits) -> tuple[list[SamplingPlan], int, int]:
    """Read plans, the number of series and the seed; a plan for each number of samples.

    Examples
    --------
    >>> plans, series, seed = read_plans({"samples": "14,28", "series": "50"}, Limits())
    >>> [plan.samples for plan in plans], series, seed
    ([14, 28], 50, 1)
    """
    _known(asked, _PLAN)
    counts = [_whole("samples", text) for text in asked.get("samples", "14,21,28").split(",", limits.timing_plans)]
    if len(counts) > limits.timing_plans:
        raise _too_many("plans", len(counts), limits.timing_plans)
    return [_plan(count, asked, limits) for count in counts], _series(asked, limits), _seed(asked)


def read_trial(asked: Mapping[str, str], limits: Limits) -> TrialQuestion:
    """Read what is believed about a trial.

    Examples
    --------
    >>> read_trial({"f": "0.5", "course": "any", "doses": "14"}, Limits()).believed.course.doses
    14
    """
    _known(asked, _TRIAL)

    def number(name: str, usual: float) -> float:
        return _number(name, asked.get(name, f"{usual:g}"))

    doses = _whole("doses", asked.get("doses", "1"))
    if doses > limits.timing_doses:
        raise _too_many("doses", doses, limits.timing_doses)
    samples = asked.get("samples", "")
    question = TrialQuestion(
        believed=TrialDesign(
            cyclers=number("f", 0.5), width_d=number("w", 2.0), period_d=number("period", 7.0),
            p_mean=number("p-mean", 0.07), p_outside=number("p-out", 0.0), error_d=number("error", 1.0),
            course=Course(asked.get("course", "first"), doses, number("interval", 8.0)),
        ),
        monitoring=_plan(_whole("samples", samples), asked, limits) if samples else None,
        series=_series(asked, limits), seed=_seed(asked),
    )  # fmt: skip
    question.check()
    return question


def _plan(samples: int, asked: Mapping[str, str], limits: Limits) -> SamplingPlan:
    if samples > limits.timing_samples:
        raise _too_many("samples", samples, limits.timing_samples)
    amplitude, noise = (
        _number(name, asked.get(name, usual)) for name, usual in (("amplitude", "0.75"), ("noise", "0.4"))
    )
    return SamplingPlan(samples, days(asked.get("every", "1d")[:20]), amplitude, noise)


def _series(asked: Mapping[str, str], limits: Limits) -> int:
    count = _whole("series", asked.get("series", f"{limits.timing_series}"))
    if not 1 <= count <= limits.timing_series:
        raise _too_many("series", count, limits.timing_series)
    return count


def _seed(asked: Mapping[str, str]) -> int:
    seed = _whole("seed", asked.get("seed", "1"))
    if seed > _MOST_SEED:
        raise TimingError("this is no seed", where="seed", fix=f"a whole number from 0 to {_MOST_SEED}")
    return seed


def _whole(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        raise TimingError("this is no whole number", where=name, fix="for example 28")
    return int(text)


def _number(name: str, text: str) -> float:
    try:
        value = float(text) if len(text) <= 40 and "_" not in text else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise TimingError("this is no number", where=name, fix="for example 0.5")
    return value


def _known(asked: Mapping[str, str], names: tuple[str, ...]) -> None:
    for name in asked:
        if name not in names:
            raise TimingError("this cannot be asked", where=f"{name[:40]!r}", fix=f"known are {', '.join(names)}")


def _too_many(what: str, count: int, most: int) -> TimingError:
    return TimingError(
        f"{count:,} {what} are outside what the page takes", where="the page of timing",
        fix=f"at most {most:,}; `bimodal timing` on the desk takes more",
    )  # fmt: skip
