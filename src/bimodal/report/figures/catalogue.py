"""Every figure of a study in the order in which a report shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.figure import Figure

from bimodal.report.figures import (
    cd25_blocked,
    cell_folds,
    design_shares,
    design_traces,
    doses_delivered,
    il2_over_time,
    kaplan_meier,
    organ_folds,
    pstat5_occupancy,
    published_vs_simulated,
    quantities_over_time,
    spider,
    swimmer,
    tissue_over_time,
    treg_tconv_ratio,
    waterfall,
    weights,
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


_MODULES = (
    weights,
    design_shares,
    design_traces,
    published_vs_simulated,
    kaplan_meier,
    waterfall,
    spider,
    swimmer,
    doses_delivered,
    tissue_over_time,
    cd25_blocked,
    organ_folds,
    cell_folds,
    treg_tconv_ratio,
    il2_over_time,
    pstat5_occupancy,
    quantities_over_time,
)
CATALOGUE: tuple[Entry, ...] = tuple(
    Entry(module.__name__.rpartition(".")[2], module.TITLE, module.CAPTION, module.available, module.figure)
    for module in _MODULES
)
_OF_A_FILE = "quantities_over_time"
_OF_WEIGHTS = "weights"


def drawable(result: ResultSource) -> tuple[Entry, ...]:
    """Give the figures for which a result has anything to draw.

    A model file may call a quantity what the package calls an observable of another meaning: only the figures made for
    files, and of weights, are drawn of it.
    """
    file = bool(getattr(result.spec, "model_is_file", False))
    fits = (entry for entry in CATALOGUE if (entry.name == _OF_A_FILE) == file or entry.name == _OF_WEIGHTS)
    return tuple(entry for entry in fits if entry.available(result))
