"""Runs a model file as it stands: no doses, no cohort, every quantity over time."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.engine import Settings, SolverStatus
from bimodal.errors import ModelError
from bimodal.exchange.network_run import NetworkRun, run_network
from bimodal.model import Model, load_model
from bimodal.model.balance import find_imbalances
from bimodal.model.model import FILE_RTOL

FloatArray = npt.NDArray[np.float64]
_MOST_POINTS = 1_000_000
_NOTHING = 1e-9  # of the largest value of a quantity


@dataclass(frozen=True, eq=False)
class TimeCourse:
    """What came out of a model file.

    Parameters
    ----------
    times
        (T,) in the model's own unit of time.
    values
        By quantity: (T,); NaN throughout if the run failed, and where a quantity nothing depends on is no number.
    rates
        By reaction: (T,) its speed, in the model's extent per time; NaN as in `values`.
    constants, units
        Values that hold throughout, by id, and their units as the file says them, blank where it does not.
    status, sentence
        How the integration ended; the sentence names the quantity that made it fail.
    warnings
        What a reader must know, such as which values are missing.
    settings
        Tolerances of the run.
    error
        Largest difference to a run at a hundredth of the tolerances, relative to each value (or to 1e-9 of the largest
        of its quantity, where that is more); None if it was not asked for.
    """

    model: str
    times: FloatArray
    values: dict[str, FloatArray]
    rates: dict[str, FloatArray]
    constants: dict[str, float]
    units: dict[str, str]
    status: SolverStatus
    sentence: str
    warnings: tuple[str, ...]
    settings: Settings
    error: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain data; numbers of a failed run are null."""
        return {
            "model": self.model,
            "status": self.sentence,
            "failed": int(self.status.failed),
            "warnings": list(self.warnings),
            "rtol": self.settings.rtol,
            "atol": self.settings.atol,
            "estimated_error": self.error,
            "times": self.times.tolist(),
            "quantities": _plain(self.values),
            "reaction_rates": _plain(self.rates),
            "constants": {
                name: {"value": value if math.isfinite(value) else None, "unit": self.units.get(name, "")}
                for name, value in self.constants.items()
            },
        }

    def to_csv(self) -> str:
        """Return a table with one column for each quantity, and after them one for each reaction, its speed."""
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(["time", *self.values, *self.rates])
        for row in np.column_stack([self.times, *self.values.values(), *self.rates.values()]).tolist():
            rows.writerow(["" if math.isnan(number) else number for number in row])
        return text.getvalue()


def time_course(
    path: Path,
    *,
    until: float,
    points: int = 101,
    parameters: Mapping[str, float] | None = None,
    rtol: float = FILE_RTOL,
    atol: float | None = None,
    estimate: bool = False,
) -> TimeCourse:
    """Simulate an SBML or Antimony file from time 0.

    Parameters
    ----------
    path
        The file.
    until
        End, in the model's unit of time, above 0.
    points
        Equally spaced times, both ends included.
    parameters
        Constants to hold at another value.
    rtol, atol
        Tolerances, as in :class:`bimodal.engine.Settings`.
    estimate
        Also run at a hundredth of the tolerance, to say by how much the values differ.

    Raises
    ------
    ModelError
        The file cannot be read or uses what is not supported, an end or number of points makes no sense, or a
        constant is unknown.
    EngineError
        A tolerance makes no sense, or an input of the model changes too often to be followed.

    Examples
    --------
    >>> time_course(Path("model.xml"), until=-1.0)
    Traceback (most recent call last):
    ...
    bimodal.errors.ModelError: a run cannot end at time -1
      try:   give an end above 0
    """
    if not (np.isfinite(until) and until > 0):
        raise ModelError(f"a run cannot end at time {until:g}", fix="give an end above 0")
    if not 2 <= points <= _MOST_POINTS:
        raise ModelError(f"a run cannot have {points} points", fix=f"give 2 to {_MOST_POINTS}")
    settings = Settings(rtol=rtol, atol=atol)
    model = load_model(path)
    values = model.table.values()
    for name, value in (parameters or {}).items():
        if name not in values:
            known = ", ".join(list(values)[:20]) or "it has none"
            raise ModelError(f"the model has no constant '{name}'", where=str(path), fix=f"constants: {known}")
        values[name] = value
    times = np.linspace(0.0, until, points)
    run = _run(model, values, times, settings)
    network = model.network
    columns = {name: column for name, column in run.values.items() if name not in network.reactions}
    rates = {name: run.values[name] for name in network.reactions}
    status, sentence, warnings = run.status, run.sentence, network.warnings
    error = None
    if not status.failed:
        constants = {name: np.array([[value]]) for name, value in values.items()}
        outputs = {name: column[None] for name, column in columns.items()}
        lost = find_imbalances(network, model.moieties, {**constants, **outputs}, times, rtol=rtol)
        if lost:
            status = SolverStatus.OUT_OF_BALANCE
            sentence = f"{status.sentence[:-1]}: {lost[0].sentence}."
            columns, rates = ({name: np.full(points, np.nan) for name in each} for each in (columns, rates))
        else:
            shown = {**columns, **rates}
            gaps = (_gap(name, column, times) for name, column in shown.items() if np.isnan(column).any())
            warnings = (*warnings, *gaps)
            error = _error(model, values, times, columns, settings) if estimate else None
    units = {name: unit for name, unit in network.units.items() if name in values}
    return TimeCourse(model.name, times, columns, rates, values, units, status, sentence, warnings, settings, error)


def _run(model: Model, values: Mapping[str, float], times: FloatArray, settings: Settings) -> NetworkRun:
    speeds = model.network.reactions
    late = [name for name in model.network.delayed if name not in speeds]
    shown = dict.fromkeys([*model.observables, *late, *speeds])
    return run_network(model.network, [(name, name) for name in shown], times, values=values, settings=settings)


def _plain(columns: Mapping[str, FloatArray]) -> dict[str, list[float | None]]:
    return {name: [float(v) if np.isfinite(v) else None for v in column] for name, column in columns.items()}


def _gap(name: str, column: FloatArray, times: FloatArray) -> str:
    missing = np.isnan(column)
    count, first = f"{missing.sum()} of {len(times)} times", times[int(np.argmax(missing))]
    return f"'{name}' is not a finite number at {count}, first at {first:g}: missing there"


def _error(
    model: Model,
    values: Mapping[str, float],
    times: FloatArray,
    columns: Mapping[str, FloatArray],
    settings: Settings,
) -> float | None:
    """Return the largest difference to a run at a hundredth of the tolerances; None if that fails."""
    atol = None if settings.atol is None else settings.atol / 100.0
    tight = replace(settings, rtol=settings.rtol / 100.0, atol=atol)
    run = _run(model, values, times, tight)
    if run.status.failed:
        return None
    ours, theirs = (np.stack([each[name] for name in columns], axis=1) for each in (columns, run.values))
    size = np.maximum(np.abs(theirs), _NOTHING * np.nanmax(np.abs(theirs), axis=0, initial=0.0))
    off = np.abs(ours - theirs)
    return float(np.nanmax(np.divide(off, size, out=np.zeros_like(off), where=size > 0.0), initial=0.0))
