"""Counts of one comparison over many numbers, and how far apart they were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from fuzz.reference import REASONS
from fuzz.rounding import EPS

Array = npt.NDArray[Any]

#: A difference larger than this many first-order bounds on rounding is a mismatch.
ALLOWED = 32.0
#: A bound above this share of the value (and above 1e-12) leaves a comparison that says little; counted apart.
LOOSE = 1e-6
_KEPT = 20
#: Rounding of the reference itself, relative.
_OWN = 64.0 * np.finfo(np.longdouble).eps


@dataclass
class Tally:
    """What became of the numbers of one comparison."""

    compared: int = 0
    loose: int = 0
    mismatches: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    worst_in_bounds: float = 0.0
    relative: list[Array] = field(default_factory=list)
    examples: list[dict[str, Any]] = field(default_factory=list)

    def add(
        self,
        got: Array,
        reference: Array,
        *,
        why: Array,
        bound: Array,
        doubt: Array | float = 0.0,
        unusable: dict[str, Array] | None = None,
        show: Callable[[int], dict[str, Any]],
    ) -> None:
        """Compare (P,) numbers.

        Parameters
        ----------
        got, reference
            The package's numbers and the independent ones.
        why
            Codes of :mod:`fuzz.reference`.
        bound
            First-order bound on the package's rounding, infinite where rounding may cross a jump.
        doubt
            Error of the reference itself.
        unusable
            Further reasons not to compare, as masks.
        show
            Describes point i, for the list of mismatches.
        """
        n = len(got)
        open_ = np.ones(n, np.bool_)
        with np.errstate(all="ignore"):
            why = np.broadcast_to(why, n)
            masks = {REASONS[code]: why == code for code in REASONS}
            masks |= unusable or {}
            masks["rounding may cross a jump, or cancels everything"] = ~np.isfinite(bound) & np.isfinite(got)
            for reason, mask in masks.items():
                self.skipped[reason] += int((open_ & mask).sum())
                open_ &= ~mask
            difference = np.abs(np.asarray(got, np.longdouble) - reference)
            size = np.abs(reference)
            doubt, bound = doubt + _OWN * size, bound + EPS * size
            wrong = open_ & ~(difference <= ALLOWED * bound + doubt)
            loose = open_ & ~wrong & ~(bound + doubt <= np.maximum(LOOSE * size, 1e-12))
            tight = open_ & ~loose & ~wrong
            ratio = np.where(difference > doubt, (difference - doubt) / np.maximum(bound, 1e-300), 0.0)
            relative = np.where((size > 0) & (bound + doubt <= LOOSE * size), difference / size, 0.0)
        self.compared += int(open_.sum())
        self.loose += int(loose.sum())
        self.mismatches += int(wrong.sum())
        for i in np.flatnonzero(wrong)[: _KEPT - len(self.examples)]:
            numbers = {"got": float(got[i]), "reference": float(reference[i]), "bound": float(bound[i])}
            self.examples.append(numbers | show(int(i)))
        if tight.any():
            self.worst_in_bounds = max(self.worst_in_bounds, float(ratio[tight].max()))
            self.relative.append(np.asarray(relative[tight], np.float32))

    def merge(self, other: Tally) -> None:
        """Take in another tally of the same comparison."""
        self.compared += other.compared
        self.loose += other.loose
        self.mismatches += other.mismatches
        self.skipped += other.skipped
        self.worst_in_bounds = max(self.worst_in_bounds, other.worst_in_bounds)
        self.relative += other.relative
        self.examples = (self.examples + other.examples)[:_KEPT]

    def record(self) -> dict[str, Any]:
        """Return the counts and quantiles as plain data."""
        relative = np.concatenate(self.relative) if self.relative else np.zeros(1, np.float32)
        median, most = (float(q) for q in np.quantile(relative, (0.5, 0.999)))
        return {
            "compared": self.compared,
            "of_which_loose": self.loose,
            "mismatches": self.mismatches,
            "skipped": {reason: count for reason, count in self.skipped.most_common() if count},
            "relative_difference": {"median": median, "quantile_0.999": most, "worst": float(relative.max())},
            "worst_difference_in_bounds": self.worst_in_bounds,
            "examples": self.examples,
        }
