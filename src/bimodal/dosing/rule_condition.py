"""When a visit rule applies: comparisons of what is seen with a level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bimodal.dosing.span import number_text

Relation = Literal[">=", ">", "<=", "<"]


@dataclass(frozen=True)
class ThresholdTest:
    """One observable against a number or a named threshold; without a unit the number is in that of the observable.

    Examples
    --------
    >>> str(ThresholdTest("il2_plasma", ">=", 100.0, "pM"))
    'il2_plasma >= 100 pM'
    """

    observable: str
    relation: Relation
    level: float | str
    unit: str = ""

    def __str__(self) -> str:
        level = self.level if isinstance(self.level, str) else number_text(self.level)
        return f"{self.observable} {self.relation} {level}" + (f" {self.unit}" if self.unit else "")


@dataclass(frozen=True)
class Condition:
    """Comparisons joined by ``and`` and ``or``; ``and`` binds first.

    Examples
    --------
    >>> x, y = ThresholdTest("x", ">", 1.0), ThresholdTest("y", "<", "low")
    >>> str(Condition(((x, y), (y,))))
    'x > 1 and y < low or y < low'
    """

    alternatives: tuple[tuple[ThresholdTest, ...], ...]

    @property
    def comparisons(self) -> tuple[ThresholdTest, ...]:
        """Every comparison, in the order of the text."""
        return tuple(one for together in self.alternatives for one in together)

    def __str__(self) -> str:
        return " or ".join(" and ".join(map(str, together)) for together in self.alternatives)
