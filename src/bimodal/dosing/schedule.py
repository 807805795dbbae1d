"""All doses of a regimen, in order."""

from __future__ import annotations

from dataclasses import dataclass

from bimodal.dosing.dose import ScheduledDose


@dataclass(frozen=True)
class DoseSchedule:
    """What a regimen means in time: every dose, every cycle, and what a reader should be warned of.

    Parameters
    ----------
    doses
        In ascending order of time.
    cycle_starts_h
        Time of the first dose of every cycle, h.
    end_h
        End of the last dosing interval, h; 0 without doses.
    warnings
        Sentences, for instance about overlapping infusions.

    Examples
    --------
    >>> DoseSchedule((), (), 0.0, ()).cycle_lines()
    ()
    """

    doses: tuple[ScheduledDose, ...]
    cycle_starts_h: tuple[float, ...]
    end_h: float
    warnings: tuple[str, ...] = ()

    def cycle_lines(self) -> tuple[str, ...]:
        """Say for each cycle when it gives its first dose, so that a reader sees how the text was understood.

        Returns
        -------
        tuple of str
            One line per cycle: elapsed day (day 0 is the first dose) and protocol day (day 1 is the first dose).
        """
        counts = [0] * len(self.cycle_starts_h)
        for dose in self.doses:
            counts[dose.cycle] += 1
        return tuple(
            f"cycle {number}: first dose at day {start / 24:g} (protocol day {int(start // 24) + 1}), "
            f"{count} dose{'' if count == 1 else 's'}"
            for number, (start, count) in enumerate(zip(self.cycle_starts_h, counts, strict=True), start=1)
        )
