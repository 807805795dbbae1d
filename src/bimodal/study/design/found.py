"""What a design shows: facts, tables of estimates, and what to be careful about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bimodal.study.design.design_table import DesignTable
from bimodal.study.design.word_table import WordTable


@dataclass(frozen=True)
class Found:
    """The answer of a design.

    Parameters
    ----------
    facts
        What was tried, in sentences.
    interval
        What the ends of every estimate are.
    tables
        Estimates.
    notes
        What is assumed or doubtful.
    decisions
        Of an escalation: what is decided after which outcomes.
    traces
        Of an escalation: the first trials cohort by cohort, as ``summary.json`` holds them.

    Examples
    --------
    >>> Found(["a trial"], "95 %", ()).to_dict("parallel")["kind"]
    'parallel'
    """

    facts: Sequence[str]
    interval: str
    tables: Sequence[DesignTable]
    notes: Sequence[str] = ()
    decisions: WordTable | None = None
    traces: Sequence[Mapping[str, Any]] = ()

    def to_dict(self, kind: str) -> dict[str, Any]:
        """Give it as ``summary.json`` holds it."""
        return {
            "kind": kind,
            "facts": list(self.facts),
            "interval": self.interval,
            "tables": [table.to_dict() for table in self.tables],
            "notes": list(self.notes),
            **({} if self.decisions is None else {"decisions": self.decisions.to_dict()}),
            **({"traces": [dict(one) for one in self.traces]} if self.traces else {}),
        }
