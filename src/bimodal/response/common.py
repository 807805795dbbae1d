"""Potency at a common effect: a share of what native IL-2 of the species does at most in the same cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bimodal.response.reading import NO_SIGNAL, level_crossing

FloatArray = npt.NDArray[np.float64]

REFERENCE = "aldesleukin"
#: What measures every molecule, by the species of the cells: its native IL-2.
REFERENCES = {"human": REFERENCE, "mouse": "mouse-il-2"}
SHARES = (0.1, 0.2, 0.5)
"""Shares of the measure's maximum at which potency is read."""


@dataclass(frozen=True)
class CommonEffect:
    """What a curve does, measured by native IL-2's in the same cell, time and medium.

    An EC50 is of a curve's own maximum, so those of molecules or cells with unlike maxima compare unlike effects, and
    a curve that still rises has none. At a common effect all compare.

    Parameters
    ----------
    emax
        Highest tested effect over the measure's maximum; None where the measure gives no signal.
    potency
        For each share: lowest concentration (pM) with that share of the measure's maximum; None where it is not
        reached, or reached at the lowest tested concentration already.
    reason
        Why there is no potency at 10 %; None where there is one.
    """

    emax: float | None
    potency: dict[float, float | None]
    reason: str | None

    @classmethod
    def of(
        cls, concentrations: FloatArray, curve: FloatArray, reference: FloatArray | None, measure: str = REFERENCE
    ) -> CommonEffect:
        """Read a curve against that of the measure, both (C,) shares of full signal.

        Examples
        --------
        >>> dose = np.logspace(-2, 5, 141)
        >>> found = CommonEffect.of(dose, 0.5 * dose / (dose + 40.0), dose / (dose + 40.0))
        >>> round(found.emax, 2), round(found.potency[0.1], 1), found.potency[0.5]
        (0.5, 10.0, None)
        """
        top = 0.0 if reference is None else float(reference.max())
        if reference is None or top < NO_SIGNAL:
            return cls(None, dict.fromkeys(SHARES), f"{measure} gives no signal to compare with")
        bottom = float(reference.min())
        levels = {share: bottom + share * (top - bottom) for share in SHARES}
        found = {share: _inside(concentrations, curve, level) for share, level in levels.items()}
        emax, reason = float(curve.max()) / top, None
        if found[SHARES[0]] is None:
            first, last = concentrations[0], concentrations[-1] / 1000.0
            reason = f"below 10 % of {measure}'s maximum up to {last:g} nM; highest tested effect {percent(emax)}"
            if float(curve.max()) >= levels[SHARES[0]]:
                reason = f"at or above 10 % of {measure}'s maximum from the lowest tested {first:g} pM on"
        return cls(emax, found, reason)

    def to_json(self) -> dict[str, Any]:
        """Return the figures of a cell under their names."""
        return {
            "emax_of_aldesleukin": self.emax,
            **{f"ec{100 * share:g}_of_aldesleukin_pM": value for share, value in self.potency.items()},
            "common_reason": self.reason,
        }


def percent(share: float) -> str:
    """Write a share as whole percent, with two digits below a tenth.

    Examples
    --------
    >>> percent(0.0613), percent(0.998)
    ('6.1 %', '100 %')
    """
    return f"{100.0 * share:.2g} %" if share < 0.0995 else f"{100.0 * share:.0f} %"


def _inside(concentrations: FloatArray, curve: FloatArray, level: float) -> float | None:
    if curve[0] >= level or curve.max() < level:
        return None
    return level_crossing(concentrations, curve, level)
