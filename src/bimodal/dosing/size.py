"""How large a regimen has become, phase by phase."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from bimodal.dosing.extent import phase_extent
from bimodal.dosing.limits import MAX_DOSES, MAX_HOURS
from bimodal.dosing.phase import Phase
from bimodal.errors import DosingError


@dataclass(frozen=True)
class Size:
    """Number of phases and doses so far, and when the next phase begins, to refuse the impossible before listing it."""

    phases: int = 0
    doses: int = 0
    end: Fraction = Fraction(0)

    def then(self, phase: Phase) -> Size:
        """Add a phase, refusing one without a dose on protocol day 1, with overlapping cycles or over the limits."""
        extent = phase_extent(phase)
        if self.phases == 0 and extent.first != 0:
            raise DosingError(
                "the first dose must fall on protocol day 1, because day 0 is the time of the first dose",
                fix="number the days from the first dose",
            )
        size = Size(self.phases + 1, self.doses + extent.doses, self.end + extent.end)
        if size.doses > MAX_DOSES:
            raise DosingError(f"the regimen has over {MAX_DOSES} doses in all, more than is supported")
        if size.end > Fraction(MAX_HOURS):
            raise DosingError("the regimen lasts over 100 years")
        return size
