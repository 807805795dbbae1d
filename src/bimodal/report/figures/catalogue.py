"""Every figure of a study in the order in which a report shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.figure import Figure

from bimodal.report.figures import (
    cell_folds,
    il2_over_time,
    pstat5_occupancy,
    published_vs_simulated,
    treg_tconv_ratio,
)
from bimodal.report.source import ResultSource


@dataclass(frozen=True)
class Entry:
    """A figure: file name without ending, title, caption, whether a result has what it needs, and how it is drawn."""

    name: str
    title: str
    caption: str
    available: Callable[[ResultSource], bool]
    figure: Callable[[ResultSource], Figure]


CATALOGUE: tuple[Entry, ...] = tuple(
    Entry(module.__name__.rpartition(".")[2], module.TITLE, module.CAPTION, module.available, module.figure)
    for module in (published_vs_simulated, cell_folds, treg_tconv_ratio, il2_over_time, pstat5_occupancy)
)


def drawable(result: ResultSource) -> tuple[Entry, ...]:
    """Give the figures for which a result has anything to draw.

    Parameters
    ----------
    result
        A finished study.

    Returns
    -------
    tuple of Entry
        In report order.

    Examples
    --------
    >>> [entry.name for entry in CATALOGUE][:2]
    ['published_vs_simulated', 'cell_folds']
    """
    return tuple(entry for entry in CATALOGUE if entry.available(result))
