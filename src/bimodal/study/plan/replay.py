"""The events that were really given, as fixed events: what a replay of a ledger solves."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from bimodal.study.rules.ledger import DoseLedger
from bimodal.study.rules.overlap import Overlap
from bimodal.study.solver.events import Events

# doses are seconds apart at least; a boundary of infusions may stand a rounding error before its dose
_ROUNDING_H = 1e-6


def given_events(
    events: Events, ledger: DoseLedger, symbols: Collection[str], overlap: Overlap | None = None
) -> Events:
    """Multiply planned events by what the ledger says was given.

    Parameters
    ----------
    symbols
        What governed events act on; others stay as planned.
    overlap
        Infusions that overlap, where some do: a rate is then that of several doses.

    Returns
    -------
    Events
        The same times and order, in the same numbers the rules gave.

    Examples
    --------
    >>> from bimodal.study.solver.events import DoseInput
    >>> planned = Events(np.array([0.0, 24.0]), (DoseInput("add", "a"),) * 2, np.ones((1, 2)))
    >>> rows = np.ones((1, 2)), np.array([[1.0, 0.0]]), np.array([[0, 1]])
    >>> held = DoseLedger(planned.times_h, np.array([1, 1]), *rows, ("as planned", "held"))
    >>> given_events(planned, held, {"a"}).values.tolist()
    [[1.0, 0.0]]
    """
    times, first = np.unique(ledger.times_h, return_index=True)
    if not len(times):
        return events
    factor = np.where(np.isnan(ledger.factor), 1.0, ledger.factor)
    if overlap is None:
        factor = factor[:, first]
    else:
        times, factor = overlap.times_h, overlap.all_factors(ledger.planned, factor)
    visit = np.searchsorted(times, events.times_h + _ROUNDING_H, side="right") - 1
    governed = np.array([port.symbol in symbols for port in events.ports]) & (visit >= 0)
    values = np.where(governed, events.values * factor[:, np.maximum(visit, 0)], events.values)
    return Events(events.times_h, events.ports, values)
