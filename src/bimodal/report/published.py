"""A published target beside what was simulated, ready to be drawn and tabulated."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from bimodal.report.labels import observable_label
from bimodal.report.source import ResultSource
from bimodal.report.text import clean, number, number_range, time_text, unit_text


class Verdict(Enum):
    """How a target came out; the order of the members is the order of the tables, misses first."""

    OUTSIDE = "outside"
    NOT_EVALUATED = "not evaluated"
    INSIDE = "inside"
    NOT_SCORED = "not scored"
    NOT_SIMULATED = "context, not simulated"


@dataclass(frozen=True)
class TargetComparison:
    """One row of the comparison between publication and simulation.

    Numbers are in `unit`; None where the publication or the simulation gives none. `interval` says which kind of
    interval `simulated_lower` to `simulated_upper` is. `within` is the answer of `rule` even for a target not scored.
    `share_of_sets` is the share of parameter sets that agree, where the patients are parameter sets.
    """

    id: str
    arms: tuple[str, ...]
    endpoint: str
    label: str
    time: Mapping[str, Any] | None
    statistic: str
    kind: str
    unit: str
    published: float | None
    lower: float | None
    upper: float | None
    simulated: float | None
    simulated_lower: float | None
    simulated_upper: float | None
    interval: str
    within: bool | None
    scored: bool
    rule: str
    note: str
    quality: str
    role: str
    source: str
    share_of_sets: float | None = None

    @property
    def verdict(self) -> Verdict:
        """Take the summary's own answer; only targets read on a page and not context are scored."""
        if self.role == "context" and self.simulated is None:
            return Verdict.NOT_SIMULATED
        if not self.scored:
            return Verdict.NOT_SCORED
        if self.within is None:
            return Verdict.NOT_EVALUATED
        return Verdict.INSIDE if self.within else Verdict.OUTSIDE

    @property
    def verdict_text(self) -> str:
        """Say the verdict, with the answer of a target that is not scored, so that no miss hides.

        A bound has one published side; a value that agrees with it and passes the plausibility limit says so.
        """
        if self.share_of_sets is not None:
            said = f"{'holds' if self.within else 'does not hold'}, {100.0 * self.share_of_sets:.0f} % of sets"
            return said if self.scored else f"not scored ({said})"
        if self.verdict is Verdict.NOT_SCORED and self.within is not None:
            return f"not scored ({'inside' if self.within else 'outside'}{self._past_our_limit})"
        return f"{self.verdict.value}{self._past_our_limit}"

    @property
    def _past_our_limit(self) -> str:
        if self.within is not False or self.simulated is None:
            return ""
        low, high = self.bound
        if self.kind == "at_least" and high is not None and self.simulated > high:
            return f": above our limit {self._number(high)}"
        if self.kind == "at_most" and low is not None and self.simulated < low:
            return f": below our limit {self._number(low)}"
        return ""

    @property
    def bound(self) -> tuple[float | None, float | None]:
        """Give the published interval; one side is None where the publication bounds one side only."""
        if self.kind == "at_least":
            return (self.published if self.lower is None else self.lower), self.upper
        if self.kind == "at_most":
            return self.lower, (self.published if self.upper is None else self.upper)
        return self.lower, self.upper

    @property
    def published_text(self) -> str:
        """Write what was published; a plausibility limit on the open side of a bound is ours and stands in the rule."""
        low, high = self.bound
        match self.kind:
            case "at_least":
                return f"≥ {self._number(low)}"
            case "at_most":
                return f"≤ {self._number(high)}"
            case "band" if low is not None and high is not None:
                return f"{self._number(low)} to {self._number(high)}"
            case "direction" if self.published is not None:
                return "rises" if self.published > 0 else "falls"
            case "ordering" if self.published is not None:
                return "first arm higher" if self.published > 0 else "first arm lower"
            case _:
                return self._range(self.published, low, high)

    @property
    def simulated_text(self) -> str:
        """Write what was simulated, with its interval."""
        if self.simulated is None:
            return "not simulated"
        return self._range(self.simulated, self.simulated_lower, self.simulated_upper)

    @property
    def is_share(self) -> bool:
        """Whether the numbers are shares of patients, which are written in per cent."""
        return self.statistic == "proportion" and not self.unit

    def _number(self, value: float | None) -> str:
        return f"{number(100.0 * value)} %" if self.is_share and value is not None else number(value)

    def _range(self, value: float | None, lower: float | None, upper: float | None) -> str:
        if not self.is_share:
            return number_range(value, lower, upper)
        percent = [None if end is None else 100.0 * end for end in (value, lower, upper)]
        return f"{number_range(*percent)} %" if value is not None else number(value)

    @property
    def time_text(self) -> str:
        """Say when."""
        return time_text(self.time)


def comparisons(result: ResultSource) -> tuple[TargetComparison, ...]:
    """Read the targets of a study's summary, misses first and otherwise in the summary's order."""
    kinds = {
        (endpoint.get("id"), arm.get("name")): endpoint.get("interval")
        for arm in result.summary.get("arms", ())
        for endpoint in arm.get("endpoints", ())
    }
    rows = [_comparison(result, record, kinds) for record in result.summary.get("targets", ())]
    order = list(Verdict)
    return tuple(sorted(rows, key=lambda row: (order.index(row.verdict), row.within is not False)))


def _comparison(
    result: ResultSource, record: Mapping[str, Any], kinds: Mapping[tuple[Any, Any], Any]
) -> TargetComparison:
    endpoint = str(record.get("endpoint") or "")
    quality, role = clean(record.get("quality") or ""), clean(record.get("role") or "")
    scored = record.get("scored")
    arms = tuple(str(arm) for arm in record.get("arms", ()))
    interval = record.get("simulated_interval") or next(
        (kinds[endpoint, a] for a in arms if kinds.get((endpoint, a))), ""
    )
    time = record.get("time")
    return TargetComparison(
        id=clean(record.get("id", "")),
        arms=arms,
        endpoint=endpoint,
        label=clean(record.get("label") or "") or observable_label(result, endpoint),
        time=time if isinstance(time, Mapping) else None,
        statistic=clean(record.get("statistic") or ""),
        kind=str(record.get("kind", "")),
        unit=unit_text(record.get("unit")),
        interval=clean(interval),
        within=record.get("within"),
        scored=scored if isinstance(scored, bool) else quality == "page" and role != "context",
        rule=clean(record.get("rule") or ""),
        note=clean(record.get("note") or ""),
        quality=quality,
        role=role,
        source=clean(record.get("source") or ""),
        share_of_sets=_float(record.get("share_of_sets")),
        **{name: _float(record.get(name)) for name in _NUMBERS},
    )


_NUMBERS = ("published", "lower", "upper", "simulated", "simulated_lower", "simulated_upper")


def _float(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None
