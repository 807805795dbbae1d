"""The two regimens of the benchmark, and when results are saved."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bimodal.engine import Schedule, System

DAYS = 90
SAVES = 200
END = 24.0 * DAYS
#: (200,) hours; 10.8 h apart, so some fall on doses: a value there is the one before the dose.
TIMES: npt.NDArray[np.float64] = np.linspace(END / SAVES, END, SAVES)


@dataclass(frozen=True)
class Regimen:
    """Doses: ``boluses`` (hours, amount) add to a state, ``rates`` (hours, amount per hour) set a constant."""

    name: str
    words: str
    boluses: tuple[tuple[float, float], ...] = ()
    rates: tuple[tuple[float, float], ...] = ()
    depot: str = "depot"
    infusion: str = "infusion"

    @cached_property
    def events(self) -> tuple[tuple[float, str, float], ...]:
        """``(hours, target, value)`` in order of time."""
        doses = [(t, self.depot, v) for t, v in self.boluses] + [(t, self.infusion, v) for t, v in self.rates]
        return tuple(sorted(doses, key=lambda event: event[0]))

    @property
    def on_a_save(self) -> npt.NDArray[np.bool_]:
        """(T,) which save times fall on an event; not every solver can report the value before it."""
        when = np.array([event[0] for event in self.events])
        return (np.abs(TIMES[:, None] - when).min(axis=1)) < 1e-6

    def schedule(self, system: System, patients: int) -> Schedule:
        """Return the regimen as events of the engine."""
        slots = [
            system.slot_add(target) if target == self.depot else system.slot_set(target) for _, target, _ in self.events
        ]
        values = np.tile([value for _, _, value in self.events], (patients, 1))
        return Schedule.shared([t for t, _, _ in self.events], slots, values)

    def antimony(self, text: str) -> str:
        """Return the model's text with the regimen written into it: starting values, then SBML events."""
        lines = []
        for i, (t, target, value) in enumerate(self.events):
            if t == 0.0:
                text = text.replace(f"{target} = 0;", f"{target} = {value};").replace(
                    f"{target} = 0.0;", f"{target} = {value};"
                )
                continue
            new = f"{target} + {value}" if target == self.depot else f"{value}"
            lines.append(f"  dose{i}: at (time >= {t}), t0=false: {target} = {new};")
        head, end, tail = text.rpartition("end")
        return head + "\n".join(lines) + "\n" + end + tail


def _courses() -> tuple[tuple[float, float], ...]:
    rates: list[tuple[float, float]] = []
    for course in (0.0, 14 * 8.0 + 9 * 24.0):
        for dose in range(14):
            begin = course + 8.0 * dose
            rates += [(begin, 150_000.0 / 0.25), (begin + 0.25, 0.0)]
    return tuple(rates)


DAILY = Regimen("A", "4,000 pmol SC daily x 56", boluses=tuple((24.0 * day, 4000.0) for day in range(56)))
COURSES = Regimen("B", "150,000 pmol over 15 min q8h x 14, rest 9 days, x 14", rates=_courses())
REGIMENS = (DAILY, COURSES)
