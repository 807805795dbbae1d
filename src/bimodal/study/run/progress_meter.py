"""How far a run is, how fast it goes and when it will be done: one event, for a terminal, a page or a program."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from bimodal.study.run.work_part import Receipt

_WINDOW_S = 60.0


class ProgressMeter:
    """Follows a run, and tells about it as plain data.

    Parameters
    ----------
    study
        Name of the study.
    clock
        Gives seconds.

    Examples
    --------
    >>> seconds = iter([0.0, 2.0])
    >>> meter = ProgressMeter("mine", clock=lambda: next(seconds))
    >>> meter.event(0, 100, "low")["event"]
    'start'
    >>> found = meter.event(50, 100, "low")
    >>> found["rate"], found["eta_s"]
    (25.0, 2.0)
    """

    def __init__(self, study: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._study = study
        self._clock = clock
        self._begun: float | None = None
        self._known: deque[tuple[float, int]] = deque()
        self._failed = 0

    def watch(self, receipt: Receipt) -> None:
        """Count the patients of a part that failed."""
        self._failed += receipt.failed

    def event(self, done: int, total: int, arm: str) -> dict[str, Any]:
        """Say how far it is.

        Returns
        -------
        dict
            ``event`` (``start``, then ``progress``), ``study``, ``done`` and ``total`` patients over all arms, ``arm``,
            ``rate`` in patients per second over the last minute, ``eta_s`` and ``elapsed_s`` in seconds, and
            ``failed`` patients of those computed now. What was stored before counts as done and not into the rate.
        """
        now = self._clock()
        first = self._begun is None or (self._known and done < self._known[-1][1])  # or another sweep begins
        if first:
            self._begun = now if self._begun is None else self._begun
            self._known.clear()
        self._known.append((now, done))
        while len(self._known) > 2 and now - self._known[1][0] >= _WINDOW_S:
            self._known.popleft()
        since, before = self._known[0]
        rate = (done - before) / (now - since) if now > since and done > before else None
        return {
            "event": "start" if first else "progress",
            "study": self._study,
            "done": done,
            "total": total,
            "arm": arm,
            "rate": None if rate is None else round(rate, 3),
            "eta_s": None if rate is None else round((total - done) / rate, 1),
            "elapsed_s": round(now - (self._begun or now), 1),
            "failed": self._failed,
        }


def rate_and_eta(event: Mapping[str, Any], unit: str = "patients") -> str:
    """Say rate and time left of an event in a few words; empty where they are not known.

    Examples
    --------
    >>> rate_and_eta({"rate": 1234.5, "eta_s": 3900.0}), rate_and_eta({"rate": None, "eta_s": None})
    ('1,230 patients/s, 1 h 05 min left', '')
    """
    if event["rate"] is None:
        return ""
    rate, seconds = float(format(event["rate"], ".3g")), round(event["eta_s"])
    minutes = -(-seconds // 60)
    left = f"{seconds} s" if seconds < 100 else f"{minutes} min"
    if minutes >= 60:
        left = f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{rate:,g} {unit}/s, {left} left"
