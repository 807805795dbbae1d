"""Every cell type's number in spleen and lymph nodes over its own baseline, per arm."""

from __future__ import annotations

from matplotlib.figure import Figure

from bimodal.report.figures import cell_folds
from bimodal.report.source import ResultSource

TITLE = "Cells in spleen and lymph nodes, fold over baseline"
CAPTION = cell_folds.CAPTION.replace("Count of each cell type in blood", "Number of each cell type in spleen and nodes")


def available(result: ResultSource) -> bool:
    """Tell whether the study saved any fold of spleen and lymph nodes."""
    return bool(cell_folds.saved_cells(result, cell_folds.ORGANS))


def figure(result: ResultSource) -> Figure:
    """Draw small multiples, cell type by arm, as `cell_folds` does for blood."""
    return cell_folds.fold_panels(result, TITLE, cell_folds.ORGANS)
