"""The receptor level of a model: which text stands for the module `receptors`, and what comes with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bimodal.model.files import read_data
from bimodal.model.short_lines import Source


@dataclass(frozen=True)
class ReceptorLevel:
    """Files that put another module `receptors`, with the same ports, into texts written for the first one.

    Parameters
    ----------
    replaces, by
        File of the module the texts were written for, and of the one to take in its place.
    constants
        File with the constants of the new module, to stand before the end of the model, and a text
        ``receptors_of(cell, receptors)`` with those of one cell type.
    cells
        Cell types of the model.
    rest
        File with the receptors of one cell alone, for the starting values.
    unmeasured
        What a cell type without a row ``<cell>_<name>`` in the tables takes: name -> row whose value is assumed.
    """

    replaces: str
    by: str
    constants: str
    cells: tuple[str, ...]
    rest: str
    unmeasured: Mapping[str, str] = field(default_factory=dict[str, str])

    def sources(self, files: Iterable[str], places: Mapping[str, str]) -> list[Source]:
        """Return the texts of a model with this level in it.

        Parameters
        ----------
        files
            Shipped files in order; the last ends with the model.
        places
            Cell type -> where its receptors are, such as ``{"treg": "treg.r"}``.
        """
        lines = "".join(f"@insert receptors_of({cell}, {place})\n" for cell, place in places.items())
        inside = [Source(self.constants, read_data(self.constants)), Source(self.constants, lines)]
        return before_end(shipped(self.by if name == self.replaces else name for name in files), inside)


def shipped(files: Iterable[str]) -> list[Source]:
    """Return the texts of shipped files."""
    return [Source(name, read_data(name)) for name in files]


def before_end(sources: Sequence[Source], inside: Iterable[Source]) -> list[Source]:
    r"""Return texts of modules and a model with lines put before the end of the model, which ends the last of them.

    Examples
    --------
    >>> found = before_end([Source("m.ant", "model m()\n  x = 1;\nend\n")], [Source("more.ant", "  y = 2;\n")])
    >>> [(part.file, part.text, part.first_line) for part in found]
    [('m.ant', 'model m()\n  x = 1;\n', 1), ('more.ant', '  y = 2;\n', 1), ('m.ant', 'end\n', 3)]
    """
    *modules, model = sources
    body = model.text.rstrip().removesuffix("end")
    end = Source(model.file, "end\n", model.first_line + body.count("\n"))
    return [*modules, Source(model.file, body, model.first_line), *inside, end]
