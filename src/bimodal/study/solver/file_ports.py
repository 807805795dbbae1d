"""Finds where doses enter a model file: which state of the solver, and in which measure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bimodal.errors import StudyError
from bimodal.files.suggest import suggest_names
from bimodal.model import Model, ParameterTable
from bimodal.model.network import Constant, Network
from bimodal.model.parameters import ParameterRow


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


def with_infusion(model: Model, name: str, where: str) -> tuple[Model, str]:
    """Let an infusion run into a state of a model file, as NONMEM does into a compartment.

    Returns
    -------
    model, constant
        The model with a constant that holds the present rate; a state that is a concentration rises by the rate
        divided by the size of its compartment.
    """
    network, port = model.network, state_port(model.network, name, where)
    rate = f"infusion({name})"
    entering = network.graph.symbol(rate)
    if port.size is not None:
        entering = network.graph.div(entering, network.graph.symbol(port.size))
    place = network.state_ids.index(port.symbol)
    rates = list(network.rates)
    rates[place] = network.graph.add(rates[place], entering)
    fed = replace(
        network,
        constants=(*network.constants, Constant(rate, 0.0, "")),
        rates=tuple(rates),
        # what is infused from outside is in no sum that reactions keep
        stoichiometry={species: parts for species, parts in network.stoichiometry.items() if species != name},
    )
    row = ParameterRow(rate, 0.0, "", None, "fixed", "the study", f"[ports] {where}", "assumed", "")
    return replace(model, network=fed, table=ParameterTable((*model.table.rows, row))), rate
