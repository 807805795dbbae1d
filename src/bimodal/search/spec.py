"""A search as a person writes it: candidates, goals, people, budget."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from bimodal.errors import StudyError
from bimodal.files.check import check_table
from bimodal.files.read import FileKind
from bimodal.files.toml import parse_toml
from bimodal.search.goal import Goal, read_goal

_FILE = FileKind("the search file", StudyError)
_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
Positive = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
Text = Annotated[str, Field(min_length=1, max_length=500)]


class DoseRange(BaseModel):
    """Doses of a search: named ones, evenly spaced ones, or a range.

    Parameters
    ----------
    values
        The doses themselves.
    low, high, steps
        Or both ends, and how many on an even grid of logarithms; without `steps` an optimiser chooses between them.
    unit
        As in a regimen, such as ``MIU/m2``.

    Examples
    --------
    >>> DoseRange(low=1.0, high=4.0, steps=3, unit="MIU/m2").grid
    (1.0, 2.0, 4.0)
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    values: tuple[Positive, ...] = ()
    low: Positive | None = None
    high: Positive | None = None
    steps: int | None = Field(default=None, ge=2, le=200, strict=True)
    unit: Text

    @model_validator(mode="after")
    def _one_way(self) -> DoseRange:
        ends = self.low is not None and self.high is not None
        if bool(self.values) == (self.low is not None or self.high is not None):
            raise ValueError("give either 'values', or 'low' and 'high'")
        if not self.values and (not ends or (self.low or 0.0) >= (self.high or 0.0)):
            raise ValueError("'low' and 'high' are both needed, and 'low' is below 'high'")
        if self.values and self.steps is not None:
            raise ValueError("'steps' divides a range from 'low' to 'high'")
        return self

    @property
    def grid(self) -> tuple[float, ...] | None:
        """The doses to try; None where an optimiser chooses them."""
        if self.values:
            return tuple(dict.fromkeys(self.values))
        if self.steps is None or self.low is None or self.high is None:
            return None
        ratio = math.log(self.high / self.low) / (self.steps - 1)
        return tuple(rounded(self.low * math.exp(k * ratio)) for k in range(self.steps))


class SearchSpec(BaseModel):
    """A whole search file.

    Parameters
    ----------
    cohort, patients, model, set
        As in a study: who is treated, how many in each candidate, and parameters held at a value.
    days
        Days simulated, the same for every candidate.
    drugs, dose, schedules
        Candidates: every drug with every dose by every schedule, which is what stands behind the dose in a regimen.
    goals
        Two or more sentences such as ``maximise treg_fold day 28``.
    budget
        At most so many candidates are simulated.
    generation
        With an optimiser: candidates of one generation.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(default="search", pattern=_NAME)
    model: Literal["human"] = "human"
    cohort: str = Field(default="healthy", min_length=1)
    patients: int = Field(default=100, ge=1, le=100_000, strict=True)
    days: Annotated[float, Field(gt=0.0, le=3650.0, allow_inf_nan=False)]
    drugs: tuple[Text, ...] = Field(default=("aldesleukin",), min_length=1, max_length=50)
    dose: DoseRange
    schedules: tuple[Text, ...] = Field(min_length=1, max_length=200)
    goals: tuple[Text, ...] = Field(min_length=2, max_length=8)
    budget: int = Field(default=100, ge=1, le=100_000, strict=True)
    generation: int = Field(default=12, ge=4, le=500, strict=True)
    set: dict[str, Annotated[float, Field(allow_inf_nan=False)]] = Field(default_factory=dict)

    @field_validator("goals")
    @classmethod
    def _readable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            goals = [read_goal(text) for text in value]
        except StudyError as fault:
            raise ValueError(f"{fault.what}; {fault.fix}" if fault.fix else fault.what) from None
        labels = [goal.label for goal in goals]
        if len(set(labels)) < len(labels):
            raise ValueError("two goals read the same number")
        return value

    @model_validator(mode="after")
    def _in_time(self) -> SearchSpec:
        late = max((goal.day or 0.0 for goal in self.read_goals), default=0.0)
        if late > self.days:
            raise ValueError(f"a goal is read on day {late:g}, after the {self.days:g} days simulated")
        return self

    @property
    def read_goals(self) -> tuple[Goal, ...]:
        """The goals, read."""
        return tuple(read_goal(text) for text in self.goals)


def load_search(path: Path) -> SearchSpec:
    """Read a search file; drug and cohort files in it stand relative to its folder."""
    text = _FILE.text(path)
    spec = check_table(SearchSpec, parse_toml(text, _FILE, where=str(path)), _FILE, where=str(path), text=text)

    def full(name: str) -> str:
        return str(path.parent / name) if name.endswith(".toml") and not Path(name).is_absolute() else name

    return spec.model_copy(update={"drugs": tuple(map(full, spec.drugs)), "cohort": full(spec.cohort)})


def rounded(dose: float) -> float:
    """Round a dose to three digits, so that it can be written, read and found again.

    Examples
    --------
    >>> rounded(0.123456)
    0.123
    """
    return float(f"{dose:.3g}")
