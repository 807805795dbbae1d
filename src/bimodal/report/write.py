"""Writes figures and report into a folder."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from bimodal.files.write import write_bytes
from bimodal.report.figures.catalogue import Entry, drawable
from bimodal.report.live import LivePanel
from bimodal.report.page import page
from bimodal.report.render import to_png, to_svg
from bimodal.report.source import ResultSource


def write_report(
    result: ResultSource,
    folder: Path,
    *,
    figures: Path | None = None,
    png: bool = False,
    live: LivePanel | None = None,
) -> Path:
    """Write `report.html`, one page with every figure inside it.

    The same result gives the same bytes.

    Parameters
    ----------
    figures
        Folder for the same figures as SVG files; None writes none.
    png
        Whether to write them there as PNG too, as `write_figures` does: a second drawing of each.
    live
        A panel in which the reader can move a dose.
    """
    drawn: dict[Entry, bytes] = {}
    for entry in drawable(result):
        figure = entry.figure(result)  # building one costs as much as drawing it
        drawn[entry] = to_svg(figure)
        if figures is not None:
            write_bytes(Path(figures) / f"{entry.name}.svg", drawn[entry])
            if png:
                write_bytes(Path(figures) / f"{entry.name}.png", to_png(figure))
    return write_bytes(Path(folder) / "report.html", page(result, drawn, live).encode("utf-8"))


def write_figures(result: ResultSource, folder: Path) -> list[Path]:
    """Write every figure of a study as PNG and SVG.

    Files come in report order; figures without data are left out.
    """
    return [path for entry in drawable(result) for path in write_figure(entry.figure(result), Path(folder), entry.name)]


def write_figure(figure: Figure, folder: Path, name: str) -> list[Path]:
    """Write one figure as PNG and SVG.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in write_figure(Figure(figsize=(1, 1)), Path(folder), "empty")]
    ['empty.png', 'empty.svg']
    """
    return [
        write_bytes(Path(folder) / f"{name}.{ending}", draw(figure))
        for ending, draw in (("png", to_png), ("svg", to_svg))
    ]
