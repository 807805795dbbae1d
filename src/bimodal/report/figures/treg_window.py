"""The Treg window of a molecule: a reading of its dose-response curves, for the bimodal map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bimodal.report.figures.response_marks import read
from bimodal.report.text import cell_label, number


@dataclass(frozen=True)
class TregWindow:
    """Concentrations at which Treg respond half-maximally and no other cell type reaches a fifth of its maximum.

    ``low`` (pM) is the EC50 of Treg, ``high`` the EC20 of the most sensitive cell that is not a Treg, named by
    ``cell``. There is no window where ``low`` is not below ``high``.
    """

    low: float
    high: float
    cell: str

    @classmethod
    def of(cls, response: Mapping[str, Any]) -> TregWindow | None:
        """Read the window off what `bimodal response --json` prints; None without Treg or another cell.

        Examples
        --------
        >>> cells = [{"cell": "treg", "ec50_pM": 20.0}, {"cell": "cd8", "ec50_pM": 2e3, "ec20_pM": 900.0}]
        >>> TregWindow.of({"cells": cells}).sentence
        'Treg window 20 to 900 pM: from EC50 of Treg to EC20 of CD8 T'
        """
        low = read(response, "ec50_pM").get("treg")
        others = [
            (value, cell)
            for cell, value in read(response, "ec20_pM").items()
            if value is not None and cell.split("_")[0] != "treg"
        ]
        if low is None or not others:
            return None
        high, cell = min(others)
        return cls(low, high, cell)

    @property
    def sentence(self) -> str:
        """The window in words."""
        if self.low < self.high:
            return (
                f"Treg window {number(self.low)} to {number(self.high)} pM: from EC50 of Treg to EC20 of "
                f"{cell_label(self.cell)}"
            )
        return (
            f"No Treg window: EC20 of {cell_label(self.cell)} ({number(self.high)} pM) is not above EC50 of Treg "
            f"({number(self.low)} pM)"
        )
