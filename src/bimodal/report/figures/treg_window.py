"""The Treg window of a molecule: a reading of its dose-response curves, for the bimodal map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bimodal.report.figures.response_marks import read
from bimodal.report.text import cell_label, number


@dataclass(frozen=True)
class TregWindow:
    """Concentrations at which Treg respond by half of aldesleukin's maximum, and no other cell type by a fifth of it.

    Both are common effects, so that windows of molecules compare and no maximum need be reached. ``low`` (pM) is where
    Treg reach a half, ``high`` where the first cell that is not a Treg, named by ``cell``, reaches a fifth. There is no
    window where ``low`` is not below ``high``.
    """

    low: float
    high: float
    cell: str

    @classmethod
    def of(cls, response: Mapping[str, Any]) -> TregWindow | None:
        """Read the window off what `bimodal response --json` prints; None without Treg or another cell.

        Examples
        --------
        >>> key = "ec{}_of_aldesleukin_pM".format
        >>> TregWindow.of({"cells": [{"cell": "treg", key(50): 20.0}, {"cell": "cd8", key(20): 900.0}]}).sentence
        'Treg window 20 to 900 pM: from half in Treg to a fifth in CD8 T'
        """
        low = read(response, "ec50_of_aldesleukin_pM").get("treg")
        others = [
            (value, cell)
            for cell, value in read(response, "ec20_of_aldesleukin_pM").items()
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
                f"Treg window {number(self.low)} to {number(self.high)} pM: from half in Treg to a fifth in "
                f"{cell_label(self.cell)}"
            )
        return (
            f"No Treg window: a fifth in {cell_label(self.cell)} ({number(self.high)} pM) is not above half in Treg "
            f"({number(self.low)} pM)"
        )
