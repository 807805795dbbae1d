"""From which output of a solver an observable is read along a whole trajectory."""

from __future__ import annotations

from bimodal.study.endpoints.registry import Registry


def segment_output(registry: Registry, observable: str) -> tuple[str, bool] | None:
    """Say which output an observable is read from, and whether it is divided by its value on day 0.

    Returns
    -------
    (str, bool) or None
        None for one that is not read inside steps: cells within a gate, a gain.

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
