"""Every figure of `bimodal response`, with what the name of each file ends in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from bimodal.report.figures.bimodal_map import bimodal_map
from bimodal.report.figures.dose_response import dose_response
from bimodal.report.figures.dose_response_panels import dose_response_panels
from bimodal.report.figures.response_marks import Panel
from bimodal.report.figures.selectivity_map import selectivity_map
from bimodal.report.text import clean, number
from bimodal.response.response import Response

_READINGS = {"mean_of_cells": "mean of cells", "median_of_cells": "median of cells"}


def response_figures(
    found: Sequence[Sequence[Response]], objects: Sequence[Mapping[str, Any]], condition: str = ""
) -> list[tuple[str, Figure]]:
    """Draw a dose-response: one list per molecule in ``found``, a response for each time.

    Each figure comes with the ending of its file name: ``""`` curves, ``"-map"`` the bimodal map, ``"-selectivity"``
    for several molecules, ``"-times"`` for several times, ``"-cells"`` for cells that differ in receptors.
    ``condition``, what else is in the dish, begins with a comma.

    Examples
    --------
    >>> from bimodal.drugs import load_molecule
    >>> from bimodal.response.response import simulate_response
    >>> native = simulate_response(load_molecule("aldesleukin"))
    >>> [ending for ending, _ in response_figures([[native]], [native.to_json()])]
    ['', '-map']
    """
    return [(ending, draw()) for ending, draw in response_drawings(found, objects, condition)]


def response_drawings(
    found: Sequence[Sequence[Response]], objects: Sequence[Mapping[str, Any]], condition: str = ""
) -> list[tuple[str, Callable[[], Figure]]]:
    """Name the same figures, each to be drawn when it is called."""
    drugs = [str(data["drug"]) for data in objects]
    sign = ", ".join(drugs)
    first = [
        Panel(drug, data, _typical(times[0], data)) for drug, times, data in zip(drugs, found, objects, strict=True)
    ]
    after = f"After {number(found[0][0].minutes)} min{clean(condition, 200)}."
    made: list[tuple[str, Callable[[], Figure]]] = [
        (
            "",
            lambda: (
                dose_response(first[0].response, first[0].curves, condition)
                if len(first) == 1
                else dose_response_panels(
                    first, title="pSTAT5 dose-response of several molecules", subtitle=after, sign=sign
                )
            ),
        ),
        ("-map", lambda: bimodal_map(first, condition)),
    ]
    if len(first) > 1:
        made.append(("-selectivity", lambda: selectivity_map(objects, condition)))
    if "time_course" in objects[0]:
        made.append(("-times", lambda: _times(found, objects, condition)))
    if any("heterogeneity" in cell for data in objects for cell in data["cells"]):
        made.append(("-cells", lambda: _cells(found, objects, after)))
    return made


def _typical(response: Response, data: Mapping[str, Any]) -> dict[str, Any]:
    return {cell["cell"]: (response.concentrations, response.pstat5[cell["cell"]]) for cell in data["cells"]}


def _times(found: Sequence[Sequence[Response]], objects: Sequence[Mapping[str, Any]], condition: str) -> Figure:
    many = len(objects) > 1
    panels = [
        Panel(f"{data['drug']}, {response.minutes:g} min" if many else f"{response.minutes:g} min", entry, curves)
        for times, data in zip(found, objects, strict=True)
        for response, entry in zip(times, data["time_course"], strict=True)
        for curves in [_typical(response, entry)]
    ]
    name = "several molecules" if many else str(objects[0]["drug"])
    return dose_response_panels(
        panels,
        title=f"pSTAT5 dose-response over time, {name}",
        subtitle=f"Ligand held constant{clean(condition, 200)}.",
        columns=min(len(found[0]), 4),
        sign=", ".join(str(data["drug"]) for data in objects),
    )


def _cells(found: Sequence[Sequence[Response]], objects: Sequence[Mapping[str, Any]], after: str) -> Figure:
    """Draw the typical cell, the mean and the median of unlike cells beside each other."""
    panels: list[Panel] = []
    many = len(objects) > 1
    for times, data in zip(found, objects, strict=True):
        head = f"{data['drug']}, " if many else ""
        panels.append(Panel(f"{head}typical cell", data, _typical(times[0], data)))
        for key, words in _READINGS.items():
            varied = [cell for cell in data["cells"] if "heterogeneity" in cell]
            read = [{"cell": cell["cell"], **cell["heterogeneity"][key]} for cell in varied]
            population = times[0].populations
            which = {c: p.mean if key == "mean_of_cells" else p.median for c, p in population.items()}
            curves = {c: (times[0].concentrations, curve) for c, curve in which.items()}
            panels.append(Panel(f"{head}{words}", {**data, "cells": read}, curves))
    name = "several molecules" if many else str(objects[0]["drug"])
    return dose_response_panels(
        panels,
        title=f"Typical cell and cells that differ in CD25 and CD122, {name}",
        subtitle=after,
        sample="n = 1 typical cell, or 256 unlike cells, per curve",
        columns=3,
        sign=", ".join(str(data["drug"]) for data in objects),
    )
