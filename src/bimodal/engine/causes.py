"""Runs the events a system causes itself, with the semantics of SBML Level 3: delay, priority, persistence."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from bimodal.engine.carried import Pending
from bimodal.engine.kernel import Kernel
from bimodal.engine.system import System

FloatArray = npt.NDArray[np.float64]

_MOST_AT_ONCE = 10_000  # events at one instant before the system is taken to be caught in a circle


@dataclass
class Causes:
    """The waiting events of one patient.

    Parameters
    ----------
    system, kernel
        Where conditions and assignments come from.
    waiting
        What was triggered and has not happened yet.
    """

    system: System
    kernel: Kernel
    waiting: list[Pending] = field(default_factory=list[Pending])
    _ties: int = 0
    _begun: bool = False
    _settled: bool = False  # whether the instant and the time just after it look the same
    stuck: str = ""  # the event that went on without end

    @property
    def next_due(self) -> float:
        """When the next waiting event is due, infinity if none waits."""
        return min((pending.due for pending in self.waiting), default=math.inf)

    def run(self, time: float, y: FloatArray, p: FloatArray, truth: npt.NDArray[np.int8], *, late: bool) -> bool | None:
        """Let everything happen that is triggered or due at an instant, or just after it.

        Parameters
        ----------
        time
            Now.
        y
            (n,) state, changed in place.
        p
            (P',) full parameters.
        truth
            (C,) conditions as they last were, brought up to date in place.
        late
            Whether the instant is over: until then sides that pass each other there count as equal.

        Returns
        -------
        Whether any event happened; ``None`` if events cause each other without end.
        """
        if late and self._settled and not any(pending.late and pending.due <= time for pending in self.waiting):
            return False
        happened = False
        conditions = self.system.conditions
        changed = (self.kernel.call("conditions", time, y, p) != 0.0) != (truth != 0)
        force = np.zeros(len(changed))
        if self._begun and not late and changed.any():  # at the start nothing has passed anything yet
            force = conditions.equal(time, y, p, self.kernel.call("rate", time, y, p), changed)
        self._begun = True
        chosen = None
        for _ in range(_MOST_AT_ONCE):
            self._notice(time, y, p, truth, force, late)
            due = [pending for pending in self.waiting if pending.due <= time and (late or not pending.late)]
            if not due:
                self._settled = not force.any()
                return happened
            chosen = self._first_of(due, time, y, p)
            self.waiting.remove(chosen)
            values = chosen.values
            if values is None:
                values = self._values(chosen.trigger, self.kernel.call("assign", time, y, p))
            targets = self.system.triggers[chosen.trigger].assignments
            for (state, _), value in zip(targets, values, strict=True):
                y[self.system.state_index[state]] = value
            force = conditions.kept(force, frozenset(state for state, _ in targets))
            happened = True
        self.stuck = "" if chosen is None else self.system.triggers[chosen.trigger].id
        return None

    def _notice(
        self, time: float, y: FloatArray, p: FloatArray, truth: npt.NDArray[np.int8], force: FloatArray, late: bool
    ) -> None:
        now = self.kernel.call("instant", time, y, p, force) != 0.0
        computed = None
        for i, trigger in enumerate(self.system.triggers):
            if now[i] and not truth[i]:
                if computed is None:
                    computed = self.kernel.call("assign", time, y, p)
                delay = float(computed[self._first_extra + 2 * i]) if trigger.delay is not None else 0.0
                values = self._values(i, computed) if trigger.values_at_trigger else None
                self.waiting.append(Pending(i, time + delay, values, late))
            elif truth[i] and not now[i] and not trigger.persistent:
                self.waiting = [pending for pending in self.waiting if pending.trigger != i]
        truth[:] = now

    @property
    def _first_extra(self) -> int:
        return sum(len(trigger.assignments) for trigger in self.system.triggers)

    def _values(self, index: int, computed: FloatArray) -> FloatArray:
        first = sum(len(trigger.assignments) for trigger in self.system.triggers[:index])
        return computed[first : first + len(self.system.triggers[index].assignments)].copy()

    def _first_of(self, due: list[Pending], time: float, y: FloatArray, p: FloatArray) -> Pending:
        """Return the event with the largest priority; of equal ones any, by a draw that is the same in every run."""
        priorities = [self._priority(pending.trigger, time, y, p) for pending in due]
        best = max(priorities)
        equal = [pending for pending, priority in zip(due, priorities, strict=True) if priority == best]
        if len(equal) < 2 or best == -math.inf:
            return due[priorities.index(best)]
        self._ties += 1
        return equal[_scrambled(self._ties) % len(equal)]

    def _priority(self, index: int, time: float, y: FloatArray, p: FloatArray) -> float:
        if self.system.triggers[index].priority is None:
            return -math.inf
        return float(self.kernel.call("assign", time, y, p)[self._first_extra + 2 * index + 1])


def _scrambled(number: int) -> int:
    """Return 64 bits that look random (the mixer of SplitMix64, Steele et al. 2014, OOPSLA)."""
    mask = 2**64 - 1
    x = (number * 0x9E3779B97F4A7C15) & mask
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & mask
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & mask
    return x ^ (x >> 31)
