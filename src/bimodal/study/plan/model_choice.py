"""Which built-in model a study runs on: the one it names, or the larger one that gives what it reads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from bimodal.model.conditions import load_conditions
from bimodal.model.manifest import read_manifest
from bimodal.study.endpoints import load_registry
from bimodal.study.plan.targets import published_targets
from bimodal.study.rules.read import rule_observables
from bimodal.study.spec.spec import StudySpec


@dataclass(frozen=True)
class ModelChoice:
    """The model a study runs on.

    Parameters
    ----------
    why
        One sentence where it is not the one the study names; else empty.
    """

    name: str
    why: str = ""


def choose_model(spec: StudySpec, *, given: Callable[[str], Collection[str]] | None = None) -> ModelChoice:
    """Take the larger model where endpoints, visit rules or targets of a study need what the one it names lacks.

    A study of blood counts is not slowed down by a tumour nobody asks for, and one of tumours need not know the name of
    the model that has them.

    Parameters
    ----------
    given
        Observable ids of a model by its name; None reads its manifest, which loads nothing.

    Returns
    -------
    ModelChoice
        The named model where it suffices, or where the larger one does not help either.

    Examples
    --------
    >>> from bimodal.study import load_study
    >>> choose_model(load_study("koreth-2011"))
    ModelChoice(name='human', why='')
    """
    larger = None if spec.model_is_file else read_manifest(spec.model).larger
    if larger is None:
        return ModelChoice(spec.model)
    observables = given or _of_manifest
    small = frozenset(observables(spec.model))
    lacking = [(who, primitive) for who, primitive in _needs(spec) if primitive not in small]
    rows = read_manifest(spec.model).table().by_id
    for name, values in _conditions(spec):
        missing = [parameter for parameter in values if parameter not in rows]
        if missing:
            return ModelChoice(
                larger,
                f"run on the model '{larger}': condition '{name}' sets '{missing[0]}', which '{spec.model}' lacks",
            )
    if not lacking or not frozenset(observables(larger)).issuperset(primitive for _, primitive in lacking):
        return ModelChoice(spec.model)
    who, primitive = lacking[0]
    return ModelChoice(larger, f"run on the model '{larger}': {who} needs '{primitive}', which '{spec.model}' lacks")


def _conditions(spec: StudySpec) -> Iterator[tuple[str, Mapping[str, float]]]:
    known = load_conditions(spec.model)
    for name in (*spec.conditions, *(name for arm in spec.arm for name in arm.conditions)):
        if name in known:
            yield name, known[name].values


def _needs(spec: StudySpec) -> Iterator[tuple[str, str]]:
    registry = load_registry()
    asked = [(f"endpoint '{endpoint.id}'", endpoint.id) for endpoint in spec.endpoint]
    asked += [(f"a visit rule of arm '{arm.name}'", name) for arm in spec.arm for name in rule_observables(arm)]
    asked += [
        (f"target {target.id}", target.endpoint)
        for target in published_targets(spec)[0]
        if target.role != "context" and target.endpoint is not None
    ]
    for who, name in asked:
        if name in registry:
            yield from ((who, primitive) for primitive in registry.primitives([name]))


def _of_manifest(name: str) -> Collection[str]:
    return read_manifest(name).observables
