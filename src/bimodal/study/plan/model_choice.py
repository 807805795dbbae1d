"""Which built-in model a study runs on: the one it names, or one like it that has what the study needs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from bimodal.drugs import load_molecule
from bimodal.errors import BimodalError
from bimodal.model.conditions import load_conditions
from bimodal.model.manifest import read_manifest
from bimodal.study.endpoints import load_registry
from bimodal.study.plan.targets import published_targets
from bimodal.study.rules.read import rule_observables
from bimodal.study.solver.molecule import PARTNER_PORTS
from bimodal.study.spec.spec import ArmSpec, StudySpec


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
    """Take another model where endpoints, visit rules, targets or partner drugs need what the one a study names lacks.

    A study of blood counts is not slowed down by a tumour nobody asks for, and one of tumours need not know the name of
    the model that has them.

    Parameters
    ----------
    given
        Observable ids of a model by its name; None reads its manifest, which loads nothing.

    Returns
    -------
    ModelChoice
        The named model where it suffices, or where no other helps either.

    Examples
    --------
    >>> from bimodal.study import load_study
    >>> choose_model(load_study("koreth-2011"))
    ModelChoice(name='human', why='')
    """
    if spec.model_is_file:
        return ModelChoice(spec.model)
    choice = _with_what_is_read(spec, given)
    manifest = read_manifest(choice.name)
    if manifest.more_partners is None:
        return choice
    places = sum(port in manifest.ports for port in PARTNER_PORTS)
    for arm in spec.arm:
        asked = _partner_drugs(arm)
        if asked > places:
            more = f"arm '{arm.name}' has {asked} partner drugs, and '{choice.name}' has {places} place for one"
            why = f"{choice.why}; {more}" if choice.why else f"run on the model '{manifest.more_partners}': {more}"
            return ModelChoice(manifest.more_partners, why)
    return choice


def _partner_drugs(arm: ArmSpec) -> int:
    """Count the drugs of an arm with no IL-2 in them; what cannot be opened is refused elsewhere, with its place."""
    if not arm.partner:
        return 0
    count = 0
    for drug in (arm.drug, *(row.drug for row in arm.partner)):
        with suppress(BimodalError):
            count += bool(drug) and load_molecule(drug).ligand == "partner"
    return count


def _with_what_is_read(spec: StudySpec, given: Callable[[str], Collection[str]] | None) -> ModelChoice:
    larger = read_manifest(spec.model).larger
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
    asked = [(f"endpoint '{endpoint.id}'", name) for endpoint in spec.endpoint for name in endpoint.reads]
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
