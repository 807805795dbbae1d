"""How much disk a run takes, said or refused before anything is computed."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from bimodal.errors import OutputError
from bimodal.study.plan.plan import Plan
from bimodal.study.store.span_files import SpanFiles

_LOG = logging.getLogger(__name__)
_GB = 1e9
_SAID_FROM = 1e9
# as measured: benchmarks/results/stored_results.md
_BYTES_PER_NUMBER = 6.0
_BYTES_PER_PART = 3_000


def estimated_bytes(plan: Plan) -> int:
    """Estimate what all results of a run take on disk."""
    patients = plan.population.count
    numbers = sum(
        len(plan.times_h) * len(plan.solver.observables)
        + sum((len(layout.edges_h) - 1) * len(layout.columns) for layout in plan.layouts(arm))
        for arm in range(len(plan.arms))
    )
    parts = len(plan.arms) * -(-patients // plan.options.chunk)
    return int(numbers * patients * _BYTES_PER_NUMBER + parts * _BYTES_PER_PART)


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
