"""Sums, ratios and weighted means of what a model gives, as outputs the engine reads along a whole run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from weakref import WeakKeyDictionary

from bimodal.engine import System
from bimodal.expr import Node, Op
from bimodal.study.endpoints import Registry

_MADE = ("sum", "ratio", "weighted")
_KEPT: WeakKeyDictionary[System, System | None] = WeakKeyDictionary()


def with_derived_outputs(system: System, registry: Registry) -> System:
    """Return the system with every observable made from its outputs alone, and bound CD25, as a further output.

    Its own outputs come first and keep their bits; a ratio to zero is missing. Made once for each system.

    Examples
    --------
    >>> from bimodal.model import load_model
    >>> from bimodal.study.endpoints import load_registry
    >>> "treg_percent_cd4" in with_derived_outputs(load_model("human").system, load_registry()).output_ids
    True
    """
    if system not in _KEPT:
        _KEPT[system] = _widened(system, registry)
    return _KEPT[system] or system


def _widened(system: System, registry: Registry) -> System | None:
    system = system.alone()
    graph, made = system.graph, dict(system.outputs)

    def total(names: tuple[str, ...]) -> Node:
        return reduce(graph.add, [made[name] for name in names])

    added: list[tuple[str, Node]] = []
    for name in registry:
        entry = registry[name]
        if (
            entry.kind not in _MADE
            or name in made
            or not set(made).issuperset((*entry.of, *entry.over, *entry.weights))
        ):
            continue
        if entry.kind == "sum":
            node = total(entry.of)
        elif entry.kind == "ratio":
            node = graph.mul(graph.const(entry.scale), graph.div(total(entry.of), total(entry.over)))
        else:
            pairs = zip(entry.weights, entry.of, strict=True)
            node = graph.div(
                reduce(graph.add, [graph.mul(made[weight], made[part]) for weight, part in pairs]), total(entry.weights)
            )
        made[name] = node
        added.append((name, node))
    if "occupancy_cd25" not in made and (bound := _occupancy_cd25(system, made)) is not None:
        added.append(("occupancy_cd25", bound))
    if not added:
        return None  # the system itself would keep its own key alive
    observers = system.observers | {name for name, _ in added}
    return replace(system, outputs=(*system.outputs, *added), observers=observers)


def _occupancy_cd25(system: System, made: Mapping[str, Node]) -> Node | None:
    """Say which share of CD25 outside signalling complexes holds a ligand, at equilibrium with plasma.

    x / (1 + x), with x the free ligands in units of their constants for CD25; None for a model without such constants.
    """
    if not {"il2_kd_alpha", "drug_kd_alpha"} <= set(system.parameter_ids) or "il2_plasma" not in made:
        return None
    graph = system.graph
    total = graph.div(made["il2_plasma"], graph.const(1000.0))
    drug = made.get("drug_free", graph.const(0.0))
    native = graph.div(graph.call(Op.MAX, graph.sub(total, drug), graph.const(0.0)), graph.symbol("il2_kd_alpha"))
    held = graph.add(native, graph.div(drug, graph.symbol("drug_kd_alpha")))
    return graph.div(held, graph.add(graph.const(1.0), held))
