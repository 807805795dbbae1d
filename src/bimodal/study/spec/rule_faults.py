"""What can be said of the visit rules of an arm before its model is opened: words, names and thresholds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bimodal.dosing import Rule, Start, condition_of, load_era, parse_rule
from bimodal.dosing.clinical import clinical_sign
from bimodal.errors import BimodalError, StudyError
from bimodal.files.suggest import suggest_names
from bimodal.study.endpoints import Registry

if TYPE_CHECKING:
    from bimodal.study.spec.spec import ArmSpec

Path = tuple[str | int, ...]


def rule_faults(arm: ArmSpec, registry: Registry | None, model: str) -> Iterator[tuple[Path, BimodalError]]:
    """Find what is wrong with the rules of an arm, each with the key it stands at.

    Parameters
    ----------
    registry
        What the observables are; None where only the model itself knows.

    Examples
    --------
    >>> from bimodal.study.spec.spec import ArmSpec
    >>> arm = ArmSpec(name="a", regimen="none", rules=["hold if tox_index > limit", "hodl if x > 1"])
    >>> [path for path, _ in rule_faults(arm, None, "human")]
    [('rules', 1)]
    """
    rules: list[tuple[int, Rule]] = []
    for place, text in enumerate(arm.rules):
        try:
            rules.append((place, parse_rule(text)))
        except BimodalError as fault:
            yield ("rules", place), fault
    names = [partner.name for partner in arm.partner if partner.name]
    for place, rule in rules:
        condition = condition_of(rule)
        for one in condition.comparisons if condition is not None else ():
            if registry is not None and one.observable not in registry:
                yield ("rules", place), unknown_observable(one.observable, registry, model, f"rule '{rule}'")
        if isinstance(rule, Start) and rule.name not in names:
            yield (
                ("rules", place),
                StudyError(
                    f"rule '{rule}' begins '{rule.name}', and no partner of the arm is called so",
                    fix=f'{suggest_names(rule.name, names)}; give a partner the key name = "{rule.name}"',
                ),
            )
    try:
        if len(rules) == len(arm.rules):  # a rule that cannot be read may name what seems to be left over
            yield from threshold_faults(arm, rules)
    except BimodalError as fault:
        yield ("era",), fault


def threshold_faults(arm: ArmSpec, rules: list[tuple[int, Rule]]) -> Iterator[tuple[Path, StudyError]]:
    """Find thresholds that a rule names and nobody gives, and those that no rule names; each rule with its place."""
    era = load_era(arm.era) if arm.era is not None else None
    if not arm.rules and era is not None:
        rules = list(enumerate(era.parsed))
    given = {*(era.thresholds if era is not None else ()), *arm.thresholds}
    named: list[str] = []
    for place, rule in rules:
        condition = condition_of(rule)
        for one in condition.comparisons if condition is not None else ():
            if isinstance(one.level, str):
                named.append(one.level)
                if one.level not in given:
                    yield (
                        ("rules", place),
                        StudyError(
                            f"a rule names the threshold '{one.level}', which is not there",
                            where=f"arm '{arm.name}', key 'rules'",
                            fix=f"{suggest_names(one.level, given)}; give it under [arm.thresholds], or name an era",
                        ),
                    )
    for name in arm.thresholds:
        if name not in named:
            yield (
                ("thresholds", name),
                StudyError(
                    f"no rule names the threshold '{name}'",
                    where=f"arm '{arm.name}', key 'thresholds'",
                    fix=suggest_names(name, named),
                ),
            )


def unknown_observable(name: str, registry: Registry, model: str, where: str) -> StudyError:
    """Say that a rule reads what nobody knows, or a clinical sign that no model has."""
    sign = clinical_sign(name)
    if sign is not None:
        return StudyError(
            f"the model '{model}' has no {sign}: a criterion on '{name}' cannot be applied as it is written",
            where=where,
            fix="hold on tox_index, whose thresholds stand for all clinical criteria of an era together "
            "(bimodal list eras), or bring a model that supplies it",
        )
    fix = suggest_names(name, [known for known in registry if registry[known].per == "time"], registry.listing)
    return StudyError(f"a visit rule reads '{name}', and there is no such observable", where=where, fix=fix)
