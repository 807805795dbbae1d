"""What a page can read of a trajectory, and in which groups it is drawn."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from bimodal.study.endpoints import Observable, Registry

#: Kinds of observables that the page makes of what a model gives.
_READ = ("model", "sum", "ratio", "weighted", "fold", "gain")
_LIGAND = ("il2_plasma", "drug_free", "drug_total", "il2_endogenous")
_FIRST = ("treg_tconv_ratio_fold", "scd25", "tox_index", "crp")
_TISSUE = ("tumour", "site_", "tissue", "islet", "score")


def readable(registry: Registry, given: Collection[str], species: str) -> tuple[str, ...]:
    """List the observables in time that follow from what a model gives, in the order of the registry.

    Examples
    --------
    >>> from bimodal.study.endpoints import load_registry
    >>> readable(load_registry(), ["treg_count"], "human")
    ('treg_count', 'treg_fold')
    """

    def is_made(name: str) -> bool:
        if name not in registry:
            return False
        entry = registry[name]
        if entry.kind == "model":
            return name in given
        return entry.kind in _READ and all(is_made(part) for part in (*entry.of, *entry.over, *entry.weights))

    return tuple(
        entry.id
        for entry in registry.observables.values()
        if entry.per == "time" and is_made(entry.id) and (not entry.species or species in entry.species)
    )


def observable_data(registry: Registry, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Give label, unit, definition and making of observables and of what they are made of."""
    found: dict[str, dict[str, Any]] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        if name in found:
            continue
        entry = registry[name]
        found[name] = _plain(entry)
        waiting += [*entry.of, *entry.over, *entry.weights]
    return found


def shown(registry: Registry, names: Collection[str], species: str) -> dict[str, list[str]]:
    """Suggest which observables are drawn together: cells, signal, ligand, tissue and others.

    Examples
    --------
    >>> from bimodal.study.endpoints import load_registry
    >>> names = ["treg_fold", "treg_count", "pstat5_treg", "il2_plasma"]
    >>> shown(load_registry(), names, "human")["cells"]
    ['treg_fold']
    """
    cells = registry.cells_of(species)
    tissue = [name for name in names if name.startswith(_TISSUE) and not name.endswith(("_fold", "_integral"))]
    return {
        "cells": [f"{cell}_fold" for cell in cells if f"{cell}_fold" in names],
        "signal": [f"pstat5_{cell}" for cell in cells if f"pstat5_{cell}" in names],
        "ligand": [name for name in _LIGAND if name in names],
        "other": [name for name in _FIRST if name in names],
        "tissue": tissue,
    }


def _plain(entry: Observable) -> dict[str, Any]:
    return {
        "unit": entry.unit,
        "label": entry.label,
        "definition": entry.definition,
        "kind": entry.kind,
        "of": list(entry.of),
        "over": list(entry.over),
        "weights": list(entry.weights),
        "scale": entry.scale,
    }
