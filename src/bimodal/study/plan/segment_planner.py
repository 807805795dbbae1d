"""Plans the tables of readings of every arm: pharmacokinetics, spans between days, and the pixels of figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bimodal.study.endpoints import Registry
from bimodal.study.endpoints.adverse_events import TERMS
from bimodal.study.endpoints.dosing_times import DosingTimes
from bimodal.study.endpoints.sampling import pk_edges
from bimodal.study.endpoints.trial.scan_plan import ScanPlan
from bimodal.study.plan.grid import DAY_H
from bimodal.study.plan.pixels import day_pixels, even_pixels, pixels
from bimodal.study.plan.segment_layout import COURSE, ENVELOPE, SPAN, SegmentLayout, snapped
from bimodal.study.plan.watched_span import WatchedSpan
from bimodal.study.spec.spec import StudySpec

Array = npt.NDArray[np.float64]

LEVEL = "il2_plasma"
TOXICITY = "tox_index"
BLOCKED = "cd25_blocked"
TISSUE = ("tissue_reserve", "tissue_effectors", "tissue_treg")
_MOST_OF_A_FILE = 12


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
            yield "spans", ends, self._offered([span.output for span in watched]), SPAN
            if drawn:
                yield "pixels", pixels([own for arm in self.dosing for own in arm], end), self._of_a_file(), ENVELOPE
            return
        focus = [] if self.focus_h is None else [self.focus_h]
        edges = [edge for own in self.dosing[arm] for edge in pk_edges(own)]
        yield "pk", [*edges, *focus], self._offered(self.levels), COURSE
        scans = self.spec.scans or ScanPlan()
        limits = [DAY_H * day for day in self._dlt_days(scans)] if TOXICITY in self.outputs else []
        toxic = [TOXICITY, *TERMS.values()]
        yield "spans", [*ends, *limits], self._offered([*(span.output for span in watched), *toxic]), SPAN
        if drawn:
            cells = tuple(self.registry.cells)
            signals = [f"{signal}_{cell}" for signal in ("pstat5", "occupancy") for cell in cells]
            close = day_pixels(self.dosing[arm], end) if self.focus_h is None else even_pixels(0.0, self.focus_h)
            yield "days", close, self._offered([*self.levels, *signals]), ENVELOPE
            kinds = tuple(self.registry.cell_kinds)
            counted = [f"{cell}_{place}" for place in ("count", "organs") for cell in (*cells, *kinds)]
            asked = {endpoint.id for endpoint in self.spec.endpoint}
            blocked = [BLOCKED] if BLOCKED in asked else []
            courses = [*self.levels, *counted, "treg_tconv_ratio", *TISSUE, *blocked]
            yield "pixels", pixels([own for arm in self.dosing for own in arm], end), self._offered(courses), ENVELOPE

    def _dlt_days(self, scans: ScanPlan) -> Sequence[float]:
        """Days until which the largest toxicity is read; of an escalation with a window within it as well."""
        design = self.spec.design
        if design is None or design.dlt_model != "simulated":
            return [scans.dlt_days]
        return [scans.dlt_days, *design.window_parts]

    def _of_a_file(self) -> tuple[str, ...]:
        named = [endpoint.id for endpoint in self.spec.endpoint] or list(self.registry)
        return self._offered(named)[:_MOST_OF_A_FILE]

    def _offered(self, names: Sequence[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for name in names if name in self.outputs))
