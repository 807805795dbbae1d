"""Which tables of readings an arm has: pharmacokinetics, spans between days, and the pixels of figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.evidence import Target
from bimodal.study.endpoints import Registry
from bimodal.study.endpoints.adverse_events import TERMS
from bimodal.study.endpoints.dosing_times import DosingTimes
from bimodal.study.endpoints.sampling import pk_edges
from bimodal.study.endpoints.trial.scan_plan import ScanPlan
from bimodal.study.plan.grid import DAY_H
from bimodal.study.plan.pixels import day_pixels, even_pixels, pixels
from bimodal.study.plan.segment_layout import COURSE, ENVELOPE, SPAN, SegmentLayout, snapped
from bimodal.study.plan.targets import when_of
from bimodal.study.spec.spec import StudySpec

Array = npt.NDArray[np.float64]

LEVEL = "il2_plasma"
TOXICITY = "tox_index"
_MOST_OF_A_FILE = 12


@dataclass(frozen=True)
class WatchedSpan:
    """An observable that is read between two times, hours."""

    observable: str
    first_h: float
    last_h: float


def segment_output(registry: Registry, observable: str) -> tuple[str, bool] | None:
    """Say which output an observable is read from, and whether it is divided by its value on day 0.

    Returns
    -------
    (str, bool) or None
        None for one that cannot be read inside steps: cells within a gate.

    Examples
    --------
    >>> from bimodal.study.endpoints import load_registry
    >>> segment_output(load_registry(), "treg_fold"), segment_output(load_registry(), "treg_cd25bright_fold")
    (('treg_count', True), None)
    """
    entry = registry[observable]
    if entry.kind == "fold":
        inner = segment_output(registry, entry.of[0])
        return None if inner is None or inner[1] else (inner[0], True)
    return (observable, False) if entry.kind in ("model", "sum", "ratio", "weighted") else None


def watched_spans(targets: Iterable[Target], arm: str) -> tuple[WatchedSpan, ...]:
    """List what published results ask of an arm between two days."""
    found: list[WatchedSpan] = []
    for target in targets:
        if target.endpoint is None or target.time is None or arm not in target.arms:
            continue
        when = when_of(target)
        if "reduce" in when:
            found.append(WatchedSpan(target.endpoint, DAY_H * when["from"], DAY_H * when["to"]))
    return tuple(found)


@dataclass(frozen=True, eq=False)
class SegmentPlanner:
    """Lays out the tables of every arm of a study.

    Parameters
    ----------
    outputs
        What the solver can read in segments.
    dosing
        Of every arm: one for all its patients, or one for each subject of its table.
    times_h
        Saved times (T,), hours; the last is the end of the run.
    watched
        Of every arm.
    levels
        Concentrations of drugs whose pharmacokinetics are read.
    focus_h
        Until when a comparison of molecules looks closely, hours; None for a study.
    """

    spec: StudySpec
    registry: Registry
    outputs: tuple[str, ...]
    dosing: Sequence[tuple[DosingTimes, ...]]
    times_h: Array
    watched: Sequence[tuple[WatchedSpan, ...]]
    levels: tuple[str, ...] = (LEVEL,)
    focus_h: float | None = None

    def layouts(self, arm: int, *, drawn: bool) -> tuple[SegmentLayout, ...]:
        """Give the tables of one arm; `drawn` with the pixels of figures."""
        end = float(self.times_h[-1])
        doses = [t for own in self.dosing[arm] for t in own.distinct if t <= end]
        fixed = np.unique([*doses, *self.times_h])
        found: list[SegmentLayout] = []
        for name, edges, outputs, statistics in self._tables(arm, end, drawn=drawn):
            if not outputs:
                continue
            own = snapped(edges, fixed, end)
            # what one table calls a time all others must call the same
            fixed = np.unique(np.concatenate([fixed, own]))
            found.append(SegmentLayout(name, own, outputs, statistics))
        return tuple(found)

    def _tables(
        self, arm: int, end: float, *, drawn: bool
    ) -> Iterable[tuple[str, Sequence[float], tuple[str, ...], tuple[str, ...]]]:
        watched = self.watched[arm]
        ends = [hour for span in watched for hour in (span.first_h, span.last_h)]
        if self.spec.model_is_file:
            yield "spans", ends, self._of_spans(watched), SPAN
            if drawn:
                yield "pixels", pixels([own for arm in self.dosing for own in arm], end), self._of_a_file(), ENVELOPE
            return
        focus = [] if self.focus_h is None else [self.focus_h]
        edges = [edge for own in self.dosing[arm] for edge in pk_edges(own)]
        yield "pk", [*edges, *focus], self._offered(self.levels), COURSE
        scans = self.spec.scans or ScanPlan()
        limits = [DAY_H * scans.dlt_days] if TOXICITY in self.outputs else []
        toxic = self._offered([TOXICITY, *TERMS.values()])
        yield "spans", [*ends, *limits], tuple(dict.fromkeys((*self._of_spans(watched), *toxic))), SPAN
        if drawn:
            cells = tuple(self.registry.cells)
            signals = [f"{signal}_{cell}" for signal in ("pstat5", "occupancy") for cell in cells]
            close = day_pixels(self.dosing[arm], end) if self.focus_h is None else even_pixels(0.0, self.focus_h)
            yield "days", close, self._offered([*self.levels, *signals]), ENVELOPE
            kinds = tuple(self.registry.cell_kinds)
            courses = [*self.levels, *(f"{cell}_count" for cell in (*cells, *kinds)), "treg_tconv_ratio"]
            yield "pixels", pixels([own for arm in self.dosing for own in arm], end), self._offered(courses), ENVELOPE

    def _of_spans(self, watched: Sequence[WatchedSpan]) -> tuple[str, ...]:
        named = [span.observable for span in watched]
        # an output of the solver alone, such as CD25 that is bound, is no observable
        found = [(name, False) if name in self.outputs else segment_output(self.registry, name) for name in named]
        return self._offered([output[0] for output in found if output is not None])

    def _of_a_file(self) -> tuple[str, ...]:
        named = [endpoint.id for endpoint in self.spec.endpoint] or list(self.registry)
        return self._offered(named)[:_MOST_OF_A_FILE]

    def _offered(self, names: Sequence[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for name in names if name in self.outputs))
