"""The simulated series that the selftest judges the comparison by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bimodal.timing.operating import Operating, Progress, operate
from bimodal.timing.simulate_series import NULLS, sample_days, simulate_series

ALL_DESIGNS = ("7 in 12 d", "14 daily", "14 every 2 d", "21 daily", "28 daily", "42 daily")
POWER_DESIGNS = ("14 daily", "14 every 2 d", "21 daily", "28 daily")
WELL_SPECIFIED = ("cycle A .5 quiet", "cycle A .5", "cycle A .75", "cycle A 1.0")
TRUTHS = (*WELL_SPECIFIED, "mech", "drift", "pulse")


@dataclass(frozen=True)
class Cells:
    """Which truths are run at which sampling.

    Examples
    --------
    >>> len(FULL.pairs), len(FAST.pairs)
    (88, 19)
    """

    nulls: tuple[str, ...]
    null_designs: tuple[str, ...]
    truths: tuple[str, ...]
    truth_designs: tuple[str, ...]

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """All (truth, design), design by design."""
        designs = dict.fromkeys((*self.null_designs, *self.truth_designs))
        return tuple(
            (truth, design)
            for design in designs
            for truth in (
                *(self.nulls if design in self.null_designs else ()),
                *(self.truths if design in self.truth_designs else ()),
            )
        )


FULL = Cells(NULLS, ALL_DESIGNS, TRUTHS, POWER_DESIGNS)
"""Every noise at every sampling, every truth where there is power to speak of."""
FAST = Cells(
    ("OU 3 d", "filtered", "two pulses", "random walk", "pseudo-cycle"),
    ("7 in 12 d", "14 every 2 d", "21 daily"),
    ("cycle A .75", "mech"),
    ("21 daily", "28 daily"),
)
"""A look, for every day."""


def series_of(design: str, series: int) -> int:
    """Give the number of series of a cell: half as many where one costs as much as two others (42 daily samples)."""
    return max(1, series // 2) if design == "42 daily" else series


def run_cells(
    cells: Cells, series: int, *, seed: int, progress: Progress | None = None
) -> Mapping[tuple[str, str], Operating]:
    """Simulate and judge every cell; cells of one design share the work on its grid.

    (truth, design) to what came out; a cell of 42 samples has half as many series.

    Examples
    --------
    >>> one = Cells(("white",), ("7 in 12 d",), (), ())
    >>> run_cells(one, 2, seed=1)["white", "7 in 12 d"].n
    2
    """
    found: dict[tuple[str, str], Operating] = {}
    total, done = sum(series_of(design, series) for _, design in cells.pairs), 0
    for design in dict.fromkeys(design for _, design in cells.pairs):
        truths = [truth for truth, own in cells.pairs if own == design]
        days, count = sample_days(design, seed), series_of(design, series)
        made = [simulate_series(truth, days, seed=seed, index=k) for truth in truths for k in range(count)]

        def tell(judged: int, _all: int, what: str, start: int = done) -> None:
            if progress is not None:
                progress(start + judged, total, what)

        answer = operate(made, progress=tell, what=design)
        for turn, truth in enumerate(truths):
            found[truth, design] = answer.part(slice(turn * count, (turn + 1) * count))
        done += len(made)
    return found
