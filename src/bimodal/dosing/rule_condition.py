"""When a visit rule applies: comparisons of what is seen with a level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bimodal.dosing.rule_window import EACH_VISIT, Window
from bimodal.dosing.span import number_text

Relation = Literal[">=", ">", "<=", "<"]


@dataclass(frozen=True)
class ThresholdTest:
    """One observable against a number or a named threshold; without a unit the number is in that of the observable.

    Parameters
    ----------
    of_lowest
        Whether the level is so many times the lowest value that the rule has seen of the patient.

    Examples
    --------
    >>> str(ThresholdTest("il2_plasma", ">=", 100.0, "pM"))
    'il2_plasma >= 100 pM'
    >>> str(ThresholdTest("tumour_cells", ">=", 1.73, of_lowest=True))
    'tumour_cells >= 1.73 times its lowest'
    """

    observable: str
    relation: Relation
    level: float | str
    unit: str = ""
    of_lowest: bool = False

    def __str__(self) -> str:
        level = self.level if isinstance(self.level, str) else number_text(self.level)
        if self.of_lowest:
            return f"{self.observable} {self.relation} {level} times its lowest"
        return f"{self.observable} {self.relation} {level}" + (f" {self.unit}" if self.unit else "")


Alternatives = tuple[tuple[ThresholdTest, ...], ...]
"""Comparisons joined by ``and``, and those joined by ``or``."""


@dataclass(frozen=True)
class Condition:
    """Comparisons joined by ``and`` and ``or``; ``and`` binds first.

    Parameters
    ----------
    until
        Once it held, the condition goes on until this holds and it does not; nothing for one judged afresh each time.
    window
        Over which visits and days it is judged.

    Examples
    --------
    >>> x, y = ThresholdTest("x", ">", 1.0), ThresholdTest("y", "<", "low")
    >>> str(Condition(((x, y), (y,)), until=((y,),)))
    'x > 1 and y < low or y < low until y < low'
    """

    alternatives: Alternatives
    until: Alternatives = ()
    window: Window = EACH_VISIT

    @property
    def comparisons(self) -> tuple[ThresholdTest, ...]:
        """Every comparison, in the order of the text."""
        return tuple(one for together in (*self.alternatives, *self.until) for one in together)

    @property
    def of_lowest(self) -> tuple[ThresholdTest, ...]:
        """Comparisons with the lowest value seen so far, each once."""
        return tuple(dict.fromkeys(one for one in self.comparisons if one.of_lowest))

    @property
    def remembers(self) -> bool:
        """Whether it depends on more than what is seen now."""
        return bool(self.until) or self.window != EACH_VISIT

    def __str__(self) -> str:
        parts = [_text(self.alternatives), f"until {_text(self.until)}" if self.until else "", str(self.window)]
        return " ".join(part for part in parts if part)


def _text(alternatives: Alternatives) -> str:
    return " or ".join(" and ".join(map(str, together)) for together in alternatives)
