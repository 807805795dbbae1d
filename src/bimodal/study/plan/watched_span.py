"""What is read between two times along the whole trajectory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bimodal.evidence import Target
from bimodal.study.endpoints import Registry
from bimodal.study.endpoints.segment_output import segment_output
from bimodal.study.plan.grid import DAY_H
from bimodal.study.plan.targets import when_of


@dataclass(frozen=True)
class WatchedSpan:
    """An output of the solver that is read between two times, hours."""

    output: str
    first_h: float
    last_h: float


def watched_spans(targets: Iterable[Target], arm: str, registry: Registry) -> tuple[WatchedSpan, ...]:
    """List what published results ask of an arm between two days."""
    found: list[WatchedSpan] = []
    for target in targets:
        if target.endpoint is None or target.time is None or arm not in target.arms:
            continue
        when = when_of(target)
        output = segment_output(registry, target.endpoint)
        if "reduce" in when and output is not None:
            found.append(WatchedSpan(output[0], DAY_H * when["from"], DAY_H * when["to"]))
    return tuple(found)
