"""Dose-responses of one or several molecules, at one or several times, as one answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bimodal import INTENDED_USE
from bimodal.drugs import Molecule
from bimodal.notebook import as_html, cut
from bimodal.response.curves import Response
from bimodal.response.dish import Dish
from bimodal.response.response import responses_json

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

_LINES, _CELLS = 8, 5


@dataclass(frozen=True, eq=False)
class DoseResponses:
    """What ``bimodal.response`` gives back.

    Parameters
    ----------
    molecules
        What was tested.
    dish
        In which conditions, and when.
    cells
        Subsets that were asked for; none means all.
    found
        For each molecule the curves at each time.

    Examples
    --------
    >>> import bimodal as bm
    >>> found = bm.response("aldesleukin", cells=["treg"])
    >>> found
    pSTAT5 dose-response after 30 min
      aldesleukin: treg EC50 40.3 pM
    >>> found.curves().columns.tolist()
    ['drug', 'minutes', 'cell', 'concentration_pM', 'pstat5', 'occupancy']
    """

    molecules: tuple[Molecule, ...]
    dish: Dish
    cells: tuple[str, ...]
    found: tuple[tuple[Response, ...], ...]

    def to_json(self) -> dict[str, Any]:
        """Give the figures of ``bimodal response --json``."""
        return responses_json(self.found, self.dish, cells=self.cells)

    def to_pandas(self) -> pandas.DataFrame:
        """Give one row per molecule, time and subset: EC10, EC20, EC50 (pM), slope, maxima, and ratios to Treg.

        Columns ``..._of_aldesleukin`` compare at a common effect; ``reason`` says why there is no EC50.
        """
        import pandas

        return pandas.DataFrame([row for one in self._each() for row in one.rows(self.cells)])

    def curves(self) -> pandas.DataFrame:
        """Give one row per molecule, time, subset and concentration."""
        import pandas

        return pandas.concat([one.curves(self.cells) for one in self._each()], ignore_index=True)

    def plot(self, name: str | None = None) -> Figure:
        """Draw a figure, as ``bimodal.plot`` does."""
        import bimodal

        return bimodal.plot(self, name)

    def __repr__(self) -> str:
        several = len(self.dish.minutes) > 1
        lines = [self._title]
        for one in self._each()[:_LINES]:
            when = f", {one.minutes:g} min" if several else ""
            lines.append(f"  {cut(one.drug, 30)}{when}: {one.in_words(self.cells, _CELLS)}")
        left = len(self._each()) - _LINES
        return "\n".join([*lines, *([f"  and {left} more"] if left > 0 else [])])

    def _repr_html_(self) -> str:
        return as_html(self._title, self.to_pandas(), notes=[INTENDED_USE], rows=40)

    @property
    def _title(self) -> str:
        when = ", ".join(f"{minutes:g}" for minutes in self.dish.minutes)
        return cut(f"pSTAT5 dose-response after {when} min{self.dish.sentence}", 200)

    def _each(self) -> list[Response]:
        return [one for times in self.found for one in times]
