"""A network as JSON: every node of its graph in its place, so that what is built on it is the same to the last bit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bimodal.engine.trigger import Trigger
from bimodal.expr import Graph, Op, Term
from bimodal.model.network import Constant, Network, Species


def network_to_json(network: Network) -> dict[str, Any]:
    """Return a network as plain lists and dictionaries; the graph must hold no more than the network."""
    ops = list(Op)
    place = {op.name: i for i, op in enumerate(ops)}
    return {
        "name": network.name,
        "ops": [op.name for op in ops],
        "terms": [[place[op.name], *(args or (payload,))] for op, args, payload in network.graph.terms],
        "state_ids": network.state_ids,
        "constants": [[c.id, c.value, c.unit] for c in network.constants],
        "derived": network.derived,
        "initial": network.initial,
        "rates": network.rates,
        "rules": network.rules,
        "units": network.units,
        "sbml": network.sbml,
        "reactions": network.reactions,
        "species": {name: [s.compartment, s.amount, s.concentration] for name, s in network.species.items()},
        "stoichiometry": network.stoichiometry,
        "triggers": [vars(trigger) for trigger in network.triggers],
    }


def network_from_json(said: Mapping[str, Any], values: Mapping[str, float] | None = None) -> Network:
    """Return the network that `network_to_json` wrote.

    Parameters
    ----------
    values
        Constants with another value than the file has.

    Examples
    --------
    >>> from bimodal.model import load_model
    >>> network = load_model("tumour_alone").network
    >>> network_from_json(network_to_json(network)).state_ids == network.state_ids
    True
    """
    own: Mapping[str, Any] = values or {}
    ops = [Op[name] for name in said["ops"]]
    leaves = (said["ops"].index("CONST"), said["ops"].index("SYMBOL"))
    return Network(
        name=said["name"],
        graph=Graph.of(
            Term(ops[op], (), rest[0]) if op in leaves else Term(ops[op], tuple(rest), None)
            for op, *rest in said["terms"]
        ),
        state_ids=tuple(said["state_ids"]),
        constants=tuple(Constant(name, own.get(name, value), unit) for name, value, unit in said["constants"]),
        derived=tuple((name, node) for name, node in said["derived"]),
        initial=tuple(said["initial"]),
        rates=tuple(said["rates"]),
        rules=said["rules"],
        units=said["units"],
        sbml=said["sbml"],
        reactions=said["reactions"],
        species={name: Species(*parts) for name, parts in said["species"].items()},
        stoichiometry=said["stoichiometry"],
        triggers=tuple(_trigger(**trigger) for trigger in said["triggers"]),
    )


def _trigger(assignments: list[tuple[str, int]], **rest: Any) -> Trigger:
    return Trigger(assignments=tuple((name, node) for name, node in assignments), **rest)
