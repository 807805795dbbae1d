"""Reads the visit rules of an arm: its own, those of its era, and the thresholds both name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bimodal.dosing import Era, condition_of, load_era, parse_rule
from bimodal.errors import BimodalError
from bimodal.study.rules.rules import ArmRules, ThresholdValue
from bimodal.study.spec.rule_faults import threshold_faults

if TYPE_CHECKING:
    from bimodal.study.spec.spec import ArmSpec


def read_rules(arm: ArmSpec) -> ArmRules | None:
    """Read the visit rules of an arm.

    An era gives rules and thresholds; rules of the arm stand in place of those of the era, thresholds of the arm in
    place of the era's of the same name.

    Returns
    -------
    ArmRules or None
        None for an arm without rules.

    Examples
    --------
    >>> from bimodal.study.spec.spec import ArmSpec
    >>> arm = ArmSpec(name="a", regimen="none", rules=["hold if tox_index > limit"], thresholds={"limit": 1.5})
    >>> read_rules(arm).thresholds["limit"].value
    1.5
    """
    era = load_era(arm.era) if arm.era is not None else None
    texts = arm.rules or (era.rules if era is not None else ())
    rules = tuple(parse_rule(text) for text in texts)
    if not rules and not arm.thresholds:
        return None
    conditions = [condition for rule in rules if (condition := condition_of(rule)) is not None]
    named = [one.level for condition in conditions for one in condition.comparisons if isinstance(one.level, str)]
    given = _thresholds(arm, era)
    for _, fault in threshold_faults(arm, list(enumerate(rules))):
        raise fault
    return ArmRules(rules, {name: given[name] for name in dict.fromkeys(named)}, arm.era)


def rule_observables(arm: ArmSpec) -> tuple[str, ...]:
    """Name every observable the rules of an arm read, those of its era included.

    Returns
    -------
    tuple of str
        Ids; nothing for an arm without rules or with rules that cannot be read, which the run itself refuses.

    Examples
    --------
    >>> from bimodal.study.spec.spec import ArmSpec
    >>> rule_observables(ArmSpec(name="a", regimen="none", era="nci-1985"))
    ('tox_index',)
    """
    try:
        rules = read_rules(arm)
    except BimodalError:
        return ()
    return rules.observables if rules is not None else ()


def _thresholds(arm: ArmSpec, era: Era | None) -> dict[str, ThresholdValue]:
    given = {} if era is None else {name: ThresholdValue(row.value, row.unit) for name, row in era.thresholds.items()}
    return given | {name: ThresholdValue(value) for name, value in arm.thresholds.items()}
