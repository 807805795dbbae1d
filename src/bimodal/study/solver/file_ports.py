"""Finds where doses enter a model file: which state of the solver, and in which measure."""

from __future__ import annotations

from dataclasses import dataclass

from bimodal.errors import StudyError
from bimodal.files.suggest import suggest_names
from bimodal.model.network import Network


@dataclass(frozen=True)
class FilePort:
    """Where an amount enters.

    Parameters
    ----------
    size
        Constant an amount is divided by, because the state is a concentration; None where it is an amount.
    """

    symbol: str
    size: str | None = None


def state_port(network: Network, name: str, where: str) -> FilePort:
    """Find the state that receives a dose."""
    held = f"amount({name})"
    if held in network.state_ids:
        return FilePort(held)
    if name not in network.state_ids:
        known = [state for state in network.state_ids if "(" not in state]
        kind = "keeps its value or follows from a rule" if name in network.units else "is not in the model file"
        raise StudyError(f"'{name}' {kind}, so no dose can enter it", where=where, fix=suggest_names(name, known))
    species = network.species.get(name)
    if species is None or species.amount == network.graph.symbol(name):
        return FilePort(name)
    if species.compartment not in network.constant_ids:
        raise StudyError(
            f"'{name}' is a concentration in '{species.compartment}', whose size is no plain number of the file",
            where=where,
            fix="dose a species that is an amount (hasOnlySubstanceUnits)",
        )
    return FilePort(name, species.compartment)


def rate_port(network: Network, name: str, where: str) -> FilePort:
    """Find the constant that holds the rate of an infusion."""
    values = {constant.id: constant.value for constant in network.constants}
    if name not in values:
        kind = "changes through a run" if name in network.units else "is not in the model file"
        raise StudyError(f"'{name}' {kind}, so it cannot hold a rate", where=where, fix=suggest_names(name, values))
    if values[name] != 0.0:
        raise StudyError(
            f"'{name}' is {values[name]:g} in the file: a rate of infusion must be 0 while nothing is infused",
            where=where,
            fix="name a constant that is 0",
        )
    return FilePort(name)
