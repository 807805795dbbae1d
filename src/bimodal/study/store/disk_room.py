"""How much disk a run takes, said or refused before anything is computed."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bimodal.errors import OutputError
from bimodal.study.plan.plan import Plan
from bimodal.study.store.span_files import SpanFiles

_LOG = logging.getLogger(__name__)
_GB = 1e9
_SAID_FROM = 1e9
# bytes per number as measured (benchmarks/results/stored_results.md): while doses act numbers differ to their last
# digit; before and long after they hardly do, and such bytes are packed well
_ACTIVE, _ACTIVE_READ, _AT_REST = 6.4, 3.5, 1.0
_ACTS_H = 14 * 24.0
_BYTES_PER_FILE = 3_000


def estimated_bytes(plan: Plan) -> int:
    """Estimate what all results of a run take on disk: within a third of it where doses act most of the time."""
    parts = -(-plan.population.count // plan.options.chunk)
    found = 0.0
    for arm in range(len(plan.arms)):
        until, layouts = _active_until(plan, arm), plan.layouts(arm)
        each = len(plan.solver.observables) * _weighted(plan.times_h, until, _ACTIVE)
        found += plan.population.count * each + parts * (1 + len(layouts)) * _BYTES_PER_FILE
        for layout in layouts:
            read = len(layout.columns) * _weighted(layout.edges_h[:-1], until, _ACTIVE_READ)
            found += read * min(plan.population.count, layout.most or plan.population.count)
    return int(found)


def _active_until(plan: Plan, arm: int) -> float:
    if plan.arms[arm].subjects is not None:
        return float("inf")
    ends = [drug.schedule.end_h for drug in plan.arms[arm].drugs if drug.schedule.doses]
    return max(ends) + _ACTS_H if ends else -1.0


def _weighted(times_h: npt.NDArray[np.float64], until: float, active: float) -> float:
    acting = int((times_h <= until).sum())
    return active * acting + _AT_REST * (len(times_h) - acting)


def check_room(plan: Plan, folder: Path, files: Iterable[SpanFiles]) -> None:
    """Say how much disk a large run still needs, and refuse one that its disk cannot hold."""
    total = estimated_bytes(plan)
    if plan.options.shard is not None:
        total //= plan.options.shard[1]
    need = total - _there(files)
    place = folder.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        free = shutil.disk_usage(place).free
    except OSError:
        return
    if need > free:
        raise OutputError(
            f"the results need about {need / _GB:,.1f} GB of disk, and {free / _GB:,.1f} GB are free",
            where=str(folder),
            fix="choose another folder with --out, or simulate fewer patients or arms, or a shorter time",
        )
    if need >= _SAID_FROM:
        _LOG.warning(
            "the results will take about %s GB of disk in %s, where %s GB are free",
            f"{need / _GB:,.1f}",
            folder,
            f"{free / _GB:,.0f}",
        )


def _there(files: Iterable[SpanFiles]) -> int:
    found = 0
    for rows in {part.rows for part in files}:
        with suppress(OSError):
            found += sum(path.stat().st_size for path in rows.iterdir() if path.suffix == ".parquet")
    return found
