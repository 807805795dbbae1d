"""Runs a model file as it stands: no doses, no cohort, every quantity over time."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.engine import Settings, SolverStatus, solve
from bimodal.errors import ModelError
from bimodal.model import load_model

FloatArray = npt.NDArray[np.float64]
_MOST_POINTS = 1_000_000


@dataclass(frozen=True, eq=False)
class TimeCourse:
    """What came out of a model file.

    Parameters
    ----------
    times
        (T,) in the model's own unit of time.
    values
        By quantity: (T,); NaN throughout if the run failed.
    status, sentence
        How the integration ended; the sentence names the quantity that made it fail.
    """

    model: str
    times: FloatArray
    values: dict[str, FloatArray]
    status: SolverStatus
    sentence: str

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain data; numbers of a failed run are null."""
        numbers = {name: [float(v) if np.isfinite(v) else None for v in column] for name, column in self.values.items()}
        return {
            "model": self.model,
            "status": self.sentence,
            "failed": int(self.status.failed),
            "times": self.times.tolist(),
            "quantities": numbers,
        }

    def to_csv(self) -> str:
        """Return a table with one column per quantity."""
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(["time", *self.values])
        rows.writerows(np.column_stack([self.times, *self.values.values()]).tolist())
        return text.getvalue()


def time_course(
    path: Path, *, until: float, points: int = 101, parameters: Mapping[str, float] | None = None
) -> TimeCourse:
    """Simulate an SBML or Antimony file from time 0.

    ``until`` is in the model's unit of time; the ``points`` are equally spaced, both ends included; ``parameters`` are
    constants to hold at another value.

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
    model = load_model(path)
    values = model.table.values()
    for name, value in (parameters or {}).items():
        if name not in values:
            known = ", ".join(list(values)[:20]) or "it has none"
            raise ModelError(f"the model has no constant '{name}'", where=str(path), fix=f"constants: {known}")
        values[name] = value
    times = np.linspace(0.0, until, points)
    run = solve(model.system, [list(values.values())], None, times, settings=Settings(rtol=1e-8))
    columns = {name: run.values[0, :, i] for i, name in enumerate(run.output_ids)}
    return TimeCourse(model.name, times, columns, SolverStatus(int(run.status[0])), run.sentence(0))
