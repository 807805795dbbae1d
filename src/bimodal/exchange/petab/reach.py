"""What of a model the parameters of a table reach before it runs."""

from __future__ import annotations

from collections.abc import Collection

from bimodal.exchange.petab.problem import PetabProblem


def reached(problem: PetabProblem, parameters: Collection[str]) -> frozenset[str]:
    """Return the parameters and all that conditions, and what the file fixes at the start, make depend on them.

    Examples
    --------
    >>> from pathlib import Path
    >>> from bimodal.exchange.petab import read_petab
    >>> sorted(reached(read_petab(Path("examples/petab/washout.yaml")), ["k"]))
    ['k']
    """
    graph, mapped = problem.network.graph, problem.entities.mapped
    found = {*parameters, *(mapped[name] for name in parameters if name in mapped)}
    formulas = [
        *problem.network.derived,
        *(change for one in problem.experiments.values() for period in one.periods for change in period.changes),
    ]
    more = True
    while more:
        new = {name for name, node in formulas if name not in found and graph.symbols([node]) & found}
        more = bool(new)
        found |= new
    return frozenset(found)
