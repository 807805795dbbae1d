"""All doses of a regimen, in order."""

from __future__ import annotations

from dataclasses import dataclass

from bimodal.dosing.dose import ScheduledDose


@dataclass(frozen=True)
class DoseSchedule:
    """What a regimen means in time: every dose, every cycle, and what a reader should be warned of.

    ``cycle_starts_h`` are the times of the first dose of every cycle; ``end_h`` is the end of the last dosing interval,
    0 without doses.
    """

    doses: tuple[ScheduledDose, ...]
    cycle_starts_h: tuple[float, ...]
    end_h: float
    warnings: tuple[str, ...] = ()

    def cycle_lines(self) -> tuple[str, ...]:
        """Say for each cycle when it gives its first dose, so that a reader sees how the text was understood."""
        counts = [0] * len(self.cycle_starts_h)
        for dose in self.doses:
            counts[dose.cycle] += 1
        return tuple(
            f"cycle {number}: first dose at day {start / 24:g} (protocol day {int(start // 24) + 1}), "
            f"{count} dose{'' if count == 1 else 's'}"
            for number, (start, count) in enumerate(zip(self.cycle_starts_h, counts, strict=True), start=1)
        )
