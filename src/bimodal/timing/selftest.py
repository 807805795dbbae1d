"""The selftest: whether the comparison is as honest as it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from bimodal import __version__
from bimodal.errors import TimingError
from bimodal.timing import selftest_checks as checks
from bimodal.timing.operating import Operating, Progress
from bimodal.timing.selftest_bars import ENOUGH, Bar, rate_bars
from bimodal.timing.selftest_cells import FAST, FULL, run_cells
from bimodal.timing.wording import SAFETY


@dataclass(frozen=True, eq=False)
class SelfTest:
    """All bars and the cells behind them.

    ``cells`` map (truth, design) to what came out of ``series`` series each.
    """

    bars: tuple[Bar, ...]
    cells: Mapping[tuple[str, str], Operating]
    series: int
    full: bool
    seed: int

    @property
    def met(self) -> bool:
        """Whether every bar is met."""
        return all(bar.met for bar in self.bars)

    @property
    def allowance(self) -> bool:
        """Whether limits on rates allow two standard errors."""
        return self.series < ENOUGH

    def rows(self) -> list[dict[str, Any]]:
        """Give one row of figures per cell."""
        return [{"truth": truth, "design": design, **_row(one)} for (truth, design), one in self.cells.items()]

    def to_dict(self) -> dict[str, Any]:
        """Give it as JSON can hold it."""
        return {
            "safety": SAFETY,
            "bimodal": __version__,
            "seed": self.seed,
            "series_per_cell": self.series,
            "full": self.full,
            "limits_allow_two_standard_errors": self.allowance,
            "met": self.met,
            "bars": [asdict(bar) for bar in self.bars],
            "cells": self.rows(),
        }


def run_selftest(series: int, *, full: bool, seed: int = 1, progress: Progress | None = None) -> SelfTest:
    """Run every bar, over every cell if ``full``, else over the fast subset."""
    if not 1 <= series <= 100_000:
        raise TimingError("a number of series is out of range", where=f"{series}", fix="1 to 100,000")
    cells = run_cells(FULL if full else FAST, series, seed=seed, progress=progress)
    repeats = 20 if full else 2
    bars = [
        *rate_bars(cells, series),
        checks.too_few(seed, repeats),
        checks.likelihoods_agree(seed),
        checks.grid_fine_enough(seed, 8 if full else 2),
        *checks.trial_arithmetic(seed),
        checks.hostile_input(),
        checks.cost(),
    ]
    return SelfTest(tuple(bars), cells, series, full, seed)


def _row(one: Operating) -> dict[str, Any]:
    row: dict[str, Any] = {
        "series": one.n,
        "bf_over_3": float((one.bayes_factor > 3).mean()),
        "bf_over_10": float((one.bayes_factor > 10).mean()),
        "given_window": float(one.given.mean()),
        "status": one.statuses,
    }
    if np.isfinite(one.phase_error_h).any():
        row |= {
            "period_error_d": float(np.median(np.abs(one.period_error_d))),
            "phase_error_h": float(np.median(np.abs(one.phase_error_h))),
            "covers_50": float(one.covers(0.5).mean()),
            "covers_80": float(one.covers(0.8).mean()),
            "covers_95": float(one.covers(0.95).mean()),
            "hit": float(one.hit[one.given].mean()) if one.given.any() else None,
            "hit_predicted": float(one.p_window[one.given].mean()) if one.given.any() else None,
        }
    return row
