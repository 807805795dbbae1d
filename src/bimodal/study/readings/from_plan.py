"""What came out of a plan, ready to be read: what was solved, or where it was stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from bimodal.study.plan.plan import Plan
from bimodal.study.readings.readings import Readings
from bimodal.study.readings.weighting import with_weights
from bimodal.study.rules.ledger import DoseLedger, joined
from bimodal.study.solver.solver import Solved
from bimodal.study.store.rows import Rows
from bimodal.study.store.segment_table import SegmentTable

Array = npt.NDArray[np.float64]


def readings_of(
    plan: Plan,
    stored: Mapping[str, Array | Rows],
    status: Mapping[str, npt.NDArray[np.int8]],
    ledgers: Mapping[str, DoseLedger],
    segments: Mapping[str, Mapping[str, SegmentTable]],
) -> Readings:
    """Put the trajectories of some arms of a plan, by name, beside what the plan says of them."""
    made = Readings(
        times_h=plan.times_h,
        observables=plan.solver.observables,
        stored=stored,
        status=status,
        dosing=plan.dosing,
        registry=plan.registry,
        ledgers=ledgers,
        segments=segments,
        table_doses=plan.table_doses,
        own_dosing=plan.own_dosing,
        left_h=plan.left_h,
        late_days=plan.late_days,
    )
    return with_weights(plan, made)


def solved_readings(plan: Plan, parts: Mapping[str, Sequence[Solved]], *, drawn: bool = False) -> Readings:
    """Put together what was solved of some arms of a plan: for each, the parts that make up its patients in order.

    `drawn` says whether the pixels of figures were read.
    """
    names = [arm.name for arm in plan.arms]
    ledgers = {name: [part.ledger for part in found if part.ledger is not None] for name, found in parts.items()}
    return readings_of(
        plan,
        {name: _whole([part.values for part in found]) for name, found in parts.items()},
        {name: np.concatenate([part.status for part in found]) for name, found in parts.items()},
        {name: joined(own) for name, own in ledgers.items() if own},
        {name: _tables(plan, names.index(name), found, drawn) for name, found in parts.items()},
    )


def _tables(plan: Plan, arm: int, parts: Sequence[Solved], drawn: bool) -> dict[str, SegmentTable]:
    starts = np.cumsum([0, *(len(part.status) for part in parts)]).tolist()
    tables = [plan.tables(arm, start, part, drawn=drawn) for start, part in zip(starts, parts, strict=False)]
    return {
        layout.name: SegmentTable(layout, _whole([np.asarray(own[layout.name], np.float64) for own in tables]))
        for layout in plan.layouts(arm, drawn=drawn)
        if all(layout.name in own for own in tables)
    }


def _whole(parts: Sequence[Array]) -> Array:
    # one part is not copied: a fit reads many large ones
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
