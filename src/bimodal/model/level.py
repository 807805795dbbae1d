"""The receptor level of a model: which text stands for the module `receptors`, and what comes with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bimodal.model.files import read_data


@dataclass(frozen=True)
class ReceptorLevel:
    """Files that put another module `receptors`, with the same ports, into texts written for the first one.

    Parameters
    ----------
    replaces, by
        File of the module the texts were written for, and of the one to take in its place.
    constants
        File with the constants of the new module: lines to stand before the end of the model; those with ``CELL`` or
        ``RECEPTORS`` once for each cell type, with its name and the place of its receptors.
    cells
        Cell types of the model.
    rest
        File with the receptors of one cell alone, for the starting values.
    """

    replaces: str
    by: str
    constants: str
    cells: tuple[str, ...]
    rest: str

    def text(self, files: Iterable[str], places: Mapping[str, str]) -> str:
        """Return the text of a model with this level in it.

        Parameters
        ----------
        files
            Shipped files in order; the last ends with the model.
        places
            Cell type -> where its receptors are, such as ``{"treg": "treg.r"}``.
        """
        text = "".join(read_data(self.by if name == self.replaces else name) for name in files)
        lines: list[str] = []
        for line in read_data(self.constants).splitlines():
            each = ("CELL" in line or "RECEPTORS" in line) and not line.lstrip().startswith("//")
            filled = [line.replace("CELL", cell).replace("RECEPTORS", place) for cell, place in places.items()]
            lines += filled if each else [line]
        return before_end(text, "\n".join(lines) + "\n")


def before_end(text: str, lines: str) -> str:
    r"""Return Antimony text with lines put before the end of its last model.

    Parameters
    ----------
    text
        Modules, and the model last.
    lines
        Each with its line break.

    Examples
    --------
    >>> before_end("model m()\n  x = 1;\nend\n", "  y = 2;\n")
    'model m()\n  x = 1;\n  y = 2;\nend\n'
    """
    return text.rstrip().removesuffix("end") + lines + "end\n"
