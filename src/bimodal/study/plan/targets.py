"""Published results a study is set against, and the days a run must save for them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from bimodal.evidence import Target, list_studies, load_targets, study_text
from bimodal.study.spec.load import parse_study
from bimodal.study.spec.spec import StudySpec


def published_targets(spec: StudySpec) -> tuple[tuple[Target, ...], tuple[str, ...]]:
    """Find what was published about a study.

    A study file that says it is a published one is compared only as far as its arms are still those of that study.

    Returns
    -------
    targets, warnings
        Both empty for a study without a ``[publication]`` table, one that is not built in, or one of a model file.

    Examples
    --------
    >>> from bimodal.study import load_study
    >>> [target.id for target in published_targets(load_study("koreth-2011"))[0]][:2]
    ['B01', 'B02']
    """
    if spec.publication is None or spec.model_is_file or spec.name not in list_studies():
        return (), ()
    original = parse_study(study_text(spec.name), where=f"built-in study '{spec.name}'")
    same = {arm.name for arm in original.arm if arm in spec.arm}
    changed = [arm.name for arm in original.arm if arm.name not in same]
    warnings: list[str] = []
    if changed:
        warnings.append("not compared with what was published, because the arms differ: " + ", ".join(changed))
    if spec.population.cohort != original.population.cohort or spec.model != original.model:
        warnings.append("compared with a study of other people: the cohort or the model is not the published study's")
    if spec.set:
        warnings.append("parameters were set by hand: " + ", ".join(sorted(spec.set)))
    targets = tuple(target for target in load_targets(spec.name) if same.issuperset(target.arms))
    return targets, tuple(warnings)


def asked_days(spec: StudySpec, targets: Sequence[Target]) -> tuple[float, ...]:
    """List the days on which patients are read, ascending: of endpoints, of numbers they are weighted to, of targets.

    Examples
    --------
    >>> spec = parse_study(study_text("koreth-2011"), where="here")
    >>> asked_days(spec, []) == spec.report_days
    True
    """
    return tuple(sorted({*spec.report_days, *spec.population.match_days, *target_days(targets)}))


def target_days(targets: Sequence[Target]) -> tuple[float, ...]:
    """List the days that must be saved so that targets can be simulated, ascending.

    Examples
    --------
    >>> target_days([])
    ()
    """
    days: set[float] = set()
    for target in targets:
        if target.role != "context" and target.time is not None:
            when = when_of(target)
            days.update(when[key] for key in ("day", "from", "to") if key in when)
    return tuple(sorted(days))


def when_of(target: Target) -> dict[str, Any]:
    """Say when a target was read, as plain data: ``day``, or ``from``, ``to`` and ``reduce``.

    Raises
    ------
    ValueError
        A time is not finite.

    Examples
    --------
    >>> when_of(load_targets("koreth-2011")[0])
    {'day': 56}
    """
    assert target.time is not None
    when: dict[str, Any] = target.time.model_dump(mode="json", by_alias=True)
    if not all(math.isfinite(value) for value in when.values() if isinstance(value, float)):
        raise ValueError(f"target {target.id} has a time that is not finite")
    return when
