"""A published number that a simulation is set against."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bimodal.evidence.when import Moment, Window
from bimodal.evidence.wilson import wilson

Kind = Literal["band", "at_least", "at_most", "point", "ordering", "direction", "ratio"]
Statistic = Literal["median", "mean", "proportion", "value"]
Quality = Literal["page", "recalled", "uncertain"]
Role = Literal["calibration", "validation", "context"]

_ROUNDING = 0.002


class Target(BaseModel):
    """One published result, its interval and how it is to be judged.

    Attributes
    ----------
    arms
        Names of the arms pooled for this result.
    endpoint
        Observable id, or None for what no observable stands for (context only).
    time
        A day, a window with a reduction, or None.
    statistic
        Summary over patients; ``value`` is a single stated number, such as a dose.
    kind
        ``band`` (inside lower to upper); ``at_least`` and ``at_most`` (one side published, the other a plausibility
        limit whose reason stands in ``note``); ``point``; ``ordering`` and ``direction`` (sign of ``published``; with
        ``lower`` for a rise or ``upper`` for a fall, also the least size that counts, whose reason stands in ``note``);
        ``ratio`` (the first arm's statistic over the second's, inside lower to upper).
    denominator
        Number of people behind a proportion, else None.
    quality
        ``page`` (read on a page), ``recalled`` or ``uncertain``.
    role
        ``calibration``, ``validation`` or ``context`` (shown, never simulated).
    source, note
        Where it was read; why a band or limit is what it is.

    Examples
    --------
    >>> row = Target(id="X1", study="x", arms=("a",), endpoint="treg_fold", label="Treg", time={"day": 28},
    ...     statistic="median", kind="at_least", published=8, lower=8, upper=15, unit="1", quality="page",
    ...     role="validation", source="s", note="limit: room to grow")
    >>> row.time.model_dump()
    {'day': 28}
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, str_strip_whitespace=True)

    id: str = Field(pattern=r"^[A-Z][A-Za-z0-9-]*$")
    study: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    arms: tuple[str, ...] = Field(min_length=1)
    endpoint: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]*$")
    label: str = Field(min_length=1)
    time: Moment | Window | None = None
    statistic: Statistic
    kind: Kind
    published: float
    lower: float | None = None
    upper: float | None = None
    unit: str = Field(min_length=1)
    denominator: int | None = Field(default=None, ge=1)
    quality: Quality
    role: Role
    source: str = Field(min_length=1)
    note: str = ""

    @property
    def least(self) -> float:
        """How large the difference of an ``ordering`` or ``direction`` must be, at least; 0 if only its sign counts.

        Examples
        --------
        >>> from bimodal.evidence import load_targets
        >>> next(row for row in load_targets("anti-cd25-direction") if row.id == "J02").least
        0.333
        """
        end = self.lower if self.published > 0 else self.upper
        return 0.0 if end is None else abs(end)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.lower is not None and self.upper is not None and self.lower > self.upper:
            raise ValueError(f"lower {self.lower:g} is above upper {self.upper:g}")
        if any(not arm for arm in self.arms) or len(set(self.arms)) != len(self.arms):
            raise ValueError("an arm name is blank or doubled")
        if self.endpoint is None and self.role != "context":
            raise ValueError("only a context target may lack an endpoint")
        self._check_kind()
        self._check_proportion()
        return self

    def _check_kind(self) -> None:
        if self.kind in ("band", "at_least", "at_most") and (self.lower is None or self.upper is None):
            raise ValueError(f"kind {self.kind} needs lower and upper (one of them a plausibility limit)")
        if self.kind in ("at_least", "at_most"):
            bound = self.lower if self.kind == "at_least" else self.upper
            if bound != self.published:
                raise ValueError(f"kind {self.kind}: the published value must be the bound itself")
            if not self.note:
                raise ValueError(f"kind {self.kind}: the note must say why the plausibility limit is what it is")
        if self.kind in ("ordering", "direction"):
            if self.published not in (-1.0, 1.0):
                raise ValueError(f"kind {self.kind}: published must be 1 (rises, is more) or -1 (falls, is less)")
            self._check_least()
        if self.kind == "ratio":
            if self.lower is None or self.upper is None or self.lower <= 0 or len(self.arms) != 2:
                raise ValueError("kind ratio needs two arms, and lower and upper above 0")
            if not self.note:
                raise ValueError("kind ratio: the note must say why the bounds are what they are")
        if self.kind == "point" and self.published == 0 and self.statistic != "proportion":
            raise ValueError("a point of 0 has no 1.5-fold range; use a band")

    def _check_least(self) -> None:
        own, other = (self.lower, self.upper) if self.published > 0 else (self.upper, self.lower)
        if other is not None:
            side = "lower" if self.published > 0 else "upper"
            raise ValueError(f"kind {self.kind}: the least size stands in {side}, and the other end is blank")
        if own is None:
            return
        if own * self.published <= 0:
            raise ValueError(f"kind {self.kind}: the least size must have the sign of published")
        if not self.note:
            raise ValueError(f"kind {self.kind}: the note must say why the least size is what it is")

    def _check_proportion(self) -> None:
        if self.statistic != "proportion":
            if self.denominator is not None:
                raise ValueError("a denominator belongs to a proportion only")
            return
        if not 0 <= self.published <= 1:
            raise ValueError("a proportion lies between 0 and 1")
        if self.kind != "point":
            return
        if self.denominator is None or self.lower is None or self.upper is None:
            raise ValueError("a proportion needs its denominator and its Wilson interval in lower and upper")
        low, high = wilson(round(self.published * self.denominator), self.denominator)
        if abs(low - self.lower) > _ROUNDING or abs(high - self.upper) > _ROUNDING:
            raise ValueError(f"lower and upper are not the Wilson interval {low:.3f} to {high:.3f}")
