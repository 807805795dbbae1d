"""The interval in which a simulated value agrees with a published one."""

from __future__ import annotations

from bimodal.evidence.target import Target

FOLD = 1.5


def band(target: Target) -> tuple[float, float] | None:
    """Give the interval a simulated value must lie in.

    One function for the verdict and for a fit, so that both mean the same. A scored target of an amount, count or ratio
    has two ends above 0 and so a finite width on the log scale.

    Both ends belong to it: the bounds of the row; for a ``point`` 1.5-fold either way, or the Wilson interval of a
    proportion. None for ``ordering`` and ``direction``.

    Examples
    --------
    >>> from bimodal.evidence import load_targets
    >>> band(next(row for row in load_targets("koreth-2011") if row.id == "B05"))
    (0.8, 1.25)
    """
    if target.kind in ("ordering", "direction"):
        return None
    if target.kind == "point" and target.statistic != "proportion":
        low, high = sorted((target.published / FOLD, target.published * FOLD))
        return low, high
    assert target.lower is not None
    assert target.upper is not None
    return target.lower, target.upper
