"""The visit rules of an arm, with every threshold they name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bimodal.dosing import (
    AtMost,
    Escalate,
    GiveDose,
    GiveOnly,
    Hold,
    NextLevel,
    Reduce,
    Rule,
    Skip,
    Start,
    Step,
    StopAtRandom,
    Titrate,
    condition_of,
)

AS_PLANNED = "as planned"
NOT_REACHED = "the patient has no result"


@dataclass(frozen=True)
class ThresholdValue:
    """What an observable is compared with.

    Parameters
    ----------
    unit
        Its unit; empty: that of the observable.
    """

    value: float
    unit: str = ""


@dataclass(frozen=True)
class ArmRules:
    """Rules in the order in which they are tried, and thresholds by name.

    Parameters
    ----------
    era
        Where rules or thresholds come from, if not from the arm alone.

    Examples
    --------
    >>> from bimodal.dosing import parse_rule
    >>> ArmRules((parse_rule("stop cycle after 2 holds"),)).why(1)
    'cycle stopped: stop cycle after 2 holds'
    """

    rules: tuple[Rule, ...]
    thresholds: Mapping[str, ThresholdValue] = field(default_factory=dict[str, ThresholdValue])
    era: str | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """The rules in canonical words."""
        return tuple(map(str, self.rules))

    @property
    def observables(self) -> tuple[str, ...]:
        """Every observable a rule reads, in the order of the text, each once."""
        conditions = [condition for rule in self.rules if (condition := condition_of(rule)) is not None]
        return tuple(dict.fromkeys(one.observable for condition in conditions for one in condition.comparisons))

    @property
    def words(self) -> tuple[str, ...]:
        """Every reason in words, by its number; reason 0 is a dose given as planned."""
        return tuple(self.why(code) for code in range(len(self.rules) + 1))

    def why(self, reason: int) -> str:
        """Say in words what a reason of the ledger means.

        Parameters
        ----------
        reason
            0 for a dose given as planned, i for the i-th rule, -1 where the patient was not seen any more.
        """
        if reason < 0:
            return NOT_REACHED
        if reason == 0:
            return AS_PLANNED
        rule = self.rules[reason - 1]
        return f"{_deed(rule)}: {rule}"


def _deed(rule: Rule) -> str:
    if isinstance(rule, Hold):
        return "held"
    if isinstance(rule, Skip):
        return "skipped"
    if isinstance(rule, GiveDose):
        return "not needed"
    if isinstance(rule, Titrate):
        return "titrated"
    if isinstance(rule, Reduce):
        return "reduced"
    if isinstance(rule, Escalate):
        return "escalated"
    if isinstance(rule, Step | NextLevel):
        return "escalated" if rule.up else "reduced"
    if isinstance(rule, AtMost):
        return "cycle complete"
    if isinstance(rule, Start):
        return "switched" if rule.instead else "started"
    if isinstance(rule, GiveOnly):
        return "cycle not given"
    ended = "cycle" if rule.scope == "cycle" else "course"
    return f"{ended} stopped for another reason" if isinstance(rule, StopAtRandom) else f"{ended} stopped"
