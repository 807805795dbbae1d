"""Figures of results, as the reports have them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from bimodal.compare.compare import MoleculeComparison
from bimodal.errors import BimodalError
from bimodal.response.dose_responses import DoseResponses
from bimodal.study.run.result import StudyResult

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Result = StudyResult | DoseResponses | MoleculeComparison


def plot(result: Result, name: str | None = None) -> Figure:
    """Draw a figure of a result; a notebook shows it, and ``figure.savefig("name.png")`` writes it.

    Parameters
    ----------
    result
        Of ``bimodal.simulate``, ``run_study``, ``response`` or ``compare``.
    name
        Which figure; None is the first. A name that is not there is refused with those that are, such as
        ``cell_folds`` and ``il2_over_time`` of a study, ``curves`` and ``map`` of a response.

    Raises
    ------
    BimodalError
        There is no such figure, or nothing to draw.

    Examples
    --------
    >>> import bimodal as bm
    >>> result = bm.simulate("1 MIU/m2 SC daily for 5 days", patients=3, report_days=[5], follow_up_days=1)
    >>> len(bm.plot(result, "cell_folds").axes) > 1
    True
    >>> result.plot("cell_fold")
    Traceback (most recent call last):
    ...
    bimodal.errors.BimodalError: this result has no figure 'cell_fold'
      try:   one of: cell_folds, treg_tconv_ratio, il2_over_time, pstat5_occupancy
    """
    figures = _figures(result)
    if not figures:
        raise BimodalError("there is nothing to draw in this result")
    if name is not None and name not in figures:
        raise BimodalError(f"this result has no figure '{name}'", fix=f"one of: {', '.join(figures)}")
    return figures[name if name is not None else next(iter(figures))]()


def _figures(result: Result) -> Mapping[str, Callable[[], Figure]]:
    if isinstance(result, StudyResult):
        from bimodal.report.figures.catalogue import drawable

        return {entry.name: partial(entry.figure, result) for entry in drawable(result)}
    if isinstance(result, DoseResponses):
        from bimodal.report.figures.response_figures import response_drawings

        data = result.to_json()
        drawings = response_drawings(result.found, data.get("drugs", [data]), result.dish.sentence)
        return {ending.removeprefix("-") or "curves": draw for ending, draw in drawings}
    from bimodal.report.figures.compare import draw_comparison

    return {"compare": partial(draw_comparison, result)}
